//! The types of options: each is pulled by name and checked.

#[cfg(test)]
mod tests;

use super::convert;
use super::values::{Mode, Raw, Values};
use crate::text::decimal;
use crate::text::toml::Value;
use std::ffi::{OsStr, OsString};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// How much of a wrong value is shown, in characters.
const SHOWN_CHARACTERS_MAX: usize = 80;

impl Values<'_> {
    /// The option as `parse` makes it of its text; its error is about the option.
    pub fn parsed<T>(
        &mut self,
        names: &str,
        parse: &dyn Fn(String) -> Result<T, String>,
    ) -> Option<T> {
        let mut found = None;
        self.each(names, &mut |text| {
            found = Some(parse(text)?);
            Ok(())
        });
        found
    }

    /// The option as a text that is not empty.
    pub fn string(&mut self, names: &str) -> Option<String> {
        self.parsed(names, &not_empty)
    }

    /// Hands over each text of an option: the one that counts last, as those that do not count are
    /// checked, too.
    pub fn each(&mut self, names: &str, take: &mut dyn FnMut(String) -> Result<(), String>) {
        let mode = self.mode;
        self.pull(names, None, &mut |raw| string_of(&raw, mode).and_then(&mut *take));
    }

    /// As [`Values::each`], of an option whose key has a list of strings, or perhaps only one.
    pub fn each_of_list(
        &mut self,
        names: &str,
        take: &mut dyn FnMut(String) -> Result<(), String>,
    ) {
        let mode = self.mode;
        self.pull(names, None, &mut |raw| match raw {
            Raw::Typed(Value::List(items)) => {
                if items.is_empty() && mode != Mode::Converting {
                    return Err("is an empty list; remove the key for the default".into());
                }
                items.iter().try_for_each(|item| {
                    string_of(&Raw::Typed(item), mode)
                        .map_err(|_| not_list(mode))
                        .and_then(&mut *take)
                })
            }
            Raw::Typed(Value::String(text)) if mode != Mode::Converting => take(text.clone()),
            Raw::Typed(_) => Err(not_list(mode)),
            text => string_of(&text, mode).and_then(&mut *take),
        });
    }

    /// The option as the path of a file; any bytes can be one.
    pub fn path(&mut self, names: &str) -> Option<PathBuf> {
        let mode = self.mode;
        let mut found = None;
        self.pull(names, None, &mut |raw| {
            let path = match raw {
                Raw::Argument(path) | Raw::Variable(path) => path.to_os_string(),
                raw => string_of(&raw, mode)?.into(),
            };
            let is_empty = path.is_empty();
            found = Some(path);
            if is_empty { Err("is empty".into()) } else { Ok(()) }
        });
        found.map(OsString::into)
    }

    /// Whether the option, a variable or key, is true.
    pub fn bool(&mut self, names: &str, default: bool) -> bool {
        let mode = self.mode;
        let mut found = default;
        let shown = if default { "true" } else { "false" };
        self.pull(names, Some(shown), &mut |raw| {
            let truth = match raw {
                Raw::Typed(Value::Bool(truth)) => Some(*truth),
                ref raw => scalar(raw, mode).and_then(|text| convert::boolean(&text)),
            };
            found = truth.ok_or_else(|| unlike(&raw, mode, "must be true or false".into()))?;
            Ok(())
        });
        found
    }

    /// The option as a whole number of this range.
    pub fn integer(&mut self, names: &str, allowed: RangeInclusive<u32>, default: u32) -> u32 {
        self.integer_or(names, allowed, (default, ""), default)
    }

    /// As [`Values::integer`], but one other number is allowed, and means something of its own.
    pub fn integer_or(
        &mut self,
        names: &str,
        allowed: RangeInclusive<u32>,
        (other, meaning): (u32, &str),
        default: u32,
    ) -> u32 {
        let mode = self.mode;
        let mut found = default;
        self.pull(names, Some(&default.to_string()), &mut |raw| {
            let number = match raw {
                Raw::Typed(Value::Integer(number)) => u32::try_from(*number).ok(),
                // The original converts strings of the file, with blanks around the number.
                ref raw @ Raw::Typed(_) => {
                    scalar(raw, mode).and_then(|text| decimal::number32(text.trim_ascii()))
                }
                ref raw => scalar(raw, mode).and_then(|text| decimal::number32(&text)),
            };
            let fits = number.filter(|number| allowed.contains(number) || *number == other);
            found = fits.ok_or_else(|| {
                let (least, most) = (allowed.start(), allowed.end());
                let mut range = format!("must be a whole number from {least} to {most}");
                if !meaning.is_empty() {
                    range.push_str(&format!(", or {other} for {meaning}"));
                }
                unlike(&raw, mode, range)
            })?;
            Ok(())
        });
        found
    }

    /// The option as one of these words: its position among them.
    pub fn choice(&mut self, names: &str, words: &[&str]) -> Option<usize> {
        self.choose(names, words, false)
    }

    /// As [`Values::choice`], in upper or lower case. A word can have other spellings, after it
    /// with `|` between.
    pub fn choice_in_any_case(&mut self, names: &str, words: &[&str]) -> Option<usize> {
        self.choose(names, words, true)
    }

    fn choose(&mut self, names: &str, words: &[&str], in_any_case: bool) -> Option<usize> {
        let mode = self.mode;
        let mut found = None;
        self.pull(names, None, &mut |raw| {
            let text = string_of(&raw, mode).ok();
            found = text.and_then(|text| convert::position(words, &text, in_any_case));
            match found {
                Some(_) => Ok(()),
                None => Err(unlike(&raw, mode, alternatives(words, &raw))),
            }
        });
        found
    }
}

