//! The JSON documents of Hetzner's Cloud API for DNS: zones, RRsets, actions, refusals.
//!
//! Facts from the API reference: <https://docs.hetzner.cloud/reference/cloud#zones>.

use super::Malformed;
use crate::record::{self, Change, Kept, Record, RecordType, RrSet, Value};
use crate::text::json_read::{Document, Json};
use crate::text::json_write::Object;
use crate::text::punycode;

/// One page of the zones of a project.
#[derive(Debug, Default, PartialEq, Eq)]
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

/// The parts an answer about an RRset or a write has.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its records, where it is the RRset asked for.
    pub records: Option<Vec<Record>>,
    /// Whether it shows an RRset at all.
    pub shows_any: bool,
    pub action: Option<Action>,
}

/// Reads an answer to `GET /zones`.
pub fn zones(body: &[u8]) -> Option<Zones> {
    let json = Document::object(body)?;
    let mut zones = Zones { names: Vec::new(), held: 0, has_more: None };
    for zone in json.top().field("zones")?.list()? {
        zones.held += 1;
        let name = zone.field("name")?.text()?;
        // A secondary zone has its records from elsewhere.
        if zone.optional_string("mode").ok()?.as_deref() != Some("secondary")
            && let Some(name) = punycode::a_labels(name)
        {
            zones.names.push(name);
        }
    }
    let pagination = json.top().field("meta").and_then(|meta| meta.field("pagination"));
    zones.has_more = pagination.map(|pages| pages.field("next_page").is_some());
    Some(zones)
}

/// Reads an answer to `GET /zones/{zone}`: the zone's name.
pub fn zone(body: &[u8]) -> Option<String> {
    Document::object(body)?.top().field("zone")?.string_of("name")
}

/// Reads an answer about the RRset, or about a write.
pub fn answer(body: &[u8], set: &RrSet) -> Option<Answer> {
    let json = Document::object(body)?;
    let (rrset, shown) = (json.top().field("rrset"), json.top().field("action"));
    let records = match rrset.map(|rrset| records(rrset, set)) {
        Some(Err(Malformed)) => return None,
        Some(Ok(records)) => records,
        None => None,
    };
    let action = match shown {
        Some(shown) => Some(action(shown)?),
        None => None,
    };
    Some(Answer { records, shows_any: rrset.is_some(), action })
}

/// Reads what came with a status that is no success.
pub fn refusal(body: &[u8]) -> Option<Reason> {
    let json = Document::object(body)?;
    let error = json.top().field("error")?.object()?;
    let mut why = reason(Some(error))?;
    // Other refusals have other details, which must not spoil the rest.
    if let Some(field) = first_field(error) {
        why.message.push_str(&field);
    }
    Some(why)
}

fn first_field(error: Json) -> Option<String> {
    let mut first = None;
    for field in error.field("details")?.field("fields")?.list()? {
        let name = field.field("name")?.text()?;
        let mut what = None;
        for message in field.field("messages")?.list()? {
            let message = message.text()?;
            what = what.or(Some(message));
        }
        first = first.or_else(|| Some(format!(": {name}: {}", what.unwrap_or_default())));
    }
    first
}

fn reason(json: Option<Json>) -> Option<Reason> {
    let (mut code, mut message) = (None, None);
    if let Some(json) = json {
        (code, message) =
            (json.optional_string("code").ok()?, json.optional_string("message").ok()?);
    }
    let message = message.unwrap_or_else(|| "the API gave no message".into());
    Some(Reason { code: code.unwrap_or_else(|| "none".into()), message })
}

fn action(json: Json) -> Option<Action> {
    let state = match json.field("status")?.text()? {
        "success" => State::Success,
        "error" => State::Failed(reason(json.field("error"))?),
        _ => State::Running,
    };
    Some(Action { id: json.field("id")?.number()?, state })
}

/// The records of an RRset, where it is the one asked for.
fn records(rrset: Json, set: &RrSet) -> Result<Option<Vec<Record>>, Malformed> {
    let read = || {
        let (name, kind) = (rrset.field("name")?.text()?, rrset.field("type")?.text()?);
        let ttl = rrset.optional_number("ttl").ok()?;
        let is_asked_for = punycode::is_same(name, &set.name) && kind == set.kind.as_str();
        let mut records = Vec::new();
        for record in rrset.field("records")?.list()? {
            let (written, comment) =
                (record.string_of("value")?, record.optional_string("comment").ok()?);
            if is_asked_for {
                let value = value(&written, set)?;
                let kept = Kept { written: Some(written), ..Kept::default() };
                records.push(Record { ttl, comment, kept, ..Record::new(id(set), value) });
            }
        }
        Some(is_asked_for.then_some(records))
    };
    read().ok_or(Malformed)
}

/// The identifier of the RRset.
pub fn id(set: &RrSet) -> String {
    format!("{}/{}", set.name, set.kind.as_str())
}

fn value(written: &str, set: &RrSet) -> Option<Value> {
    if set.kind == RecordType::Cname && !written.ends_with('.') {
        // Without a dot at its end a name is relative to the zone.
        return Some(Value::Cname(record::full_name(written, set.zone_name())));
    }
    Value::shown(set.kind, written)
}

/// The records as they are once the changes are carried out, in JSON; nothing where none is left.
///
/// An RRset is written as a whole: what stays is repeated as the API showed it, comments included.
pub fn records_after(changes: &[Change]) -> Option<String> {
    let mut list = String::from("[");
    for change in changes {
        let (value, comment) = match change {
            Change::Delete(_) => continue,
            Change::Keep(record) => {
                let written = record.kept.written.clone();
                (written.unwrap_or_else(|| spelled(&record.value)), record.comment.as_deref())
            }
            Change::Update { record, to } => {
                (spelled(&to.value), to.comment.as_deref().or(record.comment.as_deref()))
            }
            Change::Insert(spec) => (spelled(&spec.value), spec.comment.as_deref()),
        };
        if list.len() > 1 {
            list.push(',');
        }
        list.push_str(&Object::new().text("value", &value).optional("comment", comment).end());
    }
    list.push(']');
    (list.len() > 2).then_some(list)
}

/// The body that replaces all records.
pub fn set_records(records: &str) -> String {
    Object::new().raw("records", records).end()
}

/// The body that makes the RRset.
pub fn create(set: &RrSet, ttl: Option<u32>, records: &str) -> String {
    Object::new()
        .text("name", &set.name)
        .text("type", set.kind.as_str())
        .optional_number("ttl", ttl)
        .raw("records", records)
        .end()
}

/// The body that changes the time to live.
pub fn change_ttl(ttl: u32) -> String {
    Object::new().number("ttl", ttl).end()
}

fn spelled(value: &Value) -> String {
    match value {
        Value::Cname(name) => format!("{}.", name.trim_end_matches('.')),
        _ => value.quoted(),
    }
}

#[cfg(test)]
mod tests;
