//! A configuration in TOML (toml.io, 1.1): its keys in the order of the file, with lines.
//!
//! No library, because the smallest takes 83 KB of flash, most of it for inline tables, numbers
//! with a fraction and dates, which our configurations refuse anyway.

mod string;
mod tables;
#[cfg(test)]
mod tests;

pub use tables::read_tables;

use super::{decimal, printable};

/// How much of a key is shown, in characters.
const KEY_CHARACTERS_MAX: usize = 80;
const QUOTES: &str = "\"'";
/// Most keys in a file; each is compared with all before it.
const KEYS_MAX: usize = 256;
/// How deep lists can be nested.
const LEVELS_MAX: usize = 32;

/// A value, as far as a configuration can use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    String(String),
    Integer(i64),
    Bool(bool),
    List(Vec<Value>),
    /// A table, a date, a number that is too large or has a fraction. No key may take it, for it
    /// has not been read further than that.
    Other,
}

/// A key: of the topmost table, or with the path to it ([`read_tables`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From 1.
    pub line: usize,
    pub key: String,
    pub value: Value,
}

/// Where a text stops being TOML; line and column, in characters, are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    pub line: usize,
    pub column: usize,
    /// Without any value: it could be a secret.
    pub message: String,
}

/// Reads a flat text, up to its end or to its first table, which is the last entry then.
pub fn read(text: &str) -> Result<Vec<Entry>, ParseError> {
    let mut reader = Reader { rest: text, table: false };
    let mut entries: Vec<Entry> = Vec::new();
    let place_of = |left: usize| place(text, text.len() - left);
    let error = |failed: Failed| {
        let (line, column) = place_of(failed.left);
        ParseError { line, column, message: failed.message }
    };
    while let Some((left, key, value)) = reader.entry().map_err(error)? {
        if let Some(first) = entries.iter().find(|one| one.key == key) {
            let message = format!("duplicate key {} (first in line {})", shown(&key), first.line);
            return Err(error(failure(left, message)));
        }
        if entries.len() == KEYS_MAX {
            let message = format!("more than {KEYS_MAX} keys");
            return Err(error(failure(left, message)));
        }
        entries.push(Entry { line: place_of(left).0, key, value });
        if reader.table {
            break;
        }
    }
    Ok(entries)
}

/// A key as it can be put into a message.
pub fn shown(key: &str) -> String {
    printable::line(key, KEY_CHARACTERS_MAX)
}

/// Line and column of a byte.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_begin = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count() + 1;
    (line, before.get(line_begin..).unwrap_or_default().chars().count() + 1)
}

/// An error before its place is known as line and column; a pointer, as it is returned in many
/// places.
type Failed = Box<Failure>;

/// An error, so many bytes before the end.
struct Failure {
    left: usize,
    message: String,
}

#[inline(never)]
fn failure(left: usize, message: String) -> Failed {
    Box::new(Failure { left, message })
}

struct Reader<'a> {
    rest: &'a str,
    /// Whether a table has begun, where reading ends.
    table: bool,
}

