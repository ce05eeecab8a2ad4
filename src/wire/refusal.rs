//! What the answers of providers with signed requests share: words for reasons, and records.

use crate::record::{Entry, RecordType, Standing};
use crate::text::json_read::Json;
use crate::text::{decimal, punycode, txt_strings};

/// What a provider says went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Words joined by dots, such as `Throttling.User`; empty where there is none.
    pub code: String,
    pub message: String,
}

/// What can be told of any answer, whatever else is in it.
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

/// One record of a list, its name in the field `name`: outside nothing where it cannot be read,
/// inside where it is of another name or type. Fields without which it cannot be written back make
/// it unreadable.
#[allow(clippy::option_option)]
pub fn standing(
    one: Json,
    name: &str,
    entry: &Entry,
    identifier: fn(Json) -> Option<String>,
) -> Option<Option<Standing>> {
    let (name, kind) = (one.field(name)?.text()?, one.field("Type")?.text()?);
    let value = one.text_of("Value")?;
    if !punycode::is_same(name, &entry.record) || !kind.eq_ignore_ascii_case(entry.kind.as_str()) {
        return Some(None);
    }
    Some(Some(Standing {
        id: identifier(one)?,
        value: bare(value, entry.kind),
        ttl: loose_number(one, "TTL"),
        // A record without a remark is shown without the field.
        comment: Some(one.optional_text("Remark")?.unwrap_or_default()),
        line: one.optional_text("Line")?,
        status: one.optional_text("Status")?,
        ..Standing::default()
    }))
}

/// A value as [`crate::record::Standing::value`] has it: names may be shown with a dot at their
/// end, and text in quotes.
fn bare(mut value: String, kind: RecordType) -> String {
    match kind {
        RecordType::Cname if value.ends_with('.') => {
            value.pop();
            value
        }
        RecordType::Txt => txt_strings::plain(&value),
        _ => value,
    }
}

/// The value to send: text is taken without quotes.
pub fn sent(entry: &Entry) -> String {
    match entry.kind {
        RecordType::Txt => txt_strings::bare(&entry.value),
        _ => entry.value.clone(),
    }
}
