//! The types of options: each is pulled by name, checked, and its faults are said with its place.

#[cfg(test)]
mod tests;

use super::values::{Given, Mode, Raw, Source, Values};
use super::{Stop, convert};
use crate::text::decimal;
use crate::text::toml::Value;
use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::PathBuf;

const NOT_UTF8: &str = "is not valid UTF-8";
/// How much of a wrong value is shown, in characters.
const SHOWN_CHARACTERS_MAX: usize = 80;

impl Values<'_> {
    /// Hands over each text of an option, and whether it counts (or a place of higher precedence
    /// does): even those that do not count are checked.
    fn visit(
        &mut self,
        names: &str,
        take: &mut dyn FnMut(String, bool) -> Result<(), String>,
    ) -> Result<(), Stop> {
        for Given { source, raw, counts } in self.given(names) {
            let taken = self.string_of(raw).and_then(|text| take(text, counts));
            taken.map_err(|why| source.stop(why))?;
        }
        Ok(())
    }

    /// The option as `parse` makes it of its text; its error is about the option.
    ///
    /// # Errors
    /// Not a text, or what `parse` says.
    pub fn parsed<T>(
        &mut self,
        names: &str,
        parse: &dyn Fn(String) -> Result<T, String>,
    ) -> Result<Option<T>, Stop> {
        let mut found = None;
        self.visit(names, &mut |text, counts| {
            let value = parse(text)?;
            if counts {
                found = Some(value);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The option as a text that is not empty.
    ///
    /// # Errors
    /// Not a text, or empty.
    pub fn string(&mut self, names: &str) -> Result<Option<String>, Stop> {
        self.parsed(names, &not_empty)
    }

    /// Hands over each text of an option that can be given several times, or as a list.
    ///
    /// # Errors
    /// Not a text or a list of texts, or what `take` says.
    pub fn each(
        &mut self,
        names: &str,
        take: &mut dyn FnMut(String) -> Result<(), String>,
    ) -> Result<(), Stop> {
        for Given { source, raw, .. } in self.given(names) {
            let is_typed = self.mode == Mode::Converting;
            let items = match raw {
                Raw::Typed(Value::List(items)) if items.is_empty() && !is_typed => {
                    let why = "is an empty list; remove the key for the default";
                    return Err(source.stop(why.into()));
                }
                Raw::Typed(Value::List(items)) => items,
                Raw::Typed(_) if is_typed => vec![Value::Other],
                Raw::Typed(value) => vec![value],
                text => {
                    let taken = self.string_of(text).and_then(&mut *take);
                    taken.map_err(|why| source.stop(why))?;
                    continue;
                }
            };
            for item in items {
                let expected = match is_typed {
                    true => "must be a list of strings",
                    false => "must be a string in quotes, or a list of such strings",
                };
                let text = self.string_of(Raw::Typed(item)).map_err(|_| expected.to_string());
                text.and_then(&mut *take).map_err(|why| source.stop(why))?;
            }
        }
        Ok(())
    }

    /// The option as the path of a file, and where it was given.
    ///
    /// # Errors
    /// Not a text, or empty.
    pub fn path_from(&mut self, names: &str) -> Result<Option<(Source, PathBuf)>, Stop> {
        let mut found = None;
        for Given { source, raw, counts } in self.given(names) {
            // Any bytes can be a path.
            let path = match raw {
                Raw::Text(path) => Ok(path),
                raw => self.string_of(raw).map(OsString::from),
            };
            match path {
                Ok(path) if path.is_empty() => return Err(source.stop("is empty".into())),
                Ok(path) if counts => found = Some((source, path.into())),
                Ok(_) => {}
                Err(why) => return Err(source.stop(why)),
            }
        }
        Ok(found)
    }

    /// The option as the path of a file.
    ///
    /// # Errors
    /// Not a text, or empty.
    pub fn path(&mut self, names: &str) -> Result<Option<PathBuf>, Stop> {
        Ok(self.path_from(names)?.map(|(_, path)| path))
    }

    /// Whether a flag is given, or the option is true.
    ///
    /// # Errors
    /// Not a truth value.
    pub fn bool(&mut self, names: &str, default: bool) -> Result<bool, Stop> {
        let parse = |raw: &Raw, text: Option<&str>| match raw {
            Raw::Present => Some(1),
            Raw::Typed(Value::Bool(truth)) => Some((*truth).into()),
            _ => text.and_then(convert::boolean).map(u32::from),
        };
        let expected = |_| "must be true or false".into();
        let found =
            self.scalar(names, &parse, &expected, if default { "true" } else { "false" })?;
        Ok(found.map_or(default, |truth| truth != 0))
    }

    /// The option as a whole number of this range.
    ///
    /// # Errors
    /// Another number, or none.
    pub fn integer(
        &mut self,
        names: &str,
        allowed: RangeInclusive<u32>,
        default: u32,
    ) -> Result<u32, Stop> {
        self.number(names, allowed, None, default)
    }

    /// As [`Values::integer`], but one other number is allowed, and means something of its own.
    ///
    /// # Errors
    /// Another number, or none.
    pub fn integer_or(
        &mut self,
        names: &str,
        allowed: RangeInclusive<u32>,
        other: (u32, &str),
        default: u32,
    ) -> Result<u32, Stop> {
        self.number(names, allowed, Some(other), default)
    }

    fn number(
        &mut self,
        names: &str,
        allowed: RangeInclusive<u32>,
        other: Option<(u32, &str)>,
        default: u32,
    ) -> Result<u32, Stop> {
        let is_strict = self.mode == Mode::Strict;
        let parse = |raw: &Raw, text: Option<&str>| {
            let number = match raw {
                Raw::Typed(Value::Integer(number)) => u32::try_from(*number).ok(),
                _ => {
                    let text = text.map(|text| if is_strict { text } else { text.trim() });
                    text.and_then(decimal::number32)
                }
            };
            let is_other = |number| other.is_some_and(|(other, _)| other == number);
            number.filter(|number| allowed.contains(number) || is_other(*number))
        };
        let expected = |_| {
            let (least, most) = (allowed.start(), allowed.end());
            let range = format!("must be a whole number from {least} to {most}");
            match other {
                Some((other, meaning)) => format!("{range}, or {other} for {meaning}"),
                None => range,
            }
        };
        let found = self.scalar(names, &parse, &expected, &default.to_string())?;
        Ok(found.unwrap_or(default))
    }

    /// The option as one of these words: its position among them.
    ///
    /// # Errors
    /// Another word.
    pub fn choice(&mut self, names: &str, words: &[&str]) -> Result<Option<usize>, Stop> {
        self.choose(names, words, &|word, text| word == text)
    }

    /// As [`Values::choice`], in upper or lower case. A word can have other spellings, after it
    /// with `|` between.
    ///
    /// # Errors
    /// Another word.
    pub fn choice_in_any_case(
        &mut self,
        names: &str,
        words: &[&str],
    ) -> Result<Option<usize>, Stop> {
        let is_it = |word: &str, text: &str| {
            word.split('|').any(|spelling| spelling.eq_ignore_ascii_case(text))
        };
        self.choose(names, words, &is_it)
    }

    fn choose(
        &mut self,
        names: &str,
        words: &[&str],
        is_it: &dyn Fn(&str, &str) -> bool,
    ) -> Result<Option<usize>, Stop> {
        let parse = |raw: &Raw, text: Option<&str>| {
            let text = match raw {
                Raw::Typed(Value::String(text)) => Some(text.as_str()),
                _ => text,
            }?;
            words.iter().position(|word| is_it(word, text)).map(|at| at as u32)
        };
        let expected = |is_argument: bool| alternatives(words, !is_argument);
        Ok(self.scalar(names, &parse, &expected, "")?.map(|at| at as usize))
    }

    /// The option as `parse` makes it of the value, and of its text if it has one. `expected` says
    /// what else it must be (on the command line or elsewhere), `default` what is taken instead.
    fn scalar(
        &mut self,
        names: &str,
        parse: &dyn Fn(&Raw, Option<&str>) -> Option<u32>,
        expected: &dyn Fn(bool) -> String,
        default: &str,
    ) -> Result<Option<u32>, Stop> {
        let mut found = None;
        for Given { source, raw, counts } in self.given(names) {
            let text = match &raw {
                Raw::Text(text) => match text.to_str() {
                    None => return Err(source.stop(NOT_UTF8.into())),
                    text => text.map(String::from),
                },
                Raw::Typed(value) if self.mode == Mode::Converting => converted(value),
                _ => None,
            };
            match parse(&raw, text.as_deref()) {
                Some(value) if counts => found = Some(value),
                Some(_) => {}
                None => {
                    let mut why = expected(source.is_argument);
                    // What the environment or a file has could be a secret in the wrong place.
                    let is_shown = source.is_argument || self.mode == Mode::Lenient;
                    if let Some(text) = text.filter(|_| is_shown) {
                        let shown: String = text.chars().take(SHOWN_CHARACTERS_MAX).collect();
                        why.push_str(&format!(", not {shown:?}"));
                    }
                    if self.mode != Mode::Lenient {
                        return Err(source.stop(why));
                    }
                    self.warnings.push(source.about(&format!("{why}; using {default}")));
                }
            }
        }
        Ok(found)
    }

    fn string_of(&self, raw: Raw) -> Result<String, String> {
        match raw {
            Raw::Present => Ok(String::new()),
            Raw::Text(text) => text.into_string().map_err(|_| NOT_UTF8.into()),
            Raw::Typed(Value::String(text)) => Ok(text),
            Raw::Typed(value) => converted(&value)
                .filter(|_| self.mode == Mode::Converting)
                .ok_or_else(|| "must be a string in quotes".into()),
        }
    }
}

/// The text that a value of another type would be.
fn converted(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

fn not_empty(text: String) -> Result<String, String> {
    if text.is_empty() { Err("is empty".into()) } else { Ok(text) }
}

/// That it must be one of these words, in quotes where TOML has them.
fn alternatives(words: &[&str], in_quotes: bool) -> String {
    let mut text = String::from("must be ");
    for (at, word) in words.iter().enumerate() {
        text.push_str(match words.len() - at {
            _ if at == 0 => "",
            1 => " or ",
            _ => ", ",
        });
        let word = word.split('|').next().unwrap_or_default();
        let quote = if in_quotes { "\"" } else { "" };
        text.extend([quote, word, quote]);
    }
    text
}
