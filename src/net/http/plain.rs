//! Plain HTTP through minreq, with the limits it does not set itself (bodies, redirects, stalls,
//! cuts); to IPv6 hosts, which it does not take, by ourselves.

use super::answer::{self, HttpError, RAY, check_status, ray};
use super::request::{compose, each_field};
use super::socket::connect;
use crate::env::{Method, Request, Response};
use crate::error::{Error, Kind};
use crate::os::{file, thread};
use crate::text::{decimal, url};
use crate::wire::http_answer::{Answer, Reader};
use std::io::{self, Read, Write};
use std::time::Instant;

/// Largest answer taken, in bytes.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Largest head of an answer taken, in bytes.
const HEADERS_BYTES_MAX: usize = 32 * 1024;
/// Longest status line taken, in bytes.
const STATUS_LINE_BYTES_MAX: usize = 1024;
/// What minreq puts in place of a status line that is missing or malformed.
const NO_STATUS_LINE: &str = "Server did not provide a status line";
const PORT: u16 = 80;
/// How much of an answer is read in one go, in bytes.
const PIECE_BYTES: usize = 4096;

/// Sends `request` and reads the whole answer until then; one request for each connection.
pub fn send(request: &Request, until: Instant) -> Result<Response, HttpError> {
    // minreq takes the first colon for the end of the host.
    if request.url.starts_with("http://[") {
        return exchange(request, until).and_then(answer::judge);
    }
    send_by_minreq(request, until)
}

fn exchange(request: &Request, until: Instant) -> Result<Answer, HttpError> {
    let of_io = |error: io::Error| explain_io(&error);
    let of_reader = |error: Error| (error.kind, error.into_message());
    let (authority, _) = url::place(&request.url);
    let (host, port) = url::split_port(authority);
    let mut socket = connect(host, port.and_then(decimal::port).unwrap_or(PORT), until)?;
    socket.write_all(compose(request, true).as_bytes()).map_err(of_io)?;
    let mut reader = Reader::new();
    let mut piece = [0; PIECE_BYTES];
    loop {
        let count = socket.read(&mut piece).map_err(of_io)?;
        let come = piece.get(..count).unwrap_or_default();
        if reader.take(come).map_err(of_reader)? || count == 0 {
            return reader.end().map_err(of_reader);
        }
    }
}

/// minreq enforces its time limits by a thread that may panic or loop; so it gets a thread of ours
/// and no limit.
fn send_by_minreq(request: &Request, until: Instant) -> Result<Response, HttpError> {
    let composed = compose_for_minreq(request);
    match thread::within(until, move || converse(composed)) {
        Ok(Some(done)) => done,
        Ok(None) => Err(explain_io(&io::ErrorKind::TimedOut.into())),
        Err(why) => Err((Kind::Local, format!("cannot start a thread: {why}"))),
    }
}

fn converse(composed: minreq::Request) -> Result<Response, HttpError> {
    let mut answer = composed.send_lazy().map_err(|error| explain(&error))?;
    let body = judge(&answer)
        .and_then(|()| read_body(&mut answer))
        .map_err(|(kind, why)| (kind, why + &ray(header(&answer, RAY))))?;
    Ok(Response { status: answer.status_code, headers: std::mem::take(&mut answer.headers), body })
}

/// Whether there is an answer, and a final one.
fn judge(answer: &minreq::ResponseLazy) -> Result<(), HttpError> {
    match answer.status_code {
        _ if answer.reason_phrase == NO_STATUS_LINE => {
            Err((Kind::Unreachable, "no HTTP answer".into()))
        }
        status => check_status(status, header(answer, "location").is_some()),
    }
}

fn header<'a>(answer: &'a minreq::ResponseLazy, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.trim_ascii())
}

fn compose_for_minreq(request: &Request) -> minreq::Request {
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
    each_field(request, true, &mut |name, value| {
        fields.push((name.to_string(), value.to_string()))
    });
    for (name, value) in fields {
        composed = composed.with_header(name, value);
    }
    if !request.body.is_empty() {
        composed = composed.with_body(request.body.as_bytes());
    }
    composed
}

/// Reads to the end of the body and makes sure that it is the whole of it.
fn read_body(answer: &mut minreq::ResponseLazy) -> Result<Vec<u8>, HttpError> {
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

/// What an error of minreq means.
fn explain(error: &minreq::Error) -> HttpError {
    use minreq::Error as E;
    match error {
        E::IoError(error) => explain_io(error),
        E::HeadersOverflow | E::StatusLineOverflow => {
            (Kind::InvalidResponse, "the head of the answer is too large".into())
        }
        E::AddressNotFound => (Kind::Unreachable, "the server's name has no address".into()),
        other => (Kind::InvalidResponse, format!("malformed HTTP answer ({other})")),
    }
}

/// What an error of reading or writing means; within a chunked body minreq wraps its own.
fn explain_io(error: &io::Error) -> HttpError {
    match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        Some(error) => explain(error),
        None => answer::explain_io(error),
    }
}
