//! HTTP requests: over TLS by ourselves, plainly through minreq, with the bounds it does not set
//! itself (bodies, redirects, stalls, cuts).

use super::tls::https;
use crate::env::{Method, Request, Response};
use crate::error::{Error, Kind};
use crate::os::alarm::Alarm;
use crate::os::{file, thread};
use crate::text::decimal;
use crate::text::printable;
use crate::wire::http_answer::Answer;
use std::io;
use std::time::{Duration, Instant};

/// Largest answer taken, in bytes.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Largest head of an answer taken, in bytes.
const HEADERS_BYTES_MAX: usize = 32 * 1024;
/// Longest status line taken, in bytes.
const STATUS_LINE_BYTES_MAX: usize = 1024;
/// How we name ourselves.
const USER_AGENT: &str = concat!("ddnsbox/", env!("CARGO_PKG_VERSION"));
const JSON: &str = "application/json";
/// How much later than the client's own limit the alarm rings, in seconds.
const ALARM_GRACE_SECONDS: u32 = 2;
/// The header by which Cloudflare's support finds a request, and how much of it is shown.
pub const RAY: &str = "cf-ray";
const RAY_CHARACTERS_MAX: usize = 60;
/// What minreq puts in place of a status line that is missing or makes no sense.
const NO_STATUS_LINE: &str = "Server did not provide a status line";

/// What went wrong, without the request.
pub type Why = (Kind, String);

/// Sends `request` and reads the whole answer, whatever its status, within `seconds`. A server over
/// TLS has to prove who it is if `is_verified`.
///
/// A peer that stalls where the client cannot notice ends the process (see [`Alarm`]).
///
/// # Errors
/// See [`crate::env::Env::http`]; the words begin with the request's method and URL.
pub fn send(request: &Request, seconds: u32, is_verified: bool) -> Result<Response, Error> {
    let subject = request.subject();
    let until = Instant::now() + Duration::from_secs(seconds.into());
    let _alarm = Alarm::arm(seconds.saturating_add(ALARM_GRACE_SECONDS), &subject);
    let done = match request.url.starts_with("https://") {
        true => https::exchange(request, until, is_verified).and_then(judge_answer),
        // minreq takes the first colon for the end of the host; only update-dns and ntfy come here.
        false if cfg!(feature = "unverified") && request.url.starts_with("http://[") => {
            https::exchange_plainly(request, until).and_then(judge_answer)
        }
        false => send_plainly(request, until),
    };
    done.map_err(|(kind, why)| Error::new(kind, format!("{subject}: {why}")))
}

fn judge_answer(answer: Answer) -> Result<Response, Why> {
    let Answer { status, headers, body } = answer;
    let response = Response { status, headers, body };
    match check_status(status, response.header("location").is_some()) {
        Ok(()) => Ok(response),
        Err((kind, why)) => Err((kind, why + &ray(response.header(RAY)))),
    }
}

/// The client has time limits of its own, which are a thread's that may panic and wait in circles;
/// so it gets a thread of ours and none of those.
fn send_plainly(request: &Request, until: Instant) -> Result<Response, Why> {
    let composed = compose(request);
    match thread::within(until, move || converse(composed)) {
        Ok(Some(done)) => done,
        Ok(None) => Err(explain_io(&io::ErrorKind::TimedOut.into())),
        Err(why) => Err((Kind::Local, format!("cannot start a thread: {why}"))),
    }
}

fn converse(composed: minreq::Request) -> Result<Response, Why> {
    let mut answer = composed.send_lazy().map_err(|error| explain(&error))?;
    let body = judge(&answer)
        .and_then(|()| read_body(&mut answer))
        .map_err(|(kind, why)| (kind, why + &ray(header(&answer, RAY))))?;
    Ok(Response { status: answer.status_code, headers: std::mem::take(&mut answer.headers), body })
}

/// The name by which the request is known over there, to be put behind an error.
pub fn ray(value: Option<&str>) -> String {
    let shown = |ray| format!(" ({RAY} {})", printable::line(ray, RAY_CHARACTERS_MAX));
    value.map(shown).unwrap_or_default()
}

/// Whether there is an answer at all, and one that is meant for us.
fn judge(answer: &minreq::ResponseLazy) -> Result<(), Why> {
    match answer.status_code {
        _ if answer.reason_phrase == NO_STATUS_LINE => {
            Err((Kind::Unreachable, "no HTTP answer".into()))
        }
        status => check_status(status, header(answer, "location").is_some()),
    }
}

