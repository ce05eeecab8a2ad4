//! Settings: the command line, the environment and a file, merged and checked as they are pulled.
//!
//! An applet asks for each of its options by name, `values.integer("--timeout timeout", 1..=300,
//! 30)?`, and gets a checked value; what an option is called, its range and its default stand
//! there, in the help text and in the manual page, and nowhere else. The name lists where the
//! option can be set, highest precedence first: `--flag`, `VARIABLE`, `key` of the file. This room
//! names the place in every message.

pub mod convert;
pub mod credentials;
pub mod file;
pub mod json;
mod pull;
mod syntax;
pub mod toml_file;
pub mod values;
pub mod variables_file;

pub use syntax::{Syntax, UPSTREAM_VIA};
pub use values::Values;

use std::ffi::OsString;

/// Why there are no settings to run with.
#[derive(Debug, PartialEq, Eq)]
pub enum Stop {
    /// `--help` was given.
    Help,
    /// `--version` was given.
    Version,
    /// The command line is wrong: what, with the option's name.
    UsageError(String),
    /// A variable or the file is wrong, or a setting is missing: what, and where.
    ConfigError(String),
}

impl From<String> for Stop {
    fn from(message: String) -> Stop {
        Stop::ConfigError(message)
    }
}

impl From<&str> for Stop {
    fn from(message: &str) -> Stop {
        Stop::ConfigError(message.into())
    }
}

/// How a variable of the environment is looked up; tests have their own.
pub type Variable<'a> = &'a dyn Fn(&str) -> Option<OsString>;

pub use crate::os::environment::variable;
