//! What both transports make of an answer or of a failure: which are errors, and their messages.

use crate::env::Response;
use crate::error::Kind;
use crate::text::printable;
use crate::wire::http_answer::Answer;
use std::io;

/// The header by which Cloudflare's support finds a request, and how much of it is shown.
pub const RAY: &str = "cf-ray";
const RAY_CHARACTERS_MAX: usize = 60;

/// A failed exchange: kind and message, without the request.
pub type HttpError = (Kind, String);

/// The answer, unless its status makes it none.
pub fn judge(answer: Answer) -> Result<Response, HttpError> {
    let Answer { status, headers, body } = answer;
    let response = Response { status, headers, body };
    match check_status(status, response.header("location").is_some()) {
        Ok(()) => Ok(response),
        Err((kind, why)) => Err((kind, why + &ray(response.header(RAY)))),
    }
}

/// Whether that status is one of a final answer; `has_location`: it names another URL.
pub fn check_status(status: u16, has_location: bool) -> Result<(), HttpError> {
    match status {
        300..400 if has_location => {
            let why = format!("HTTP {status}, a redirect; it is not followed, is the URL right?");
            Err((Kind::InvalidResponse, why))
        }
        ..200 | 300..400 => {
            Err((Kind::InvalidResponse, format!("HTTP {status}, which is no final answer")))
        }
        _ => Ok(()),
    }
}

/// Cloudflare's name of the request, to be appended to an error message.
pub fn ray(value: Option<&str>) -> String {
    let shown = |ray| format!(" ({RAY} {})", printable::line(ray, RAY_CHARACTERS_MAX));
    value.map(shown).unwrap_or_default()
}

/// What an error of reading, writing, connecting or looking up means.
pub fn explain_io(error: &io::Error) -> HttpError {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            (Kind::Timeout, "no complete answer within the time allowed".into())
        }
        io::ErrorKind::OutOfMemory => (Kind::Local, error.to_string()),
        io::ErrorKind::InvalidData | io::ErrorKind::Other => {
            (Kind::InvalidResponse, format!("malformed HTTP answer ({error})"))
        }
        io::ErrorKind::UnexpectedEof => (Kind::Unreachable, "the connection was cut off".into()),
        // What the standard library says of a failed getaddrinfo has no kind of its own.
        _ if error.to_string().starts_with("failed to lookup") => {
            (Kind::Unreachable, format!("cannot find the address of the server ({error})"))
        }
        _ => (Kind::Unreachable, error.to_string()),
    }
}
