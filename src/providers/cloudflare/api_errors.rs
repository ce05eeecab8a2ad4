//! What Cloudflare's refusals mean to the owner of a router.

use super::super::{kind_of, not_expected, portal_advice, with_advice, with_wait};
use crate::env::{Env, Request, Response};
use crate::error::{Error, Kind};
use crate::text::printable;
use crate::text::secret::Secret;
use crate::wire::cloudflare::{ApiError, ParseError};

/// How much of a message or header is shown, in characters.
const SHOWN_CHARACTERS_MAX: usize = 300;

const TOO_MANY: &str =
    "Too many requests: Cloudflare allows 1200 in 5 minutes for all tokens of a user together.";

/// Why an answer is not the one expected, in words, and what can be done about it.
pub fn explained(
    env: &mut dyn Env,
    token: &Secret,
    request: &Request,
    response: &Response,
    problem: ParseError,
) -> Error {
    let after = response.retry_after(env.now());
    match problem {
        ParseError::Refused(why) => {
            let kind = kind_of(response.status, after, Kind::Refused { code: why.code });
            Error::new(kind, refusal(&why, token, after))
        }
        ParseError::InvalidResponse(expected) => {
            let kind = kind_of(response.status, after, Kind::InvalidResponse);
            let message = unreadable(&request.subject(), response, expected, token, after);
            Error::new(kind, token.struck_from(&message))
        }
    }
}

/// "MESSAGE (code: CODE)", the same of each cause, and, where it is known, a line that says what to
/// do about the most specific of them.
fn refusal(why: &ApiError, token: &Secret, after: Option<u32>) -> String {
    let (mut message, mut hint) = (String::new(), None);
    for one in [why].into_iter().chain(&why.causes) {
        if !message.is_empty() {
            message.push_str(": ");
        }
        message.push_str(&printable::line(&token.struck_from(&one.message), SHOWN_CHARACTERS_MAX));
        message.push_str(" (code: ");
        match one.code {
            Some(code) => {
                message.push_str(&code.to_string());
                hint = advice(code, &one.message).or(hint);
            }
            None => message.push_str("none"),
        }
        message.push(')');
    }
    message.push('.');
    with_advice(&mut message, hint);
    with_wait(message, after)
}

/// Says which request got something else than `expected`, and the ray by which Cloudflare's
/// support can find it.
fn unreadable(
    subject: &str,
    response: &Response,
    expected: &str,
    token: &Secret,
    after: Option<u32>,
) -> String {
    let mut message = not_expected(subject, response, expected, token);
    let status = match message.ends_with(": 'error code: 1034'") {
        true => Some(WRONG_ADDRESS),
        false => status_advice(response.status),
    };
    if let Some(ray) = response.header("cf-ray") {
        for part in [" (cf-ray ", &printable::line(ray, 60), ")"] {
            message.push_str(part);
        }
    }
    message.push('.');
    with_advice(&mut message, status.or_else(|| portal_advice(response)));
    with_wait(message, after)
}

/// Says that a record ended up at another name than the one asked for.
pub fn other_name(asked: &str, shown: &str) -> String {
    let shown = printable::line(shown, SHOWN_CHARACTERS_MAX);
    format!(
        "'{asked}' is not in this zone: Cloudflare answered with the record '{shown}'. Delete \
         '{shown}' in the Cloudflare dashboard, and correct the name or the zone."
    )
}

fn status_advice(status: u16) -> Option<&'static str> {
    Some(match status {
        401 | 403 => "The API, or something in between, refuses this token or your address.",
        404 => "Is the URL of the API right?",
        429 => TOO_MANY,
        500.. => "Cloudflare is unavailable; will retry.",
        _ => return None,
    })
}

const WRONG_ADDRESS: &str =
    "The name of the API leads to an address that does not serve it: check the DNS settings.";

const LOCATION: &str = "The token's Client IP Address Filtering does not allow the address this \
     request came from: change the filter in the token's settings.";

const NO_TOKEN: &str = "Check the API token: it must be whole, not expired, and have the \
     permission Zone / DNS / Edit for this zone. A Global API Key is not an API token.";
const TOKEN: &str = "Check the API token: it must be whole, not expired, and have the \
     permission Zone / DNS / Edit for this zone.";
const ZONE: &str =
    "Check the zone id: copy it from the zone's overview page in the Cloudflare dashboard.";
const BAD_RECORD: &str = "Cloudflare does not take such a record in this zone: check name and ttl.";

/// What to do about codes from the first number to the second; the first line that fits counts.
const ADVICE: &[(u32, u32, &str)] = &[
    (6003, 6003, NO_TOKEN),
    (6103, 6103, NO_TOKEN),
    (6111, 6111, NO_TOKEN),
    (9106, 9106, TOKEN),
    (9109, 9109, TOKEN),
    (10000, 10000, TOKEN),
    (10502, 10502, "Too many failed logins: check the API token, and wait before trying again."),
    (7000, 7000, ZONE),
    (7003, 7003, ZONE),
    (
        81053,
        81054,
        "A CNAME record exists at that name: remove it in the Cloudflare dashboard, or use \
         another name.",
    ),
    (
        81055,
        81056,
        "A conflicting record exists at that name: remove it in the Cloudflare dashboard, or use \
         another name.",
    ),
    (81044, 81044, "The record was removed meanwhile; the next run looks again."),
    (
        81057,
        81058,
        "Somebody else made the record meanwhile; the next run looks again. If that fails in the \
         same way, the name is not in this zone.",
    ),
    (81045, 81045, "The zone has as many records as its plan allows."),
    (
        9300,
        9300,
        "The record has more tags than the zone's plan allows: remove them in the Cloudflare \
         dashboard.",
    ),
    (971, 971, TOO_MANY),
    (10429, 10429, TOO_MANY),
    (1004, 1004, BAD_RECORD),
    (9000, 9399, BAD_RECORD),
];

fn advice(code: i64, message: &str) -> Option<&'static str> {
    let code = u32::try_from(code).ok()?;
    if code == 9109 && message.contains("location") {
        return Some(LOCATION);
    }
    let is_meant = |&&(first, last, _): &&(u32, u32, &str)| (first..=last).contains(&code);
    ADVICE.iter().find(is_meant).map(|&(_, _, advice)| advice)
}
