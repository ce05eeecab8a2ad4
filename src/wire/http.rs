//! HTTP/1 for a server (RFC 9112): parsing requests and writing responses.

use std::fmt::Write;
use std::net::IpAddr;

/// A complete request.
pub struct Request {
    /// As sent: methods are case-sensitive.
    pub method: String,
    /// As sent, without the query.
    pub path: String,
    /// What follows the first `?`, as sent.
    pub query: String,
    /// Names in lower case, values trimmed.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The sender; an IPv4 address is one even on an IPv6 socket.
    pub peer: IpAddr,
}

impl Request {
    /// The value of the first field of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// The media type of the body in lower case, without parameters; empty if there is none.
    pub fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim_ascii().to_ascii_lowercase()
    }
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub media_type: &'static str,
    /// Further fields, without line breaks.
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Response {
    pub fn json(status: u16, body: impl Into<String>) -> Response {
        Response::of(status, "application/json", body.into())
    }

    pub fn text(status: u16, body: impl Into<String>) -> Response {
        Response::of(status, "text/plain; charset=utf-8", body.into())
    }

    fn of(status: u16, media_type: &'static str, body: String) -> Response {
        Response { status, media_type, headers: vec![], body }
    }

    pub fn with(self, name: &'static str, value: impl Into<String>) -> Response {
        self.with_field(name, value.into())
    }

    fn with_field(mut self, name: &'static str, value: String) -> Response {
        self.headers.push((name, value));
        self
    }
}

/// Most header fields of a request.
const FIELDS_MAX: usize = 64;
/// Longest head of a request, in bytes.
pub const HEAD_BYTES_MAX: usize = 8192;

/// Usual length of a response's head, in bytes.
const HEAD_BYTES_USUAL: usize = 256;

/// The state of parsing.
pub enum Next {
    /// The request is incomplete. `begun`: it has at least one byte; `in_body`: its head is
    /// complete.
    Incomplete { begun: bool, in_body: bool },
    /// The client expects `100 Continue` before the body (RFC 9110 section 10.1.1); reported once.
    ExpectsContinue,
    /// A request, and whether the connection is persistent.
    Complete { request: Request, stays: bool },
    /// An invalid request; the connection cannot be used any further.
    Invalid { status: u16, message: &'static str },
}

/// An incremental parser of the requests on a connection.
pub struct Reader {
    peer: IpAddr,
    body_bytes_max: usize,
    bytes: Vec<u8>,
    /// How far the end of the head has been searched for.
    searched: usize,
    /// The parsed head while the body is incomplete.
    head: Option<Head>,
}

struct Head {
    request: Request,
    body_bytes: usize,
    stays: bool,
    waits: bool,
}

impl Reader {
    pub fn new(peer: IpAddr, body_bytes_max: usize) -> Reader {
        let bytes = Vec::new();
        Reader { peer, body_bytes_max, bytes, searched: 0, head: None }
    }

    pub fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next request, if it is complete.
    pub fn next(&mut self) -> Next {
        let mut head = match self.head.take() {
            Some(head) => head,
            None => match self.next_head() {
                Ok(Some(head)) => head,
                Ok(None) => {
                    return Next::Incomplete { begun: !self.bytes.is_empty(), in_body: false };
                }
                Err((status, message)) => return Next::Invalid { status, message },
            },
        };
        if self.bytes.len() < head.body_bytes {
            let waits = std::mem::take(&mut head.waits) && self.bytes.is_empty();
            self.head = Some(head);
            return match waits {
                true => Next::ExpectsContinue,
                false => Next::Incomplete { begun: true, in_body: true },
            };
        }
        let Head { mut request, stays, .. } = head;
        request.body = self.bytes.drain(..head.body_bytes).collect();
        Next::Complete { request, stays }
    }

    fn next_head(&mut self) -> Result<Option<Head>, (u16, &'static str)> {
        // Some clients send an extra line break after a body (RFC 9112 section 2.2).
        if self.searched == 0 {
            let ends = self.bytes.iter().take_while(|b| b"\r\n".contains(b)).count();
            self.bytes.drain(..ends);
        }
        let from = self.searched.saturating_sub(3);
        let unsearched = self.bytes.get(from..).unwrap_or_default();
        // Bare CR or LF is ambiguous between parsers, so it is refused.
        let (mut end, mut last, mut run) = (None, b'\r', 0);
        for (at, &byte) in unsearched.iter().enumerate() {
            if byte == 0 || (byte == b'\n' && last != b'\r') {
                return Err((400, "invalid line break in the head"));
            }
            // How many of the four bytes that end a head are matched.
            run = match byte {
                b'\r' if run == 2 => 3,
                b'\r' => 1,
                b'\n' => run + 1,
                _ => 0,
            };
            if run == 4 {
                end = at.checked_sub(3);
                break;
            }
            last = byte;
        }
        let size = end.map_or(self.bytes.len(), |end| from + end + 4);
        if size > HEAD_BYTES_MAX {
            return Err((431, "the head is too large"));
        }
        self.searched = self.bytes.len();
        if end.is_none() {
            return Ok(None);
        }
        self.searched = 0;
        let bytes: Vec<u8> = self.bytes.drain(..size).collect();
        self.read_head(&with_blanks_escaped(bytes)).map(Some)
    }

