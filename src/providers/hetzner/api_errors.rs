//! What Hetzner's refusals mean to the owner of a router.

use crate::env::Response;
use crate::text::printable;
use crate::text::secret::Secret;
use crate::wire::hetzner::Reason;

/// How much of a message is shown, and of a name for something, in characters.
const SHOWN_CHARACTERS_MAX: usize = 300;
pub const NAME_CHARACTERS_MAX: usize = 59;

/// "MESSAGE (CODE)." and, where it is known, a line that says what to do.
pub fn refusal(why: &Reason, secret: &Secret, after: Option<u32>) -> String {
    let message = printable::line(&secret.struck_from(&why.message), SHOWN_CHARACTERS_MAX);
    let code = printable::line(&secret.struck_from(&why.code), NAME_CHARACTERS_MAX);
    with_advice(format!("{message} ({code})."), advice(&why.code), after)
}

/// Says which request got something else than `expected`, and the name by which Hetzner's support
/// can find it.
pub fn unreadable(
    subject: &str,
    response: &Response,
    expected: &str,
    secret: &Secret,
    after: Option<u32>,
) -> String {
    let mut message = super::super::not_expected(subject, response, expected, secret);
    if let Some(id) = response.header("x-correlation-id") {
        let id = printable::line(&secret.struck_from(id), NAME_CHARACTERS_MAX);
        for part in [" (correlation id ", &id, ")"] {
            message.push_str(part);
        }
    }
    message.push('.');
    let code = match response.status {
        401 | 403 => "unauthorized",
        404 => "deprecated_api_endpoint",
        429 => "rate_limit_exceeded",
        500.. => "server_error",
        _ => "",
    };
    with_advice(message, advice(code).or_else(|| super::super::portal_advice(response)), after)
}

fn with_advice(mut message: String, advice: Option<&str>, after: Option<u32>) -> String {
    super::super::with_advice(&mut message, advice);
    super::super::with_wait(message, after)
}

const MAY_WRITE: &str = "The API token must be one that may write, of the project the zone is in.";
const BUSY: &str = "Something else is changing the zone; try again later.";
const UNAVAILABLE: &str = "Hetzner is unavailable; will retry.";

const ADVICE: &[(&str, &str)] = &[
    (
        "unauthorized",
        "Check the API token: it belongs to one project of the Hetzner Console; those of the old \
         DNS Console are of no use any more.",
    ),
    ("token_readonly", MAY_WRITE),
    ("forbidden", MAY_WRITE),
    ("protected", "It is protected: lift that in the Hetzner Console."),
    ("conflict", BUSY),
    ("locked", BUSY),
    ("resource_limit_exceeded", "The project has as many of these as it may."),
    ("incorrect_zone_mode", "A secondary zone has its records from its primary server."),
    ("deprecated_api_endpoint", "Is the URL of the API right?"),
    (
        "rate_limit_exceeded",
        "Too many requests: Hetzner allows 3600 in an hour for all tokens of a project together.",
    ),
    ("maintenance", UNAVAILABLE),
    ("server_error", UNAVAILABLE),
    ("service_error", UNAVAILABLE),
    ("timeout", UNAVAILABLE),
    ("bad_gateway", UNAVAILABLE),
];

fn advice(code: &str) -> Option<&'static str> {
    ADVICE.iter().find(|(one, _)| *one == code).map(|&(_, advice)| advice)
}
