//! A record in JSON as Cloudflare writes it, in its answers and in our cache.

use crate::record::{Record, RecordType, Standing};
use miniserde::{Deserialize, Serialize};

/// The fields that are kept of a record; all others are passed over.
#[derive(Serialize, Deserialize)]
pub struct RecordJson {
    id: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    content: String,
    ttl: u32,
    proxied: Option<bool>,
    comment: Option<String>,
    tags: Option<Vec<String>>,
}

impl RecordJson {
    pub fn from_record(record: &Record) -> RecordJson {
        RecordJson {
            id: record.id.clone(),
            name: record.name.clone(),
            kind: record.kind.as_str().into(),
            content: record.address.to_string(),
            ttl: record.ttl,
            proxied: record.proxied,
            comment: record.comment.clone(),
            tags: Some(record.tags.clone()),
        }
    }

    /// Whether it says to be of this type and name (names compare without case).
    pub fn is(&self, kind: RecordType, name: &str) -> bool {
        self.kind == kind.as_str() && self.name.eq_ignore_ascii_case(name)
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
            tags: self.tags.unwrap_or_default(),
        })
    }
}

/// Identifiers go into paths: only what cannot change a path's meaning passes.
pub fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
