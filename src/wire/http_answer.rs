//! HTTP/1 for a client (RFC 9112): an incremental parser of one response.

use crate::error::{Error, Kind};

/// Largest head of an answer, in bytes, including interim (1xx) responses before it.
pub const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Largest body, in bytes; chunk framing may take as much again.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// The message if the answer is empty or not HTTP.
const NO_ANSWER: &str = "no HTTP answer";

/// A complete answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case, values trimmed.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What the next byte is part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    StatusLine,
    Fields,
    /// Bytes of the body that are missing.
    Counted(usize),
    /// The body ends when the connection is closed.
    UntilEnd,
    ChunkSize,
    /// Bytes of the chunk that are missing.
    Chunk(usize),
    ChunkEnd,
    /// Trailer fields, which are ignored.
    Trailers,
    Done,
}

/// A strict parser of one answer: ambiguous framing is refused.
pub struct Reader {
    state: State,
    /// The current line.
    line: Vec<u8>,
    /// Bytes of all lines so far.
    line_bytes: usize,
    /// Whether the server speaks HTTP/1.1, where connections are persistent by default.
    is_persistent: bool,
    /// Whether there were bytes after the answer.
    has_surplus: bool,
    answer: Answer,
}

impl Reader {
    pub fn new() -> Reader {
        let answer = Answer::default();
        Reader {
            state: State::StatusLine,
            line: Vec::new(),
            line_bytes: 0,
            is_persistent: false,
            has_surplus: false,
            answer,
        }
    }

    /// Adds received bytes; returns whether the answer is complete. Bytes after it are ignored.
    ///
    /// # Errors
    /// InvalidResponse: it is malformed or too large.
    pub fn take(&mut self, bytes: &[u8]) -> Result<bool, Error> {
        for &byte in bytes {
            self.byte(byte)?;
        }
        Ok(self.state == State::Done)
    }

    /// The answer, once it is complete or the peer has closed the connection.
    ///
    /// # Errors
    /// Unreachable: it is truncated.
    pub fn end(&mut self) -> Result<Answer, Error> {
        let has = self.answer.body.len();
        let cut = match self.state {
            State::Done => return Ok(std::mem::take(&mut self.answer)),
            State::UntilEnd => return Ok(std::mem::take(&mut self.answer)),
            State::StatusLine => NO_ANSWER.to_string(),
            State::Counted(left) => {
                format!("the answer was cut off after {has} of {} bytes", has + left)
            }
            _ => "the answer was cut off".to_string(),
        };
        Err(Error::new(Kind::Unreachable, cut))
    }

    /// Whether another request may follow on the connection (RFC 9112 section 9.3): the answer is
    /// complete by its own length, and the server keeps the connection. To be asked before
    /// [`Reader::end`].
    pub fn allows_another(&self) -> bool {
        let closes = |value: &str| {
            value.split(',').any(|option| option.trim_ascii().eq_ignore_ascii_case("close"))
        };
        self.state == State::Done
            && self.is_persistent
            && !self.has_surplus
            && self.answer.status >= 200
            && !self.values("connection").any(closes)
    }

