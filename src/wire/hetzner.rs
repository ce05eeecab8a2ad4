//! The JSON documents of Hetzner's Cloud API for DNS: zones, RRsets, actions, refusals.
//!
//! Facts from the API reference: <https://docs.hetzner.cloud/reference/cloud#zones>.

use crate::record::{self, Entry, RecordType, Standing};
use crate::text::json_read::{Document, Json};
use crate::text::json_write::Object;
use crate::text::{punycode, txt_strings};

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

/// The parts an answer about an RRset or a write has.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its records, where it is the one of the entry's name and type.
    pub records: Option<Vec<Standing>>,
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
        if zone.optional_text("mode")?.as_deref() != Some("secondary")
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
    Document::object(body)?.top().field("zone")?.text_of("name")
}

/// Reads an answer about the entry's RRset, or about a write.
pub fn answer(body: &[u8], entry: &Entry) -> Option<Answer> {
    let json = Document::object(body)?;
    let (rrset, told) = (json.top().field("rrset"), json.top().field("action"));
    let records = match rrset {
        Some(rrset) => standing(rrset, entry)?,
        None => None,
    };
    let action = match told {
        Some(told) => Some(action(told)?),
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
        (code, message) = (json.optional_text("code")?, json.optional_text("message")?);
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

/// The outer option: whether it can be read; the inner: whether it is the entry's.
#[allow(clippy::option_option)]
fn standing(rrset: Json, entry: &Entry) -> Option<Option<Vec<Standing>>> {
    let (name, kind) = (rrset.field("name")?.text()?, rrset.field("type")?.text()?);
    let ttl = rrset.optional_number("ttl")?;
    let mut records = Vec::new();
    for record in rrset.field("records")?.list()? {
        records.push(Standing {
            id: id(entry),
            value: read_value(record.field("value")?.text()?, entry),
            ttl,
            comment: record.optional_text("comment")?,
            ..Standing::default()
        });
    }
    let ours = punycode::is_same(name, &entry.record) && kind == entry.kind.as_str();
    Some(ours.then_some(records))
}

/// The identifier of the entry's RRset.
pub fn id(entry: &Entry) -> String {
    format!("{}/{}", entry.record, entry.kind.as_str())
}

fn read_value(written: &str, entry: &Entry) -> String {
    match entry.kind {
        RecordType::Txt => txt_strings::plain(written),
        // Without a dot at its end a name is one of the zone's.
        RecordType::Cname => match written.strip_suffix('.') {
            Some(name) => name.into(),
            None => record::full_name(written, &entry.zone),
        },
        RecordType::A | RecordType::Aaaa => written.into(),
    }
}

/// The body that replaces all values by the entry's.
pub fn set_records(entry: &Entry, comment: Option<&str>) -> String {
    Object::new().raw("records", &records(entry, comment)).end()
}

/// The body that makes the RRset.
pub fn create(entry: &Entry) -> String {
    Object::new()
        .text("name", &entry.record)
        .text("type", entry.kind.as_str())
        .optional_number("ttl", entry.ttl)
        .raw("records", &records(entry, entry.comment.as_deref()))
        .end()
}

/// The body that changes the time to live.
pub fn change_ttl(ttl: u32) -> String {
    Object::new().number("ttl", ttl).end()
}

fn records(entry: &Entry, comment: Option<&str>) -> String {
    let value = match entry.kind {
        RecordType::Txt => txt_strings::quoted(&entry.value),
        RecordType::Cname => format!("{}.", entry.value.trim_end_matches('.')),
        RecordType::A | RecordType::Aaaa => entry.value.clone(),
    };
    format!("[{}]", Object::new().text("value", &value).optional("comment", comment).end())
}

#[cfg(test)]
mod tests;
