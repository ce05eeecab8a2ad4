//! Tencent DNSPod (API 3.0, 2021-03-23): requests signed as TC3-HMAC-SHA256 asks, and its answers.
//!
//! Facts from the API reference, "Signature method v3" and "Record related APIs".

use super::Malformed;
use super::refusal::{self, Head, Refusal, loose, loose_number};
use crate::crypto::{self, Hash};
use crate::record::{Record, RecordSpec, RrSet};
use crate::text::decimal;
use crate::text::json_read::{Document, Json};
use crate::text::json_write::Object;
use crate::text::secret::Secret;
use crate::text::utc;

const ALGORITHM: &str = "TC3-HMAC-SHA256";
const SERVICE: &str = "dnspod";
const END: &str = "tc3_request";
const SIGNED: &str = "content-type;host";
/// The line of records that are for everybody, and how the international site may show it.
pub const DEFAULT_LINE: &str = "默认";
pub const DEFAULT_LINES: &[&str] = &[DEFAULT_LINE, "Default", "default"];
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

/// What every body about an RRset begins with; what is not there must not be sent as null.
fn begin(set: &RrSet) -> Object {
    Object::new()
        .text("Domain", set.zone_name())
        .text("SubDomain", &set.name)
        .text("RecordType", set.kind.as_str())
}

/// The body of a `DescribeRecordList` of the set.
pub fn list(set: &RrSet) -> String {
    begin(set).raw("Limit", &LIST_RECORDS_MAX.to_string()).text("ErrorOnEmpty", "no").end()
}

/// The body of a `CreateRecord`.
pub fn create(set: &RrSet, spec: &RecordSpec) -> String {
    let line = spec.line.as_deref().unwrap_or(DEFAULT_LINE);
    finish(begin(set).text("RecordLine", line), spec, spec.ttl)
}

/// The body of a `ModifyRecord`: what is left out of it would be reset, but for the remark.
pub fn modify(set: &RrSet, one: &Record, to: &RecordSpec) -> String {
    let body = begin(set)
        // Digits only, see `record`.
        .raw("RecordId", &one.id)
        .text("RecordLine", one.kept.line.as_deref().unwrap_or(DEFAULT_LINE))
        .optional_number("Weight", one.kept.weight)
        .optional("Status", one.kept.status.as_deref());
    finish(body, to, to.ttl.or(one.ttl))
}

/// The body of a `DeleteRecord`.
pub fn delete(set: &RrSet, one: &Record) -> String {
    Object::new().text("Domain", set.zone_name()).raw("RecordId", &one.id).end()
}

fn finish(body: Object, spec: &RecordSpec, ttl: Option<u32>) -> String {
    body.text("Value", &spec.value.bare())
        .optional_number("TTL", ttl)
        .optional("Remark", spec.comment.as_deref())
        .end()
}

/// Reads the parts any answer can have.
pub fn head(body: &[u8]) -> Head {
    let Some(document) = Document::object(body) else { return Head::default() };
    let Some(response) = document.top().field("Response") else { return Head::default() };
    let error = response.field("Error").and_then(Json::object);
    let refusal = error.map(|error| Refusal {
        code: loose(error, "Code").unwrap_or_default(),
        message: loose(error, "Message").unwrap_or_default(),
    });
    Head { request_id: loose(response, "RequestId"), refusal }
}

/// Reads an answer to `DescribeRecordList`: the records of the set, and how many it held in all.
pub fn records(body: &[u8], set: &RrSet) -> Option<(Vec<Record>, usize)> {
    let document = Document::object(body)?;
    let response = document.top().field("Response")?.object()?;
    let (mut records, mut held) = (Vec::new(), 0);
    match response.field("RecordList") {
        Some(list) => {
            for one in list.list()? {
                held += 1;
                match record(one, set) {
                    Ok(record) => records.extend(record),
                    Err(Malformed) => return None,
                }
            }
        }
        // A list may only be missing where none was expected.
        None if loose_number(response.field("RecordCountInfo")?, "ListCount") == Some(0) => {}
        None => return None,
    }
    Some((records, held))
}

fn record(one: Json, set: &RrSet) -> Result<Option<Record>, Malformed> {
    let mut record = refusal::record(one, "Name", set, identifier)?;
    if let Some(record) = &mut record {
        record.kept.weight = loose_number(one, "Weight");
        for text in [&mut record.kept.line, &mut record.kept.status] {
            if text.as_deref() == Some("") {
                *text = None;
            }
        }
    }
    Ok(record)
}

/// Identifiers are numbers, and are sent as such.
fn identifier(json: Json) -> Option<String> {
    let id = json.field("RecordId")?.loose()?;
    decimal::number(id).map(|id| id.to_string())
}

/// Reads an answer to `CreateRecord` or `ModifyRecord`: the record's identifier.
pub fn written(body: &[u8]) -> Option<String> {
    identifier(Document::object(body)?.top().field("Response")?)
}

#[cfg(test)]
mod tests;
