//! HTTP as a server and as a client reads it: in any pieces the same, and what was read can be
//! written and read again.

use crate::judge;
use crate::wire::http::{self, Next, Request};
use crate::wire::http_answer::{self, Answer};
use std::net::IpAddr;

const BODY_BYTES_MAX: usize = 4096;
const PEER: [u8; 4] = [192, 0, 2, 1];

#[derive(Debug, PartialEq)]
struct Read {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    stays: bool,
}

impl Read {
    fn of(request: Request, stays: bool) -> Read {
        let Request { method, path, query, headers, body, .. } = request;
        Read { method, path, query, headers, body, stays }
    }
}

/// All requests, and the status of what is none.
#[derive(Debug, Default, PartialEq)]
struct All {
    requests: Vec<Read>,
    wrong: Option<u16>,
}

impl All {
    /// Takes what there is now.
    fn take(&mut self, reader: &mut http::Reader) {
        while self.wrong.is_none() {
            match reader.next() {
                Next::Incomplete { .. } => return,
                Next::ExpectsContinue => {}
                Next::Complete { request, stays } => self.requests.push(Read::of(request, stays)),
                Next::Invalid { status, message } => {
                    judge::is_line(message);
                    self.wrong = Some(status);
                }
            }
        }
    }
}

fn reader() -> http::Reader {
    http::Reader::new(IpAddr::from(PEER), BODY_BYTES_MAX)
}

pub fn request(data: &[u8]) {
    let Some((&seed, bytes)) = data.split_first() else { return };
    let mut whole = All::default();
    let mut one = reader();
    one.add(bytes);
    whole.take(&mut one);
    let mut pieces = All::default();
    let mut many = reader();
    judge::in_pieces(bytes, seed, |piece| {
        if pieces.wrong.is_none() {
            many.add(piece);
            pieces.take(&mut many);
        }
    });
    // A head that is both too large and no HTTP is one thing or the other.
    if let (Some(400 | 431), Some(400 | 431)) = (whole.wrong, pieces.wrong) {
        pieces.wrong = whole.wrong;
    }
    assert_eq!(whole, pieces);
    if !whole.requests.is_empty() {
        assert!(is_strict(bytes), "taken: {:?}", judge::text(bytes));
    }
    whole.requests.iter().for_each(is_proper);
}

/// Whether the first head is one by the grammar (RFC 9112 sections 3 and 5), but for blanks in a
/// query, which are meant to be taken.
fn is_strict(bytes: &[u8]) -> bool {
    let begin = bytes.iter().position(|b| !b"\r\n".contains(b)).unwrap_or(bytes.len());
    let bytes = &bytes[begin..];
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    // One for each byte, so that no byte is lost whatever it is.
    let head: String = bytes[..end].iter().copied().map(char::from).collect();
    let is_token = |text: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        !text.is_empty() && text.chars().all(fits)
    };
    let is_value = |text: &str| text.chars().all(|c| c == '\t' || (c >= ' ' && c != '\x7f'));
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let (Some((method, rest)), Some((_, version))) =
        (first.split_once(' '), first.rsplit_once(' '))
    else {
        return false;
    };
    let target = rest.rsplit_once(' ').map_or("", |(target, _)| target);
    let path = target.split('?').next().unwrap_or_default();
    let fields: Vec<Option<(&str, &str)>> = lines.map(|line| line.split_once(':')).collect();
    let named = |name: &str| {
        fields.iter().flatten().filter(|(one, _)| one.eq_ignore_ascii_case(name)).count()
    };
    is_token(method)
        && (version == "HTTP/1.1" || version == "HTTP/1.0")
        && !path.is_empty()
        && !path.contains(' ')
        && is_value(target)
        && !target.contains('\t')
        && fields
            .iter()
            .all(|one| one.is_some_and(|(name, value)| is_token(name) && is_value(value)))
        && (version == "HTTP/1.0" || named("host") == 1)
        && named("host") <= 1
        && named("content-length") <= 1
        && named("transfer-encoding") == 0
}

fn is_proper(read: &Read) {
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    assert!(is_word(&read.method) && read.path.starts_with('/'));
    let target = format!("{}?{}", read.path, read.query);
    assert!(!target.contains([' ', '#']) && !target.chars().any(char::is_control), "{target:?}");
    assert!(read.body.len() <= BODY_BYTES_MAX && read.headers.len() <= 64);
    for (name, value) in &read.headers {
        assert!(is_word(name) && !name.contains(':') && name.to_ascii_lowercase() == *name);
        assert!(!value.chars().any(|c| c.is_ascii_control() && c != '\t'), "{name}: {value:?}");
    }
    let has_host = read.headers.iter().any(|(name, _)| name == "host");
    let version = if has_host { "1.1" } else { "1.0" };
    let mut text = format!("{} {target} HTTP/{version}\r\n", read.method);
    for (name, value) in &read.headers {
        text.push_str(&format!("{name}:{value}\r\n"));
    }
    let bytes = [text.as_bytes(), b"\r\n", &read.body].concat();
    if text.len() + 2 > http::HEAD_BYTES_MAX {
        return;
    }
    let mut again = All::default();
    let mut reader = reader();
    reader.add(&bytes);
    again.take(&mut reader);
    let same = again.requests.pop().unwrap_or_else(|| panic!("{again:?}: {text:?}"));
    assert!(again.requests.is_empty() && again.wrong.is_none());
    // Whether more may follow depends on the version, too, which is not told.
    assert_eq!(Read { stays: read.stays, ..same }, *read);
}

/// The answer that is complete or ends with the connection, or why there is none.
fn end(mut reader: http_answer::Reader, failed: Option<String>) -> Result<Answer, String> {
    match failed {
        Some(message) => Err(message),
        None => reader.end().map_err(|error| error.into_message()),
    }
}

pub fn answer(data: &[u8]) {
    let Some((&seed, bytes)) = data.split_first() else { return };
    let mut one = http_answer::Reader::new();
    let failed = one.take(bytes).err().map(|error| error.into_message());
    let whole = end(one, failed);
    let mut many = http_answer::Reader::new();
    let mut failed = None;
    judge::in_pieces(bytes, seed, |piece| {
        if failed.is_none() {
            failed = many.take(piece).err().map(|error| error.into_message());
        }
    });
    assert_eq!(end(many, failed), whole);
    let read = match whole {
        Ok(read) => read,
        Err(message) => return judge::is_line(&message),
    };
    assert!(read.body.len() <= http_answer::BODY_BYTES_MAX);
    let mut text = format!("HTTP/1.1 {} x\r\n", read.status);
    for (name, value) in &read.headers {
        assert!(!value.chars().any(|c| c.is_ascii_control() && c != '\t'), "{name}: {value:?}");
        if !["content-length", "transfer-encoding"].contains(&name.as_str()) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    text.push_str(&format!("content-length: {}\r\n\r\n", read.body.len()));
    let mut again = http_answer::Reader::new();
    let bytes = [text.as_bytes(), &read.body].concat();
    if text.len() <= http_answer::HEAD_BYTES_MAX {
        assert!(again.take(&bytes).unwrap());
        let again = again.end().unwrap();
        assert_eq!((again.status, again.body), (read.status, read.body));
    }
}
