//! The JSON documents of Cloudflare's API v4 for DNS records: what is sent, and what comes back.

pub mod entry;

use super::record_json::{self, RecordJson};
use crate::record::{Change, Record, RecordType, Wanted};
use crate::text::decimal;
use crate::text::json_read::{Document, Json};
use crate::text::json_write::Object;

/// What stands for "automatic" as a time to live.
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
#[derive(Debug)]
pub struct Page {
    /// Those of the type and name asked for.
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
pub enum Fault {
    /// Well-formed: `success` is false.
    Refused(Box<ApiError>),
    /// Something else than the document named.
    InvalidResponse(&'static str),
}

/// An answer whose `success` is true.
fn succeeded(body: &[u8]) -> Result<Document, Fault> {
    std::str::from_utf8(body).map_err(|_| Fault::InvalidResponse("JSON"))?;
    let document = Document::object(body);
    let success = document.as_ref().and_then(|answer| answer.top().field("success")?.truth());
    match (document, success) {
        (Some(document), Some(true)) => Ok(document),
        (Some(document), Some(false)) => Err(Fault::Refused(Box::new(api_error(document.top())))),
        _ => Err(Fault::InvalidResponse("a JSON object with `success`")),
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

/// Each part may be missing or odd; what is there is shown.
fn one_error(error: Json) -> ApiError {
    let message = error.text_of("message").unwrap_or_else(|| "the API gave no message".into());
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

/// Reads an answer to `GET …/dns_records`, keeping the records of this type and name only.
pub fn page(body: &[u8], kind: RecordType, name: &str) -> Result<Page, Fault> {
    const EXPECTED: &str = "a list of DNS records";
    const BETTER: &str = "a list of DNS records with ids and addresses";
    let answer = succeeded(body)?;
    let (all, [total_count, total_pages]) =
        list(&answer).ok_or(Fault::InvalidResponse(EXPECTED))?;
    let mut page = Page { records: Vec::new(), held: all.len(), total_count, total_pages };
    for record in all {
        if record.is(kind, name) {
            page.records.push(record.into_record(kind).ok_or(Fault::InvalidResponse(BETTER))?);
        }
    }
    Ok(page)
}

/// The only record of an answer that shows one.
fn shown(answer: &Document) -> Option<RecordJson> {
    RecordJson::read(answer.top().field("result")?)
}

/// Reads an answer to a POST or PATCH of one record; none where the answer does not show it.
pub fn one(body: &[u8], kind: RecordType) -> Result<Option<Record>, Fault> {
    // The change is made, whatever the rest of the answer looks like.
    Ok(shown(&succeeded(body)?).and_then(|record| record.into_record(kind)))
}

/// Reads an answer to a DELETE: only its success matters.
pub fn deleted(body: &[u8]) -> Result<(), Fault> {
    succeeded(body).map(|_| ())
}

/// Reads an answer to a batch call; lists it does not show are empty.
pub fn batch(body: &[u8], kind: RecordType) -> Result<BatchAnswer, Fault> {
    let answer = succeeded(body)?;
    let records = |name: &str| {
        let mut records = Vec::new();
        let list = answer.top().field("result").and_then(|lists| lists.field(name));
        for record in list.and_then(record_json::read_all).unwrap_or_default() {
            if let Some(record) = record.into_record(kind) {
                records.push(record);
            }
        }
        records
    };
    Ok(BatchAnswer { patches: records("patches"), posts: records("posts") })
}

/// The body of a POST that makes a record.
pub fn insert(kind: RecordType, name: &str, wanted: &Wanted) -> String {
    Object::new()
        .text("type", kind.as_str())
        .text("name", name)
        .text("content", &wanted.address.to_string())
        .number("ttl", wanted.ttl.unwrap_or(AUTOMATIC_TTL))
        .raw("proxied", "false")
        .end()
}

/// The body of a PATCH that changes the address, and the time to live where one is wanted, and
/// leaves all else as it is.
pub fn update(to: &Wanted) -> String {
    changed(Object::new(), to)
}

fn changed(object: Object, to: &Wanted) -> String {
    object.text("content", &to.address.to_string()).optional_number("ttl", to.ttl).end()
}

/// The body of a batch call that carries out all of `changes`, or none.
pub fn batch_of(kind: RecordType, name: &str, changes: &[&Change]) -> String {
    let mut lists = [const { String::new() }; 3];
    let [deletes, patches, posts] = &mut lists;
    for change in changes {
        let (list, one) = match change {
            Change::Keep(_) => continue,
            Change::Update { record, to } => {
                (&mut *patches, changed(Object::new().text("id", &record.id), to))
            }
            Change::Insert(wanted) => (&mut *posts, insert(kind, name, wanted)),
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
