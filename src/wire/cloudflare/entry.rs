//! Zones by name and records of any type in the JSON documents of Cloudflare's API.

use super::{AUTOMATIC_TTL, Fault, ListJson, OneJson, RecordJson, succeeded};
use crate::record::{Entry, RecordType, Standing};
use crate::text::txt_strings;
use crate::wire::json_text::object;
pub use crate::wire::record_json::is_id;
use miniserde::{Deserialize, json};

#[derive(Deserialize)]
struct ZonesJson {
    result: Vec<ZoneJson>,
}

#[derive(Deserialize)]
struct ZoneJson {
    id: String,
    name: String,
    status: Option<String>,
}

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
    let list: ZonesJson =
        json::from_str(succeeded(body)?).map_err(|_| Fault::Unreadable(EXPECTED))?;
    let mut found = None;
    for zone in list.result.into_iter().filter(|zone| zone.name.eq_ignore_ascii_case(name)) {
        let is_active = zone.status.as_deref() == Some("active");
        if found.is_none() || is_active {
            found = Some(zone.id);
        }
        if is_active {
            break;
        }
    }
    match found {
        Some(id) if !is_id(&id) => Err(Fault::Unreadable(EXPECTED)),
        found => Ok(found),
    }
}

/// Reads an answer to `GET …/dns_records`.
pub fn entries(body: &[u8], kind: RecordType, name: &str) -> Result<Entries, Fault> {
    let list: ListJson =
        json::from_str(succeeded(body)?).map_err(|_| Fault::Unreadable("a list of DNS records"))?;
    let held = list.result.len();
    let mut records = Vec::new();
    for record in list.result {
        if record.is(kind, name) {
            let record = standing(record, kind);
            records.push(record.ok_or(Fault::Unreadable("a list of DNS records with ids"))?);
        }
    }
    Ok(Entries { records, held })
}

/// Reads an answer to a POST or PATCH of one record; none where the answer does not show one of
/// this type and name.
pub fn entry(body: &[u8], kind: RecordType, name: &str) -> Result<Option<Standing>, Fault> {
    let text = succeeded(body)?;
    // The change is made, whatever the rest of the answer looks like.
    let one = json::from_str::<OneJson>(text).ok().and_then(|one| one.result);
    let one = one.filter(|record| record.is(kind, name));
    Ok(one.and_then(|record| standing(record, kind)).map(|(standing, _)| standing))
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
    let mut members = vec![
        ("type", json::to_string(entry.kind.as_str())),
        ("name", json::to_string(&entry.fqdn())),
        ("content", content(entry)),
        ("ttl", entry.ttl.unwrap_or(AUTOMATIC_TTL).to_string()),
        ("proxied", "false".into()),
    ];
    members.extend(entry.comment.as_ref().map(|text| ("comment", json::to_string(text))));
    object(&members)
}

/// The body of a PATCH that changes what differs from the record that stands, and leaves all else
/// as it is; nothing where nothing differs.
pub fn change(entry: &Entry, from: &Standing) -> Option<String> {
    let mut members = Vec::new();
    if !entry.has_value(&from.value) {
        members.push(("content", content(entry)));
    }
    if let Some(ttl) = entry.ttl.filter(|_| !entry.fits_ttl(from.ttl)) {
        members.push(("ttl", ttl.to_string()));
    }
    if !entry.fits_comment(from.comment.as_deref()) {
        members.extend(entry.comment.as_ref().map(|text| ("comment", json::to_string(text))));
    }
    (!members.is_empty()).then(|| object(&members))
}

fn content(entry: &Entry) -> String {
    match entry.kind {
        RecordType::Txt => json::to_string(&txt_strings::quoted(&entry.value)),
        _ => json::to_string(&entry.value),
    }
}

#[cfg(test)]
mod tests;
