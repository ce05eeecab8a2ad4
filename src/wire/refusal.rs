//! What the answers of providers with signed requests share: words for reasons, and values.

use crate::record::RecordType;

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

/// A value as [`crate::record::Entry::value`] has it: names may be shown with a dot at their end.
pub fn bare(mut value: String, kind: RecordType) -> String {
    if kind == RecordType::Cname && value.ends_with('.') {
        value.pop();
    }
    value
}
