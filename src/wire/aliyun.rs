//! Aliyun DNS (alidns 2015-01-09): requests signed as ACS3-HMAC-SHA256 asks, and its answers.
//!
//! Facts from the API reference, "Request syntax and signature method V3".

use super::Malformed;
use super::record_json::is_id;
use super::refusal::{self, Head, Refusal, loose, loose_number};
use crate::crypto::{self, Hash};
use crate::record::{Record, RrSet};
use crate::text::json_read::{Document, Json};
use crate::text::percent;
use crate::text::secret::Secret;

const ALGORITHM: &str = "ACS3-HMAC-SHA256";
const VERSION: &str = "2015-01-09";
/// The line of records that are for everybody.
pub const DEFAULT_LINE: &str = "default";

/// The parameters of a request as they are signed and sent: encoded, and sorted by name.
pub fn query(parameters: &[(&str, &str)]) -> String {
    let mut sorted: Vec<&(&str, &str)> = Vec::new();
    for one in parameters {
        sorted.insert(sorted.partition_point(|other| *other < one), one);
    }
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
    let mut fields = Vec::new();
    for (name, value) in [
        ("host", host),
        ("x-acs-action", action),
        ("x-acs-content-sha256", &crypto::sha256_hex(b"")),
        ("x-acs-date", stamp),
        ("x-acs-signature-nonce", nonce),
        ("x-acs-version", VERSION),
    ] {
        fields.push((name.into(), value.into()));
    }
    fields
}

/// A POST request without a body in the form that is hashed.
pub fn canonical_request(path: &str, query: &str, fields: &[(String, String)]) -> String {
    let mut text = format!("POST\n{path}\n{query}\n");
    for (name, value) in fields {
        for part in [name, ":", value.trim_ascii(), "\n"] {
            text.push_str(part);
        }
    }
    text.push_str(&format!("\n{}\n{}", names(fields), crypto::sha256_hex(b"")));
    text
}

fn names(fields: &[(String, String)]) -> String {
    let mut names = String::new();
    for (name, _) in fields {
        if !names.is_empty() {
            names.push(';');
        }
        names.push_str(name);
    }
    names
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
    let Ok(text) = std::str::from_utf8(body) else { return Head::default() };
    let document = Document::object(body);
    if document.is_none() && !text.contains("<Error>") {
        return Head::default();
    }
    // Some services behind the same gateway spell their refusals in small letters.
    let read = |name: &str, small: &str| match &document {
        Some(document) => loose(document.top(), name).or_else(|| loose(document.top(), small)),
        None => element(text, name),
    };
    let request_id = read("RequestId", "requestId");
    let code = read("Code", "code").filter(|code| !code.is_empty());
    let refusal =
        code.map(|code| Refusal { code, message: read("Message", "message").unwrap_or_default() });
    Head { request_id, refusal }
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
#[derive(Default)]
pub struct Page {
    /// Those of the set.
    pub records: Vec<Record>,
    /// How many the page held in all.
    pub held: usize,
    /// How many all pages hold.
    pub total: Option<u32>,
}

/// Reads an answer to `DescribeDomainRecords`, whose filters let similar names through, too.
pub fn page(body: &[u8], set: &RrSet) -> Option<Page> {
    let document = Document::object(body)?;
    let total = loose_number(document.top(), "TotalCount");
    let mut page = Page { records: Vec::new(), held: 0, total };
    for one in document.top().field("DomainRecords")?.field("Record")?.list()? {
        page.held += 1;
        match refusal::record(one, "RR", set, identifier) {
            Ok(record) => page.records.extend(record),
            Err(Malformed) => return None,
        }
    }
    Some(page)
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
