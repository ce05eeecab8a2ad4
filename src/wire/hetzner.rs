//! The JSON documents of Hetzner's Cloud API for DNS: zones, record sets, actions, refusals.
//!
//! Facts from the API reference: <https://docs.hetzner.cloud/reference/cloud#zones>.

use super::json_text::object;
use crate::record::{Entry, RecordType, Standing};
use crate::text::txt_strings;
use miniserde::{Deserialize, json};

#[derive(Deserialize)]
struct ZonesJson {
    zones: Vec<ZoneJson>,
    meta: Option<MetaJson>,
}

#[derive(Deserialize)]
struct ZoneAnswerJson {
    zone: ZoneJson,
}

#[derive(Deserialize)]
struct ZoneJson {
    name: String,
    mode: Option<String>,
}

#[derive(Deserialize)]
struct MetaJson {
    pagination: Option<PaginationJson>,
}

#[derive(Deserialize)]
struct PaginationJson {
    next_page: Option<u64>,
}

#[derive(Deserialize)]
struct AnswerJson {
    rrset: Option<RrsetJson>,
    action: Option<ActionJson>,
}

#[derive(Deserialize)]
struct RrsetJson {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    ttl: Option<u32>,
    records: Vec<RecordJson>,
}

#[derive(Deserialize)]
struct RecordJson {
    value: String,
    comment: Option<String>,
}

#[derive(Deserialize)]
struct ActionJson {
    id: u64,
    status: String,
    error: Option<ReasonJson>,
}

#[derive(Deserialize)]
struct RefusalJson {
    error: ReasonJson,
}

#[derive(Deserialize)]
struct ReasonJson {
    code: Option<String>,
    message: Option<String>,
}

/// Of a refusal only the details: other refusals have others, which must not spoil the rest.
#[derive(Deserialize)]
struct DetailedJson {
    error: DetailsJson,
}

#[derive(Deserialize)]
struct DetailsJson {
    details: FieldsJson,
}

#[derive(Deserialize)]
struct FieldsJson {
    fields: Vec<FieldJson>,
}

#[derive(Deserialize)]
struct FieldJson {
    name: String,
    messages: Vec<String>,
}

/// One page of the zones of a project.
#[derive(Debug, PartialEq, Eq)]
pub struct Zones {
    /// Of those that can be written, in lower case.
    pub names: Vec<String>,
    /// How many the page held in all.
    pub held: usize,
    /// None: it does not speak of pages.
    pub has_more: Option<bool>,
}

/// Why something was not done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reason {
    pub code: String,
    /// With the first field it is about, where there is one.
    pub message: String,
}

/// What is to be heard of a write, which is done some time after it was asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Action {
    pub id: u64,
    pub state: State,
}

#[derive(Debug, PartialEq, Eq)]
pub enum State {
    Running,
    Success,
    Failed(Reason),
}

/// The parts an answer about a record set or a write has.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its records, where it is the one of the entry's name and type.
    pub records: Option<Vec<Standing>>,
    /// Whether it shows a record set at all.
    pub shows_any: bool,
    pub action: Option<Action>,
}

/// Reads an answer to `GET /zones`.
pub fn zones(body: &[u8]) -> Option<Zones> {
    let json: ZonesJson = json::from_str(std::str::from_utf8(body).ok()?).ok()?;
    let pagination = json.meta.and_then(|meta| meta.pagination);
    let held = json.zones.len();
    // A secondary zone has its records from elsewhere.
    let ours = json.zones.into_iter().filter(|zone| zone.mode.as_deref() != Some("secondary"));
    let names = ours.map(|zone| zone.name.trim_end_matches('.').to_ascii_lowercase()).collect();
    Some(Zones { names, held, has_more: pagination.map(|pages| pages.next_page.is_some()) })
}

/// Reads an answer to `GET /zones/{zone}`: the zone's name.
pub fn zone(body: &[u8]) -> Option<String> {
    let json: ZoneAnswerJson = json::from_str(std::str::from_utf8(body).ok()?).ok()?;
    Some(json.zone.name)
}

