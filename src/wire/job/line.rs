//! How jobs and answers are written: a JSON list of texts, each field at its place.
//!
//! Derived objects would say the names as well, and take three times the flash.

use crate::error::{Error, Kind};
use crate::text::decimal;
use crate::text::json_read::{self, Document};
use crate::text::json_write::quote;
use std::vec::IntoIter;

/// A line that is being written.
pub struct Writer(String);

impl Writer {
    /// `what`: the kind of line.
    pub fn new(what: &str) -> Writer {
        let mut line = String::from("[");
        quote(what, &mut line);
        Writer(line)
    }

    pub fn text(self, text: &str) -> Writer {
        self.optional(Some(text))
    }

    pub fn optional(mut self, text: Option<&str>) -> Writer {
        self.0.push(',');
        match text {
            Some(text) => quote(text, &mut self.0),
            None => self.0.push_str("null"),
        }
        self
    }

    pub fn number(self, number: u32) -> Writer {
        self.text(&number.to_string())
    }

    pub fn optional_number(self, number: Option<u32>) -> Writer {
        self.optional(number.map(|number| number.to_string()).as_deref())
    }

    pub fn truth(self, truth: bool) -> Writer {
        self.number(truth.into())
    }

    pub fn list<'a>(self, texts: impl ExactSizeIterator<Item = &'a String>) -> Writer {
        let writer = self.number(u32::try_from(texts.len()).unwrap_or(u32::MAX));
        texts.fold(writer, |writer, text| writer.text(text))
    }

    pub fn error(self, error: &Error) -> Writer {
        let (kind, code, after_seconds) = match error.kind {
            Kind::Refused { code } => ("refused", code, None),
            Kind::OtherName => ("other name", None, None),
            Kind::Throttled { after_seconds } => ("throttled", None, after_seconds),
            Kind::Unreachable => ("unreachable", None, None),
            Kind::Timeout => ("too slow", None, None),
            Kind::InvalidResponse => ("unreadable", None, None),
            Kind::Local => ("local", None, None),
            Kind::Unavailable => ("not now", None, None),
        };
        let code = code.map(|code| code.to_string());
        self.text(kind)
            .optional(code.as_deref())
            .optional_number(after_seconds)
            .text(&error.message)
    }

    /// The line, with its end.
    pub fn end(mut self) -> String {
        self.0.push_str("]\n");
        self.0
    }
}

/// A line that is being read; each step is nothing where something else stands there.
pub struct Reader(IntoIter<Option<String>>);

impl Reader {
    /// The kind of a line, and its fields.
    pub fn new(line: &str) -> Option<(String, Reader)> {
        let document = Document::read(line)?;
        let mut fields = Vec::new();
        for field in document.top().list()? {
            fields.push(match field.kind() {
                json_read::Kind::Null => None,
                _ => Some(field.text()?.to_string()),
            });
        }
        let mut reader = Reader(fields.into_iter());
        Some((reader.text()?, reader))
    }

    pub fn text(&mut self) -> Option<String> {
        self.0.next()?
    }

    pub fn optional(&mut self) -> Option<Option<String>> {
        self.0.next()
    }

    pub fn number(&mut self) -> Option<u32> {
        decimal::number32(&self.text()?)
    }

    pub fn optional_number(&mut self) -> Option<Option<u32>> {
        match self.optional()? {
            Some(text) => decimal::number32(&text).map(Some),
            None => Some(None),
        }
    }

    pub fn truth(&mut self) -> Option<bool> {
        self.number().map(|number| number != 0)
    }

    pub fn list(&mut self) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        for _ in 0..self.number()? {
            texts.push(self.text()?);
        }
        Some(texts)
    }

    pub fn error(&mut self) -> Option<Error> {
        let (kind, code) = (self.text()?, self.optional()?);
        let (after_seconds, message) = (self.optional_number()?, self.text()?);
        let code = match code {
            Some(code) => Some(decimal::signed(&code)?),
            None => None,
        };
        let kind = match kind.as_str() {
            "refused" => Kind::Refused { code },
            "throttled" => Kind::Throttled { after_seconds },
            "unreachable" => Kind::Unreachable,
            "too slow" => Kind::Timeout,
            "unreadable" => Kind::InvalidResponse,
            "local" => Kind::Local,
            "other name" => Kind::OtherName,
            "not now" => Kind::Unavailable,
            _ => return None,
        };
        Some(Error::new(kind, message))
    }

    /// What was read, where nothing is left.
    pub fn end<T>(mut self, read: T) -> Option<T> {
        self.0.next().is_none().then_some(read)
    }
}
