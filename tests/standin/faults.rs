//! How an answer may go wrong on demand, and when: the words are those of the case files.
use super::http::Request;

/// Which connections a fault strikes. Each connection carries one request.
#[derive(Clone, Debug)]
pub struct When {
    /// Only requests of this method, then counted among themselves.
    pub method: Option<String>,
    pub first: usize,
    pub last: usize,
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub when: When,
    pub fault: Fault,
    seen: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endless {
    BodyChunked,
    BodyToClose,
    BodyLong,
    HeadersCrlf,
    HeadersLf,
    HeaderLine,
    StatusLine,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Before the request is read.
    ResetBefore,
    CloseBefore,
    SilentBefore,
    /// TLS only: the handshake is never answered, or one record of it comes byte by byte.
    DripHandshake,
    /// After the request was read, without doing it.
    ResetAfter,
    CloseAfter,
    SilentAfter,
    Reply(Reply),
    Endless(Endless),
    Deep(usize),
    /// Done, but the answer is spoiled.
    AppliedReset,
    AppliedClose,
    AppliedSilent,
    AppliedReply(Reply),
    CutHead,
    CutBody,
    Drip,
    Chunked,
    NoLength,
    Continue,
    Padded(usize),
    Delay(u64),
    NoResultInfo,
    NullResult,
    LieTotal(u64),
    /// These bytes instead of an answer, then the end of the connection.
    Raw(Vec<u8>),
    AppliedRaw(Vec<u8>),
    /// TLS only: one record comes byte by byte, before the head or between head and body.
    DripRecord,
    DripBodyRecord,
}

/// A whole answer given by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// Seconds from now to put into Retry-After as an HTTP date.
    pub retry_date: Option<u64>,
    pub ray: bool,
    pub body: String,
}

/// The faults' own manual, for `--help` and for the writers of cases.
pub const HELP: &str = "\
A fault is WHEN WHAT. WHEN: * (all), 2 (the second connection), 2-3, 2+, or a method,
POST or POST#2 or POST#2+, counted among its own. The first rule that fits is used.
WHAT:
  reset-before close-before silent-before drip-handshake     before the request is read
  reset-after close-after silent-after                       read, not done, not answered
  applied-reset applied-close applied-silent                 done, then not answered
  reply STATUS [retry-after=V] [retry-date=SECONDS] [type=T] [location=URL] [ray=no] [body=REST]
  applied-reply STATUS ...                                   done, but answered like this
  endless body-chunked|body-to-close|body-long|headers-crlf|headers-lf|header-line|status-line
  deep N            N times '[' as a document
  cut-head cut-body drip chunked no-length continue          the true answer, sent like this
  padded BYTES      the true answer, that much white space longer
  delay MS          the true answer, later
  no-result-info null-result lie-total N                     the true list, changed
  raw BYTES         not done; these bytes, with \\r \\n \\e \\xHH \\\\ as in C, then the end
  applied-raw BYTES done, then the same
  drip-record drip-body-record                               TLS: a record byte by byte";

impl Rule {
    /// Reads `WHEN WHAT`.
    pub fn parse(line: &str) -> Result<Self, String> {
        let (when, what) = line.trim().split_once(' ').ok_or(format!("fault {line:?}"))?;
        Ok(Self { when: When::parse(when)?, fault: Fault::parse(what.trim())?, seen: 0 })
    }

    /// Counts one connection; before the request is known only rules without method count.
    pub fn strikes_connection(&mut self) -> bool {
        self.when.method.is_none() && self.count()
    }

    /// Takes one connection back that was none of the program's.
    pub fn forget_connection(&mut self) {
        if self.when.method.is_none() {
            self.seen = self.seen.saturating_sub(1);
        }
    }

    pub fn strikes_request(&mut self, request: &Request) -> bool {
        self.when.method.as_deref() == Some(&request.method) && self.count()
    }

    fn count(&mut self) -> bool {
        self.seen += 1;
        (self.when.first..=self.when.last).contains(&self.seen)
    }
}

impl When {
    fn parse(text: &str) -> Result<Self, String> {
        let letters = text.starts_with(|c: char| c.is_ascii_uppercase());
        let (method, range) = match text.split_once('#') {
            Some((method, range)) => (Some(method.to_owned()), range),
            None if letters => (Some(text.to_owned()), "*"),
            None => (None, text),
        };
        let number = |text: &str| text.parse::<usize>().map_err(|_| format!("when {text:?}"));
        let (first, last) = if range == "*" {
            (1, usize::MAX)
        } else if let Some(first) = range.strip_suffix('+') {
            (number(first)?, usize::MAX)
        } else if let Some((first, last)) = range.split_once('-') {
            (number(first)?, number(last)?)
        } else {
            (number(range)?, number(range)?)
        };
        Ok(Self { method, first, last })
    }
}