/// Reads an answer about the entry's record set, or about a write.
pub fn answer(body: &[u8], entry: &Entry) -> Option<Answer> {
    let json: AnswerJson = json::from_str(std::str::from_utf8(body).ok()?).ok()?;
    let shows_any = json.rrset.is_some();
    let records = json.rrset.and_then(|rrset| standing(rrset, entry));
    Some(Answer { records, shows_any, action: json.action.map(action) })
}

/// Reads what came with a status that is no success.
pub fn refusal(body: &[u8]) -> Option<Reason> {
    let text = std::str::from_utf8(body).ok()?;
    let mut why = reason(json::from_str::<RefusalJson>(text).ok()?.error);
    let detailed = json::from_str::<DetailedJson>(text).ok();
    let field = detailed.and_then(|json| json.error.details.fields.into_iter().next());
    if let Some(FieldJson { name, messages }) = field {
        let what = messages.into_iter().next().unwrap_or_default();
        why.message.push_str(&format!(": {name}: {what}"));
    }
    Some(why)
}

fn reason(json: ReasonJson) -> Reason {
    let message = json.message.unwrap_or_else(|| "the API gave no message".into());
    Reason { code: json.code.unwrap_or_else(|| "none".into()), message }
}

fn action(json: ActionJson) -> Action {
    let state = match (json.status.as_str(), json.error) {
        ("success", _) => State::Success,
        ("error", Some(why)) => State::Failed(reason(why)),
        ("error", None) => State::Failed(reason(ReasonJson { code: None, message: None })),
        _ => State::Running,
    };
    Action { id: json.id, state }
}

fn standing(rrset: RrsetJson, entry: &Entry) -> Option<Vec<Standing>> {
    if !rrset.name.eq_ignore_ascii_case(&entry.record) || rrset.kind != entry.kind.as_str() {
        return None;
    }
    let (id, ttl) = (id(entry), rrset.ttl);
    let one = |record: RecordJson| Standing {
        id: id.clone(),
        value: read_value(&record.value, entry),
        ttl,
        comment: record.comment,
        ..Standing::default()
    };
    Some(rrset.records.into_iter().map(one).collect())
}

/// The identifier of the entry's record set.
pub fn id(entry: &Entry) -> String {
    format!("{}/{}", entry.record, entry.kind.as_str())
}

fn read_value(written: &str, entry: &Entry) -> String {
    match entry.kind {
        RecordType::Txt => txt_strings::plain(written),
        // Without a dot at its end a name is one of the zone's.
        RecordType::Cname => match written.strip_suffix('.') {
            Some(name) => name.into(),
            None => Entry { record: written.into(), ..entry.clone() }.fqdn(),
        },
        RecordType::A | RecordType::Aaaa => written.into(),
    }
}

/// The body that replaces all values by the entry's.
pub fn set_records(entry: &Entry, comment: Option<&str>) -> String {
    object(&[("records", records(entry, comment))])
}

/// The body that makes the record set.
pub fn create(entry: &Entry) -> String {
    let mut members = vec![
        ("name", json::to_string(&entry.record)),
        ("type", json::to_string(entry.kind.as_str())),
    ];
    members.extend(entry.ttl.map(|ttl| ("ttl", ttl.to_string())));
    members.push(("records", records(entry, entry.comment.as_deref())));
    object(&members)
}

/// The body that changes the time to live.
pub fn change_ttl(ttl: u32) -> String {
    object(&[("ttl", ttl.to_string())])
}

fn records(entry: &Entry, comment: Option<&str>) -> String {
    let value = match entry.kind {
        RecordType::Txt => txt_strings::quoted(&entry.value),
        RecordType::Cname => format!("{}.", entry.value.trim_end_matches('.')),
        RecordType::A | RecordType::Aaaa => entry.value.clone(),
    };
    let mut members = vec![("value", json::to_string(&value))];
    members.extend(comment.map(|text| ("comment", json::to_string(text))));
    format!("[{}]", object(&members))
}

#[cfg(test)]
mod tests;
