//! Responses: success with the record's data, or an error.

use super::fields::Fields;
use crate::error::{Error, Kind};
use crate::record::ResponseMeta;
use crate::text::json_write::Object;
use crate::text::printable;
use crate::wire::http::Response;
use crate::wire::job::{Action, Answer, Outcome, Stage, Step};

/// Default Retry-After, in seconds.
const RETRY_SECONDS: u32 = 60;
/// Retry-After while this machine is not ready, in seconds.
const NOT_READY_SECONDS: u32 = 10;
/// Longest message of a provider that is forwarded, in characters.
const MESSAGE_CHARACTERS_MAX: usize = 500;

/// The code of a warning without one.
const CODELESS: &str = "provider_warning";
/// The key of the message in [`refusal`].
const MESSAGE: &str = "\"message\":";
/// How much of a message is logged, in characters.
const LINE_CHARACTERS_MAX: usize = 300;

/// An error response.
pub fn refusal(status: u16, message: &str) -> Response {
    let body = Object::new()
        .text("status", "error")
        .number("code", status.into())
        .text("message", message)
        .end();
    Response::json(status, body)
}

/// The message of a response, for the log.
pub fn message_of(response: &Response) -> String {
    let body = &response.body;
    let message = body.find(MESSAGE).and_then(|at| body.get(at + MESSAGE.len()..));
    printable::line(message.map_or(body, |rest| rest.trim_end_matches('}')), LINE_CHARACTERS_MAX)
}

/// The response for a task's result.
pub fn of(fields: &Fields, answer: &Result<Answer, Error>) -> Response {
    let set = &fields.set;
    match answer {
        Err(error) => failure(error, ""),
        Ok(Answer { outcome, steps, meta }) => match outcome {
            Outcome::Done => match steps.first() {
                Some(step) => success(fields, step, meta),
                None => failure(&Error::new(Kind::InvalidResponse, "the answer is empty"), ""),
            },
            Outcome::Several { count, lines, .. } => {
                let mut message = format!(
                    "Multiple records ({count}) found for {} {}. Please manually clean up \
                     duplicate records.",
                    set.fqdn(),
                    set.kind.as_str()
                );
                if !lines.is_empty() {
                    let lines = printable::line(&lines.join(", "), MESSAGE_CHARACTERS_MAX);
                    message.push_str(&format!(
                        " They are on the lines {lines}; where there is one on the default line, \
                         that one is managed."
                    ));
                }
                refusal(400, &message)
            }
            Outcome::NoZone => {
                refusal(400, &format!("Zone not found for domain: {}", set.zone_name()))
            }
            Outcome::Failed(Stage::Looking, error) => {
                failure(error, "Failed to query DNS records: ")
            }
            Outcome::Failed(Stage::Writing, error) => failure(error, ""),
        },
    }
}

fn failure(error: &Error, head: &str) -> Response {
    let first = error.message.lines().next().unwrap_or_default();
    let message = format!("{head}{}", printable::line(first, MESSAGE_CHARACTERS_MAX));
    match error.kind {
        Kind::Refused { .. } | Kind::OtherName => refusal(400, &message),
        Kind::Throttled { after_seconds } => {
            let seconds = after_seconds.unwrap_or(RETRY_SECONDS);
            refusal(429, &message).with("Retry-After", seconds.to_string())
        }
        Kind::Unreachable | Kind::InvalidResponse => refusal(502, &message),
        Kind::Timeout => refusal(504, &message),
        Kind::Local => refusal(500, &message),
        Kind::Unavailable => {
            refusal(503, &message).with("Retry-After", NOT_READY_SECONDS.to_string())
        }
    }
}

fn success(fields: &Fields, step: &Step, meta: &ResponseMeta) -> Response {
    let Fields { set, spec, .. } = fields;
    let message = match step.action {
        Action::Created => "DNS record created successfully",
        Action::Updated => "DNS record updated successfully",
        _ => "DNS record is already up to date",
    };
    let mut data = Object::new()
        .text("provider", &fields.provider)
        .text("zone", set.zone_name())
        .text("record", &set.name)
        .text("fqdn", &set.fqdn())
        .text("type", set.kind.as_str())
        .text("value", &spec.value.to_string());
    if let Some(ttl) = spec.ttl.or(step.ttl) {
        data = data.number("ttl", ttl);
    }
    let data = data.optional("previous_value", step.previous.as_deref()).end();
    let mut metadata = Object::new().optional("record_id", meta.record_id.as_deref());
    if fields.provider == "cloudflare" {
        metadata = metadata.optional("zone_id", meta.zone_id.as_deref());
        if let Some(ray) = &meta.ray {
            metadata = metadata.raw("extra", &Object::new().text("cf_ray", ray).end());
        }
    } else {
        metadata = metadata.optional("request_id", meta.request_id.as_deref());
    }
    let body = Object::new()
        .text("status", "success")
        .number("code", 200)
        .text("message", message)
        .text("action", step.action.as_str())
        .raw("data", &data)
        .raw("provider_metadata", &metadata.end())
        .raw("warnings", &warned(&meta.warnings))
        .end();
    Response::json(200, body)
}

/// An array of objects with `code` and `message`. A warning has its code before a colon.
fn warned(warnings: &[String]) -> String {
    let is_code = |code: &str| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let object = |warning: &String| {
        let coded = warning.split_once(": ").filter(|(code, _)| is_code(code));
        let (code, message) = coded.unwrap_or((CODELESS, warning));
        Object::new().text("code", code).text("message", message).end()
    };
    let objects: Vec<String> = warnings.iter().map(object).collect();
    format!("[{}]", objects.join(","))
}
