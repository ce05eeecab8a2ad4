//! What was given, on the command line, in the environment and in a file, and which of it counts.

use super::syntax::{Argument, Syntax};
use super::{Stop, Variable, file};
use crate::text::toml::{self, Entry, Value};
use std::ffi::{OsStr, OsString};
use std::mem;
use std::path::Path;

/// What happens to a value of another type than asked for, or out of range.
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

/// A value before its type is checked.
pub(super) enum Raw<'a> {
    /// An option that takes no value.
    Present,
    /// From the command line.
    Argument(&'a OsStr),
    /// From the environment or a file of variables.
    Variable(&'a OsStr),
    /// From a TOML file.
    Typed(&'a Value),
}

/// Where a value was given.
#[derive(Clone, Copy)]
pub enum Place {
    /// The command line; `is_listed`: as one of several operands.
    Argument { is_listed: bool },
    /// The environment.
    Variable,
    /// This line of the file.
    Line(usize),
}

/// Takes a value, or says what is wrong with it.
type Take<'a> = &'a mut dyn FnMut(Raw) -> Result<(), String>;

/// Hands over the values of an option, given its name and default.
type Pull<'a> = fn(&mut Values<'a>, &str, Option<&str>, Take);

/// The options of an applet. The first error is kept for [`Values::finish`], so that options can be
/// pulled one after the other without looking at each.
pub struct Values<'a> {
    syntax: &'static Syntax,
    arguments: Vec<Argument>,
    /// [`Values::pull_below`], if there is anything but the command line.
    pull_below: Option<Pull<'a>>,
    variable: Variable<'a>,
    pub(super) mode: Mode,
    /// What the file has and nobody has pulled yet.
    entries: Vec<Entry>,
    /// The file's path, safe to print.
    file: String,
    /// Whether the file has variables (`NAME=value`) instead of keys.
    has_variables: bool,
    error: Option<Stop>,
    /// Options that must be set and are not.
    missing: Vec<&'static str>,
    /// Where the value that was pulled last is.
    pub(super) place: Place,
    /// To be logged before the run.
    pub warnings: Vec<String>,
}