impl Fault {
    fn parse(text: &str) -> Result<Self, String> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let number = || rest.parse::<u64>().map_err(|_| format!("{word} needs a number"));
        Ok(match word {
            "reset-before" => Self::ResetBefore,
            "close-before" => Self::CloseBefore,
            "silent-before" => Self::SilentBefore,
            "drip-handshake" => Self::DripHandshake,
            "reset-after" => Self::ResetAfter,
            "close-after" => Self::CloseAfter,
            "silent-after" => Self::SilentAfter,
            "applied-reset" => Self::AppliedReset,
            "applied-close" => Self::AppliedClose,
            "applied-silent" => Self::AppliedSilent,
            "applied-reply" => Self::AppliedReply(Reply::parse(rest)?),
            "reply" => Self::Reply(Reply::parse(rest)?),
            "endless" => Self::Endless(Endless::parse(rest)?),
            "deep" => Self::Deep(number()? as usize),
            "cut-head" => Self::CutHead,
            "cut-body" => Self::CutBody,
            "drip" => Self::Drip,
            "chunked" => Self::Chunked,
            "no-length" => Self::NoLength,
            "continue" => Self::Continue,
            "padded" => Self::Padded(number()? as usize),
            "delay" => Self::Delay(number()?),
            "no-result-info" => Self::NoResultInfo,
            "null-result" => Self::NullResult,
            "lie-total" => Self::LieTotal(number()?),
            "raw" => Self::Raw(unescape(rest)?),
            "applied-raw" => Self::AppliedRaw(unescape(rest)?),
            "drip-record" => Self::DripRecord,
            "drip-body-record" => Self::DripBodyRecord,
            _ => return Err(format!("unknown fault {text:?}")),
        })
    }

    /// Whether it strikes before anything is read.
    pub fn comes_first(&self) -> bool {
        use Fault::*;
        matches!(self, ResetBefore | CloseBefore | SilentBefore | DripHandshake)
    }

    /// Whether the request is carried out all the same.
    pub fn applies(&self) -> bool {
        use Fault::*;
        let undone = [ResetAfter, CloseAfter, SilentAfter, DripRecord, DripBodyRecord];
        !matches!(self, Reply(_) | Endless(_) | Deep(_) | Raw(_)) && !undone.contains(self)
    }
}

/// The bytes meant by `\r`, `\n`, `\e`, `\xHH` and `\\` in `text`.
fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend(before.bytes());
        let (byte, length) = match after.as_bytes() {
            [b'r', ..] => (b'\r', 1),
            [b'n', ..] => (b'\n', 1),
            [b'e', ..] => (0x1b, 1),
            [b'\\', ..] => (b'\\', 1),
            [b'x', ..] => {
                let hex = after.get(1..3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
                (hex.ok_or(format!("escape in {text:?}"))?, 3)
            }
            _ => return Err(format!("escape in {text:?}")),
        };
        bytes.push(byte);
        rest = &after[length..];
    }
    bytes.extend(rest.bytes());
    Ok(bytes)
}

impl Endless {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(match text {
            "body-chunked" => Self::BodyChunked,
            "body-to-close" => Self::BodyToClose,
            "body-long" => Self::BodyLong,
            "headers-crlf" => Self::HeadersCrlf,
            "headers-lf" => Self::HeadersLf,
            "header-line" => Self::HeaderLine,
            "status-line" => Self::StatusLine,
            _ => return Err(format!("endless what? {text:?}")),
        })
    }
}

impl Reply {
    fn parse(text: &str) -> Result<Self, String> {
        let (options, body) = match text.split_once("body=") {
            Some((options, body)) => (options, body.to_owned()),
            None => (text, String::new()),
        };
        let mut words = options.split_whitespace();
        let status = words.next().and_then(|word| word.parse().ok());
        let status = status.ok_or(format!("reply needs a status: {text:?}"))?;
        let mut reply = Self { status, headers: Vec::new(), retry_date: None, ray: true, body };
        let mut kind = if reply.body.starts_with('<') { "text/html" } else { "application/json" };
        for word in words {
            let (key, value) = word.split_once('=').ok_or(format!("reply option {word:?}"))?;
            match key {
                "retry-after" => reply.headers.push(("Retry-After".to_owned(), value.to_owned())),
                "retry-date" => reply.retry_date = value.parse().ok(),
                "type" => kind = value,
                "location" => reply.headers.push(("Location".to_owned(), value.to_owned())),
                "ray" => reply.ray = value != "no",
                _ => return Err(format!("reply option {word:?}")),
            }
        }
        reply.headers.push(("Content-Type".to_owned(), kind.to_owned()));
        Ok(reply)
    }
}
