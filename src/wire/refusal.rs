//! What the answers of providers with signed requests share: words for reasons, and values.

use crate::record::{Entry, RecordType};
use crate::text::txt_strings;

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

/// A value as [`crate::record::Standing::value`] has it: names may be shown with a dot at their
/// end, and text in quotes.
pub fn bare(mut value: String, kind: RecordType) -> String {
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
