//! How jobs and replies are written: a JSON list of texts, each field at its place.
//!
//! Each kind of line names its fields once, in a function that both writes and reads them. (Derived
//! objects would carry the names as well, and take three times the flash.)

use crate::error::{Error, Kind};
use crate::record::{RecordType, Value};
use crate::text::decimal;
use crate::text::json_read::{self, Document};
use crate::text::json_write::quote;
use std::vec::IntoIter;

/// A line that is being written or read. A field that cannot be read leaves its variable alone and
/// spoils the line, which is asked for once, at the end.
pub struct Line {
    /// What has been written; unused while reading.
    written: String,
    /// The fields still to be read; none: the line is being written.
    fields: Option<IntoIter<Option<String>>>,
    is_malformed: bool,
}

/// A word for each value of an enumeration, in the same order.
pub struct Words<T: 'static> {
    pub names: &'static [&'static str],
    pub values: &'static [T],
}

const TYPES: Words<RecordType> = Words {
    names: &[
        RecordType::A.as_str(),
        RecordType::Aaaa.as_str(),
        RecordType::Cname.as_str(),
        RecordType::Txt.as_str(),
    ],
    values: &[RecordType::A, RecordType::Aaaa, RecordType::Cname, RecordType::Txt],
};

/// The kinds of errors, without what some of them hold.
const KINDS: Words<Kind> = Words {
    names: &[
        "refused",
        "other name",
        "throttled",
        "unreachable",
        "timeout",
        "invalid response",
        "local",
        "unavailable",
    ],
    values: &[
        Kind::Refused { code: None },
        Kind::OtherName,
        Kind::Throttled { after_seconds: None },
        Kind::Unreachable,
        Kind::Timeout,
        Kind::InvalidResponse,
        Kind::Local,
        Kind::Unavailable,
    ],
};

impl Line {
    /// The line of that kind with the fields that `walk` visits, and its end.
    pub fn write(kind: &str, walk: &mut dyn FnMut(&mut Line)) -> String {
        let mut written = String::from("[");
        quote(kind, &mut written);
        let mut line = Line { written, fields: None, is_malformed: false };
        walk(&mut line);
        line.written.push_str("]\n");
        line.written
    }

    /// The kind of a line, and its fields; nothing where it is not a list of texts.
    pub fn read(text: &str) -> Option<(String, Line)> {
        let document = Document::read(text)?;
        let mut fields = Vec::new();
        for field in document.top().list()? {
            fields.push(match field.kind() {
                json_read::Kind::Null => None,
                _ => Some(field.text()?.to_string()),
            });
        }
        let mut fields = fields.into_iter();
        let kind = fields.next()??;
        Some((kind, Line { written: String::new(), fields: Some(fields), is_malformed: false }))
    }

    /// Whether all fields could be read and none is left.
    pub fn is_complete(&self) -> bool {
        let is_at_end = self.fields.as_ref().is_none_or(|fields| fields.len() == 0);
        is_at_end && !self.is_malformed
    }

    fn is_reading(&self) -> bool {
        self.fields.is_some()
    }

    pub fn optional(&mut self, text: &mut Option<String>) {
        match &mut self.fields {
            Some(fields) => match fields.next() {
                Some(field) => *text = field,
                None => self.is_malformed = true,
            },
            None => {
                self.written.push(',');
                match text {
                    Some(text) => quote(text, &mut self.written),
                    None => self.written.push_str("null"),
                }
            }
        }
    }

    pub fn text(&mut self, text: &mut String) {
        let mut field = Some(std::mem::take(text));
        self.optional(&mut field);
        match field {
            Some(field) => *text = field,
            None => self.is_malformed = true,
        }
    }

    pub fn optional_number(&mut self, number: &mut Option<u32>) {
        let mut field = number.map(|number| number.to_string());
        self.optional(&mut field);
        if self.is_reading() {
            *number = field.as_deref().and_then(decimal::number32);
            self.is_malformed |= field.is_some() && number.is_none();
        }
    }

    pub fn number(&mut self, number: &mut u32) {
        let mut field = Some(*number);
        self.optional_number(&mut field);
        match field {
            Some(field) => *number = field,
            None => self.is_malformed = true,
        }
    }

    pub fn bool(&mut self, bool: &mut bool) {
        let mut field = u32::from(*bool);
        self.number(&mut field);
        *bool = field != 0;
    }

    pub fn one_of<T: Copy + PartialEq>(&mut self, one: &mut T, words: &Words<T>) {
        let at = words.values.iter().position(|other| other == one).unwrap_or_default();
        if let Some(read) = words.values.get(self.word(at, words.names)) {
            *one = *read;
        }
    }

    /// The number of a word, which is that of its value.
    #[inline(never)]
    fn word(&mut self, number: usize, words: &[&str]) -> usize {
        let mut word = words.get(number).copied().unwrap_or_default().to_string();
        self.text(&mut word);
        for (number, known) in words.iter().enumerate() {
            if *known == word {
                return number;
            }
        }
        self.is_malformed = true;
        number
    }

    pub fn record_type(&mut self, kind: &mut RecordType) {
        self.one_of(kind, &TYPES);
    }

    pub fn value(&mut self, value: &mut Value) {
        let (mut kind, mut text) = (value.kind(), String::new());
        if !self.is_reading() {
            text = value.to_string();
        }
        self.record_type(&mut kind);
        self.text(&mut text);
        if self.is_reading() {
            match Value::parse(kind, &text) {
                Some(read) => *value = read,
                None => self.is_malformed = true,
            }
        }
    }

    /// How many elements follow; while reading, never more than there are fields.
    pub fn count(&mut self, count: usize) -> usize {
        let mut number = u32::try_from(count).unwrap_or(u32::MAX);
        self.number(&mut number);
        let count = number as usize;
        match &self.fields {
            Some(fields) if count > fields.len() => {
                self.is_malformed = true;
                0
            }
            _ => count,
        }
    }

    pub fn texts(&mut self, texts: &mut Vec<String>) {
        let count = self.count(texts.len());
        texts.resize(count, String::new());
        texts.iter_mut().for_each(|text| self.text(text));
    }

    pub fn values(&mut self, values: &mut Vec<Value>) {
        let count = self.count(values.len());
        values.resize(count, nothing());
        values.iter_mut().for_each(|value| self.value(value));
    }

    pub fn error(&mut self, error: &mut Error) {
        let (mut code, mut after_seconds) = (None, None);
        let mut kind = error.kind;
        match &mut kind {
            Kind::Refused { code: given } => {
                code = given.take().map(|code| code.to_string());
            }
            Kind::Throttled { after_seconds: given } => after_seconds = given.take(),
            _ => {}
        }
        self.one_of(&mut kind, &KINDS);
        self.optional(&mut code);
        self.optional_number(&mut after_seconds);
        self.text(&mut error.message);
        if !self.is_reading() {
            return;
        }
        let number = code.as_deref().and_then(decimal::signed);
        self.is_malformed |= code.is_some() && number.is_none();
        match &mut kind {
            Kind::Refused { code } => *code = number,
            Kind::Throttled { after_seconds: after } => *after = after_seconds,
            _ => {}
        }
        error.kind = kind;
    }
}

/// The value of a field before it is read.
pub fn nothing() -> Value {
    Value::Txt(String::new())
}

/// The error of a line before it is read.
pub fn no_error() -> Error {
    Error::new(Kind::Local, "")
}
