//! The header fields of a request, and the whole request as bytes.

use crate::env::Request;
use crate::text::url;

/// How we name ourselves.
const USER_AGENT: &str = concat!("ddnsbox/", env!("CARGO_PKG_VERSION"));
const JSON: &str = "application/json";

/// Hands over the header fields of a request, but for its host and length. `closes`: no other
/// request follows on its connection.
pub fn each_field(request: &Request, closes: bool, take: &mut dyn FnMut(&str, &str)) {
    take("Accept", JSON);
    take("User-Agent", USER_AGENT);
    if closes {
        take("Connection", "close");
    }
    if let Some(bearer) = request.bearer {
        take("Authorization", &format!("Bearer {}", bearer.expose()));
    }
    let mut has_type = request.body.is_empty();
    for (name, value) in &request.headers {
        take(name, value);
        has_type |= name.eq_ignore_ascii_case("content-type");
    }
    if !has_type {
        take("Content-Type", JSON);
    }
}

/// The whole request; `Host` is the URL's authority (RFC 9112 section 3.2).
pub fn compose(request: &Request, closes: bool) -> String {
    let (authority, path) = url::place(&request.url);
    let mut text = format!("{} {path} HTTP/1.1\r\nHost: {authority}\r\n", request.method.as_str());
    each_field(request, closes, &mut |name, value| {
        text.push_str(&format!("{name}: {value}\r\n"));
    });
    if !request.body.is_empty() {
        text.push_str(&format!("Content-Length: {}\r\n", request.body.len()));
    }
    text.push_str("\r\n");
    text.push_str(&request.body);
    text
}
