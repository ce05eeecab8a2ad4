//! What the answers of providers with signed requests share: refusals and records.

use super::Malformed;
use crate::record::{Kept, Record, RrSet, Value};
use crate::text::json_read::Json;
use crate::text::{decimal, punycode};

/// What a provider says went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Words joined by dots, such as `Throttling.User`; empty where there is none.
    pub code: String,
    pub message: String,
}

/// The parts that any answer can have.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// By which the provider's support finds the request.
    pub request_id: Option<String>,
    pub refusal: Option<Refusal>,
}

/// A field, whatever its type.
pub fn loose(json: Json, name: &str) -> Option<String> {
    json.field(name)?.loose().map(String::from)
}

/// A field with a number or its digits.
pub fn loose_number(json: Json, name: &str) -> Option<u32> {
    decimal::number32(json.field(name)?.loose()?)
}

/// One record of a list, its name in the field `name`, where it is one of the set. Fields without
/// which it cannot be written back make it malformed.
///
/// # Errors
/// It cannot be read.
pub fn record(
    one: Json,
    name: &str,
    set: &RrSet,
    identifier: fn(Json) -> Option<String>,
) -> Result<Option<Record>, Malformed> {
    let read = || {
        let (name, kind) = (one.field(name)?.text()?, one.field("Type")?.text()?);
        let text = one.string_of("Value")?;
        if !punycode::is_same(name, &set.name) || !kind.eq_ignore_ascii_case(set.kind.as_str()) {
            return Some(None);
        }
        let value = Value::shown(set.kind, &text)?;
        let kept = Kept {
            line: one.optional_string("Line").ok()?,
            status: one.optional_string("Status").ok()?,
            ..Kept::spelled(text, &value)
        };
        Some(Some(Record {
            id: identifier(one)?,
            name: String::new(),
            value,
            ttl: loose_number(one, "TTL"),
            // A record without a remark is shown without the field.
            comment: Some(one.optional_string("Remark").ok()?.unwrap_or_default()),
            kept,
        }))
    };
    read().ok_or(Malformed)
}
