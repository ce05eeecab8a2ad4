//! Credentials in requests (RFC 7617, RFC 6750), and their comparison.

use crate::crypto;
use crate::text::base64;
use crate::text::secret::Secret;

/// Compared with if a host has no key, so that the time is the same; as long as a generated key.
const DECOY: &str = "0123456789abcdefghijklmnopqrstuvwxyz_ABCDEF";

/// A user and a password.
pub struct Basic {
    pub user: String,
    pub password: Secret,
}

/// User and password of an `Authorization` field; None if it has another scheme or is malformed.
/// The user ends at the first colon; the password may contain colons.
pub fn basic(value: &str) -> Option<Basic> {
    let text = String::from_utf8(base64::decode(after_scheme("basic", value)?)?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some(Basic { user: user.into(), password: Secret::new(password.into()) })
}

/// The token of an `Authorization` field; None if it has another scheme.
pub fn bearer(value: &str) -> Option<Secret> {
    let token = after_scheme("bearer", value)?;
    (!token.is_empty()).then(|| Secret::new(token.into()))
}

/// What follows the scheme, which is compared without case.
fn after_scheme<'a>(scheme: &str, value: &'a str) -> Option<&'a str> {
    let (first, rest) = value.trim_ascii().split_once([' ', '\t'])?;
    first.eq_ignore_ascii_case(scheme).then(|| rest.trim_ascii())
}

/// Compares with the key in constant time; the time does not show whether there is a key, either.
pub fn is_key(given: &str, key: Option<&Secret>) -> bool {
    let compared = key.map_or(DECOY, Secret::expose);
    crypto::is_equal(given.as_bytes(), compared.as_bytes()) & key.is_some()
}

/// Compares user and password in constant time; the time does not show which one is wrong.
pub fn is_user(given: &Basic, user: &str, password: &Secret) -> bool {
    crypto::is_equal(given.user.as_bytes(), user.as_bytes())
        & is_key(given.password.expose(), Some(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_passwords() {
        let read = |value| basic(value).map(|b| (b.user, b.password.expose().to_string()));
        let pair = |user: &str, password: &str| Some((user.to_string(), password.to_string()));
        // "user1:pa:ss", as inadyn and ddclient send it.
        assert_eq!(read("Basic dXNlcjE6cGE6c3M="), pair("user1", "pa:ss"));
        assert_eq!(read("bASIC   dXNlcjE6cGE6c3M= "), pair("user1", "pa:ss"));
        assert_eq!(read("Basic Og=="), pair("", ""));
        for bad in ["", "Basic", "Basic ", "Basic dXNlcjE", "Basic dXNlcg==", "Bearer Og==", "Og=="]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
        // Bytes that are not UTF-8.
        assert_eq!(read("Basic /zr/"), None);
    }

    #[test]
    fn tokens() {
        let read = |value| bearer(value).map(|token| token.expose().to_string());
        assert_eq!(read("Bearer abc.def"), Some("abc.def".into()));
        assert_eq!(read("BEARER  x "), Some("x".into()));
        assert_eq!((read("Bearer "), read("Basic x"), read("x")), (None, None, None));
    }

    #[test]
    fn keys() {
        let key = Secret::new("12345678".into());
        assert!(is_key("12345678", Some(&key)));
        for given in ["", "12345679", "1234567", "123456789"] {
            assert!(!is_key(given, Some(&key)));
        }
        assert!(!is_key(DECOY, None) && !is_key("", None));
    }
}
