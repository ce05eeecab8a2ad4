//! Aliyun DNS (alidns 2015-01-09): requests signed as ACS3-HMAC-SHA256 asks, and its answers.
//!
//! Facts from the API reference, "Request syntax and signature method V3".

use super::loose::Loose;
use super::record_json::is_id;
use super::refusal::{Head, Refusal, bare};
use crate::crypto::{self, Hash};
use crate::record::{Entry, RecordType, Standing};
use crate::text::percent;
use crate::text::secret::Secret;
use miniserde::{Deserialize, json};

const ALGORITHM: &str = "ACS3-HMAC-SHA256";
const VERSION: &str = "2015-01-09";

/// The parameters of a request as they are signed and sent: encoded, and sorted by name.
pub fn query(parameters: &[(&str, &str)]) -> String {
    let mut sorted = parameters.to_vec();
    sorted.sort_unstable();
    let mut text = String::new();
    for (name, value) in sorted {
        if !text.is_empty() {
            text.push('&');
        }
        percent::encode(name, &mut text);
        text.push('=');
        percent::encode(value, &mut text);
    }
    text
}

/// The fields of a request without a body that are signed, sorted by name. `stamp` is the time as
/// [`crate::text::utc::stamp`] writes it; `nonce` is never used twice.
pub fn fields(host: &str, action: &str, stamp: &str, nonce: &str) -> Vec<(String, String)> {
    let field = |name: &str, value: &str| (name.to_string(), value.to_string());
    vec![
        field("host", host),
        field("x-acs-action", action),
        field("x-acs-content-sha256", &crypto::sha256_hex(b"")),
        field("x-acs-date", stamp),
        field("x-acs-signature-nonce", nonce),
        field("x-acs-version", VERSION),
    ]
}

/// A POST request without a body in the form that is hashed.
pub fn canonical_request(path: &str, query: &str, fields: &[(String, String)]) -> String {
    let mut text = format!("POST\n{path}\n{query}\n");
    for (name, value) in fields {
        text.push_str(&format!("{name}:{}\n", value.trim()));
    }
    text.push_str(&format!("\n{}\n{}", names(fields), crypto::sha256_hex(b"")));
    text
}

fn names(fields: &[(String, String)]) -> String {
    fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";")
}

/// What is signed of a canonical request.
pub fn string_to_sign(canonical_request: &str) -> String {
    format!("{ALGORITHM}\n{}", crypto::sha256_hex(canonical_request.as_bytes()))
}

/// The value of the `Authorization` field.
pub fn authorization(
    id: &str,
    secret: &Secret,
    fields: &[(String, String)],
    canonical_request: &str,
) -> String {
    let text = string_to_sign(canonical_request);
    let code = crypto::hmac(Hash::Sha256, secret.expose().as_bytes(), &[text.as_bytes()]);
    let (names, signature) = (names(fields), crypto::hex(&code));
    format!("{ALGORITHM} Credential={id},SignedHeaders={names},Signature={signature}")
}

#[derive(Deserialize)]
struct HeadJson {
    #[serde(rename = "RequestId")]
    request_id: Option<Loose>,
    #[serde(rename = "Code")]
    code: Option<Loose>,
    #[serde(rename = "Message")]
    message: Option<Loose>,
}

/// Some services behind the same gateway spell their refusals in small letters.
#[derive(Deserialize)]
struct SmallHeadJson {
    #[serde(rename = "requestId")]
    request_id: Option<Loose>,
    code: Option<Loose>,
    message: Option<Loose>,
}

/// Reads the parts any answer can have, in JSON or XML.
pub fn head(body: &[u8]) -> Head {
    let Ok(text) = std::str::from_utf8(body) else { return Head::default() };
    let parts = match (json::from_str::<HeadJson>(text), json::from_str::<SmallHeadJson>(text)) {
        (Ok(large), Ok(small)) => [
            large.request_id.or(small.request_id),
            large.code.or(small.code),
            large.message.or(small.message),
        ],
        (Ok(HeadJson { request_id, code, message }), Err(_))
        | (Err(_), Ok(SmallHeadJson { request_id, code, message })) => [request_id, code, message],
        (Err(_), Err(_)) if text.contains("<Error>") => {
            ["RequestId", "Code", "Message"].map(|name| element(text, name))
        }
        (Err(_), Err(_)) => return Head::default(),
    };
    let [request_id, code, message] = parts.map(|part| part.map(|Loose(text)| text));
    let code = code.filter(|code| !code.is_empty());
    let refusal = code.map(|code| Refusal { code, message: message.unwrap_or_default() });
    Head { request_id, refusal }
}

/// The text of the first element of that name.
fn element(xml: &str, name: &str) -> Option<Loose> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let mut text = text.to_string();
    // The ampersand last, so that what it brings forth is not read again.
    for (escape, character) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
    {
        text = text.replace(escape, character);
    }
    Some(Loose(text))
}

#[derive(Deserialize)]
struct ListJson {
    #[serde(rename = "TotalCount")]
    total_count: Option<Loose>,
    #[serde(rename = "DomainRecords")]
    records: RecordsJson,
}

#[derive(Deserialize)]
struct RecordsJson {
    #[serde(rename = "Record")]
    records: Vec<RecordJson>,
}

#[derive(Deserialize)]
struct RecordJson {
    #[serde(rename = "RecordId")]
    id: Loose,
    #[serde(rename = "RR")]
    record: String,
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "Value")]
    value: String,
    #[serde(rename = "TTL")]
    ttl: Option<Loose>,
    #[serde(rename = "Line")]
    line: Option<String>,
    #[serde(rename = "Remark")]
    remark: Option<String>,
}

#[derive(Deserialize)]
struct WrittenJson {
    #[serde(rename = "RecordId")]
    id: Loose,
}

/// One page of a list of records.
#[derive(Debug)]
pub struct Page {
    /// Those of the entry's name and type.
    pub records: Vec<Standing>,
    /// How many the page held in all.
    pub held: usize,
    /// How many all pages hold.
    pub total: Option<u32>,
}

/// Reads an answer to `DescribeDomainRecords`, whose filters let similar names through, too.
pub fn page(body: &[u8], entry: &Entry) -> Option<Page> {
    let list: ListJson = json::from_str(std::str::from_utf8(body).ok()?).ok()?;
    let (total, all) = (list.total_count.and_then(|count| count.number()), list.records.records);
    let held = all.len();
    let ours = all.into_iter().filter(|one| {
        one.record.eq_ignore_ascii_case(&entry.record)
            && one.kind.eq_ignore_ascii_case(entry.kind.as_str())
    });
    let records = ours.map(|one| standing(one, entry.kind)).collect::<Option<Vec<_>>>()?;
    Some(Page { records, held, total })
}

fn standing(one: RecordJson, kind: RecordType) -> Option<Standing> {
    let Loose(id) = one.id;
    is_id(&id).then(|| Standing {
        id,
        value: bare(one.value, kind),
        ttl: one.ttl.and_then(|ttl| ttl.number()),
        // A record without a remark is shown without the field.
        comment: Some(one.remark.unwrap_or_default()),
        line: one.line,
        ..Standing::default()
    })
}

/// Reads an answer to `AddDomainRecord` or `UpdateDomainRecord`: the record's identifier.
pub fn written(body: &[u8]) -> Option<String> {
    let written: WrittenJson = json::from_str(std::str::from_utf8(body).ok()?).ok()?;
    Some(written.id.0).filter(|id| is_id(id))
}

#[cfg(test)]
mod tests;
