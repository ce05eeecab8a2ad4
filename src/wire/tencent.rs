//! Tencent DNSPod (API 3.0, 2021-03-23): requests signed as TC3-HMAC-SHA256 asks, and its answers.
//!
//! Facts from the API reference, "Signature method v3" and "Record related APIs".

use super::loose::Loose;
use super::refusal::{Head, Refusal, bare};
use crate::crypto::{self, Hash};
use crate::record::{Entry, RecordType, Standing};
use crate::text::secret::Secret;
use crate::text::utc;
use miniserde::{Deserialize, json};

const ALGORITHM: &str = "TC3-HMAC-SHA256";
const SERVICE: &str = "dnspod";
const END: &str = "tc3_request";
const SIGNED: &str = "content-type;host";
/// The line of records that have no line of their own.
pub const DEFAULT_LINE: &str = "默认";
/// Most records one list can have, the API's own limit.
pub const LIST_RECORDS_MAX: usize = 3000;

/// A POST request in the form that is hashed; every request with a body has that content type.
pub fn canonical_request(host: &str, path: &str, body: &str) -> String {
    let hash = crypto::sha256_hex(body.as_bytes());
    format!("POST\n{path}\n\ncontent-type:application/json\nhost:{host}\n\n{SIGNED}\n{hash}")
}

fn scope(timestamp: u64) -> String {
    format!("{}/{SERVICE}/{END}", utc::date(timestamp))
}

/// What is signed of a canonical request. `timestamp`: seconds since 1970.
pub fn string_to_sign(timestamp: u64, canonical_request: &str) -> String {
    let (scope, hash) = (scope(timestamp), crypto::sha256_hex(canonical_request.as_bytes()));
    format!("{ALGORITHM}\n{timestamp}\n{scope}\n{hash}")
}

/// The keys of the day, of the service and of the request, each made with the one before.
fn keys(secret: &Secret, timestamp: u64) -> [Vec<u8>; 3] {
    let code = |key: &[u8], text: &str| crypto::hmac(Hash::Sha256, key, &[text.as_bytes()]);
    let first = format!("TC3{}", secret.expose());
    let day = code(first.as_bytes(), &utc::date(timestamp));
    let service = code(&day, SERVICE);
    let signing = code(&service, END);
    [day, service, signing]
}

/// The value of the `Authorization` field.
pub fn authorization(id: &str, secret: &Secret, timestamp: u64, canonical_request: &str) -> String {
    let text = string_to_sign(timestamp, canonical_request);
    let [.., key] = keys(secret, timestamp);
    let signature = crypto::hex(&crypto::hmac(Hash::Sha256, &key, &[text.as_bytes()]));
    let scope = scope(timestamp);
    format!("{ALGORITHM} Credential={id}/{scope}, SignedHeaders={SIGNED}, Signature={signature}")
}

/// A JSON object of texts and numbers: what is not there must not be sent as null.
struct Body(String);

impl Body {
    fn new(entry: &Entry) -> Body {
        let mut body = Body(String::from("{"));
        body.text("Domain", &entry.zone);
        body.text("SubDomain", &entry.record);
        body.text("RecordType", entry.kind.as_str());
        body
    }

    fn text(&mut self, name: &str, text: &str) {
        self.raw(name, &json::to_string(text));
    }

