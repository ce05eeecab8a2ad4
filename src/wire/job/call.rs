//! The job of sending one POST to a server the operator named, and telling what it answered.

use super::line::{Reader, Writer};
use super::{DONE, FAILED};
use crate::error::Error;

pub(super) const NAME: &str = "call";

/// What to send, and where to.
pub struct Call {
    pub url: String,
    /// Names and values; they may hold credentials.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// Whether a certificate that nobody vouches for will do.
    pub unverified: bool,
    /// For the whole exchange.
    pub seconds: u32,
}

/// What was answered, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    pub status: u16,
    /// As far as it is text, and not more than a page of it.
    pub body: String,
    /// Seconds to wait, where the server said so.
    pub retry_after: Option<u32>,
}

impl Call {
    pub(super) fn encode(&self) -> String {
        let mut headers: Vec<String> = Vec::new();
        for (name, value) in &self.headers {
            headers.push(name.clone());
            headers.push(value.clone());
        }
        Writer::new(NAME)
            .text(&self.url)
            .list(headers.iter())
            .text(&self.body)
            .truth(self.unverified)
            .number(self.seconds)
            .end()
    }

    pub(super) fn read(mut from: Reader) -> Option<Call> {
        let (url, mut flat) = (from.text()?, from.list()?.into_iter());
        let mut headers = Vec::new();
        while let Some(name) = flat.next() {
            headers.push((name, flat.next()?));
        }
        let (body, unverified, seconds) = (from.text()?, from.truth()?, from.number()?);
        from.end(Call { url, headers, body, unverified, seconds })
    }
}

impl Called {
    /// The line for what has become of a call, with its end.
    pub fn encode(answer: &Result<Called, Error>) -> String {
        match answer {
            Ok(called) => Writer::new(DONE)
                .number(called.status.into())
                .text(&called.body)
                .optional_number(called.retry_after)
                .end(),
            Err(error) => Writer::new(FAILED).error(error).end(),
        }
    }

    /// What the line says; nothing where it is not one of [`Called::encode`].
    pub fn decode(line: &str) -> Option<Result<Called, Error>> {
        let (what, mut from) = Reader::new(line)?;
        let answer = match what.as_str() {
            DONE => Ok(Called {
                status: u16::try_from(from.number()?).ok()?,
                body: from.text()?,
                retry_after: from.optional_number()?,
            }),
            FAILED => Err(from.error()?),
            _ => return None,
        };
        from.end(answer)
    }
}
