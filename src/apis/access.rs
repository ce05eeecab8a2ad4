//! Who may ask: tokens and keys, compared in constant time.

use crate::crypto;
use crate::text::secret::Secret;
use crate::wire::http::Request;

/// The token of `Authorization: Bearer TOKEN` (RFC 6750 section 2.1), if there is one.
pub fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("Bearer") && !token.is_empty()).then_some(token)
}

pub fn is_same(secret: &Secret, given: &str) -> bool {
    crypto::is_equal(secret.expose().as_bytes(), given.as_bytes())
}
