//! `POST /update`: one host and one address, as JSON or a form; the response is JSON.

use super::update_result::UpdateResult;
use super::{Form, HostUpdate, LogEvent, PendingRequest, Rules};
use super::{challenged, is_unreachable, refused, unconfigured, unreachable};
use crate::apis::{access, caller};
use crate::text::json_read::Document;
use crate::text::json_write::Object;
use crate::text::{dns_name, query};
use crate::wire::http::{Request, Response};
use std::net::IpAddr;

/// Without leading slashes.
pub const PATH: &str = "update";

/// The fields of either form of body.
struct Fields {
    fqdn: Option<String>,
    url: Option<String>,
    ip: Option<String>,
    kind: Option<String>,
    /// Whether an unknown field has an address.
    has_stray: bool,
}

/// Status and message for the client.
type Refusal = (u16, &'static str);

/// Details of a refused request.
#[derive(Default)]
struct Details {
    /// The name as it was sent.
    name: String,
    /// More for the log.
    detail: String,
    /// Whether the client is told the detail, too.
    is_public: bool,
}

impl Details {
    fn add(&mut self, detail: &str, refusal: Refusal) -> Refusal {
        self.detail = detail.into();
        refusal
    }

    fn add_public(&mut self, detail: &str) -> Refusal {
        self.is_public = true;
        self.add(detail, INVALID_IP)
    }
}

const INVALID_IP: Refusal = (400, "Invalid IP");

/// The requested update, or the response that refuses it.
pub fn read(
    rules: &Rules,
    request: &Request,
    events: &mut Vec<LogEvent>,
) -> Result<PendingRequest, Response> {
    if request.method != "POST" {
        return Err(error(405, "Method Not Allowed").with("Allow", "POST"));
    }
    let mut details = Details::default();
    let (status, message) = match check(rules, request, &mut details) {
        Ok(update) => {
            return Ok(PendingRequest { form: Form::Json, updates: vec![update], is_guess: false });
        }
        Err(refusal) => refusal,
    };
    let Details { name, detail, is_public } = details;
    let colon = if detail.is_empty() { "" } else { ": " };
    events.push(match status == 401 && is_without_credentials(request) {
        true => challenged(rules, request, &name),
        false => refused(rules, request, &name, &format!("{message}{colon}{detail}")),
    });
    let response = failed(status, message, Some(detail.as_str()).filter(|_| is_public));
    // There is no authentication scheme for keys to challenge with.
    Err(match rules.master {
        Some(_) if status == 401 => response.with("WWW-Authenticate", super::dyndns2::REALM),
        _ => response,
    })
}

/// The checks in their order.
fn check(rules: &Rules, request: &Request, details: &mut Details) -> Result<HostUpdate, Refusal> {
    if rules.token.is_none() {
        return Err(details.add("HETZNER_TOKEN is not set", (500, "Backend not configured")));
    }
    let fields = fields(request).ok_or((400, "Invalid JSON"))?;
    let sent = given(&fields.fqdn).or_else(|| given(&fields.url));
    details.name = sent.ok_or((400, "Missing FQDN"))?.into();
    // An invalid name has no key and is in no list.
    let host = dns_name::normalize(&details.name).unwrap_or_default();
    if !is_authorized(rules, request, &host) {
        return Err(details.add(why_not(rules, request, &host), (401, "Unauthorized")));
    }
    let kind = given(&fields.kind).unwrap_or("A");
    let is_v4 = kind.eq_ignore_ascii_case("A");
    if !is_v4 && !kind.eq_ignore_ascii_case("AAAA") {
        return Err((400, "Invalid type"));
    }
    let address = match given(&fields.ip) {
        Some(text) => {
            let address = text.parse::<IpAddr>().map_err(|_| INVALID_IP)?.to_canonical();
            if is_unreachable(address) {
                return Err(details.add_public(&unreachable(address)));
            }
            address
        }
        None if fields.has_stray => {
            return Err(details.add_public("an address is given, but not as 'ip'"));
        }
        None => {
            let why = "X-Real-Ip or X-Forwarded-For has no address";
            let caller = caller::address(request, rules.proxies.as_deref());
            caller.ok_or_else(|| details.add(why, INVALID_IP))?
        }
    };
    if address.is_ipv4() != is_v4 {
        let detail = format!("{address} in an {} record", if is_v4 { "A" } else { "AAAA" });
        return Err(details.add(&detail, (400, "IP version mismatch")));
    }
    if let Some(why) = unconfigured(rules) {
        return Err(details.add(why, (500, "backend not configured for updates")));
    }
    if !rules.may_update(&host) {
        return Err((403, "FQDN not allowed"));
    }
    Ok(HostUpdate::new(host, address, 0))
}

/// A field's value, unless it is blank.
fn given(field: &Option<String>) -> Option<&str> {
    field.as_deref().map(str::trim_ascii).filter(|text| !text.is_empty())
}

/// Whether the request has the host's key, or the credentials for all hosts.
fn is_authorized(rules: &Rules, request: &Request, name: &str) -> bool {
    let basic = request.header("authorization").and_then(access::basic);
    rules.is_key(name, key(request)) | basic.is_some_and(|given| rules.is_master(&given))
}

fn key(request: &Request) -> &str {
    request.header("x-pre-shared-key").unwrap_or_default()
}

fn is_without_credentials(request: &Request) -> bool {
    key(request).is_empty() && request.header("authorization").is_none()
}

/// Why the credentials are wrong for the host, for the operator.
fn why_not(rules: &Rules, request: &Request, name: &str) -> &'static str {
    match (rules.has_key(name), key(request).is_empty(), &rules.master) {
        (false, ..) => "the key file has no key for it",
        (_, false, _) => "X-Pre-Shared-Key is not the key of this host",
        (_, true, None) => "the key is expected in X-Pre-Shared-Key",
        (_, true, Some(_)) => "user or password is not that of BASIC_AUTH_USERNAME",
    }
}

