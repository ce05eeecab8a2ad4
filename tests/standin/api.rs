//! The Cloudflare v4 calls on DNS records: what a request asks is checked, done and answered.
use super::check;
use super::http::{Answer, Request};
use super::json::{self, Value};
use super::records::{Refusal, Zone};

/// What the stand-in insists on.
#[derive(Clone, Debug)]
pub struct Rules {
    pub token: String,
    pub zone: String,
    /// Values the Host header may have.
    pub hosts: Vec<String>,
}

const BASE: &str = "/client/v4/zones/";

/// Does what the request asks and gives the answer's status and document.
pub fn serve(zone: &mut Zone, rules: &Rules, request: &Request) -> (u16, Value) {
    let done = envelope_fits(rules, request).and_then(|()| route(zone, rules, request));
    match done {
        Ok(document) => (200, document),
        Err(refusal) => (refusal.status, failure(&refusal, None)),
    }
}

/// The failure envelope.
pub fn failure(refusal: &Refusal, pointer: Option<&str>) -> Value {
    let mut error = json::Object::new();
    error.insert("code".to_owned(), json::number(refusal.code));
    error.insert("message".to_owned(), json::string(&refusal.message));
    if let Some(pointer) = pointer {
        let source = json::object([("pointer", json::string(pointer))]);
        error.insert("source".to_owned(), source);
    }
    json::object([
        ("success", Value::Bool(false)),
        ("errors", json::array(vec![Value::Object(error)])),
        ("messages", json::array(Vec::new())),
        ("result", Value::Null),
    ])
}

fn success(result: Value) -> Value {
    json::object([
        ("success", Value::Bool(true)),
        ("errors", json::array(Vec::new())),
        ("messages", json::array(Vec::new())),
        ("result", result),
    ])
}

/// Headers: the right host, one bearer token, a JSON body only where one belongs.
fn envelope_fits(rules: &Rules, request: &Request) -> Result<(), Refusal> {
    let wrong = |words: String| Err(Refusal::schema(&words));
    let host = request.header("host").unwrap_or("");
    if !rules.hosts.iter().any(|known| known.eq_ignore_ascii_case(host)) {
        return wrong(format!("Host {host:?}"));
    }
    let takes_body = matches!(&*request.method, "POST" | "PATCH" | "PUT");
    let kind = request.header("content-type");
    if takes_body && !kind.is_some_and(|kind| kind.starts_with("application/json")) {
        return wrong(format!("Content-Type {kind:?}"));
    }
    if takes_body && request.header("content-length").is_none() {
        return wrong("no Content-Length".to_owned());
    }
    if request.header("transfer-encoding").is_some() {
        return wrong("Transfer-Encoding in a request".to_owned());
    }
    if !takes_body && !request.body.is_empty() {
        return wrong(format!("{} with a body", request.method));
    }
    let Some(token) = request.header("authorization").and_then(|h| h.strip_prefix("Bearer "))
    else {
        return wrong("no Authorization: Bearer".to_owned());
    };
    if token == rules.token {
        return Ok(());
    }
    Err(Refusal::new(403, 9109, "Invalid access token"))
}

fn route(zone: &mut Zone, rules: &Rules, request: &Request) -> Result<Value, Refusal> {
    let path = request.path();
    let unknown = || {
        let why = "perhaps your object identifier is invalid?";
        Refusal::new(404, 7003, &format!("Could not route to {path}, {why}"))
    };
    let rest = path.strip_prefix(BASE).ok_or_else(unknown)?;
    let (id, rest) = rest.split_once('/').ok_or_else(unknown)?;
    if id != rules.zone {
        return Err(unknown());
    }
    let body = || json::parse(&request.body).ok_or_else(|| Refusal::schema("body is not JSON"));
    let plain = request.query().is_empty();
    match (&*request.method, rest.strip_prefix("dns_records").ok_or_else(unknown)?) {
        ("GET", "") => list(zone, request),
        _ if !plain => Err(Refusal::schema("a query where none belongs")),
        ("POST", "") => {
            let body = body()?;
            check::whole_record(&body, false)?;
            zone.post(&body).map(success)
        }
        ("POST", "/batch") => {
            let body = body()?;
            check::batch(&body)?;
            batch(zone, &body).map(success)
        }
        (method, id) => {
            let id = id.strip_prefix('/').filter(|id| check::is_id(id)).ok_or_else(unknown)?;
            one_record(zone, method, id, body)
        }
    }
}

fn one_record(
    zone: &mut Zone,
    method: &str,
    id: &str,
    body: impl Fn() -> Result<Value, Refusal>,
) -> Result<Value, Refusal> {
    match method {
        "GET" => zone.get(id).map(success),
        "PATCH" => {
            let body = body()?;
            check::part_of_record(&body, false)?;
            zone.patch(id, &body).map(success)
        }
        "PUT" => {
            let body = body()?;
            check::whole_record(&body, false)?;
            zone.put(id, &body).map(success)
        }
        "DELETE" => {
            zone.delete(id)?;
            Ok(success(json::object([("id", json::string(id))])))
        }
        _ => Err(Refusal::schema("method")),
    }
}

fn list(zone: &Zone, request: &Request) -> Result<Value, Refusal> {
    let asked = check::list_query(&request.query())?;
    let all = zone.matching(asked.kind.as_deref(), asked.name.as_deref());
    let total = all.len() as u64;
    let skip = asked.page.saturating_sub(1).saturating_mul(asked.per_page);
    let take = usize::try_from(asked.per_page).unwrap_or(usize::MAX);
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let page: Vec<Value> = all.into_iter().skip(skip).take(take).collect();
    let info = json::object([
        ("page", json::number(asked.page)),
        ("per_page", json::number(asked.per_page)),
        ("count", json::number(page.len() as u64)),
        ("total_count", json::number(total)),
        ("total_pages", json::number(total.div_ceil(asked.per_page))),
    ]);
    let Value::Object(mut document) = success(json::array(page)) else { return Ok(Value::Null) };
    document.insert("result_info".to_owned(), info);
    Ok(Value::Object(document))
}

/// Deletes, patches, puts, posts, in this order; one failure and nothing was done.
fn batch(zone: &mut Zone, body: &Value) -> Result<Value, Refusal> {
    let mut trial = zone.clone();
    let mut result = json::Object::new();
    for kind in ["deletes", "patches", "puts", "posts"] {
        let mut done = Vec::new();
        for item in json::field(body, kind).and_then(json::as_array).into_iter().flatten() {
            let id = json::str_of(item, "id");
            let record = match kind {
                "deletes" => trial.delete(id),
                "patches" => trial.patch(id, item),
                "puts" => trial.put(id, item),
                _ => trial.post(item),
            };
            done.push(record?);
        }
        result.insert(kind.to_owned(), json::array(done));
    }
    *zone = trial;
    Ok(Value::Object(result))
}

/// The document as an answer with the headers each Cloudflare answer has.
pub fn answer(status: u16, document: &Value, serial: usize) -> Answer {
    let mut answer = Answer::json(status, json::text(document));
    answer.headers.push(("cf-ray".to_owned(), ray(serial)));
    answer.headers.push(("Ratelimit".to_owned(), "\"default\";r=1199;t=300".to_owned()));
    answer
}

/// The request's identity as Cloudflare prints it, counting up.
pub fn ray(serial: usize) -> String {
    format!("{:016x}-FRA", 0x8f0c_2b1e_0000_0000_u64 + serial as u64)
}
