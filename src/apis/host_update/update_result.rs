//! The result of a job in the terms of both protocols.

use crate::error::{Error, Kind};
use crate::record::ResponseMeta;
use crate::text::printable;
use crate::text::secret::Secret;
use crate::wire::job::{Action, Answer, Outcome, Stage, Step};
use std::net::IpAddr;

/// How much of a provider's message is shown, in characters.
const DETAIL_CHARACTERS_MAX: usize = 300;
/// Default Retry-After, in seconds.
const LATER_SECONDS: u32 = 60;

/// The result of one update.
pub enum UpdateResult {
    Unchanged,
    Created,
    Updated,
    Failed(Failure),
}

/// Why an update failed, in the terms of both protocols.
pub struct Failure {
    pub status: u16,
    pub error: &'static str,
    /// The error, without advice for the operator.
    pub detail: Option<String>,
    /// Seconds.
    pub retry_after: Option<u32>,
    /// The dyndns2 return code.
    pub word: &'static str,
}

impl UpdateResult {
    pub fn is_failure(&self) -> bool {
        matches!(self, UpdateResult::Failed(_))
    }

    /// The result, and the message for the log. `cache_key` names the record; `secret` is redacted.
    pub fn of(
        outcome: Outcome,
        steps: &[Step],
        secret: Option<&Secret>,
        cache_key: &str,
        address: IpAddr,
    ) -> (UpdateResult, String) {
        let shown = |text: &str| shown(text, secret);
        let failed =
            |status, error, word| Failure { status, error, detail: None, retry_after: None, word };
        let failure_of = |failure: Failure, why: &str| {
            let message = format!("{cache_key}: cannot set {address}: {}{why}", failure.error);
            (UpdateResult::Failed(failure), message)
        };
        match outcome {
            Outcome::Done => {
                let is = |action| steps.iter().any(|step| step.action == action);
                if is(Action::Created) {
                    return (UpdateResult::Created, format!("{cache_key} created: {address}"));
                }
                // The previous value, replaced or removed.
                let mut before = None;
                for step in steps {
                    let old = match step.action {
                        Action::Updated => step.previous.clone(),
                        Action::Removed => Some(step.value.to_string()),
                        Action::Created | Action::Unchanged => continue,
                    };
                    // Of several, the first that differs.
                    if before.as_ref().is_none_or(|one| *one == address.to_string()) {
                        before = old.or(before);
                    }
                }
                let Some(before) = before else {
                    return (UpdateResult::Unchanged, format!("{cache_key} unchanged: {address}"));
                };
                let before = shown(&before);
                (UpdateResult::Updated, format!("{cache_key} updated: {before} -> {address}"))
            }
            Outcome::NoZone => failure_of(failed(404, "Zone not found", "dnserr"), ""),
            Outcome::Several { .. } => {
                failure_of(failed(500, "Multiple records found", "dnserr"), "")
            }
            Outcome::Failed(stage, error) => {
                let message = match stage {
                    Stage::Looking => "Failed to query DNS records",
                    Stage::Writing => "Failed to update DNS record",
                };
                let (word, retry_after) = match error.kind {
                    Kind::Refused { .. } | Kind::OtherName => ("dnserr", None),
                    Kind::Throttled { after_seconds } => {
                        ("911", Some(after_seconds.unwrap_or(LATER_SECONDS)))
                    }
                    _ => ("911", None),
                };
                let first = error.message.lines().next().unwrap_or_default();
                let detail = Some(shown(first));
                let why = format!(": {}", shown(&error.message.replace('\n', " ")));
                failure_of(Failure { detail, retry_after, ..failed(500, message, word) }, &why)
            }
        }
    }
}

/// A provider's message on one line, bounded, with the secret redacted.
pub fn shown(text: &str, secret: Option<&Secret>) -> String {
    let text = secret.map_or_else(|| text.into(), |secret| secret.struck_from(text));
    printable::line(&text, DETAIL_CHARACTERS_MAX)
}

/// The answer for a job without one; it may have been done.
pub fn without_answer(error: Error) -> Answer {
    let (steps, meta) = (Vec::new(), ResponseMeta::default());
    Answer { outcome: Outcome::Failed(Stage::Writing, error), steps, meta }
}