/// Whether an answer of that status is one to a request; `leads_on`: it says where else to ask.
fn check_status(status: u16, leads_on: bool) -> Result<(), Why> {
    match status {
        300..400 if leads_on => {
            let why = format!("HTTP {status}, a redirect; it is not followed, is the URL right?");
            Err((Kind::InvalidResponse, why))
        }
        ..200 | 300..400 => {
            Err((Kind::InvalidResponse, format!("HTTP {status}, which is no final answer")))
        }
        _ => Ok(()),
    }
}

fn header<'a>(answer: &'a minreq::ResponseLazy, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.trim_ascii())
}

fn compose(request: &Request) -> minreq::Request {
    let method = match request.method {
        Method::Get => minreq::Method::Get,
        Method::Post => minreq::Method::Post,
        Method::Patch => minreq::Method::Patch,
        Method::Delete => minreq::Method::Delete,
    };
    let mut composed = minreq::Request::new(method, request.url.as_str())
        .with_follow_redirects(false)
        .with_max_headers_size(HEADERS_BYTES_MAX)
        .with_max_status_line_length(STATUS_LINE_BYTES_MAX);
    let mut fields = Vec::new();
    each_field(request, &mut |name, value| fields.push((name.to_string(), value.to_string())));
    for (name, value) in fields {
        composed = composed.with_header(name, value);
    }
    if !request.body.is_empty() {
        composed = composed.with_body(request.body.as_bytes());
    }
    composed
}

/// Hands over the header fields of a request, but for its host and length.
pub fn each_field(request: &Request, take: &mut dyn FnMut(&str, &str)) {
    take("Accept", JSON);
    take("User-Agent", USER_AGENT);
    take("Connection", "close");
    if let Some(bearer) = request.bearer {
        take("Authorization", &format!("Bearer {}", bearer.expose()));
    }
    let mut is_named = request.body.is_empty();
    for (name, value) in &request.headers {
        take(name, value);
        is_named |= name.eq_ignore_ascii_case("content-type");
    }
    if !is_named {
        take("Content-Type", JSON);
    }
}

/// Reads to the end of the body and makes sure that it is the whole of it.
fn read_body(answer: &mut minreq::ResponseLazy) -> Result<Vec<u8>, Why> {
    // This status has no body, and reading one would wait for the deadline.
    if answer.status_code == 204 {
        return Ok(Vec::new());
    }
    let chunked = header(answer, "transfer-encoding").is_some();
    let announced = header(answer, "content-length").and_then(decimal::number);
    let mut body = Vec::new();
    let limit = BODY_BYTES_MAX as u64 + 1;
    let result = file::read(answer, limit, &mut body);
    if body.len() > BODY_BYTES_MAX {
        let why = format!("the answer is larger than {BODY_BYTES_MAX} bytes");
        return Err((Kind::InvalidResponse, why));
    }
    result.map_err(|error| explain_io(&error))?;
    match announced {
        Some(length) if !chunked && length > body.len() as u64 => {
            let why = format!("the answer was cut off after {} of {length} bytes", body.len());
            Err((Kind::Unreachable, why))
        }
        // The head is cut, as it would be with a body whose end is that of the connection.
        None if !chunked && body.is_empty() => {
            Err((Kind::Unreachable, "the answer was cut off".into()))
        }
        _ => Ok(body),
    }
}

/// What a failure of the client means, for the caller and in words.
fn explain(error: &minreq::Error) -> Why {
    use minreq::Error as E;
    match error {
        E::IoError(error) => explain_io(error),
        E::HeadersOverflow | E::StatusLineOverflow => {
            (Kind::InvalidResponse, "the head of the answer is too large".into())
        }
        E::AddressNotFound => (Kind::Unreachable, "the server's name has no address".into()),
        other => (Kind::InvalidResponse, format!("the answer is not proper HTTP ({other})")),
    }
}

/// The same for one of reading or writing.
pub fn explain_io(error: &io::Error) -> Why {
    // Within a body in chunks the client wraps its own errors.
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return explain(error);
    }
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            (Kind::Timeout, "no complete answer within the time allowed".into())
        }
        io::ErrorKind::OutOfMemory => (Kind::Local, error.to_string()),
        io::ErrorKind::InvalidData | io::ErrorKind::Other => {
            (Kind::InvalidResponse, format!("the answer is not proper HTTP ({error})"))
        }
        io::ErrorKind::UnexpectedEof => (Kind::Unreachable, "the connection was cut off".into()),
        // What the standard library says of a failed getaddrinfo has no kind of its own.
        _ if error.to_string().starts_with("failed to lookup") => {
            (Kind::Unreachable, format!("cannot find the address of the server ({error})"))
        }
        _ => (Kind::Unreachable, error.to_string()),
    }
}
