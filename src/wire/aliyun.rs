//! Aliyun DNS (alidns 2015-01-09): requests signed as ACS3-HMAC-SHA256 asks, and its answers.
//!
//! Facts from the API reference, "Request syntax and signature method V3".

use super::record_json::is_id;
use super::refusal::{Head, Refusal, bare};
use crate::crypto::{self, Hash};
use crate::record::{Entry, Standing};
use crate::text::decimal;
use crate::text::json_read::{Document, Json};
use crate::text::secret::Secret;
use crate::text::{percent, punycode};

const ALGORITHM: &str = "ACS3-HMAC-SHA256";
const VERSION: &str = "2015-01-09";
/// The line of records that are for everybody.
pub const DEFAULT_LINE: &str = "default";

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
        text.push_str(&format!("{name}:{}\n", value.trim_ascii()));
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

/// Reads the parts any answer can have, in JSON or XML.
pub fn head(body: &[u8]) -> Head {
    const NAMES: [&str; 3] = ["RequestId", "Code", "Message"];
    // Some services behind the same gateway spell their refusals in small letters.
    const SMALL_NAMES: [&str; 3] = ["requestId", "code", "message"];
    let Ok(text) = std::str::from_utf8(body) else { return Head::default() };
    let parts = match Document::object(body) {
        Some(document) => {
            let (large, small) = (parts(document.top(), NAMES), parts(document.top(), SMALL_NAMES));
            let [id, code, message] = large;
            let [small_id, small_code, small_message] = small;
            [id.or(small_id), code.or(small_code), message.or(small_message)]
        }
        None if text.contains("<Error>") => NAMES.map(|name| element(text, name)),
        None => return Head::default(),
    };
    let [request_id, code, message] = parts;
    let code = code.filter(|code| !code.is_empty());
    let refusal = code.map(|code| Refusal { code, message: message.unwrap_or_default() });
    Head { request_id, refusal }
}

fn parts(json: Json, names: [&str; 3]) -> [Option<String>; 3] {
    names.map(|name| loose(json, name))
}

fn loose(json: Json, name: &str) -> Option<String> {
    json.field(name)?.loose().map(String::from)
}

/// The text of the first element of that name.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(format!("<{name}>").as_str())?;
    let (text, _) = rest.split_once(format!("</{name}>").as_str())?;
    let mut text = text.to_string();
    // The ampersand last, so that what it brings forth is not read again.
    for (escape, character) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
    {
        text = text.replace(escape, character);
    }
    Some(text)
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
    let document = Document::object(body)?;
    let total = loose(document.top(), "TotalCount").and_then(|total| decimal::number32(&total));
    let mut page = Page { records: Vec::new(), held: 0, total };
    for one in document.top().field("DomainRecords")?.field("Record")?.list()? {
        page.held += 1;
        page.records.extend(standing(one, entry)?);
    }
    Some(page)
}

/// The outer option: whether it can be read; the inner: whether it is the entry's.
#[allow(clippy::option_option)]
fn standing(one: Json, entry: &Entry) -> Option<Option<Standing>> {
    let (name, kind) = (one.field("RR")?.text()?, one.field("Type")?.text()?);
    let value = one.text_of("Value")?;
    if !punycode::is_same(name, &entry.record) || !kind.eq_ignore_ascii_case(entry.kind.as_str()) {
        return Some(None);
    }
    Some(Some(Standing {
        id: identifier(one)?,
        value: bare(value, entry.kind),
        ttl: loose(one, "TTL").and_then(|ttl| decimal::number32(&ttl)),
        // A record without a remark is shown without the field.
        comment: Some(one.optional_text("Remark")?.unwrap_or_default()),
        line: one.optional_text("Line")?,
        status: one.optional_text("Status")?,
        ..Standing::default()
    }))
}

fn identifier(json: Json) -> Option<String> {
    loose(json, "RecordId").filter(|id| is_id(id))
}

/// Reads an answer to `AddDomainRecord` or `UpdateDomainRecord`: the record's identifier.
pub fn written(body: &[u8]) -> Option<String> {
    identifier(Document::object(body)?.top())
}

#[cfg(test)]
mod tests;