/// The text of a value that is to be a number or a truth value.
fn scalar(raw: &Raw, mode: Mode) -> Option<String> {
    match raw {
        Raw::Typed(_) if mode != Mode::Converting => None,
        raw => {
            let text = string_of(raw, mode).ok()?;
            Some(if mode == Mode::Lenient { text.trim_ascii().into() } else { text })
        }
    }
}

fn string_of(raw: &Raw, mode: Mode) -> Result<String, String> {
    match raw {
        Raw::Present => Ok(String::new()),
        Raw::Argument(text) | Raw::Variable(text) => {
            text.to_str().map(String::from).ok_or_else(|| "is not valid UTF-8".into())
        }
        Raw::Typed(Value::String(text)) => Ok(text.clone()),
        Raw::Typed(Value::Integer(number)) if mode == Mode::Converting => Ok(number.to_string()),
        Raw::Typed(_) => Err("must be a string in quotes".into()),
    }
}

/// That a value must be something else, with the value where it can be shown.
fn unlike(raw: &Raw, mode: Mode, mut must: String) -> String {
    let shown = match raw {
        Raw::Argument(text) => text,
        // It could be a secret in the wrong variable, but where a warning is all that is said.
        Raw::Variable(text) if mode == Mode::Lenient => text,
        _ => return must,
    };
    match OsStr::to_str(shown) {
        None => "is not valid UTF-8".into(),
        Some(text) => {
            let shown: String = text.chars().take(SHOWN_CHARACTERS_MAX).collect();
            must.push_str(&format!(", not {shown:?}"));
            must
        }
    }
}

fn not_empty(text: String) -> Result<String, String> {
    if text.is_empty() { Err("is empty".into()) } else { Ok(text) }
}

fn not_list(mode: Mode) -> String {
    let list = match mode {
        Mode::Converting => "must be a list of strings",
        _ => "must be a string in quotes, or a list of such strings",
    };
    list.into()
}

/// That it must be one of these words, in quotes where TOML has them.
fn alternatives(words: &[&str], raw: &Raw) -> String {
    let quote = if matches!(raw, Raw::Argument(_)) { "" } else { "\"" };
    let mut text = String::from("must be ");
    for (at, word) in words.iter().enumerate() {
        text.push_str(match words.len() - at {
            _ if at == 0 => "",
            1 => " or ",
            _ => ", ",
        });
        text.extend([quote, word.split('|').next().unwrap_or_default(), quote]);
    }
    text
}
