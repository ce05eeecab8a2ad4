//! The JSON documents of Cloudflare's API v4 for DNS records: what is sent, and what comes back.

use super::Malformed;
use super::record_json::{self, RecordJson};
use crate::record::{Change, Record, RecordSpec, RrSet};
use crate::text::json_read::{Document, Json};
use crate::text::json_write::Object;
use crate::text::{decimal, punycode};
pub use crate::wire::record_json::is_id;

/// The time to live that means "automatic".
pub const AUTOMATIC_TTL: u32 = 1;

/// How many causes of an error are read.
const CAUSES_MAX: usize = 4;

/// What the API says went wrong: the first of its errors, and the causes named below it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApiError {
    pub code: Option<i64>,
    pub message: String,
    /// Of the `error_chain`, where some paths put the real cause; the most specific is the last.
    pub causes: Vec<ApiError>,
}

/// One page of a list of records.
#[derive(Debug, Default)]
pub struct Page {
    /// Those of the set asked for.
    pub records: Vec<Record>,
    /// How many the page held in all.
    pub held: usize,
    pub total_count: Option<u64>,
    pub total_pages: Option<u64>,
}

/// The records a batch call changed, as they stand now.
#[derive(Debug, Default)]
pub struct BatchAnswer {
    pub patches: Vec<Record>,
    pub posts: Vec<Record>,
}

