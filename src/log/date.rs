//! strftime(3) in the C locale; the C library's own would link all of printf.

use crate::os::clock::Local;
use crate::text::printable;

const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Letters of an abbreviated name.
const SHORT: usize = 3;

/// A validated format.
#[derive(Debug, Clone)]
pub struct DateFormat(String);

impl DateFormat {
    /// Validates a format with the conversions of C99 and GNU's flags `-`, `_` and `0`.
    ///
    /// # Errors
    /// Names the unknown conversion.
    pub fn new(text: &str) -> Result<DateFormat, String> {
        if text.as_bytes().contains(&b'\0') {
            return Err("must not contain NUL".into());
        }
        let mut rest = text;
        while let Some((_, behind)) = rest.split_once('%') {
            let (flag, conversion, after) = conversion(behind);
            let known = "aAbBcCdDeFgGhHIjmMnprRsStTuUVwWxXyYzZ%";
            if !known.chars().any(|one| conversion == Some(one)) {
                let read: String = flag.into_iter().chain(conversion).collect();
                return Err(format!("unknown conversion '%{}'", printable::line(&read, 40)));
            }
            rest = after;
        }
        Ok(DateFormat(text.into()))
    }

    pub fn text(&self, at: &Local) -> String {
        written(&self.0, at)
    }
}

/// The time in a valid format.
pub fn written(format: &str, at: &Local) -> String {
    let mut text = String::new();
    write(&mut text, format, at);
    text
}

/// The timestamp of a syslog line (RFC 3164 4.1.2), 16 bytes with the space after it. OpenWrt's
/// logd takes any first 16 bytes that end in a space for it, and removes them.
pub fn stamp(at: Option<&Local>) -> String {
    let mut text = String::new();
    match at {
        Some(at) => write(&mut text, "%b %e %T ", at),
        None => text.push_str("Jan  1 00:00:00 "),
    }
    text
}

/// Splits what follows a `%` into flag, conversion and rest.
fn conversion(text: &str) -> (Option<char>, Option<char>, &str) {
    let mut rest = text.chars();
    let first = rest.next();
    match first {
        Some('-' | '_' | '0') => {
            let second = rest.next();
            (first, second, rest.as_str())
        }
        _ => (None, first, rest.as_str()),
    }
}

/// Writes `format`; compound conversions are expanded recursively.
fn write(text: &mut String, format: &str, at: &Local) {
    let mut rest = format;
    while let Some((plain, behind)) = rest.split_once('%') {
        text.push_str(plain);
        let (flag, conversion, after) = conversion(behind);
        rest = after;
        let Some(conversion) = conversion else { continue };
        let compound = match conversion {
            'c' => "%a %b %e %H:%M:%S %Y",
            'D' | 'x' => "%m/%d/%y",
            'F' => "%Y-%m-%d",
            'r' => "%I:%M:%S %p",
            'R' => "%H:%M",
            'T' | 'X' => "%H:%M:%S",
            _ => "",
        };
        if !compound.is_empty() {
            write(text, compound, at);
        } else if let Some((number, width, pad)) = number(conversion, at) {
            let pad = match flag {
                Some('-') => None,
                Some('_') => Some(' '),
                Some(_) => Some('0'),
                None => Some(pad),
            };
            let digits = number.to_string();
            if let Some(pad) = pad {
                text.extend(std::iter::repeat_n(pad, width.saturating_sub(digits.len())));
            }
            text.push_str(&digits);
        } else {
            word(text, conversion, at);
        }
    }
    text.push_str(rest);
}

/// Value, default width and padding of a numeric conversion.
fn number(conversion: char, at: &Local) -> Option<(i32, usize, char)> {
    let hour_of_twelve = (at.hour + 11) % 12 + 1;
    let (iso_year, iso_week) = iso_week(at);
    let (value, width) = match conversion {
        'C' => (at.year.div_euclid(100), 2),
        'd' => (at.day, 2),
        'e' => return Some((at.day, 2, ' ')),
        'g' => (iso_year.rem_euclid(100), 2),
        'G' => (iso_year, 1),
        'H' => (at.hour, 2),
        'I' => (hour_of_twelve, 2),
        'j' => (at.day_of_year + 1, 3),
        'm' => (at.month + 1, 2),
        'M' => (at.minute, 2),
        'S' => (at.second, 2),
        'u' => ((at.weekday + 6) % 7 + 1, 1),
        // Weeks that begin on Sunday (U) and on Monday (W).
        'U' => ((at.day_of_year + 7 - at.weekday) / 7, 2),
        'W' => ((at.day_of_year + 7 - (at.weekday + 6) % 7) / 7, 2),
        'V' => (iso_week, 2),
        'w' => (at.weekday, 1),
        'y' => (at.year.rem_euclid(100), 2),
        'Y' => (at.year, 1),
        _ => return None,
    };
    Some((value, width, '0'))
}

fn word(text: &mut String, conversion: char, at: &Local) {
    let day = usize::try_from(at.weekday).ok().and_then(|day| DAYS.get(day)).unwrap_or(&"");
    let month = usize::try_from(at.month).ok().and_then(|month| MONTHS.get(month)).unwrap_or(&"");
    match conversion {
        'a' => text.push_str(day.get(..SHORT).unwrap_or(day)),
        'A' => text.push_str(day),
        'b' | 'h' => text.push_str(month.get(..SHORT).unwrap_or(month)),
        'B' => text.push_str(month),
        'n' => text.push('\n'),
        'p' => text.push_str(if at.hour < 12 { "AM" } else { "PM" }),
        's' => text.push_str(&at.seconds.to_string()),
        't' => text.push('\t'),
        'z' => {
            let minutes = at.east_of_utc_seconds.abs() / 60;
            text.push(if at.east_of_utc_seconds < 0 { '-' } else { '+' });
            text.push_str(&format!("{:04}", minutes / 60 * 100 + minutes % 60));
        }
        'Z' => text.push_str(&at.zone),
        _ => text.push('%'),
    }
}

/// ISO 8601 year and week: week 1 has the year's first Thursday.
fn iso_week(at: &Local) -> (i32, i32) {
    let days = |year: i32| {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        if leap { 366 } else { 365 }
    };
    // Day of the year of this week's Thursday.
    let thursday = at.day_of_year - (at.weekday + 6) % 7 + 3;
    let (year, thursday) = if thursday < 0 {
        (at.year - 1, thursday + days(at.year - 1))
    } else if thursday >= days(at.year) {
        (at.year + 1, thursday - days(at.year))
    } else {
        (at.year, thursday)
    };
    (year, thursday / 7 + 1)
}

#[cfg(test)]
mod tests;