/// The fields of the body. Some clients send the wrong media type, but a form does not begin with a
/// brace.
fn fields(request: &Request) -> Option<Fields> {
    let text = std::str::from_utf8(&request.body).ok()?.trim_ascii();
    let media_type = request.media_type();
    let is_stray = |(name, value): (&str, &str)| {
        !["fqdn", "url", "ip", "type"].contains(&name)
            && value.trim_ascii().parse::<IpAddr>().is_ok()
    };
    if text.starts_with('{') {
        let json = Document::read(text)?;
        let text = |name: &str| json.top().optional_string(name).ok();
        let members = json.top().members().into_iter();
        return Some(Fields {
            fqdn: text("fqdn")?,
            url: text("url")?,
            ip: text("ip")?,
            kind: text("type")?,
            has_stray: members
                .filter_map(|(name, value)| Some((name, value.text()?)))
                .any(is_stray),
        });
    }
    let is_form = matches!(media_type.as_str(), "" | "application/x-www-form-urlencoded");
    if !is_form && !text.is_empty() {
        return None;
    }
    let pairs = query::lenient(text, b' ').ok()?;
    let value = |name: &str| query::value(&pairs, name).map(String::from);
    let has_stray = pairs.iter().any(|(name, value)| is_stray((name, value)));
    let (fqdn, url, ip, kind) = (value("fqdn"), value("url"), value("ip"), value("type"));
    Some(Fields { fqdn, url, ip, kind, has_stray })
}

/// The response once the only update is done.
pub fn answer(updates: &[HostUpdate]) -> Response {
    let Some(HostUpdate { result: Some(result), address, .. }) = updates.first() else {
        return error(500, "Internal Server Error");
    };
    let status = match result {
        UpdateResult::Unchanged => "unchanged",
        UpdateResult::Created => "created",
        UpdateResult::Updated => "updated",
        UpdateResult::Failed(failure) => {
            let response = failed(failure.status, failure.error, failure.detail.as_deref());
            return match failure.retry_after {
                Some(seconds) => response.with("Retry-After", seconds.to_string()),
                None => response,
            };
        }
    };
    let body = Object::new().text("status", status).text("ip", &address.to_string());
    // An explicit one would have been refused, so it is the client's own.
    let warning = is_unreachable(*address).then(|| unreachable(*address));
    Response::json(200, body.optional("warning", warning.as_deref()).end())
}

/// `{"error":"…"}`.
pub fn error(status: u16, message: &str) -> Response {
    failed(status, message, None)
}

/// As [`error`], with an optional `detail`.
fn failed(status: u16, message: &str, detail: Option<&str>) -> Response {
    Response::json(status, Object::new().text("error", message).optional("detail", detail).end())
}