impl Reader<'_> {
    /// The next key, with the bytes left where it begins, and its value.
    fn entry(&mut self) -> Result<Option<(usize, String, Value)>, Failed> {
        self.blank_lines()?;
        if self.rest.is_empty() {
            return Ok(None);
        }
        let left = self.rest.len();
        if self.take('[') {
            self.take('[');
            self.table = true;
        }
        self.blanks();
        let key = self.key()?;
        self.blanks();
        // What comes before a dot is a table.
        self.table |= self.begins(".");
        if self.table {
            return Ok(Some((left, key, Value::Other)));
        }
        if !self.take('=') {
            return Err(self.expected("="));
        }
        self.blanks();
        let value = self.value(0)?;
        if !self.table {
            self.line_end()?;
        }
        Ok(Some((left, key, value)))
    }

    fn key(&mut self) -> Result<String, Failed> {
        if self.rest.starts_with("\"\"\"") || self.rest.starts_with("'''") {
            return Err(self.error("a key cannot span several lines"));
        }
        if self.begins(QUOTES) {
            return self.string();
        }
        let key = self.word(&|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if key.is_empty() { Err(self.expected("a key")) } else { Ok(key.into()) }
    }

    fn value(&mut self, level: usize) -> Result<Value, Failed> {
        if self.begins(QUOTES) {
            return self.string().map(Value::String);
        }
        if self.begins("[") {
            return self.list(level);
        }
        if self.begins("{") {
            self.table = true;
            return Ok(Value::Other);
        }
        let left = self.rest.len();
        let word =
            self.word(&|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '.' | ':'));
        match word {
            "" => Err(self.expected("a value")),
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            word => number(word).ok_or_else(|| {
                let message = "expected true, false, a number or a string in quotes".into();
                failure(left, message)
            }),
        }
    }

    fn list(&mut self, level: usize) -> Result<Value, Failed> {
        if level == LEVELS_MAX {
            return Err(self.error("nested too deeply"));
        }
        self.take('[');
        let mut values = Vec::new();
        loop {
            self.blank_lines()?;
            if self.take(']') {
                return Ok(Value::List(values));
            }
            values.push(self.value(level + 1)?);
            if self.table {
                return Ok(Value::List(values));
            }
            self.blank_lines()?;
            if !self.take(',') && !self.begins("]") {
                return Err(self.expected("a comma or ]"));
            }
        }
    }

    /// The characters in front that are of this kind.
    #[inline(never)]
    fn word(&mut self, is_part: &dyn Fn(char) -> bool) -> &str {
        let size = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(size).unwrap_or_default();
        self.rest = rest;
        word
    }

    /// Whether one of these characters is in front.
    #[inline(never)]
    fn begins(&self, with: &str) -> bool {
        self.rest.chars().next().is_some_and(|c| with.chars().any(|one| one == c))
    }

    fn blanks(&mut self) {
        self.word(&|c| c == ' ' || c == '\t');
    }

    /// Goes past blanks, comments and the ends of lines.
    fn blank_lines(&mut self) -> Result<(), Failed> {
        loop {
            self.blanks();
            if self.begins("#") {
                self.comment()?;
            } else if !self.take_line_end() {
                return Ok(());
            }
        }
    }

    /// Goes past a comment and the line's end, which must be here.
    fn line_end(&mut self) -> Result<(), Failed> {
        self.blanks();
        if self.begins("#") {
            self.comment()?;
        }
        if self.take_line_end() || self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.expected("the end of the line"))
        }
    }

    fn comment(&mut self) -> Result<(), Failed> {
        self.word(&|c| c == '\t' || !c.is_ascii_control());
        let ends = self.rest.is_empty() || self.begins("\r\n");
        if ends { Ok(()) } else { Err(self.expected("the end of the line")) }
    }

    fn take_line_end(&mut self) -> bool {
        let after = self.rest.strip_prefix("\r\n").or(self.rest.strip_prefix('\n'));
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn take(&mut self, c: char) -> bool {
        let after = self.rest.strip_prefix(c);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn error(&self, message: &str) -> Failed {
        failure(self.rest.len(), message.into())
    }

    /// The error if something else was expected here.
    fn expected(&self, what: &str) -> Failed {
        let found = match self.rest.chars().next() {
            None => "the end of the file",
            Some('\n') => "the end of the line",
            Some('\r') if self.rest.starts_with("\r\n") => "the end of the line",
            Some('"' | '\'') => "a string",
            Some(c) if c.is_ascii_alphanumeric() => "a word",
            Some(c) => return self.error(&format!("unexpected {c:?}")),
        };
        self.error(&format!("expected {what}, found {found}"))
    }
}

/// A whole number, or something that begins as numbers and dates do.
fn number(word: &str) -> Option<Value> {
    let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
    let (radix, digits) = match (digits.get(..2), digits.get(2..)) {
        (Some("0x"), Some(digits)) => (16, digits),
        (Some("0o"), Some(digits)) => (8, digits),
        (Some("0b"), Some(digits)) => (2, digits),
        _ => (10, digits),
    };
    let has_sign = word.starts_with(['+', '-']);
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_digit(radix));
    if digits.split('_').all(is_part) {
        let zero_in_front = radix == 10 && digits.len() > 1 && digits.starts_with('0');
        if zero_in_front || (radix != 10 && has_sign) {
            return None;
        }
        let is_negative = word.starts_with('-');
        let whole = decimal::in_base(radix, digits)
            .and_then(|number| decimal::with_sign(is_negative, number));
        return Some(whole.map_or(Value::Other, Value::Integer));
    }
    let is_named = ["inf", "nan"].contains(&digits);
    let has_more = digits.contains(['.', ':', '-', 'e', 'E']);
    let is_other = is_named || (has_more && digits.starts_with(|c: char| c.is_ascii_digit()));
    (radix == 10 && is_other).then_some(Value::Other)
}
