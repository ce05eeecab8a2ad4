//! What Cloudflare's refusals mean to the owner of a router.

use crate::text::printable;
use crate::wire::cloudflare::ApiError;
use crate::world::Response;

/// How much of a message or header is shown, in characters.
const SHOWN_CHARACTERS_MAX: usize = 300;

const CAPTIVE: &str =
    "Something in between, such as a captive portal, may have answered instead of the API.";
const TOO_MANY: &str =
    "Too many requests: Cloudflare allows 1200 in 5 minutes for all tokens of a user together.";

/// "MESSAGE (code: CODE)." and, where it is known, a line that says what to do.
pub fn refusal(why: &ApiError, after: Option<u32>) -> String {
    let message = printable::line(&why.message, SHOWN_CHARACTERS_MAX);
    let code = why.code.map_or("none".into(), |code| code.to_string());
    let mut words = format!("{message} (code: {code}).");
    let advice = why.code.iter().chain(&why.causes).find_map(|&code| advice(code));
    for line in advice.map(String::from).into_iter().chain(wait(after)) {
        words.push('\n');
        words.push_str(&line);
    }
    words
}

/// Says which request got something else than `expected`, and the ray by which Cloudflare's
/// support can find it.
pub fn unreadable(
    subject: &str,
    response: &Response,
    expected: &str,
    after: Option<u32>,
) -> String {
    let mut words =
        format!("{subject}: HTTP {}, and the answer is not {expected}", response.status);
    if let Some(ray) = response.header("cf-ray") {
        words.push_str(&format!(" (cf-ray {})", printable::line(ray, 60)));
    }
    words.push('.');
    for line in status_advice(response.status).map(String::from).into_iter().chain(wait(after)) {
        words.push('\n');
        words.push_str(&line);
    }
    words
}

fn wait(after: Option<u32>) -> Option<String> {
    after.map(|seconds| format!("The API asks to wait {seconds} s (Retry-After)."))
}

fn status_advice(status: u16) -> Option<&'static str> {
    Some(match status {
        401 | 403 => {
            "The API, or something in between, refuses this token or the address you come from."
        }
        200 => CAPTIVE,
        404 => "Is the URL of the API right?",
        429 => TOO_MANY,
        500.. => "Cloudflare is out of order; nothing can be done here but to wait.",
        _ => return None,
    })
}

fn advice(code: i64) -> Option<&'static str> {
    Some(match code {
        9109 | 10000 | 6003 | 6103 | 6111 | 9106 => {
            "Check the API token: it must be whole, not expired, and have the permission \
             Zone / DNS / Edit for this zone."
        }
        10502 => "Too many failed logins: check the API token, and wait before trying again.",
        7000 | 7003 => {
            "Check the zone id: copy it from the zone's overview page in the Cloudflare dashboard."
        }
        81053 | 81054 => {
            "A CNAME record stands at that name: remove it in the Cloudflare dashboard, or use \
             another name."
        }
        81055 | 81056 => {
            "Another record stands at that name and excludes this one: remove it in the Cloudflare \
             dashboard, or use another name."
        }
        81044 => "The record was removed meanwhile; the next run looks again.",
        81057 | 81058 => "Somebody else made the record meanwhile; the next run looks again.",
        81045 | 9300 => "The zone has as many of these as its plan allows.",
        971 | 10429 => TOO_MANY,
        1004 | 9000..=9105 | 9107 | 9108 | 9110..=9299 | 9301..=9399 => {
            "Cloudflare does not take such a record in this zone: check name and ttl."
        }
        _ => return None,
    })
}
