//! What was given, on the command line, in the environment and in a file, and which of it counts.

use super::syntax::{Argument, Syntax};
use super::{Stop, Variable, file};
use crate::text::toml::{self, Entry, Value};
use std::ffi::OsString;
use std::mem;
use std::path::Path;

/// What is made of a value of another type than asked for, or out of range.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// An error.
    Strict,
    /// Strings, numbers and truth values of the file are converted to each other; the rest is an
    /// error.
    Converting,
    /// A warning; numbers and truth values get their default.
    Lenient,
}

/// Where a value was given, for messages.
pub struct Source {
    pub(super) is_argument: bool,
    /// The flag, the variable, or `FILE: line N: key`; empty for an operand of a list.
    origin: String,
}

impl Source {
    /// The error that says `why` about the value given here.
    pub fn stop(&self, why: String) -> Stop {
        match self.is_argument {
            true => Stop::UsageError(self.about(&why)),
            false => Stop::ConfigError(self.about(&why)),
        }
    }

    /// The error that two options are given here that exclude each other.
    pub fn exclusive(&self, name: &str, other: &str) -> Stop {
        let message = format!("{name} and {other} exclude each other");
        match self.origin.strip_suffix(other) {
            _ if self.is_argument => Stop::UsageError(message),
            // What is before the key: the file, and the line.
            Some(place) => Stop::ConfigError(format!("{place}{message}")),
            None => Stop::ConfigError(message),
        }
    }

    /// The message that says `why` about the value given here.
    pub fn about(&self, why: &str) -> String {
        let origin = &self.origin;
        match origin.starts_with('-') && !why.starts_with('\'') {
            // The flag is the sentence's subject.
            true => format!("{origin} {why}"),
            false if origin.is_empty() => why.into(),
            false => format!("{origin}: {why}"),
        }
    }
}

/// A value before its type is checked.
pub(super) enum Raw {
    /// An option that takes no value.
    Present,
    /// From the command line or the environment, or a file of variables.
    Text(OsString),
    /// From a TOML file.
    Typed(Value),
}

/// A value of an option, with its place.
pub(super) struct Given {
    pub source: Source,
    pub raw: Raw,
    /// Whether no place of higher precedence has a value.
    pub counts: bool,
}

/// What was given on the command line, in the environment and in a file.
pub struct Values<'a> {
    syntax: Syntax,
    arguments: Vec<Argument>,
    variable: Variable<'a>,
    pub(super) mode: Mode,
    /// What the file has and nobody has pulled yet.
    entries: Vec<Entry>,
    /// The file's path, safe to print.
    file: String,
    /// Whether the file has variables (`NAME=value`) instead of keys.
    has_variables: bool,
    /// Whether blanks around the values of variables are dropped.
    trims: bool,
    /// To be logged before the run.
    pub warnings: Vec<String>,
}

impl<'a> Values<'a> {
    /// Reads the arguments after the program's name; variables are looked up as they are pulled.
    ///
    /// # Errors
    /// `--help`, `--version`, or a usage error.
    pub fn read(
        syntax: Syntax,
        arguments: Vec<OsString>,
        variable: Variable<'a>,
        mode: Mode,
    ) -> Result<Values<'a>, Stop> {
        Ok(Values {
            syntax,
            arguments: syntax.read(arguments)?,
            variable,
            mode,
            entries: Vec::new(),
            file: String::new(),
            has_variables: false,
            trims: false,
            warnings: Vec::new(),
        })
    }

    /// Adds what a file has, at the lowest precedence.
    pub fn add_file(&mut self, path: &Path, entries: Vec<Entry>, has_variables: bool) {
        self.file = file::shown(path);
        self.entries = entries;
        self.has_variables = has_variables;
    }

    /// From here on drops blanks around the values of variables, but for passwords.
    pub fn trim_variables(&mut self) {
        self.trims = true;
    }

    /// Whether the command line has that option or operand.
    pub fn has_argument(&self, name: &str) -> bool {
        self.arguments.iter().any(|one| one.is_of(name))
    }

    /// The file that was added, safe to print.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What the file has and nobody has pulled, each with its place (`FILE: line N: key`).
    pub fn unknown(&mut self) -> Vec<(String, Entry)> {
        let entries = mem::take(&mut self.entries);
        entries.into_iter().map(|entry| (self.origin(&entry), entry)).collect()
    }

    fn origin(&self, entry: &Entry) -> String {
        format!("{}: line {}: {}", self.file, entry.line, toml::shown(&entry.key))
    }

    /// All values of an option, by precedence of the places, and within one in their order. `names`
    /// lists the places: `--flag`, `VARIABLE` (or operand), `key`.
    pub(super) fn given(&mut self, names: &str) -> Vec<Given> {
        let mut all = Vec::new();
        for name in names.split(' ') {
            debug_assert!(self.syntax.declares(name), "{name} is not in the help text");
            let counts = all.is_empty();
            for one in self.arguments.iter_mut().filter(|one| one.is_of(name)) {
                let origin = if one.is_listed { "" } else { name }.into();
                let raw = one.value.take().map_or(Raw::Present, Raw::Text);
                all.push(Given { source: Source { is_argument: true, origin }, raw, counts });
            }
            let mut add = |origin, raw| {
                all.push(Given { source: Source { is_argument: false, origin }, raw, counts });
            };
            // procd and systemd pass empty variables for options that are not set.
            let is_looked_up = is_variable(name) && !self.has_argument(name);
            let text = is_looked_up.then(|| (self.variable)(name)).flatten();
            let text = text.filter(|text| !text.is_empty());
            let is_in_environment = text.is_some();
            if let Some(text) = text.and_then(|text| self.trimmed(name, text)) {
                add(name.into(), Raw::Text(text));
            }
            if is_variable(name) != self.has_variables {
                continue;
            }
            // As in a shell, the last line counts; TOML has a key but once.
            let mut last = None;
            while let Some(at) = self.entries.iter().position(|entry| entry.key == name) {
                last = Some(self.entries.remove(at));
            }
            let Some(entry) = last.filter(|_| !is_in_environment) else { continue };
            let origin = self.origin(&entry);
            match entry.value {
                Value::String(text) if self.has_variables => {
                    if let Some(text) = self.trimmed(name, text.into()) {
                        add(origin, Raw::Text(text));
                    }
                }
                value => add(origin, Raw::Typed(value)),
            }
        }
        all
    }

    /// The value of a variable; None if there is nothing but blanks.
    fn trimmed(&self, name: &str, value: OsString) -> Option<OsString> {
        // Blanks may be part of a password.
        let value = match value.to_str() {
            Some(text) if self.trims && !name.ends_with("_PASSWORD") => text.trim().into(),
            _ => value,
        };
        (!value.is_empty()).then_some(value)
    }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
}
