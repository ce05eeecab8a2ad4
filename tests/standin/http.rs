//! Reads one HTTP request strictly and writes one answer plainly.
use std::io::{self, Read};

const HEAD_BYTES_MAX: usize = 64 * 1024;
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// The one header of that name; two of them count as none, as they would be ambiguous.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fit = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let first = fit.next()?;
        if fit.next().is_some() { None } else { Some(&first.1) }
    }

    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or("")
    }

    /// Percent-decoded key and value of each query parameter.
    pub fn query(&self) -> Vec<(String, String)> {
        let Some((_, query)) = self.target.split_once('?') else { return Vec::new() };
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(key), decode(value))
            })
            .collect()
    }
}

fn decode(text: &str) -> String {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if bytes[at] == b'%' => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What is wrong with a request, in words for the violation list.
pub type Wrong = String;

/// Reads a request. `Ok(None)`: the peer closed without a byte.
pub fn read_request(from: &mut impl Read) -> io::Result<Option<Result<Request, Wrong>>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if bytes.len() > HEAD_BYTES_MAX {
            return Ok(Some(Err("head over 64 KiB".to_owned())));
        }
        if read_more(from, &mut bytes)? == 0 {
            let none = bytes.is_empty();
            return Ok(if none { None } else { Some(Err("cut head".to_owned())) });
        }
    };
    let mut rest = bytes.split_off(end + 4);
    let mut request = match parse_head(&bytes[..end]) {
        Ok(request) => request,
        Err(wrong) => return Ok(Some(Err(wrong))),
    };
    let length = match request.header("content-length").map(str::parse::<usize>) {
        None => 0,
        Some(Ok(length)) if length <= BODY_BYTES_MAX => length,
        Some(_) => return Ok(Some(Err("bad Content-Length".to_owned()))),
    };
    while rest.len() < length {
        if read_more(from, &mut rest)? == 0 {
            return Ok(Some(Err("body shorter than Content-Length".to_owned())));
        }
    }
    if rest.len() > length {
        return Ok(Some(Err("more bytes than Content-Length".to_owned())));
    }
    request.body = rest;
    Ok(Some(Ok(request)))
}

fn read_more(from: &mut impl Read, into: &mut Vec<u8>) -> io::Result<usize> {
    let mut buffer = [0; 4096];
    let got = from.read(&mut buffer)?;
    into.extend_from_slice(&buffer[..got]);
    Ok(got)
}

fn parse_head(head: &[u8]) -> Result<Request, Wrong> {
    let head = std::str::from_utf8(head).map_err(|_| "head is not UTF-8".to_owned())?;
    let mut lines = head.split("\r\n");
    let first: Vec<&str> = lines.next().unwrap_or("").split(' ').collect();
    let [method, target, "HTTP/1.1"] = first[..] else {
        return Err(format!("request line {first:?}"));
    };
    if !target.starts_with('/') || !target.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(format!("request target {target:?}"));
    }
    let mut headers = Vec::new();
    for line in lines {
        let (key, value) = line.split_once(':').ok_or_else(|| format!("header {line:?}"))?;
        let token = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if key.is_empty() || !key.bytes().all(token) || value.contains(['\r', '\n']) {
            return Err(format!("header {line:?}"));
        }
        headers.push((key.to_owned(), value.trim().to_owned()));
    }
    let (method, target) = (method.to_owned(), target.to_owned());
    Ok(Request { method, target, headers, body: Vec::new() })
}

/// An answer; `Content-Length` and mostly `Connection: close` are added when it is written.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(status: u16, body: String) -> Self {
        let kind = ("Content-Type".to_owned(), "application/json".to_owned());
        Self { status, headers: vec![kind], body: body.into_bytes() }
    }

    /// The head without its closing empty line and without any length.
    pub fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (key, value) in &self.headers {
            head.push_str(&format!("{key}: {value}\r\n"));
        }
        head.push_str("Connection: close\r\n");
        head
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.bytes_after(self.head())
    }

    /// The same for a connection that is kept.
    pub fn bytes_kept(&self) -> Vec<u8> {
        self.bytes_after(self.head().replace("Connection: close\r\n", ""))
    }

    fn bytes_after(&self, head: String) -> Vec<u8> {
        let mut bytes = head.into_bytes();
        if self.status != 204 {
            bytes.extend(format!("Content-Length: {}\r\n", self.body.len()).bytes());
        }
        bytes.extend(b"\r\n");
        if self.status != 204 {
            bytes.extend(&self.body);
        }
        bytes
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Status",
    }
}