    fn read_head(&self, bytes: &[u8]) -> Result<Head, (u16, &'static str)> {
        let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
        let mut parsed = httparse::Request::new(&mut fields);
        match parsed.parse(bytes) {
            Ok(httparse::Status::Complete(_)) => {}
            Ok(httparse::Status::Partial) => return Err((400, "the head is incomplete")),
            Err(httparse::Error::Version) if names_version(bytes) => {
                return Err((505, "only HTTP/1.0 and HTTP/1.1"));
            }
            Err(httparse::Error::TooManyHeaders) => return Err((431, "too many header fields")),
            Err(_) => return Err((400, "malformed HTTP head")),
        }
        let (Some(method), Some(target)) = (parsed.method, parsed.path) else {
            return Err((400, "malformed HTTP head"));
        };
        let mut headers = Vec::new();
        for field in parsed.headers {
            // Bytes from 0x80 on are opaque (RFC 9110 section 5.5); fields that are used are
            // checked where they are used.
            let value = String::from_utf8_lossy(field.value);
            headers.push((field.name.to_ascii_lowercase(), value.trim_ascii().to_string()));
        }
        // Clients must not send a fragment (RFC 9110 section 7.1).
        if target.contains('#') {
            return Err((400, "the target has a fragment"));
        }
        let (path, query) = split(target).ok_or((400, "the target is not a path"))?;
        let request = Request {
            method: method.into(),
            path,
            query,
            headers,
            body: Vec::new(),
            peer: self.peer,
        };
        self.framing(request, parsed.version == Some(1))
    }

    /// The end of the body must be unambiguous, or a proxy could see other requests than this
    /// server (request smuggling, RFC 9112 sections 6.3 and 11.2).
    fn framing(&self, request: Request, is_1_1: bool) -> Result<Head, (u16, &'static str)> {
        let all = |name: &str| {
            let named = request.headers.iter().filter(|(one, _)| one == name);
            named.map(|(_, value)| value.as_str()).collect::<Vec<&str>>()
        };
        let hosts = all("host");
        if hosts.len() > 1 || (is_1_1 && hosts.is_empty()) {
            return Err((400, "exactly one Host field is required"));
        }
        let is_host = |byte: u8| byte.is_ascii_graphic() && !b"/\\?#@,".contains(&byte);
        if hosts.iter().any(|host| !host.bytes().all(is_host)) {
            return Err((400, "malformed Host field"));
        }
        if !all("transfer-encoding").is_empty() {
            return Err((411, "a body needs a Content-Length"));
        }
        let body_bytes = match all("content-length").as_slice() {
            [] => 0,
            [one] if !one.is_empty() && one.bytes().all(|b| b.is_ascii_digit()) => {
                one.parse().unwrap_or(usize::MAX)
            }
            _ => return Err((400, "malformed Content-Length")),
        };
        if body_bytes > self.body_bytes_max {
            return Err((413, "the body is too large"));
        }
        let connection = all("connection").join(",").to_ascii_lowercase();
        let says = |word: &str| connection.split(',').any(|one| one.trim_ascii() == word);
        let stays = if is_1_1 { !says("close") } else { says("keep-alive") };
        let expects = request.header("expect").unwrap_or_default();
        let waits = is_1_1 && expects.eq_ignore_ascii_case("100-continue");
        Ok(Head { request, body_bytes, stays, waits })
    }
}

/// Escapes spaces in the query, which some scripts send: between the first `?` and the version they
/// are unambiguous.
fn with_blanks_escaped(bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.iter().position(|&byte| byte == b'\r').unwrap_or(bytes.len());
    let line = bytes.get(..end).unwrap_or_default();
    let query = line.iter().position(|&byte| byte == b'?');
    let version = line.iter().rposition(|&byte| byte == b' ');
    let (Some(query), Some(version)) = (query, version) else { return bytes };
    let between = line.get(query..version).unwrap_or_default();
    if !between.contains(&b' ') {
        return bytes;
    }
    let mut escaped = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b' ' && at > query && at < version {
            escaped.extend_from_slice(b"%20");
        } else {
            escaped.push(*byte);
        }
    }
    escaped
}

/// Whether the first line ends with an unsupported HTTP version.
fn names_version(bytes: &[u8]) -> bool {
    let line = bytes.split(|&byte| byte == b'\r').next().unwrap_or_default();
    let last = line.rsplit(|&byte| byte == b' ').next().unwrap_or_default();
    last.starts_with(b"HTTP/") && !last.starts_with(b"HTTP/1.")
}

/// Path and query of a target in origin or absolute form (RFC 9112 section 3.2).
fn split(target: &str) -> Option<(String, String)> {
    let target = match target.strip_prefix("http://").or(target.strip_prefix("https://")) {
        Some(rest) => rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("/"),
        None if target.starts_with('/') => target,
        None => return None,
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    // Only absolute form may omit it.
    let path = if path.is_empty() { "/" } else { path };
    Some((path.to_string(), query.to_string()))
}

impl Response {
    /// The response as sent; without its body for HEAD.
    pub fn encode(&self, stays: bool, with_body: bool) -> Vec<u8> {
        let mut text = String::with_capacity(HEAD_BYTES_USUAL + self.body.len());
        let _ = write!(
            text,
            "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\
             Cache-Control: no-store\r\n",
            self.status,
            reason(self.status),
            self.media_type,
            self.body.len()
        );
        for (name, value) in &self.headers {
            for part in [name, ": ", value, "\r\n"] {
                text.push_str(part);
            }
        }
        text.push_str(if stays {
            "Connection: keep-alive\r\n\r\n"
        } else {
            "Connection: close\r\n\r\n"
        });
        if with_body {
            text.push_str(&self.body);
        }
        text.into_bytes()
    }
}

/// The response to [`Next::ExpectsContinue`].
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "Internal Server Error",
    }
}

#[cfg(test)]
mod tests;