/// Why an answer is not the one expected.
#[derive(Debug, PartialEq, Eq)]
pub enum ParseError {
    /// Well-formed: `success` is false.
    Refused(Box<ApiError>),
    /// Something else than the document named.
    InvalidResponse(&'static str),
}

/// An answer whose `success` is true.
fn succeeded(body: &[u8]) -> Result<Document, ParseError> {
    std::str::from_utf8(body).map_err(|_| ParseError::InvalidResponse("JSON"))?;
    let document = Document::object(body);
    let success = document.as_ref().and_then(|answer| answer.top().field("success")?.bool());
    match (document, success) {
        (Some(document), Some(true)) => Ok(document),
        (Some(document), Some(false)) => {
            Err(ParseError::Refused(Box::new(api_error(document.top()))))
        }
        _ => Err(ParseError::InvalidResponse("a JSON object with `success`")),
    }
}

fn api_error(json: Json) -> ApiError {
    let errors = json.field("errors").and_then(Json::list);
    let Some(first) = errors.and_then(|mut errors| errors.next()).and_then(Json::object) else {
        return ApiError {
            message: "the API refused without a reason".into(),
            ..ApiError::default()
        };
    };
    let mut error = one_error(first);
    let mut chain = first.field("error_chain");
    while let Some(causes) = chain.take().and_then(Json::list) {
        for cause in causes {
            if error.causes.len() == CAUSES_MAX {
                return error;
            }
            if cause.field("message").is_some() || cause.field("code").is_some() {
                error.causes.push(one_error(cause));
            }
            // A cause may have causes of its own.
            chain = cause.field("error_chain").or(chain);
        }
    }
    error
}

/// Each part may be missing or malformed; the rest is shown.
fn one_error(error: Json) -> ApiError {
    let message = error.string_of("message").unwrap_or_else(|| "the API gave no message".into());
    let code = error.field("code").and_then(|code| decimal::signed(code.digits()?));
    ApiError { code, message, causes: Vec::new() }
}

/// All records of a list, and the answer's own count of records and pages.
fn list(document: &Document) -> Option<(Vec<RecordJson>, [Option<u64>; 2])> {
    let mut counts = [None; 2];
    if let Some(info) = document.top().field("result_info") {
        let info = info.object()?;
        for (count, name) in counts.iter_mut().zip(["total_count", "total_pages"]) {
            if let Some(number) = info.field(name) {
                *count = Some(number.number()?);
            }
        }
    }
    Some((record_json::read_all(document.top().field("result")?)?, counts))
}

/// Reads an answer to `GET /zones?name=…`: the identifier of the zone of that name, of several the
/// one that is active.
pub fn zone_id(body: &[u8], name: &str) -> Result<Option<String>, ParseError> {
    const EXPECTED: &str = "a list of zones with ids";
    let answer = succeeded(body)?;
    match found_zone(&answer, name) {
        Ok(id) if id.as_deref().is_none_or(is_id) => Ok(id),
        _ => Err(ParseError::InvalidResponse(EXPECTED)),
    }
}

fn found_zone(answer: &Document, name: &str) -> Result<Option<String>, Malformed> {
    let find = || {
        let (mut found, mut is_found_active) = (None, false);
        for zone in answer.top().field("result")?.list()? {
            let (id, of) = (zone.field("id")?.text()?, zone.field("name")?.text()?);
            let is_active = zone.optional_string("status").ok()?.as_deref() == Some("active");
            let is_better = found.is_none() || (is_active && !is_found_active);
            if punycode::is_same(of, name) && is_better {
                (found, is_found_active) = (Some(id.to_string()), is_active);
            }
        }
        Some(found)
    };
    find().ok_or(Malformed)
}

/// Reads an answer to `GET …/dns_records`, keeping the records of this set only.
pub fn page(body: &[u8], set: &RrSet) -> Result<Page, ParseError> {
    const EXPECTED: &str = "a list of DNS records";
    const BETTER: &str = "a list of DNS records with ids and addresses";
    let answer = succeeded(body)?;
    let (all, [total_count, total_pages]) =
        list(&answer).ok_or(ParseError::InvalidResponse(EXPECTED))?;
    let mut page = Page { records: Vec::new(), held: all.len(), total_count, total_pages };
    let name = set.fqdn();
    for record in all {
        if record.is(set.kind, &name) {
            page.records.push(record.into_record().ok_or(ParseError::InvalidResponse(BETTER))?);
        }
    }
    Ok(page)
}

/// Reads an answer to a POST or PATCH of one record; none where the answer does not show it.
pub fn one(body: &[u8]) -> Result<Option<Record>, ParseError> {
    // The change is made, whatever the rest of the answer looks like.
    let shown = succeeded(body)?.top().field("result").and_then(RecordJson::read);
    Ok(shown.and_then(RecordJson::into_record))
}

/// Reads an answer to a DELETE: only its success matters.
pub fn deleted(body: &[u8]) -> Result<(), ParseError> {
    succeeded(body).map(|_| ())
}

/// Reads an answer to a batch call; lists it does not show are empty.
pub fn batch(body: &[u8]) -> Result<BatchAnswer, ParseError> {
    let answer = succeeded(body)?;
    let records = |name: &str| {
        let mut records = Vec::new();
        let list = answer.top().field("result").and_then(|lists| lists.field(name));
        for record in list.and_then(record_json::read_all).unwrap_or_default() {
            records.extend(record.into_record());
        }
        records
    };
    Ok(BatchAnswer { patches: records("patches"), posts: records("posts") })
}

/// The body of a POST that makes a record.
pub fn insert(set: &RrSet, spec: &RecordSpec) -> String {
    Object::new()
        .text("type", set.kind.as_str())
        .text("name", &set.fqdn())
        .text("content", &spec.value.quoted())
        .number("ttl", spec.ttl.unwrap_or(AUTOMATIC_TTL))
        .raw("proxied", if spec.proxied == Some(true) { "true" } else { "false" })
        .optional("comment", spec.comment.as_deref())
        .end()
}

/// The body of a PATCH that makes what is wanted of a record, and leaves all else as it is: with
/// `only_differences` nothing that is right already, and no body where all is.
pub fn update(record: &Record, to: &RecordSpec, only_differences: bool) -> Option<String> {
    let empty = Object::new();
    changed(empty, record, to, only_differences).map(Object::end)
}

fn changed(object: Object, record: &Record, to: &RecordSpec, only: bool) -> Option<Object> {
    let is_sent = |fits: bool| !(only && fits);
    let content = is_sent(to.value.matches(&record.value)).then(|| to.value.quoted());
    let ttl = to.ttl.filter(|_| is_sent(to.fits_ttl(record.ttl)));
    let fits_comment = to.fits_comment(record.comment.as_deref());
    let comment = to.comment.as_deref().filter(|_| is_sent(fits_comment));
    if content.is_none() && ttl.is_none() && comment.is_none() {
        return None;
    }
    let object = object.optional("content", content.as_deref());
    Some(object.optional_number("ttl", ttl).optional("comment", comment))
}

/// The body of a batch call that carries out all of `changes`, or none.
pub fn batch_of(changes: &[(&RrSet, &Change)]) -> String {
    let mut lists = [const { String::new() }; 3];
    let [deletes, patches, posts] = &mut lists;
    for (set, change) in changes {
        let (list, one) = match change {
            Change::Keep(_) => continue,
            Change::Update { record, to } => {
                let object = Object::new().text("id", &record.id);
                let Some(object) = changed(object, record, to, false) else { continue };
                (&mut *patches, object.end())
            }
            Change::Insert(spec) => (&mut *posts, insert(set, spec)),
            Change::Delete(record) => (&mut *deletes, Object::new().text("id", &record.id).end()),
        };
        if !list.is_empty() {
            list.push(',');
        }
        list.push_str(&one);
    }
    format!("{{\"deletes\":[{deletes}],\"patches\":[{patches}],\"posts\":[{posts}]}}")
}

#[cfg(test)]
mod tests;