    fn raw(&mut self, name: &str, value: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&format!("\"{name}\":{value}"));
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// The body of a `DescribeRecordList` of the entry's name and type.
pub fn list(entry: &Entry) -> String {
    let mut body = Body::new(entry);
    body.raw("Limit", &LIST_RECORDS_MAX.to_string());
    body.text("ErrorOnEmpty", "no");
    body.end()
}

/// The body of a `CreateRecord`.
pub fn create(entry: &Entry) -> String {
    let mut body = Body::new(entry);
    body.text("RecordLine", DEFAULT_LINE);
    finish(body, entry, entry.ttl)
}

/// The body of a `ModifyRecord`: what is left out of it would be reset, but for the remark.
pub fn modify(entry: &Entry, one: &Standing) -> String {
    let mut body = Body::new(entry);
    // Digits only, see `standing`.
    body.raw("RecordId", &one.id);
    body.text("RecordLine", one.line.as_deref().unwrap_or(DEFAULT_LINE));
    if let Some(weight) = one.weight {
        body.raw("Weight", &weight.to_string());
    }
    if let Some(status) = &one.status {
        body.text("Status", status);
    }
    finish(body, entry, entry.ttl.or(one.ttl))
}

fn finish(mut body: Body, entry: &Entry, ttl: Option<u32>) -> String {
    body.text("Value", &entry.value);
    if let Some(ttl) = ttl {
        body.raw("TTL", &ttl.to_string());
    }
    if let Some(comment) = &entry.comment {
        body.text("Remark", comment);
    }
    body.end()
}

#[derive(Deserialize)]
struct Envelope<T> {
    #[serde(rename = "Response")]
    response: T,
}

#[derive(Deserialize)]
struct HeadJson {
    #[serde(rename = "RequestId")]
    request_id: Option<Loose>,
    #[serde(rename = "Error")]
    error: Option<ErrorJson>,
}

#[derive(Deserialize)]
struct ErrorJson {
    #[serde(rename = "Code")]
    code: Option<Loose>,
    #[serde(rename = "Message")]
    message: Option<Loose>,
}

#[derive(Deserialize)]
struct ListJson {
    #[serde(rename = "RecordList")]
    records: Option<Vec<RecordJson>>,
    #[serde(rename = "RecordCountInfo")]
    count: Option<CountJson>,
}

#[derive(Deserialize)]
struct CountJson {
    #[serde(rename = "ListCount")]
    list: Option<Loose>,
}

#[derive(Deserialize)]
struct RecordJson {
    #[serde(rename = "RecordId")]
    id: Loose,
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "Value")]
    value: String,
    #[serde(rename = "TTL")]
    ttl: Option<Loose>,
    #[serde(rename = "Line")]
    line: Option<String>,
    #[serde(rename = "Weight")]
    weight: Option<Loose>,
    #[serde(rename = "Status")]
    status: Option<String>,
    #[serde(rename = "Remark")]
    remark: Option<String>,
}

#[derive(Deserialize)]
struct WrittenJson {
    #[serde(rename = "RecordId")]
    id: Loose,
}

fn response<T: Deserialize>(body: &[u8]) -> Option<T> {
    let envelope: Envelope<T> = json::from_str(std::str::from_utf8(body).ok()?).ok()?;
    Some(envelope.response)
}

/// Reads the parts any answer can have.
pub fn head(body: &[u8]) -> Head {
    let Some(head) = response::<HeadJson>(body) else { return Head::default() };
    let text = |part: Option<Loose>| part.map(|Loose(text)| text);
    let refusal = head.error.map(|error| Refusal {
        code: text(error.code).unwrap_or_default(),
        message: text(error.message).unwrap_or_default(),
    });
    Head { request_id: text(head.request_id), refusal }
}

/// Reads an answer to `DescribeRecordList`: the records of the entry's name and type, and how many
/// it held in all.
pub fn records(body: &[u8], entry: &Entry) -> Option<(Vec<Standing>, usize)> {
    let list: ListJson = response(body)?;
    let count = list.count.and_then(|count| count.list?.number());
    // A list may only be missing where none was expected.
    let all = list.records.or_else(|| (count == Some(0)).then(Vec::new))?;
    let held = all.len();
    let ours = all.into_iter().filter(|one| {
        one.name.eq_ignore_ascii_case(&entry.record)
            && one.kind.eq_ignore_ascii_case(entry.kind.as_str())
    });
    let records = ours.map(|one| standing(one, entry.kind)).collect::<Option<Vec<_>>>()?;
    Some((records, held))
}

fn standing(one: RecordJson, kind: RecordType) -> Option<Standing> {
    Some(Standing {
        id: number(one.id)?,
        value: bare(one.value, kind),
        ttl: one.ttl.and_then(|ttl| ttl.number()),
        comment: Some(one.remark.unwrap_or_default()),
        line: one.line.filter(|line| !line.is_empty()),
        weight: one.weight.and_then(|weight| weight.number()),
        status: one.status.filter(|status| !status.is_empty()),
    })
}

/// Identifiers are numbers, and are sent as such.
fn number(id: Loose) -> Option<String> {
    id.0.parse::<u64>().ok().map(|id| id.to_string())
}

/// Reads an answer to `CreateRecord` or `ModifyRecord`: the record's identifier.
pub fn written(body: &[u8]) -> Option<String> {
    number(response::<WrittenJson>(body)?.id)
}

#[cfg(test)]
mod tests;
