//! `POST /update`: one host and one address, as JSON or as a form; JSON comes back.

use super::settled::Settled;
use super::{Form, News, Order, Piece, Rules, refused};
use crate::apis::{access, caller};
use crate::text::json_read::Document;
use crate::text::json_write::Object;
use crate::text::{dns_name, query};
use crate::wire::http::{Request, Response};
use std::net::IpAddr;

pub const PATH: &str = "/update";

/// What both forms of body hold.
struct Fields {
    fqdn: Option<String>,
    url: Option<String>,
    ip: Option<String>,
    kind: Option<String>,
}

/// Why a request is refused.
struct Refusal {
    status: u16,
    words: &'static str,
    /// As it was sent.
    name: String,
}

/// What is asked for, or the answer that it will not be done.
pub fn read(rules: &Rules, request: &Request, news: &mut Vec<News>) -> Result<Order, Response> {
    if request.method != "POST" {
        return Err(error(405, "Method Not Allowed").with("Allow", "POST"));
    }
    match check(rules, request) {
        Ok(piece) => Ok(Order { form: Form::Json, pieces: vec![piece] }),
        Err(Refusal { status, words, name }) => {
            news.push(refused(rules, request, &name, words));
            let response = error(status, words);
            // Keys have no scheme of their own that could be asked for.
            Err(match rules.master {
                Some(_) if status == 401 => {
                    response.with("WWW-Authenticate", super::dyndns2::REALM)
                }
                _ => response,
            })
        }
    }
}

/// The checks in their order.
fn check(rules: &Rules, request: &Request) -> Result<Piece, Refusal> {
    let nameless = |status, words| Refusal { status, words, name: String::new() };
    if rules.token.is_none() {
        return Err(nameless(500, "Backend not configured"));
    }
    let fields = fields(request).ok_or_else(|| nameless(400, "Invalid JSON"))?;
    let given = |field: Option<String>| {
        field.map(|text| text.trim_ascii().to_string()).filter(|text| !text.is_empty())
    };
    let sent = given(fields.fqdn).or_else(|| given(fields.url));
    let sent = sent.ok_or_else(|| nameless(400, "Missing FQDN"))?;
    let refuse = |status, words| Refusal { status, words, name: sent.clone() };
    // What is no name has no key and is in no list.
    let name = dns_name::normalize(&sent).unwrap_or_default();
    if !may_enter(rules, request, &name) {
        return Err(refuse(401, "Unauthorized"));
    }
    let is_v4 = match given(fields.kind).unwrap_or_else(|| "A".into()).to_ascii_uppercase().as_str()
    {
        "A" => true,
        "AAAA" => false,
        _ => return Err(refuse(400, "Invalid type")),
    };
    let address = match given(fields.ip) {
        Some(text) => text.parse::<IpAddr>().ok().map(|address| address.to_canonical()),
        None => caller::address(request, rules.proxies.as_deref()),
    };
    let address = address.ok_or_else(|| refuse(400, "Invalid IP"))?;
    if address.is_ipv4() != is_v4 {
        return Err(refuse(400, "IP version mismatch"));
    }
    if rules.allowed.is_empty() {
        return Err(refuse(500, "backend not configured for updates"));
    }
    if !rules.may_update(&name) {
        return Err(refuse(403, "FQDN not allowed"));
    }
    Ok(Piece::new(name, address, 0))
}

/// Whether the host's key or the credentials for all hosts were sent.
fn may_enter(rules: &Rules, request: &Request, name: &str) -> bool {
    let key = request.header("x-pre-shared-key").unwrap_or_default();
    let basic = request.header("authorization").and_then(access::basic);
    rules.is_key(name, key) | basic.is_some_and(|given| rules.is_master(&given))
}

/// The fields of the body. Some senders name the wrong type, but a form does not begin with a
/// brace.
fn fields(request: &Request) -> Option<Fields> {
    let text = std::str::from_utf8(&request.body).ok()?.trim_ascii();
    let media_type = request.media_type();
    if text.starts_with('{') {
        let json = Document::read(text)?;
        let text = |name: &str| json.top().optional_text(name);
        return Some(Fields {
            fqdn: text("fqdn")?,
            url: text("url")?,
            ip: text("ip")?,
            kind: text("type")?,
        });
    }
    let is_form = matches!(media_type.as_str(), "" | "application/x-www-form-urlencoded");
    if !is_form && !text.is_empty() {
        return None;
    }
    let pairs = query::pairs(text).ok()?;
    let value = |name: &str| query::value(&pairs, name).map(String::from);
    Some(Fields { fqdn: value("fqdn"), url: value("url"), ip: value("ip"), kind: value("type") })
}

/// The answer once the only piece is settled.
pub fn answer(pieces: &[Piece]) -> Response {
    let Some(Piece { settled: Some(settled), address, .. }) = pieces.first() else {
        return error(500, "Internal Server Error");
    };
    let status = match settled {
        Settled::Unchanged => "unchanged",
        Settled::Created => "created",
        Settled::Updated => "updated",
        Settled::Failed(failure) => {
            let response = match &failure.detail {
                None => error(failure.status, failure.error),
                Some(detail) => {
                    let body = Object::new().text("error", failure.error).text("detail", detail);
                    Response::json(failure.status, body.end())
                }
            };
            return match failure.retry_after {
                Some(seconds) => response.with("Retry-After", seconds.to_string()),
                None => response,
            };
        }
    };
    Response::json(200, format!("{{\"status\":\"{status}\",\"ip\":\"{address}\"}}"))
}

/// `{"error":"…"}`.
pub fn error(status: u16, words: &str) -> Response {
    Response::json(status, Object::new().text("error", words).end())
}
