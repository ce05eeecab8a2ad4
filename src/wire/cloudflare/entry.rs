//! Zones by name and records of any type in the JSON documents of Cloudflare's API.

use super::{AUTOMATIC_TTL, Fault, RecordJson, list, shown, succeeded};
use crate::record::{Entry, RecordType, Standing};
use crate::text::json_write::Object;
use crate::text::{punycode, txt_strings};
pub use crate::wire::record_json::is_id;

/// One page of a list of records.
#[derive(Debug)]
pub struct Entries {
    /// Those of the type and name asked for, and whether each is proxied.
    pub records: Vec<(Standing, bool)>,
    /// How many the page held in all.
    pub held: usize,
}

/// Reads an answer to `GET /zones?name=…`: the identifier of the zone of that name, of several the
/// one that is active.
pub fn zone_id(body: &[u8], name: &str) -> Result<Option<String>, Fault> {
    const EXPECTED: &str = "a list of zones with ids";
    found_zone(body, name)?
        .filter(|id| id.as_deref().is_none_or(is_id))
        .ok_or(Fault::InvalidResponse(EXPECTED))
}

/// The outer option: whether the answer can be read; the inner: whether there is such a zone.
#[allow(clippy::option_option)]
fn found_zone(body: &[u8], name: &str) -> Result<Option<Option<String>>, Fault> {
    let answer = succeeded(body)?;
    let find = || {
        let (mut found, mut is_found_active) = (None, false);
        for zone in answer.top().field("result")?.list()? {
            let (id, of) = (zone.field("id")?.text()?, zone.field("name")?.text()?);
            let is_active = zone.optional_text("status")?.as_deref() == Some("active");
            let is_better = found.is_none() || (is_active && !is_found_active);
            if punycode::is_same(of, name) && is_better {
                (found, is_found_active) = (Some(id.to_string()), is_active);
            }
        }
        Some(found)
    };
    Ok(find())
}

/// Reads an answer to `GET …/dns_records`.
pub fn entries(body: &[u8], kind: RecordType, name: &str) -> Result<Entries, Fault> {
    let answer = succeeded(body)?;
    let (all, _) = list(&answer).ok_or(Fault::InvalidResponse("a list of DNS records"))?;
    let held = all.len();
    let mut records = Vec::new();
    for record in all {
        if record.is(kind, name) {
            let record = standing(record, kind);
            records.push(record.ok_or(Fault::InvalidResponse("a list of DNS records with ids"))?);
        }
    }
    Ok(Entries { records, held })
}

/// Reads an answer to a POST or PATCH of one record: its name, and the record; none where the
/// answer does not show one of this type.
pub fn entry(body: &[u8], kind: RecordType) -> Result<Option<(String, Standing)>, Fault> {
    // The change is made, whatever the rest of the answer looks like.
    Ok(shown(&succeeded(body)?).and_then(|record| {
        let name = record.name_of(kind)?.to_string();
        Some((name, standing(record, kind)?.0))
    }))
}

fn standing(record: RecordJson, kind: RecordType) -> Option<(Standing, bool)> {
    let (mut standing, is_proxied) = record.into_standing()?;
    if kind == RecordType::Txt {
        standing.value = txt_strings::plain(&standing.value);
    }
    Some((standing, is_proxied))
}

/// The body of a POST that makes the record.
pub fn insert(entry: &Entry) -> String {
    Object::new()
        .text("type", entry.kind.as_str())
        .text("name", &entry.fqdn())
        .text("content", &content(entry))
        .number("ttl", entry.ttl.unwrap_or(AUTOMATIC_TTL))
        .raw("proxied", "false")
        .optional("comment", entry.comment.as_deref())
        .end()
}

/// The body of a PATCH that changes what differs from the record that stands, and leaves all else
/// as it is; nothing where nothing differs.
pub fn change(entry: &Entry, from: &Standing) -> Option<String> {
    let content = (!entry.has_value(&from.value)).then(|| content(entry));
    let ttl = entry.ttl.filter(|_| !entry.fits_ttl(from.ttl));
    let comment = entry.comment.as_deref().filter(|_| !entry.fits_comment(from.comment.as_deref()));
    if content.is_none() && ttl.is_none() && comment.is_none() {
        return None;
    }
    let object = Object::new().optional("content", content.as_deref());
    Some(object.optional_number("ttl", ttl).optional("comment", comment).end())
}

/// The value as it is sent.
fn content(entry: &Entry) -> String {
    match entry.kind {
        RecordType::Txt => txt_strings::quoted(&entry.value),
        _ => entry.value.clone(),
    }
}

#[cfg(test)]
mod tests;
