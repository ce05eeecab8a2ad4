//! Command lines as all applets take them: options by a table, and words for what makes no sense.

use super::{WRONG_USAGE, print};
use crate::log::Log;
use crate::os::alarm::Alarm;
use lexopt::{Arg, Parser};
use std::ffi::OsString;

/// How long reading the settings may take, in seconds.
const READ_SECONDS_MAX: u32 = 60;

/// What stands behind an option.
#[derive(Clone, Copy)]
pub enum Takes {
    Nothing,
    Value,
    /// A value that is not empty.
    Filled,
    /// One value or more.
    Values,
}

/// An option: its long name without the hyphens, its short one, if any, and what it takes. The one
/// without a long name stands for operands, which are refused where it is not in the table.
pub type Flag = (&'static str, Option<char>, Takes);

/// The option that asks how the applet is used.
pub const HELP: Flag = ("help", Some('h'), Takes::Nothing);
/// The option that asks for the version.
pub const VERSION: Flag = ("version", Some('V'), Takes::Nothing);
/// Operands.
pub const OPERAND: Flag = ("", None, Takes::Value);

/// What is asked for.
pub enum Asked<T> {
    Run(Box<T>),
    Help,
    Version,
    /// What is wrong with the command line.
    Wrong(String),
    /// What is wrong with the settings, and where it stands.
    Bad(String),
}

/// What a command line asks for before any settings are made of it.
pub enum Stop {
    Help,
    Version,
    /// What is wrong, with the option's name.
    Wrong(String),
}

impl<T> From<Stop> for Asked<T> {
    fn from(stop: Stop) -> Asked<T> {
        match stop {
            Stop::Help => Asked::Help,
            Stop::Version => Asked::Version,
            Stop::Wrong(message) => Asked::Wrong(message),
        }
    }
}

/// Hands over each option's long name and its value (empty where it takes none) in their order, an
/// option with several values several times. What `take` says is wrong ends it.
///
/// # Errors
/// `--help` and `--version` as well: whatever stands behind them does not matter.
pub fn read(
    arguments: Vec<OsString>,
    flags: &[Flag],
    take: &mut dyn FnMut(&str, OsString) -> Result<(), String>,
) -> Result<(), Stop> {
    let mut parser = Parser::from_args(arguments);
    while let Some((name, takes)) = next(&mut parser, flags).map_err(Stop::Wrong)? {
        match name {
            "help" => return Err(Stop::Help),
            "version" => return Err(Stop::Version),
            _ => {}
        }
        let taken = match takes {
            Given::Operand(value) => take(name, value),
            Given::Option(Takes::Nothing) => take(name, OsString::new()),
            Given::Option(takes) => take_values(&mut parser, name, takes, take),
        };
        taken.map_err(Stop::Wrong)?;
    }
    Ok(())
}

enum Given {
    Option(Takes),
    Operand(OsString),
}

fn next(parser: &mut Parser, flags: &[Flag]) -> Result<Option<(&'static str, Given)>, String> {
    let argument = match parser.next() {
        Ok(Some(argument)) => argument,
        Ok(None) => return Ok(None),
        Err(lexopt::Error::UnexpectedValue { option, .. }) => {
            return Err(format!("{option} takes no value"));
        }
        Err(error) => return Err(error.to_string()),
    };
    let (long, short) = match argument {
        Arg::Long(name) => (name, None),
        Arg::Short(name) => ("", Some(name)),
        Arg::Value(value) => {
            if flags.iter().any(|(name, ..)| name.is_empty()) {
                return Ok(Some(("", Given::Operand(value))));
            }
            let value = value.to_string_lossy();
            return Err(format!("unexpected argument '{value}'"));
        }
    };
    for &(name, letter, takes) in flags {
        let is_it = match short {
            Some(_) => letter == short,
            None => name == long && !name.is_empty(),
        };
        if is_it {
            return Ok(Some((name, Given::Option(takes))));
        }
    }
    Err(match short {
        Some(letter) => format!("unknown option '-{letter}'"),
        None => format!("unknown option '--{long}'"),
    })
}

fn take_values(
    parser: &mut Parser,
    name: &str,
    takes: Takes,
    take: &mut dyn FnMut(&str, OsString) -> Result<(), String>,
) -> Result<(), String> {
    let missing = |_| format!("--{name} needs a value");
    if let Takes::Values = takes {
        return parser.values().map_err(missing)?.try_for_each(|value| take(name, value));
    }
    let value = parser.value().map_err(missing)?;
    if value.is_empty() && matches!(takes, Takes::Filled) {
        return Err(format!("--{name} is empty"));
    }
    take(name, value)
}

/// What reads the settings, with a bound on its time: what is named may be a FIFO that nobody
/// writes to.
pub fn in_time<T>(read: impl FnOnce() -> T) -> T {
    let _alarm = Alarm::arm(READ_SECONDS_MAX, "reading the settings");
    read()
}

/// The settings to run with, or the exit status where there is nothing to run. `usage`: the texts
/// for `--help`, for `--version`, and for who got the command line wrong.
pub fn begun<T>(asked: Asked<T>, usage: [&str; 3]) -> Result<Box<T>, u8> {
    let [help, version, short] = usage;
    let (message, is_usage) = match asked {
        Asked::Run(settings) => return Ok(settings),
        Asked::Help => return Err(print(help)),
        Asked::Version => return Err(print(version)),
        Asked::Bad(message) => (message, false),
        Asked::Wrong(message) => (message, true),
    };
    let log = Log::new(false);
    log.error(&message);
    if is_usage {
        log.text(short);
    }
    Err(WRONG_USAGE)
}
