//! The update request of `update-dns` to its backend, and the answer.

use super::job::{Action, Called};
use crate::error::{Error, Kind};
use crate::text::json_read::Document;
use crate::text::printable;
use crate::text::secret::Secret;
use std::net::IpAddr;

/// How much of the backend's error and detail is shown, in characters each.
const SAID_CHARACTERS_MAX: usize = 200;

/// The backend's error if the client's address has another family than the requested type, which
/// defaults to A.
pub const MISMATCH: &str = "IP version mismatch";

/// The request's JSON. Without an address the backend uses the client's, which is IPv6 if `is_v6`.
pub fn body(name: &str, address: Option<IpAddr>, is_v6: bool) -> String {
    // A validated name or an address needs no escapes.
    let Some(address) = address else {
        let kind = if is_v6 { ",\"type\":\"AAAA\"" } else { "" };
        return format!("{{\"fqdn\":\"{name}\"{kind}}}");
    };
    let kind = if address.is_ipv4() { "A" } else { "AAAA" };
    format!("{{\"fqdn\":\"{name}\",\"ip\":\"{address}\",\"type\":\"{kind}\"}}")
}

/// What the backend has done.
#[derive(Debug, PartialEq, Eq)]
pub struct Updated {
    pub action: Action,
    /// The address of the name now.
    pub address: IpAddr,
    /// The backend's warning.
    pub warning: Option<String>,
}

/// Interprets an answer; `key` is redacted in its messages.
///
/// # Errors
/// InvalidResponse: not the answer of a backend. Throttled. Refused: any other status than 200.
pub fn read(called: &Called, key: &Secret) -> Result<Updated, Error> {
    let shown = |said: &str| printable::line(&key.struck_from(said), SAID_CHARACTERS_MAX);
    if called.status == 200 {
        let why = "the server does not answer like a backend (HTTP 200)";
        let mut updated =
            updated(&called.body).ok_or_else(|| Error::new(Kind::InvalidResponse, why))?;
        updated.warning = updated.warning.map(|said| shown(&said));
        return Ok(updated);
    }
    let kind = match called.status {
        429 | 503 => Kind::Throttled { after_seconds: called.retry_after },
        _ => Kind::Refused { code: Some(called.status.into()) },
    };
    let status = format!("HTTP {}", called.status);
    let Some((error, detail)) = refused(&called.body) else {
        return Err(Error::new(kind, status));
    };
    let mut message = shown(&error);
    if let Some(detail) = detail.filter(|detail| !detail.is_empty()) {
        message.push_str(&format!(": {}", shown(&detail)));
    }
    Err(Error::with(kind, format_args!("{message} ({status})")))
}

fn updated(body: &str) -> Option<Updated> {
    let json = Document::read(body)?;
    let status = json.top().field("status")?.text()?;
    let action = [Action::Created, Action::Updated, Action::Unchanged]
        .into_iter()
        .find(|action| action.as_str() == status);
    let address = json.top().field("ip")?.text()?.parse().ok()?;
    Some(Updated { action: action?, address, warning: json.top().string_of("warning") })
}

/// The error and its detail.
fn refused(body: &str) -> Option<(String, Option<String>)> {
    let json = Document::read(body)?;
    Some((json.top().string_of("error")?, json.top().optional_string("detail").ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef";

    fn answer(status: u16, body: &str) -> Result<Updated, Error> {
        let called = Called { status, body: body.into(), retry_after: Some(7) };
        read(&called, &Secret::new(KEY.into()))
    }

    #[test]
    fn an_address_is_sent_with_its_type() {
        assert_eq!(body("a.example", None, false), r#"{"fqdn":"a.example"}"#);
        assert_eq!(body("a.example", None, true), r#"{"fqdn":"a.example","type":"AAAA"}"#);
        let body = |ip: &str| body("a.example", Some(ip.parse().unwrap()), false);
        assert_eq!(body("192.0.2.1"), r#"{"fqdn":"a.example","ip":"192.0.2.1","type":"A"}"#);
        let expected = r#"{"fqdn":"a.example","ip":"2001:db8::1","type":"AAAA"}"#;
        assert_eq!(body("2001:DB8:0::1"), expected);
    }

    #[test]
    fn what_was_done() {
        for action in ["created", "updated", "unchanged"] {
            let json = format!(r#"{{"ip": "2001:db8::1", "status": "{action}", "more": [1]}}"#);
            let updated = answer(200, &json).unwrap();
            assert_eq!(
                (updated.action.as_str(), &*updated.address.to_string()),
                (action, "2001:db8::1")
            );
            assert_eq!(updated.warning, None);
        }
        let json = format!(r#"{{"status":"created","ip":"127.0.0.1","warning":"a\n{KEY}"}}"#);
        let warning = Some("a\u{fffd}(the secret)".to_string());
        assert_eq!(answer(200, &json).unwrap().warning, warning);
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"status":"updated"}"#,
            r#"{"status":"updated","ip":"a"}"#,
            r#"{"status":"updated","ip":"192.0.2.1 "}"#,
            r#"{"status":"good","ip":"192.0.2.1"}"#,
            r#"{"status":1,"ip":"192.0.2.1"}"#,
            r#"{"status":"updated","ip":"192.0.2.1"} x"#,
        ] {
            let error = answer(200, body).unwrap_err();
            assert_eq!(error.kind, Kind::InvalidResponse, "{body}");
            assert_eq!(error.message, "the server does not answer like a backend (HTTP 200)");
        }
    }

    #[test]
    fn what_went_wrong() {
        let failure = |status, body: &str| answer(status, body).unwrap_err();
        let error = failure(401, r#"{"error":"Unauthorized"}"#);
        assert_eq!(error, Error::new(Kind::Refused { code: Some(401) }, "Unauthorized (HTTP 401)"));
        let error = failure(500, r#"{"error":"Failed","detail":"over\nthere"}"#);
        assert_eq!(error.message, "Failed: over\u{fffd}there (HTTP 500)");
        for body in ["", "<html>", r#"{"error":1}"#, r#"{"detail":"x"}"#] {
            assert_eq!(failure(502, body).message, "HTTP 502");
        }
        for status in [429, 503] {
            let kind = Kind::Throttled { after_seconds: Some(7) };
            assert_eq!(failure(status, "").kind, kind);
        }
        assert_eq!(failure(201, r#"{"status":"created","ip":"192.0.2.1"}"#).message, "HTTP 201");
    }

    #[test]
    fn foreign_words_are_bounded_and_without_the_key() {
        let long = "x".repeat(195);
        let error = format!(r#"{{"error":"{long}{KEY}","detail":"\u001b[31m{KEY}"}}"#);
        let message = answer(403, &error).unwrap_err().into_message();
        assert_eq!(message, format!("{long}(the …: \u{fffd}[31m(the secret) (HTTP 403)"));
    }
}
