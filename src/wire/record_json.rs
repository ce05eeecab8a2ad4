//! A record in JSON as Cloudflare writes it, in its answers and in our cache.

use crate::record::{Kept, Record, RecordType, Value};
use crate::text::json_read::Json;
use crate::text::json_write::{Object, list, quoted};
use crate::text::punycode;

/// A record of any type; its fields that we have no use for are passed over.
pub struct RecordJson {
    kind: String,
    content: String,
    /// All but its value, which depends on the type.
    record: Record,
}

impl RecordJson {
    /// Nothing where a field is not as it should be.
    pub fn read(json: Json) -> Option<RecordJson> {
        let mut record = Record::new(json.string_of("id")?, Value::Txt(String::new()));
        record.name = json.string_of("name")?;
        record.ttl = Some(json.optional_number("ttl").ok()??);
        record.comment = json.optional_string("comment").ok()?;
        if let Some(proxied) = json.field("proxied") {
            record.kept.proxied = Some(proxied.bool()?);
        }
        if let Some(tags) = json.field("tags") {
            for tag in tags.list()? {
                record.kept.tags.push(tag.text()?.to_string());
            }
        }
        Some(RecordJson {
            kind: json.string_of("type")?,
            content: json.string_of("content")?,
            record,
        })
    }

    /// Whether it says to be of this type and name (names compare without case).
    pub fn is(&self, kind: RecordType, name: &str) -> bool {
        self.kind == kind.as_str() && punycode::is_same(&self.record.name, name)
    }

    /// The record; nothing where it is of another type, its content does not fit its type, or its
    /// id is not one.
    pub fn into_record(self) -> Option<Record> {
        let RecordJson { kind, content, mut record } = self;
        record.value = Value::shown(RecordType::from_text(&kind)?, &content)?;
        record.kept.written = Kept::spelled(content, &record.value).written;
        is_id(&record.id).then_some(record)
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
        .text("type", record.value.kind().as_str())
        .text("content", &record.value.to_string())
        .number("ttl", record.ttl.unwrap_or_default())
        .raw("proxied", &or_null(record.kept.proxied.map(|is_proxied| is_proxied.to_string())))
        .raw("comment", &or_null(record.comment.as_deref().map(quoted)))
        .raw("tags", &list(&record.kept.tags))
        .end()
}

/// Identifiers go into paths: only what cannot change a path's meaning passes.
pub fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