    /// The value of the first field of that name (lower case) received so far.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    fn byte(&mut self, byte: u8) -> Result<(), Error> {
        match self.state {
            State::Done => {
                self.has_surplus = true;
                return Ok(());
            }
            State::Counted(left) => {
                self.answer.body.push(byte);
                self.state = if left > 1 { State::Counted(left - 1) } else { State::Done };
            }
            State::Chunk(left) => {
                self.answer.body.push(byte);
                self.state = if left > 1 { State::Chunk(left - 1) } else { State::ChunkEnd };
            }
            State::UntilEnd => self.answer.body.push(byte),
            _ => return self.byte_of_line(byte),
        }
        if self.answer.body.len() > BODY_BYTES_MAX {
            return Err(body_too_large());
        }
        Ok(())
    }

    fn byte_of_line(&mut self, byte: u8) -> Result<(), Error> {
        self.line_bytes += 1;
        let is_head = matches!(self.state, State::StatusLine | State::Fields);
        if is_head && self.line_bytes > HEAD_BYTES_MAX {
            return Err(Error::new(Kind::InvalidResponse, "the head of the answer is too large"));
        }
        if self.line_bytes > HEAD_BYTES_MAX + BODY_BYTES_MAX {
            return Err(body_too_large());
        }
        if byte != b'\n' {
            self.line.push(byte);
            return Ok(());
        }
        let line = std::mem::take(&mut self.line);
        // A bare LF is accepted (RFC 9112 section 2.2).
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if line.iter().any(|&byte| byte.is_ascii_control() && byte != b'\t') {
            return Err(malformed("a control character"));
        }
        self.state = self.after_line(line)?;
        Ok(())
    }

    /// The state after this line.
    fn after_line(&mut self, line: &[u8]) -> Result<State, Error> {
        Ok(match self.state {
            State::StatusLine => {
                let none = || Error::new(Kind::Unreachable, NO_ANSWER);
                let status = status(line).ok_or_else(none)?;
                self.is_persistent = !line.starts_with(b"HTTP/1.0");
                self.answer = Answer { status, ..Answer::default() };
                State::Fields
            }
            State::Fields if line.is_empty() => self.after_head()?,
            State::Fields => {
                self.answer.headers.push(field(line).ok_or_else(|| malformed("a header field"))?);
                State::Fields
            }
            State::ChunkSize => {
                match chunk_size(line).ok_or_else(|| malformed("a chunk's size"))? {
                    0 => State::Trailers,
                    size if size > BODY_BYTES_MAX => return Err(body_too_large()),
                    size => State::Chunk(size),
                }
            }
            State::ChunkEnd if !line.is_empty() => return Err(malformed("a chunk's end")),
            State::ChunkEnd => State::ChunkSize,
            State::Trailers if line.is_empty() => State::Done,
            other => other,
        })
    }

    /// The state after the head (RFC 9112 section 6.3).
    fn after_head(&self) -> Result<State, Error> {
        match self.answer.status {
            // 101 switches to another protocol, which was not requested.
            101 | 204 | 304 => return Ok(State::Done),
            100..200 => return Ok(State::StatusLine),
            _ => {}
        }
        let mut lengths = self.values("content-length");
        let mut codings = self.values("transfer-encoding");
        match (lengths.next(), codings.next()) {
            (None, None) => Ok(State::UntilEnd),
            (None, Some(coding)) => {
                let is_chunked = coding.eq_ignore_ascii_case("chunked") && codings.next().is_none();
                is_chunked.then_some(State::ChunkSize).ok_or_else(|| malformed("its coding"))
            }
            (Some(length), None) if lengths.all(|other| other == length) => {
                match number(length.as_bytes(), 10).ok_or_else(|| malformed("its length"))? {
                    0 => Ok(State::Done),
                    length if length > BODY_BYTES_MAX => Err(body_too_large()),
                    length => Ok(State::Counted(length)),
                }
            }
            _ => Err(malformed("two lengths")),
        }
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.answer.headers.iter().filter(move |(one, _)| one == name);
        named.map(|(_, value)| value.as_str())
    }
}

fn malformed(what: &str) -> Error {
    Error::with(Kind::InvalidResponse, format_args!("malformed HTTP answer ({what})"))
}

fn body_too_large() -> Error {
    Error::with(
        Kind::InvalidResponse,
        format_args!("the answer is larger than {BODY_BYTES_MAX} bytes"),
    )
}

fn status(line: &[u8]) -> Option<u16> {
    let rest = line.strip_prefix(b"HTTP/1.")?;
    let (minor, rest) = rest.split_first()?;
    let (digits, rest) = rest.strip_prefix(b" ")?.split_at_checked(3)?;
    let status = number(digits, 10).filter(|&status| status >= 100)?;
    // Some omit the space if there is no reason phrase.
    let ends = minor.is_ascii_digit() && (rest.is_empty() || rest.starts_with(b" "));
    ends.then(|| u16::try_from(status).ok())?
}

fn field(line: &[u8]) -> Option<(String, String)> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let is_token = |b: &u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b);
    if name.is_empty() || !name.iter().all(is_token) {
        return None;
    }
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    // Control characters other than tab have been refused already.
    let value = String::from_utf8_lossy(value.get(1..)?.trim_ascii());
    Some((name, value.into_owned()))
}

/// The size, ignoring extensions.
fn chunk_size(line: &[u8]) -> Option<usize> {
    let end = line.iter().position(|b| b" \t;".contains(b)).unwrap_or(line.len());
    let (size, rest) = line.split_at_checked(end)?;
    let rest = rest.trim_ascii_start();
    if !rest.is_empty() && !rest.starts_with(b";") {
        return None;
    }
    number(size, 16)
}

/// Digits only, without a sign, which `parse` would accept. Saturates.
fn number(digits: &[u8], radix: u32) -> Option<usize> {
    let add = |sum: usize, &digit: &u8| {
        let digit = char::from(digit).to_digit(radix)?;
        Some(sum.saturating_mul(radix as usize).saturating_add(digit as usize))
    };
    if digits.is_empty() { None } else { digits.iter().try_fold(0, add) }
}

#[cfg(test)]
mod tests;
