//! The JSON documents of Cloudflare's API v4 for DNS records: what is sent, and what comes back.

pub mod entry;

use super::record_json::RecordJson;
use crate::record::{Change, Record, RecordType, Wanted};
use miniserde::{Deserialize, Serialize, json};

/// What stands for "automatic" as a time to live.
pub const AUTOMATIC_TTL: u32 = 1;

#[derive(Deserialize)]
struct HeadJson {
    success: bool,
}

#[derive(Deserialize)]
struct ErrorsJson {
    errors: Vec<ErrorJson>,
}

#[derive(Deserialize)]
struct ErrorJson {
    code: Option<i64>,
    message: Option<String>,
    error_chain: Option<Vec<ErrorJson>>,
}

#[derive(Deserialize)]
struct ListJson {
    result: Vec<RecordJson>,
    result_info: Option<PageJson>,
}

#[derive(Deserialize)]
struct PageJson {
    total_count: Option<u64>,
    total_pages: Option<u64>,
}

#[derive(Deserialize)]
struct OneJson {
    result: Option<RecordJson>,
}

#[derive(Deserialize)]
struct BatchAnswerJson {
    result: Option<BatchListsJson>,
}

#[derive(Deserialize)]
struct BatchListsJson {
    patches: Option<Vec<RecordJson>>,
    posts: Option<Vec<RecordJson>>,
}

#[derive(Serialize)]
struct InsertJson {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    content: String,
    ttl: u32,
    proxied: bool,
}

#[derive(Serialize)]
struct UpdateJson {
    content: String,
    ttl: u32,
}

#[derive(Serialize)]
struct ContentJson {
    content: String,
}

#[derive(Serialize)]
struct IdJson {
    id: String,
}

#[derive(Serialize)]
struct PatchJson {
    id: String,
    content: String,
    ttl: u32,
}

#[derive(Serialize)]
struct PatchContentJson {
    id: String,
    content: String,
}

/// What the API says went wrong: the first of its errors, and the causes named below it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApiError {
    pub code: Option<i64>,
    pub message: String,
    /// Codes of the `error_chain`, where older paths put the real cause.
    pub causes: Vec<i64>,
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
    Refused(ApiError),
    /// Something else than the document named.
    Unreadable(&'static str),
}

/// The text of an answer whose `success` is true.
fn succeeded(body: &[u8]) -> Result<&str, Fault> {
    let text = std::str::from_utf8(body).map_err(|_| Fault::Unreadable("JSON"))?;
    let head: HeadJson =
        json::from_str(text).map_err(|_| Fault::Unreadable("a JSON object with `success`"))?;
    if head.success { Ok(text) } else { Err(Fault::Refused(api_error(text))) }
}

fn api_error(text: &str) -> ApiError {
    // Each part may be missing or odd; what is there is told.
    let errors = json::from_str::<ErrorsJson>(text).map(|json| json.errors).unwrap_or_default();
    let Some(first) = errors.into_iter().next() else {
        return ApiError {
            message: "the API refused without a reason".into(),
            ..ApiError::default()
        };
    };
    let causes = first.error_chain.unwrap_or_default().into_iter().filter_map(|cause| cause.code);
    ApiError {
        code: first.code,
        message: first.message.unwrap_or_else(|| "the API gave no message".into()),
        causes: causes.collect(),
    }
}

/// Reads an answer to `GET …/dns_records`, keeping the records of this type and name only.
pub fn page(body: &[u8], kind: RecordType, name: &str) -> Result<Page, Fault> {
    const EXPECTED: &str = "a list of DNS records";
    let text = succeeded(body)?;
    let list: ListJson = json::from_str(text).map_err(|_| Fault::Unreadable(EXPECTED))?;
    let held = list.result.len();
    let ours = list.result.into_iter().filter(|record| record.is(kind, name));
    let records: Option<Vec<Record>> = ours.map(|record| record.into_record(kind)).collect();
    let info = list.result_info;
    Ok(Page {
        records: records
            .ok_or(Fault::Unreadable("a list of DNS records with ids and addresses"))?,
        held,
        total_count: info.as_ref().and_then(|info| info.total_count),
        total_pages: info.as_ref().and_then(|info| info.total_pages),
    })
}

/// Reads an answer to a POST or PATCH of one record; none where the answer does not show it.
pub fn one(body: &[u8], kind: RecordType) -> Result<Option<Record>, Fault> {
    let text = succeeded(body)?;
    // The change is made, whatever the rest of the answer looks like.
    let one = json::from_str::<OneJson>(text).ok().and_then(|one| one.result);
    Ok(one.and_then(|record| record.into_record(kind)))
}

/// Reads an answer to a DELETE: only its success matters.
pub fn deleted(body: &[u8]) -> Result<(), Fault> {
    succeeded(body).map(|_| ())
}

/// Reads an answer to a batch call; lists it does not show are empty.
pub fn batch(body: &[u8], kind: RecordType) -> Result<BatchAnswer, Fault> {
    let text = succeeded(body)?;
    let lists = json::from_str::<BatchAnswerJson>(text).ok().and_then(|answer| answer.result);
    let Some(lists) = lists else { return Ok(BatchAnswer::default()) };
    let records = |list: Option<Vec<RecordJson>>| {
        list.unwrap_or_default().into_iter().filter_map(|record| record.into_record(kind)).collect()
    };
    Ok(BatchAnswer { patches: records(lists.patches), posts: records(lists.posts) })
}

fn insert_json(kind: RecordType, name: &str, wanted: &Wanted) -> InsertJson {
    InsertJson {
        kind: kind.as_str(),
        name: name.into(),
        content: wanted.address.to_string(),
        ttl: wanted.ttl.unwrap_or(AUTOMATIC_TTL),
        proxied: false,
    }
}

/// The body of a POST that makes a record.
pub fn insert(kind: RecordType, name: &str, wanted: &Wanted) -> String {
    json::to_string(&insert_json(kind, name, wanted))
}

/// The body of a PATCH that changes the address, and the time to live where one is wanted, and
/// leaves all else as it is.
pub fn update(to: &Wanted) -> String {
    let content = to.address.to_string();
    match to.ttl {
        Some(ttl) => json::to_string(&UpdateJson { content, ttl }),
        None => json::to_string(&ContentJson { content }),
    }
}

/// The body of a batch call that carries out all of `changes`, or none.
pub fn batch_of(kind: RecordType, name: &str, changes: &[&Change]) -> String {
    let (mut deletes, mut patches, mut posts) = (Vec::new(), Vec::new(), Vec::new());
    for change in changes {
        match change {
            Change::Keep(_) => {}
            Change::Update { record, to } => {
                let (id, content) = (record.id.clone(), to.address.to_string());
                patches.push(match to.ttl {
                    Some(ttl) => json::to_string(&PatchJson { id, content, ttl }),
                    None => json::to_string(&PatchContentJson { id, content }),
                });
            }
            Change::Insert(wanted) => {
                posts.push(json::to_string(&insert_json(kind, name, wanted)));
            }
            Change::Delete(record) => {
                deletes.push(json::to_string(&IdJson { id: record.id.clone() }));
            }
        }
    }
    let [deletes, patches, posts] = [deletes, patches, posts].map(|list| list.join(","));
    format!("{{\"deletes\":[{deletes}],\"patches\":[{patches}],\"posts\":[{posts}]}}")
}

#[cfg(test)]
mod tests;
