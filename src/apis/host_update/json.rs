//! `POST /update`: one host and one address, as JSON or as a form; JSON comes back.

use super::settled::Settled;
use super::{Form, News, Order, Piece, Rules};
use super::{challenged, is_unreachable, refused, unconfigured, unreachable};
use crate::apis::{access, caller};
use crate::text::json_read::Document;
use crate::text::json_write::Object;
use crate::text::{dns_name, query};
use crate::wire::http::{Request, Response};
use std::net::IpAddr;

/// Without slashes in front.
pub const PATH: &str = "update";

/// What both forms of body hold.
struct Fields {
    fqdn: Option<String>,
    url: Option<String>,
    ip: Option<String>,
    kind: Option<String>,
    /// Whether something else holds an address.
    has_stray: bool,
}

/// A status, and words for the caller.
type Refusal = (u16, &'static str);

/// What else there is to say of a request that is refused.
#[derive(Default)]
struct Remarks {
    /// The name as it was sent.
    name: String,
    /// What to add in the log.
    detail: String,
    /// Whether the caller is told the detail.
    is_told: bool,
}

impl Remarks {
    fn add(&mut self, detail: &str, refusal: Refusal) -> Refusal {
        self.detail = detail.into();
        refusal
    }

    fn tell(&mut self, detail: &str) -> Refusal {
        self.is_told = true;
        self.add(detail, INVALID_IP)
    }
}

const INVALID_IP: Refusal = (400, "Invalid IP");

/// What is asked for, or the answer that it will not be done.
pub fn read(rules: &Rules, request: &Request, news: &mut Vec<News>) -> Result<Order, Response> {
    if request.method != "POST" {
        return Err(error(405, "Method Not Allowed").with("Allow", "POST"));
    }
    let mut remarks = Remarks::default();
    let (status, message) = match check(rules, request, &mut remarks) {
        Ok(piece) => return Ok(Order { form: Form::Json, pieces: vec![piece], is_guess: false }),
        Err(refusal) => refusal,
    };
    let Remarks { name, detail, is_told } = remarks;
    let colon = if detail.is_empty() { "" } else { ": " };
    news.push(match status == 401 && is_without_credentials(request) {
        true => challenged(rules, request, &name),
        false => refused(rules, request, &name, &format!("{message}{colon}{detail}")),
    });
    let response = failed(status, message, Some(detail.as_str()).filter(|_| is_told));
    // Keys have no scheme of their own that could be asked for.
    Err(match rules.master {
        Some(_) if status == 401 => response.with("WWW-Authenticate", super::dyndns2::REALM),
        _ => response,
    })
}

/// The checks in their order.
fn check(rules: &Rules, request: &Request, remarks: &mut Remarks) -> Result<Piece, Refusal> {
    if rules.token.is_none() {
        return Err(remarks.add("HETZNER_TOKEN is not set", (500, "Backend not configured")));
    }
    let fields = fields(request).ok_or((400, "Invalid JSON"))?;
    let sent = given(&fields.fqdn).or_else(|| given(&fields.url));
    remarks.name = sent.ok_or((400, "Missing FQDN"))?.into();
    // What is no name has no key and is in no list.
    let host = dns_name::normalize(&remarks.name).unwrap_or_default();
    if !may_enter(rules, request, &host) {
        return Err(remarks.add(why_not(rules, request, &host), (401, "Unauthorized")));
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
                return Err(remarks.tell(&unreachable(address)));
            }
            address
        }
        None if fields.has_stray => {
            return Err(remarks.tell("an address is given, but not as 'ip'"));
        }
        None => {
            let why = "X-Real-Ip or X-Forwarded-For has no address";
            let caller = caller::address(request, rules.proxies.as_deref());
            caller.ok_or_else(|| remarks.add(why, INVALID_IP))?
        }
    };
    if address.is_ipv4() != is_v4 {
        let detail = format!("{address} in an {} record", if is_v4 { "A" } else { "AAAA" });
        return Err(remarks.add(&detail, (400, "IP version mismatch")));
    }
    if let Some(why) = unconfigured(rules) {
        return Err(remarks.add(why, (500, "backend not configured for updates")));
    }
    if !rules.may_update(&host) {
        return Err((403, "FQDN not allowed"));
    }
    Ok(Piece::new(host, address, 0))
}

/// What a field says, if anything.
fn given(field: &Option<String>) -> Option<&str> {
    field.as_deref().map(str::trim_ascii).filter(|text| !text.is_empty())
}

/// Whether the host's key or the credentials for all hosts were sent.
fn may_enter(rules: &Rules, request: &Request, name: &str) -> bool {
    let basic = request.header("authorization").and_then(access::basic);
    rules.is_key(name, key(request)) | basic.is_some_and(|given| rules.is_master(&given))
}

fn key(request: &Request) -> &str {
    request.header("x-pre-shared-key").unwrap_or_default()
}

fn is_without_credentials(request: &Request) -> bool {
    key(request).is_empty() && request.header("authorization").is_none()
}

/// Why the credentials do not open the host, for the operator.
fn why_not(rules: &Rules, request: &Request, name: &str) -> &'static str {
    match (rules.has_key(name), key(request).is_empty(), &rules.master) {
        (false, ..) => "the key file has no key for it",
        (_, false, _) => "X-Pre-Shared-Key is not the key of this host",
        (_, true, None) => "the key is expected in X-Pre-Shared-Key",
        (_, true, Some(_)) => "user or password is not that of BASIC_AUTH_USERNAME",
    }
}

/// The fields of the body. Some senders name the wrong type, but a form does not begin with a
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
        let text = |name: &str| json.top().optional_text(name);
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
            let response = failed(failure.status, failure.error, failure.detail.as_deref());
            return match failure.retry_after {
                Some(seconds) => response.with("Retry-After", seconds.to_string()),
                None => response,
            };
        }
    };
    let body = Object::new().text("status", status).text("ip", &address.to_string());
    // One that was given has been refused: it is the caller's own.
    let warning = is_unreachable(*address).then(|| unreachable(*address));
    Response::json(200, body.optional("warning", warning.as_deref()).end())
}

/// `{"error":"…"}`.
pub fn error(status: u16, message: &str) -> Response {
    failed(status, message, None)
}

/// The same, perhaps with a `detail`.
fn failed(status: u16, message: &str, detail: Option<&str>) -> Response {
    Response::json(status, Object::new().text("error", message).optional("detail", detail).end())
}
