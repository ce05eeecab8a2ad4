//! The job of sending one POST to a server the operator named, and handing on what it answered.

use super::line::{Line, no_error};
use super::{DONE, FAILED};
use crate::error::Error;

pub(super) const NAME: &str = "call";

/// What to send, and where to.
#[derive(Default)]
pub struct Call {
    pub url: String,
    /// Names and values; they may hold credentials.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// Whether any certificate is accepted.
    pub unverified: bool,
    /// For the whole exchange.
    pub seconds: u32,
}

/// The answer, whatever its status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Called {
    pub status: u16,
    /// As far as it is text, and not more than a page of it.
    pub body: String,
    /// Seconds to wait, where the server said so.
    pub retry_after: Option<u32>,
}

impl Call {
    fn fields(&mut self, line: &mut Line) {
        line.text(&mut self.url);
        let count = line.count(self.headers.len());
        self.headers.resize(count, Default::default());
        for (name, value) in &mut self.headers {
            line.text(name);
            line.text(value);
        }
        line.text(&mut self.body);
        line.bool(&mut self.unverified);
        line.number(&mut self.seconds);
    }

    /// The line for the job, with its end.
    pub fn encode(mut self) -> String {
        Line::write(NAME, &mut |line| self.fields(line))
    }

    pub(super) fn read(mut line: Line) -> Option<Call> {
        let mut call = Call::default();
        call.fields(&mut line);
        line.is_complete().then_some(call)
    }
}

impl Called {
    fn fields(&mut self, line: &mut Line) {
        let mut status = self.status.into();
        line.number(&mut status);
        self.status = u16::try_from(status).unwrap_or(u16::MAX);
        line.text(&mut self.body);
        line.optional_number(&mut self.retry_after);
    }

    /// The line for what has become of a call, with its end.
    pub fn encode(answer: Result<Called, Error>) -> String {
        match answer {
            Ok(mut called) => Line::write(DONE, &mut |line| called.fields(line)),
            Err(mut error) => Line::write(FAILED, &mut |line| line.error(&mut error)),
        }
    }

    /// What the line says; nothing where it is not one of [`Called::encode`].
    pub fn decode(line: &str) -> Option<Result<Called, Error>> {
        let (kind, mut line) = Line::read(line)?;
        let answer = match kind.as_str() {
            DONE => {
                let mut called = Called::default();
                called.fields(&mut line);
                Ok(called)
            }
            FAILED => {
                let mut error = no_error();
                line.error(&mut error);
                Err(error)
            }
            _ => return None,
        };
        line.is_complete().then_some(answer)
    }
}
