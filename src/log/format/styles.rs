//! The three styles of Python's log formats: `%(name)s`, `{name}` and `$name`.

use crate::text::{Malformed, decimal, printable};
use std::str::Chars;

/// Largest field width and precision; more is taken for a mistake.
const WIDTH_MAX: usize = 999;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Percent,
    Brace,
    Dollar,
}

#[derive(Debug, Clone)]
pub enum Piece {
    Text(String),
    Value(Field, Spec),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Name,
    LevelName,
    Message,
    Time,
    LevelNumber,
    Process,
    Line,
    Created,
    Msecs,
}

/// Fields by their Python names; those for source locations show the program's name.
const FIELDS: [(&str, Field); 12] = [
    ("name", Field::Name),
    ("levelname", Field::LevelName),
    ("message", Field::Message),
    ("asctime", Field::Time),
    ("levelno", Field::LevelNumber),
    ("process", Field::Process),
    ("lineno", Field::Line),
    ("created", Field::Created),
    ("msecs", Field::Msecs),
    ("filename", Field::Name),
    ("module", Field::Name),
    ("funcName", Field::Name),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
    Center,
}

/// How a field is formatted.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    pub align: Align,
    pub fill: char,
    pub width: usize,
    pub precision: Option<usize>,
    /// `s`, `d` or `f`.
    pub conversion: char,
}

impl Spec {
    pub const PLAIN: Spec =
        Spec { align: Align::Left, fill: ' ', width: 0, precision: None, conversion: 's' };
}

impl Field {
    fn is_text(self) -> bool {
        matches!(self, Field::Name | Field::LevelName | Field::Message | Field::Time)
    }
}

/// Parses a format.
///
/// # Errors
/// Names the field or conversion that is not supported.
pub fn read(text: &str, style: Style) -> Result<Vec<Piece>, String> {
    let (mark, value): (char, fn(&mut Chars) -> Option<Piece>) = match style {
        Style::Percent => ('%', percent),
        Style::Brace => ('{', brace),
        Style::Dollar => ('$', dollar),
    };
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let is_closing = c == '}' && style == Style::Brace;
        if c != mark && !is_closing {
            plain.push(c);
            continue;
        }
        let from = rest.as_str();
        if from.starts_with(c) {
            rest.next();
            plain.push(c);
            continue;
        }
        let Some(value) = value(&mut rest).filter(|_| !is_closing) else {
            let read = from.len() - rest.as_str().len();
            let read = printable::line(from.get(..read).unwrap_or(from), 40);
            let known: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
            let known = known.join(", ");
            return Err(format!("'{c}{read}' is not supported (supported fields: {known})"));
        };
        pieces.push(Piece::Text(std::mem::take(&mut plain)));
        pieces.push(value);
    }
    if pieces.is_empty() {
        return Err("has no field such as message".to_string());
    }
    pieces.push(Piece::Text(plain));
    Ok(pieces)
}

fn field(name: &str) -> Option<Field> {
    FIELDS.iter().find(|(one, _)| *one == name).map(|(_, field)| *field)
}

/// Parses what follows a `%`; on failure `rest` is after the offending text.
fn percent(rest: &mut Chars) -> Option<Piece> {
    if rest.next() != Some('(') {
        return None;
    }
    let (name, after) = rest.as_str().split_once(')')?;
    *rest = after.chars();
    let field = field(name);
    let flags = skip(rest, "-0");
    let is_left = flags.as_bytes().contains(&b'-');
    let width = number(rest);
    let precision = precision(rest);
    let conversion = rest.next();
    let (field, width, precision, conversion) = (field?, width?, precision.ok()?, conversion?);
    let is_text = field.is_text();
    // Numbers may be formatted as text, too.
    let conversion = match conversion {
        's' => 's',
        'd' | 'i' | 'u' if !is_text && precision.is_none() => 'd',
        'f' | 'F' if !is_text => 'f',
        _ => return None,
    };
    let align = if is_left { Align::Left } else { Align::Right };
    // Only numbers are padded with zeros.
    let has_zeros = flags.as_bytes().contains(&b'0') && !is_left && conversion != 's';
    let fill = if has_zeros { '0' } else { ' ' };
    Some(Piece::Value(field, Spec { align, fill, width, precision, conversion }))
}

/// Parses what follows a `{`.
fn brace(rest: &mut Chars) -> Option<Piece> {
    let (inner, after) = rest.as_str().split_once('}')?;
    *rest = after.chars();
    let (name, spec) = inner.split_once(':').unwrap_or((inner, ""));
    let field = field(name)?;
    let is_text = field.is_text();
    let align = |c: char| match c {
        '<' => Some(Align::Left),
        '>' => Some(Align::Right),
        '^' => Some(Align::Center),
        _ => None,
    };
    let mut rest = spec.chars();
    let mut two = spec.chars();
    let (first, second) = (two.next(), two.next());
    let (fill, asked) = match (first, first.and_then(align), second.and_then(align)) {
        (Some(fill), _, Some(asked)) => {
            rest.nth(1);
            (Some(fill), Some(asked))
        }
        (_, Some(asked), _) => {
            rest.next();
            (None, Some(asked))
        }
        _ => (None, None),
    };
    let zero = if rest.as_str().starts_with('0') { Some('0') } else { None };
    let width = number(&mut rest)?;
    let precision = precision(&mut rest).ok()?;
    let is_fraction = matches!(field, Field::Created | Field::Msecs);
    let conversion = match rest.next() {
        None | Some('s') if is_text => 's',
        None if is_fraction && precision.is_none() => 's',
        None | Some('d') if !is_text && !is_fraction && precision.is_none() => 'd',
        Some('f' | 'F') if !is_text => 'f',
        _ => return None,
    };
    let usual = if is_text { Align::Left } else { Align::Right };
    let (align, fill) = (asked.unwrap_or(usual), fill.or(zero).unwrap_or(' '));
    let spec = Spec { align, fill, width, precision, conversion };
    rest.as_str().is_empty().then_some(Piece::Value(field, spec))
}

/// Parses what follows a `$`.
fn dollar(rest: &mut Chars) -> Option<Piece> {
    let text = rest.as_str();
    let (name, after) = match text.strip_prefix('{') {
        Some(text) => text.split_once('}')?,
        None => {
            let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            text.split_at_checked(end.unwrap_or(text.len()))?
        }
    };
    *rest = after.chars();
    Some(Piece::Value(field(name)?, Spec::PLAIN))
}

/// An optional number, 0 if absent; None if it is too large.
fn number(rest: &mut Chars) -> Option<usize> {
    let digits = skip(rest, "0123456789");
    let number = if digits.is_empty() { 0 } else { decimal::number32(digits)? as usize };
    (number <= WIDTH_MAX).then_some(number)
}

/// An optional `.N`.
fn precision(rest: &mut Chars) -> Result<Option<usize>, Malformed> {
    let Some(digits) = rest.as_str().strip_prefix('.') else { return Ok(None) };
    *rest = digits.chars();
    number(rest).map(Some).ok_or(Malformed)
}

/// Skips characters of `set` and returns them.
fn skip<'a>(rest: &mut Chars<'a>, set: &str) -> &'a str {
    let all = rest.as_str();
    let after = all.trim_start_matches(|c| set.chars().any(|one| one == c));
    *rest = after.chars();
    all.get(..all.len() - after.len()).unwrap_or_default()
}
