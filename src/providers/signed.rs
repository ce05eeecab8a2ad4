//! What providers with signed requests have in common: how they are reached, and what their
//! refusals mean.

use super::failure::{Failure, Reason};
use super::{Account, kind_of};
use crate::env::Response;
use crate::error::{Error, Kind};
use crate::record::{Record, ResponseMeta};
use crate::text::printable;
use crate::text::url::place;
use crate::text::utc;
use crate::wire::refusal::Refusal;

/// Longest public half of credentials taken, in bytes.
const ID_BYTES_MAX: usize = 128;
/// How much of a message, a code and a request's identifier is shown, in characters.
const MESSAGE_CHARACTERS_MAX: usize = 300;
const CODE_CHARACTERS_MAX: usize = 80;
const REQUEST_ID_CHARACTERS_MAX: usize = 64;

/// Which part of a code decides: its first word, the rest, or all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Class,
    Rest,
    Whole,
}

/// What a refusal counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    Refused,
    /// As the status says, and where that says nothing, as a refusal.
    AsStatus,
    /// As the status says, and where that says nothing, as an API that is out of order.
    Unreachable,
    Throttled,
    /// Throttled, for so many seconds where the answer does not say how long.
    ThrottledFor(u8),
}

/// What a code means.
pub type Meaning = (Part, &'static str, Reason, Counts);

/// What a code of a refusal means: the first of `meanings` that fits.
pub fn meaning(
    meanings: &[Meaning],
    code: &str,
    status: u16,
    after: Option<u32>,
) -> (Reason, Kind) {
    let (class, rest) = code.split_once('.').unwrap_or((code, ""));
    let (mut reason, mut counts) = (Reason::Other, Counts::AsStatus);
    for &(part, word, what, how) in meanings {
        let given = match part {
            Part::Class => class,
            Part::Rest => rest,
            Part::Whole => code,
        };
        if given == word {
            (reason, counts) = (what, how);
            break;
        }
    }
    let refused = Kind::Refused { code: None };
    let kind = match counts {
        Counts::Refused => refused,
        Counts::AsStatus => kind_of(status, after, refused),
        Counts::Unreachable => kind_of(status, after, Kind::Unreachable),
        Counts::Throttled => Kind::Throttled { after_seconds: after },
        Counts::ThrottledFor(seconds) => {
            Kind::Throttled { after_seconds: after.or(Some(seconds.into())) }
        }
    };
    (reason, kind)
}

/// The URL of an API that is asked at its root only; `query` may be empty.
pub fn url(base: &str, query: &str) -> String {
    let slash = if place(base).1 == "/" { "/" } else { "" };
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{base}{slash}{mark}{query}")
}

/// The public half of the credentials goes into a header field, between commas.
pub fn check_id(account: &Account) -> Result<(), Error> {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+@".contains(&byte);
    if (1..=ID_BYTES_MAX).contains(&account.id.len()) && account.id.bytes().all(is_good) {
        return Ok(());
    }
    let message = "malformed access key id: only letters, digits and -_.+@ may be in it";
    Err(Error::new(Kind::Refused { code: None }, message))
}

/// Foreign text of an answer, fit to be shown.
fn shown(account: &Account, text: &str, max: usize) -> String {
    printable::line(&account.secret.struck_from(text), max)
}

/// Keeps the identifier of a request for those who have to find it again.
pub fn note(account: &Account, meta: &mut ResponseMeta, request_id: Option<String>) {
    if let Some(id) = request_id.filter(|id| !id.is_empty()) {
        meta.request_id = Some(shown(account, &id, REQUEST_ID_CHARACTERS_MAX));
    }
}

/// A refusal in words: "MESSAGE (CODE)", and a line that says what to do.
pub fn refused(
    account: &Account,
    refusal: &Refusal,
    reason: Reason,
    kind: Kind,
    now: u64,
) -> Failure {
    let mut message = shown(account, &refusal.message, MESSAGE_CHARACTERS_MAX);
    if message.is_empty() {
        message.push_str("The API gave no message");
    }
    let code = shown(account, &refusal.code, CODE_CHARACTERS_MAX);
    message.push_str(&format!(" ({})", if code.is_empty() { "no code" } else { &code }));
    if let Some(advice) = advice(reason, now) {
        message.push('\n');
        message.push_str(&advice);
    }
    Failure { reason, error: Error::new(kind, message) }
}

fn advice(reason: Reason, now: u64) -> Option<String> {
    Some(match reason {
        Reason::Clock => {
            format!("The clock of this machine is wrong: it says {}. Set it.", utc::stamp(now))
        }
        Reason::Credentials => {
            "Check the access key id and secret: both must be complete, enabled, and of one pair."
                .into()
        }
        Reason::Permission => {
            "These credentials need permission to list, add and change DNS records from this \
             address."
                .into()
        }
        Reason::Busy => "An earlier change of this zone is still under way: try again.".into(),
        _ => return None,
    })
}

/// The error for an invalid answer: names the request and what was `expected`.
pub fn unreadable(
    account: &Account,
    action: &str,
    response: &Response,
    expected: &str,
    after: Option<u32>,
) -> Error {
    let mut message = super::not_expected(action, response, expected, account.secret);
    message.push('.');
    super::with_advice(&mut message, super::portal_advice(response));
    Error::new(kind_of(response.status, after, Kind::InvalidResponse), message)
}

/// Takes what is wanted from the body of an answer; nothing where it is not there.
pub type Read<'a> = &'a mut dyn FnMut(&[u8]) -> Option<()>;

/// Has an answer read.
///
/// # Errors
/// It is not what was `expected`.
pub fn read(
    account: &Account,
    action: &str,
    response: &Response,
    expected: &str,
    read: Read,
) -> Result<(), Failure> {
    let done = read(&response.body);
    done.ok_or_else(|| unreadable(account, action, response, expected, None).into())
}

/// Of the records of one name and type those of the RRset that is managed: on the line for
/// everybody, or where there is none, on the only other one. Those of several other lines are all
/// given back: which one is meant is for their owner to say.
pub fn managed(mut records: Vec<Record>, default_lines: &[&str]) -> Vec<Record> {
    let is_default =
        |one: &Record| one.kept.line.as_deref().is_none_or(|line| default_lines.contains(&line));
    if records.iter().any(is_default) {
        records.retain(is_default);
    }
    records
}

#[cfg(test)]
mod tests;
