//! What a job's outcome means to whoever asked for it.

use crate::error::{Error, Kind};
use crate::record::ResponseMeta;
use crate::text::printable;
use crate::text::secret::Secret;
use crate::wire::job::{Action, Answer, Outcome, Stage, Step};
use std::net::IpAddr;

/// How much of what a provider said is shown, in characters.
const DETAIL_CHARACTERS_MAX: usize = 300;
/// When to come back where a provider does not say, in seconds.
const LATER_SECONDS: u32 = 60;

/// What has become of one address.
pub enum Settled {
    Unchanged,
    Created,
    Updated,
    Failed(Failure),
}

/// Why it does not stand, in the words of both protocols.
pub struct Failure {
    pub status: u16,
    pub error: &'static str,
    /// What happened, without advice for the operator.
    pub detail: Option<String>,
    /// Seconds.
    pub retry_after: Option<u32>,
    /// dyndns2's word.
    pub word: &'static str,
}

impl Settled {
    pub fn is_failure(&self) -> bool {
        matches!(self, Settled::Failed(_))
    }

    /// What the outcome is, and the line for the log. `memo` names the record; `secret` does not
    /// leave, whoever repeats it.
    pub fn of(
        outcome: Outcome,
        steps: &[Step],
        secret: Option<&Secret>,
        memo: &str,
        address: IpAddr,
    ) -> (Settled, String) {
        let shown = |text: &str| shown(text, secret);
        let failed =
            |status, error, word| Failure { status, error, detail: None, retry_after: None, word };
        let told = |failure: Failure, why: &str| {
            let message = format!("{memo}: cannot set {address}: {}{why}", failure.error);
            (Settled::Failed(failure), message)
        };
        match outcome {
            Outcome::Done => {
                let is = |action| steps.iter().any(|step| step.action == action);
                if is(Action::Created) {
                    return (Settled::Created, format!("{memo} created: {address}"));
                }
                // What was replaced, or had to go.
                let mut before = None;
                for step in steps {
                    let old = match step.action {
                        Action::Updated => step.previous.clone(),
                        Action::Removed => Some(step.value.to_string()),
                        Action::Created | Action::Unchanged => continue,
                    };
                    // Of several the first that is another.
                    if before.as_ref().is_none_or(|one| *one == address.to_string()) {
                        before = old.or(before);
                    }
                }
                let Some(before) = before else {
                    return (Settled::Unchanged, format!("{memo} unchanged: {address}"));
                };
                let before = shown(&before);
                (Settled::Updated, format!("{memo} updated: {before} -> {address}"))
            }
            Outcome::NoZone => told(failed(404, "Zone not found", "dnserr"), ""),
            Outcome::Several { .. } => {
                told(failed(500, "Several records stand there", "dnserr"), "")
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
                told(Failure { detail, retry_after, ..failed(500, message, word) }, &why)
            }
        }
    }
}

/// What a provider said, on one line, bounded and without the secret.
pub fn shown(text: &str, secret: Option<&Secret>) -> String {
    let text = secret.map_or_else(|| text.into(), |secret| secret.struck_from(text));
    printable::line(&text, DETAIL_CHARACTERS_MAX)
}

/// What stands for the answer of a job that was never answered: it may have been done.
pub fn without_answer(error: Error) -> Answer {
    let (steps, meta) = (Vec::new(), ResponseMeta::default());
    Answer { outcome: Outcome::Failed(Stage::Writing, error), steps, meta }
}
