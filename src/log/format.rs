//! Log formats: Python's, in each of their three styles.

mod styles;

use super::date::{self, DateFormat};
use super::record::Record;
use crate::os::clock::{self, Moment};
use crate::os::process;
pub use styles::Style;
use styles::{Align, Field, Piece, Spec};

/// Usual length of a line, in bytes.
const LINE_BYTES_USUAL: usize = 192;
/// Decimal places of `%f` without a precision, as in C.
const FRACTION_DIGITS: usize = 6;

/// A parsed format.
#[derive(Debug, Clone)]
pub struct Format {
    pieces: Vec<Piece>,
    date: Option<DateFormat>,
}

/// Formats live until the process ends, and several sinks share one.
impl From<Format> for &'static Format {
    fn from(format: Format) -> &'static Format {
        Box::leak(Box::new(format))
    }
}

impl Format {
    /// `%(message)s`, Python's default.
    pub fn message_only() -> Format {
        Format { pieces: vec![Piece::Value(Field::Message, Spec::PLAIN)], date: None }
    }

    /// A format in the style `%`.
    ///
    /// # Errors
    /// Names the field or conversion that is not supported.
    pub fn new(text: &str) -> Result<Format, String> {
        Format::in_style(text, Style::Percent)
    }

    /// # Errors
    /// Names the field or conversion that is not supported.
    pub fn in_style(text: &str, style: Style) -> Result<Format, String> {
        // As Python does.
        if text.is_empty() {
            return Ok(Format::message_only());
        }
        Ok(Format { pieces: styles::read(text, style)?, date: None })
    }

    /// With a `strftime` format for times; an empty `text` is the default, as in Python.
    ///
    /// # Errors
    /// Names the conversion that is not supported.
    pub fn with_date(mut self, text: &str) -> Result<Format, String> {
        self.date = match text {
            "" => None,
            text => Some(DateFormat::new(text)?),
        };
        Ok(self)
    }

    pub fn shows_time(&self) -> bool {
        let is_time = |piece: &Piece| match piece {
            Piece::Value(field, _) => matches!(field, Field::Time | Field::Created | Field::Msecs),
            Piece::Text(_) => false,
        };
        self.pieces.iter().any(is_time)
    }

    /// Formats the record, without a newline.
    pub fn line(&self, record: &Record) -> String {
        let mut line = String::with_capacity(LINE_BYTES_USUAL);
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => line.push_str(text),
                Piece::Value(field, spec) => {
                    let number;
                    let text = match field {
                        // Also stands for Python's source file and function names.
                        Field::Name => record.name,
                        Field::LevelName => record.level.name(),
                        Field::Message => record.message,
                        _ => {
                            number = self.computed(*field, *spec, record);
                            &number
                        }
                    };
                    put(&mut line, text, *spec);
                }
            }
        }
        line
    }

    /// The text of a time or number field.
    fn computed(&self, field: Field, spec: Spec, record: &Record) -> String {
        let Moment { seconds, milliseconds } = record.at;
        let (whole, thousandths) = match field {
            Field::Time => return self.time(record.at),
            Field::Created => (seconds, milliseconds),
            Field::Msecs => (milliseconds.into(), 0),
            Field::LevelNumber => (record.level.number().into(), 0),
            Field::Process => (process::id().into(), 0),
            _ => (0, 0),
        };
        let is_fraction = matches!(field, Field::Created | Field::Msecs);
        match spec.conversion {
            'f' => fixed(whole, thousandths, spec.precision.unwrap_or(FRACTION_DIGITS)),
            's' if is_fraction => {
                let text = fixed(whole, thousandths, 3);
                let bare = text.trim_end_matches('0');
                if bare.ends_with('.') { format!("{bare}0") } else { bare.into() }
            }
            _ => whole.to_string(),
        }
    }

    fn time(&self, at: Moment) -> String {
        // Out of range for struct tm: an empty field.
        let Some(local) = clock::local(at.seconds) else { return String::new() };
        match &self.date {
            Some(date) => date.text(&local),
            None => {
                let time = date::written("%Y-%m-%d %H:%M:%S", &local);
                format!("{time},{:03}", at.milliseconds)
            }
        }
    }
}

/// A number with this many decimal places, rounded.
fn fixed(mut whole: u64, mut thousandths: u32, digits: usize) -> String {
    let unit = match digits {
        0 => 1000,
        1 => 100,
        2 => 10,
        _ => 1,
    };
    thousandths = (thousandths + unit / 2) / unit * unit;
    if thousandths >= 1000 {
        whole += 1;
        thousandths = 0;
    }
    let mut text = format!("{whole}.{thousandths:03}");
    match digits {
        0 => text.truncate(text.len() - 4),
        1..3 => text.truncate(text.len() - 3 + digits),
        _ => text.extend(std::iter::repeat_n('0', digits - 3)),
    }
    text
}

/// Appends `text`, truncated and padded as `spec` says.
fn put(line: &mut String, text: &str, spec: Spec) {
    let mut text = text;
    // For numbers the precision has been applied already.
    if spec.conversion == 's'
        && let Some(most) = spec.precision
        && let Some((at, _)) = text.char_indices().nth(most)
    {
        text = text.get(..at).unwrap_or(text);
    }
    let padding = spec.width.saturating_sub(text.chars().count());
    let before = match spec.align {
        Align::Left => 0,
        Align::Right => padding,
        Align::Center => padding / 2,
    };
    line.extend(std::iter::repeat_n(spec.fill, before));
    line.push_str(text);
    line.extend(std::iter::repeat_n(spec.fill, padding - before));
}

#[cfg(test)]
mod tests;
