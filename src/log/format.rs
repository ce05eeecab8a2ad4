//! What a log line looks like: Python's `%(field)s` formats, for the four fields that are had here.

use super::date::DateFormat;
use super::logger::Level;
use crate::os::clock::{self, Moment};
use crate::text::printable;
use std::str::Chars;

/// Widest field that is padded; more is a slip of the finger.
const WIDTH_MAX: usize = 999;

/// How long a line mostly is, in bytes.
const LINE_BYTES_USUAL: usize = 192;

/// One thing to be told.
pub struct Record<'a> {
    pub name: &'a str,
    pub level: Level,
    pub message: &'a str,
    /// Needed only where [`Format::tells_time`].
    pub at: Moment,
}

/// A format that has been read.
#[derive(Debug, Clone)]
pub struct Format {
    pieces: Vec<Piece>,
    date: Option<DateFormat>,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Value { field: Field, left: bool, width: usize },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Name,
    LevelName,
    Message,
    Time,
}

impl Format {
    /// `%(message)s`, Python's where none is given.
    pub fn message_only() -> Format {
        let message = Piece::Value { field: Field::Message, left: false, width: 0 };
        Format { pieces: vec![message], date: None }
    }

    /// # Errors
    /// Words that name what cannot be understood.
    pub fn new(text: &str) -> Result<Format, String> {
        // As Python does.
        if text.is_empty() {
            return Ok(Format::message_only());
        }
        let mut pieces = Vec::new();
        let mut rest = text.chars();
        let mut plain = String::new();
        while let Some(c) = rest.next() {
            if c != '%' {
                plain.push(c);
                continue;
            }
            let from = rest.as_str();
            if from.starts_with('%') {
                rest.next();
                plain.push('%');
                continue;
            }
            let Some(value) = value(&mut rest) else {
                let read = from.len() - rest.as_str().len();
                return Err(unknown(from.get(..read).unwrap_or(from)));
            };
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.push(value);
        }
        if pieces.is_empty() {
            return Err("has no field, such as %(message)s".to_string());
        }
        pieces.push(Piece::Text(plain));
        Ok(Format { pieces, date: None })
    }

    /// The same with times as `strftime` writes them; an empty `text` is none, as for Python.
    ///
    /// # Errors
    /// Words that name what cannot be understood.
    pub fn with_date(mut self, text: &str) -> Result<Format, String> {
        self.date = match text {
            "" => None,
            text => Some(DateFormat::new(text)?),
        };
        Ok(self)
    }

    pub fn tells_time(&self) -> bool {
        let is_time = |piece: &Piece| matches!(piece, Piece::Value { field: Field::Time, .. });
        self.pieces.iter().any(is_time)
    }

    /// The record as a line, without its end.
    pub fn line(&self, record: &Record) -> String {
        let mut line = String::with_capacity(LINE_BYTES_USUAL);
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => line.push_str(text),
                Piece::Value { field: Field::Name, left, width } => {
                    pad(&mut line, record.name, *left, *width);
                }
                Piece::Value { field: Field::LevelName, left, width } => {
                    pad(&mut line, record.level.name(), *left, *width);
                }
                Piece::Value { field: Field::Message, left, width } => {
                    pad(&mut line, record.message, *left, *width);
                }
                Piece::Value { field: Field::Time, left, width } => {
                    pad(&mut line, &self.time(record.at), *left, *width);
                }
            }
        }
        line
    }

    fn time(&self, at: Moment) -> String {
        // A year that cannot be told is no time at all.
        let Some(local) = clock::local(at.seconds) else { return String::new() };
        match &self.date {
            Some(date) => date.text(&local),
            None => format!(
                "{}-{:02}-{:02} {:02}:{:02}:{:02},{:03}",
                local.year,
                local.month + 1,
                local.day,
                local.hour,
                local.minute,
                local.second,
                at.milliseconds
            ),
        }
    }
}

/// Reads what stands behind the `%` of a field; where it is none, up to what shows it.
fn value(rest: &mut Chars) -> Option<Piece> {
    if rest.next() != Some('(') {
        return None;
    }
    let (name, _) = rest.as_str().split_once(')')?;
    for _ in name.chars().chain([')']) {
        rest.next();
    }
    let field = match name {
        "name" => Some(Field::Name),
        "levelname" => Some(Field::LevelName),
        "message" => Some(Field::Message),
        "asctime" => Some(Field::Time),
        _ => None,
    };
    // Zeros are put before numbers only, so that flag has nothing to do here.
    let left = skip(rest, "-0").contains('-');
    let width = skip(rest, "0123456789");
    let width = if width.is_empty() { Some(0) } else { width.parse().ok() };
    let is_text = rest.next() == Some('s');
    match (field, width) {
        (Some(field), Some(width)) if is_text && width <= WIDTH_MAX => {
            Some(Piece::Value { field, left, width })
        }
        _ => None,
    }
}

/// Passes over characters of `set` and gives them back.
fn skip<'a>(rest: &mut Chars<'a>, set: &str) -> &'a str {
    let all = rest.as_str();
    let behind = all.trim_start_matches(|c| set.contains(c));
    *rest = behind.chars();
    all.get(..all.len() - behind.len()).unwrap_or_default()
}

fn unknown(read: &str) -> String {
    let read = printable::line(read, 40);
    format!(
        "'%{read}' is not known here (known: %(name)s, %(levelname)s, %(message)s, %(asctime)s, \
         with '-', '0' and a width up to {WIDTH_MAX}, and %%)"
    )
}

/// Appends `text`, filled up with spaces to `width` characters.
fn pad(line: &mut String, text: &str, left: bool, width: usize) {
    let missing = width.saturating_sub(text.chars().count());
    let spaces = std::iter::repeat_n(' ', missing);
    if left {
        line.push_str(text);
        line.extend(spaces);
    } else {
        line.extend(spaces);
        line.push_str(text);
    }
}

#[cfg(test)]
mod tests;
