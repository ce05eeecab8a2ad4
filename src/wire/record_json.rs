//! A record in JSON as Cloudflare writes it, in its answers and in our cache.

use crate::record::{Record, RecordType, Standing};
use crate::text::json_read::Json;
use crate::text::json_write::{Object, list, quoted};
use crate::text::punycode;

/// The fields that are kept of a record; all others are passed over.
pub struct RecordJson {
    id: String,
    name: String,
    kind: String,
    content: String,
    ttl: u32,
    proxied: Option<bool>,
    comment: Option<String>,
    tags: Vec<String>,
}

impl RecordJson {
    /// Nothing where a field is not as it should be.
    pub fn read(json: Json) -> Option<RecordJson> {
        let mut tags = Vec::new();
        if let Some(all) = json.field("tags") {
            for tag in all.list()? {
                tags.push(tag.text()?.to_string());
            }
        }
        let proxied = match json.field("proxied") {
            Some(proxied) => Some(proxied.truth()?),
            None => None,
        };
        Some(RecordJson {
            id: json.text_of("id")?,
            name: json.text_of("name")?,
            kind: json.text_of("type")?,
            content: json.text_of("content")?,
            ttl: json.optional_number("ttl")??,
            proxied,
            comment: json.optional_text("comment")?,
            tags,
        })
    }

    /// Whether it says to be of this type and name (names compare without case).
    pub fn is(&self, kind: RecordType, name: &str) -> bool {
        self.name_of(kind).is_some_and(|own| punycode::is_same(own, name))
    }

    /// Its name, if it says to be of this type.
    pub fn name_of(&self, kind: RecordType) -> Option<&str> {
        (self.kind == kind.as_str()).then_some(self.name.as_str())
    }

    /// The record whatever its content, and whether it is proxied; nothing where its id is not one.
    pub fn into_standing(self) -> Option<(Standing, bool)> {
        let standing = Standing {
            id: Some(self.id).filter(|id| is_id(id))?,
            value: self.content,
            ttl: Some(self.ttl),
            comment: self.comment,
            ..Standing::default()
        };
        Some((standing, self.proxied == Some(true)))
    }

    /// The record, or nothing where its content is no address of that type or its id is not one.
    pub fn into_record(self, kind: RecordType) -> Option<Record> {
        let address = self.content.parse().ok().filter(|&address| kind.holds(address))?;
        if self.kind != kind.as_str() || !is_id(&self.id) {
            return None;
        }
        Some(Record {
            id: self.id,
            name: self.name,
            kind,
            address,
            ttl: self.ttl,
            proxied: self.proxied,
            comment: self.comment,
            tags: self.tags,
        })
    }
}

/// All records of a list.
pub fn read_all(list: Json) -> Option<Vec<RecordJson>> {
    let mut records = Vec::new();
    for one in list.list()? {
        records.push(RecordJson::read(one)?);
    }
    Some(records)
}

/// A record as [`RecordJson::read`] takes it.
pub fn write(record: &Record) -> String {
    let or_null = |text: Option<String>| text.unwrap_or_else(|| "null".into());
    Object::new()
        .text("id", &record.id)
        .text("name", &record.name)
        .text("type", record.kind.as_str())
        .text("content", &record.address.to_string())
        .number("ttl", record.ttl)
        .raw("proxied", &or_null(record.proxied.map(|is_proxied| is_proxied.to_string())))
        .raw("comment", &or_null(record.comment.as_deref().map(quoted)))
        .raw("tags", &list(&record.tags))
        .end()
}

/// Identifiers go into paths: only what cannot change a path's meaning passes.
pub fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
