//! A flat configuration in TOML: its keys in the order of the file, each with its line.

#[cfg(test)]
mod tests;

use super::printable;
use toml_span::value::{Table, ValueInner};
use toml_span::{ErrorKind, Span};

/// How much of a key is shown, in characters.
const KEY_CHARACTERS_MAX: usize = 80;

/// A value, as far as a flat configuration can use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Whole(i64),
    Truth(bool),
    List(Vec<Value>),
    /// A table or a number with a fraction.
    Other,
}

/// A key of the topmost table. A table below it is an entry, too: where its first header is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From 1.
    pub line: usize,
    pub key: String,
    pub value: Value,
}

/// Where a text stops being TOML; line and column, in characters, are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub line: usize,
    pub column: usize,
    /// Without any value: it could be a secret.
    pub words: String,
}

/// Reads the text.
pub fn read(text: &str) -> Result<Vec<Entry>, Fault> {
    let mut top = toml_span::parse(text).map_err(|error| {
        let (line, column) = place(text, error.span.start);
        Fault { line, column, words: words(text, error.kind) }
    })?;
    let ValueInner::Table(table) = top.take() else { return Ok(Vec::new()) };
    Ok(in_order(text, table))
}

/// A key as it can be put into a message.
pub fn shown(key: &str) -> String {
    printable::line(key, KEY_CHARACTERS_MAX)
}

fn in_order(text: &str, table: Table) -> Vec<Entry> {
    let mut found: Vec<_> = table.into_iter().collect();
    found.sort_unstable_by_key(|(key, _)| key.span.start);
    // The place where the line was last counted to, so that each is counted once.
    let (mut line, mut counted) = (1, 0);
    let mut entries = Vec::with_capacity(found.len());
    for (key, mut value) in found {
        line += text.get(counted..key.span.start).unwrap_or_default().matches('\n').count();
        counted = key.span.start;
        let value = plain(value.take());
        entries.push(Entry { line, key: key.name.into_owned(), value });
    }
    entries
}

/// The reader allows no more than some 100 levels, so this ends.
fn plain(value: ValueInner) -> Value {
    match value {
        ValueInner::String(text) => Value::Text(text.into_owned()),
        ValueInner::Integer(number) => Value::Whole(number),
        ValueInner::Boolean(truth) => Value::Truth(truth),
        ValueInner::Array(values) => {
            Value::List(values.into_iter().map(|mut value| plain(value.take())).collect())
        }
        ValueInner::Float(_) | ValueInner::Table(_) => Value::Other,
    }
}

/// Line and column of a byte.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_begin = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count() + 1;
    (line, before.get(line_begin..).unwrap_or_default().chars().count() + 1)
}

/// Says it for people who do not know the reader's terms.
fn words(text: &str, kind: ErrorKind) -> String {
    let line = |first: Span| place(text, first.start).0;
    match kind {
        ErrorKind::UnexpectedEof => "the file ends where a value should stand".into(),
        ErrorKind::ExceededDepthLimit => "nested too deeply".into(),
        ErrorKind::InvalidCharInString('\n') => "the text does not end on its line".into(),
        ErrorKind::InvalidCharInString(c) => format!("{c:?} cannot stand in a text"),
        ErrorKind::UnterminatedString => "the text that begins here does not end".into(),
        ErrorKind::InvalidEscape(c) => format!("{c:?} cannot follow a backslash"),
        ErrorKind::InvalidHexEscape(c) => format!("{c:?} is not a hexadecimal digit"),
        ErrorKind::InvalidEscapeValue(_) => "there is no character of that number".into(),
        ErrorKind::Unexpected(c) => format!("{c:?} cannot stand here"),
        // Dates and times too, which nobody needs here, and words such as True.
        ErrorKind::InvalidNumber | ErrorKind::UnquotedString => {
            "neither true, false, a number nor text in quotes".into()
        }
        ErrorKind::Wanted { expected, found } => {
            format!("expected {}, found {}", token(expected), token(found))
        }
        ErrorKind::DuplicateKey { key, first } => {
            format!("{} is there already, in line {}", shown(&key), line(first))
        }
        ErrorKind::DuplicateTable { name, first } => {
            format!("{} is there already, in line {}", shown(&name), line(first))
        }
        ErrorKind::DottedKeyInvalidType { first } => {
            format!("what stands before the dot has a value already, in line {}", line(first))
        }
        ErrorKind::RedefineAsArray => "a table cannot become a list".into(),
        ErrorKind::MultilineStringKey => "a key cannot go over several lines".into(),
        // Of its other kinds none comes from reading text.
        _ => "cannot be read".into(),
    }
}

/// The reader's name of a token, as one would type it.
fn token(name: &'static str) -> &'static str {
    match name {
        "a table key" => "a key",
        "an identifier" => "a word",
        "newline" | "a newline" => "the end of the line",
        "eof" => "the end of the file",
        "whitespace" => "a space",
        "an equals" => "=",
        "a period" => "a dot",
        "a plus" => "+",
        "a left brace" => "{",
        "a right brace" => "}",
        "a left bracket" => "[",
        "a right bracket" => "]",
        "a string" => "text",
        "a multiline string" => "text of several lines",
        _ => name,
    }
}