impl<'a> Values<'a> {
    /// Reads the arguments after the program's name; what stops there is an error of
    /// [`Values::finish`].
    pub fn read(syntax: &'static Syntax, arguments: Vec<OsString>, mode: Mode) -> Values<'a> {
        let (arguments, error) = match syntax.read(arguments) {
            Ok(arguments) => (arguments, None),
            Err(stop) => (Vec::new(), Some(stop)),
        };
        Values {
            syntax,
            arguments,
            pull_below: None,
            variable: &|_| None,
            mode,
            entries: Vec::new(),
            file: String::new(),
            has_variables: false,
            error,
            missing: Vec::new(),
            place: Place::Variable,
            warnings: Vec::new(),
        }
    }

    /// Adds the environment, below the command line. Variables are looked up as they are pulled.
    pub fn add_environment(&mut self, variable: Variable<'a>) {
        self.variable = variable;
        // Programs without it need not contain what reads it.
        self.pull_below = Some(Values::pull_below);
    }

    /// Whether there was an error.
    pub fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    /// Adds what a file has, at the lowest precedence.
    pub fn add_file(&mut self, path: &Path, entries: Vec<Entry>, has_variables: bool) {
        self.file = file::shown(path);
        self.entries = entries;
        self.pull_below = Some(Values::pull_below);
        self.has_variables = has_variables;
    }

    /// Whether one of these flags is given.
    pub fn flag(&self, names: &str) -> bool {
        debug_assert!(names.split(' ').all(|name| self.syntax.declares(name)), "{names}");
        names.split(' ').any(|name| self.has_argument(name))
    }

    /// Whether the command line has that option or operand.
    pub fn has_argument(&self, name: &str) -> bool {
        self.arguments.iter().any(|one| one.name == name)
    }

    /// The file that was added, safe to print.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What the file has and nobody has pulled, each with its place (`FILE: line N: key`).
    pub fn unknown(&mut self) -> Vec<(String, Entry)> {
        let entries = mem::take(&mut self.entries);
        entries.into_iter().map(|one| (self.origin(one.line, &one.key), one)).collect()
    }

    fn origin(&self, line: usize, key: &str) -> String {
        format!("{}: line {line}: {}", self.file, toml::shown(key))
    }

    /// Keeps an error, unless there was one before.
    #[inline(never)]
    pub fn fail(&mut self, stop: Stop) {
        self.error.get_or_insert(stop);
    }

    /// The option, which must be set; `name` is what it is called if it is not.
    pub fn required<T: Default>(&mut self, name: &'static str, option: Option<T>) -> T {
        if option.is_none() {
            self.add_missing(name);
        }
        option.unwrap_or_default()
    }

    #[inline(never)]
    fn add_missing(&mut self, name: &'static str) {
        self.missing.push(name);
    }

    /// What is missing of all that must be set, as `A is` or `A, B are`, to be followed by what
    /// they should be.
    pub fn missing(&self) -> Option<String> {
        let verb = match self.missing.len() {
            0 => return None,
            1 => "is",
            _ => "are",
        };
        Some(format!("{} {verb}", self.missing.join(", ")))
    }

    /// Ends the pulling, and gives back the warnings to be logged before the run.
    ///
    /// # Errors
    /// The first error that was found.
    #[inline(never)]
    pub fn finish(self) -> Result<Vec<String>, Stop> {
        match self.error {
            Some(stop) => Err(stop),
            None => Ok(self.warnings),
        }
    }

    /// Keeps the error that both options are given in one place, where `other` was pulled last.
    pub fn exclude(&mut self, name: &str, other: &str) {
        let message = format!("{name} and {other} exclude each other");
        self.fail(match self.place {
            Place::Argument { .. } => Stop::UsageError(message),
            Place::Variable => Stop::ConfigError(message),
            Place::Line(line) => {
                Stop::ConfigError(format!("{}: line {line}: {message}", self.file))
            }
        });
    }

    /// The message that says `why` about the value of `name` at this place.
    pub fn about(&self, place: Place, name: &str, why: &str) -> String {
        let mut message = match place {
            Place::Argument { is_listed: true } => return why.into(),
            Place::Line(line) => self.origin(line, name),
            _ => name.to_string(),
        };
        let is_flag = matches!(place, Place::Argument { .. }) && name.starts_with('-');
        // The flag is the sentence's subject.
        message.push_str(if is_flag && !why.starts_with('\'') { " " } else { ": " });
        message.push_str(why);
        message
    }

    /// The error that says `why` about the value of `name` at this place.
    pub fn error(&self, place: Place, name: &str, why: &str) -> Stop {
        let message = self.about(place, name, why);
        match place {
            Place::Argument { .. } => Stop::UsageError(message),
            _ => Stop::ConfigError(message),
        }
    }

    /// Hands over all values of an option, the one that counts last: by precedence of the places,
    /// and within one in their order. What `take` says is wrong is an error or, where there is a
    /// `default` and the mode is lenient, a warning. `names` lists the places, highest precedence
    /// first: `--flag`, `VARIABLE` (or operand), `key`.
    pub(super) fn pull(&mut self, names: &str, default: Option<&str>, take: Take) {
        let earlier = self.error.take();
        let mut rest = names;
        while !rest.is_empty() {
            let blank = rest.bytes().rposition(|byte| byte == b' ');
            let name = rest.get(blank.map_or(0, |at| at + 1)..).unwrap_or_default();
            self.pull_from(name, default, take);
            rest = rest.get(..blank.unwrap_or(0)).unwrap_or_default();
        }
        if earlier.is_some() {
            self.error = earlier;
        }
    }

    /// Hands over all values that an option has in one place.
    fn pull_from(&mut self, name: &str, default: Option<&str>, take: Take) {
        debug_assert!(self.syntax.declares(name), "{name} is not in the help text");
        let is_given = self.has_argument(name);
        if !is_given && let Some(pull) = self.pull_below {
            pull(self, name, default, take);
        }
        let arguments = mem::take(&mut self.arguments);
        for one in arguments.iter().filter(|one| one.name == name) {
            let place = Place::Argument { is_listed: one.is_listed };
            let raw = one.value.as_deref().map_or(Raw::Present, Raw::Argument);
            self.note(place, name, default, take(raw));
        }
        self.arguments = arguments;
    }

    /// Hands over the values that an option has in the environment and the file.
    fn pull_below(&mut self, name: &str, default: Option<&str>, take: Take) {
        let is_variable = name.starts_with(|c: char| c.is_ascii_uppercase());
        let variable = is_variable.then(|| (self.variable)(name)).flatten();
        // procd and systemd pass empty variables for options that are not set.
        let variable = variable.filter(|text| !text.is_empty());
        if is_variable == self.has_variables {
            // As in a shell, the last line counts; TOML has a key but once.
            while let Some(at) = self.entries.iter().position(|entry| entry.key == name) {
                let Entry { line, value, .. } = self.entries.remove(at);
                if variable.is_none() {
                    let taken = take(match &value {
                        Value::String(text) if is_variable => Raw::Variable(text.as_ref()),
                        value => Raw::Typed(value),
                    });
                    self.note(Place::Line(line), name, default, taken);
                }
            }
        }
        if let Some(text) = &variable {
            self.note(Place::Variable, name, default, take(Raw::Variable(text)));
        }
    }

    /// Keeps what is wrong with a value, if anything, as an error or a warning.
    #[inline(never)]
    fn note(&mut self, place: Place, name: &str, default: Option<&str>, taken: Result<(), String>) {
        self.place = place;
        let Err(mut why) = taken else { return };
        match default.filter(|_| self.mode == Mode::Lenient) {
            Some(default) => {
                why.push_str("; using ");
                why.push_str(default);
                self.warnings.push(self.about(place, name, &why));
            }
            None => self.error = Some(self.error(place, name, &why)),
        }
    }
}
