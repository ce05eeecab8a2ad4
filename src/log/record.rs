//! A log record and its level.

use crate::os::clock::Moment;

/// The severity of a record; the numbers are those of Python's `logging`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Debug = 10,
    Info = 20,
    Warning = 30,
    Error = 40,
    Critical = 50,
}

/// Every name of each level.
pub const LEVELS: [(&str, Level); 7] = [
    ("DEBUG", Level::Debug),
    ("INFO", Level::Info),
    ("WARNING", Level::Warning),
    ("WARN", Level::Warning),
    ("ERROR", Level::Error),
    ("CRITICAL", Level::Critical),
    ("FATAL", Level::Critical),
];

impl Level {
    pub fn number(self) -> u32 {
        self as u32
    }

    /// Its syslog severity (RFC 5424 6.2.1).
    pub fn severity(self) -> u32 {
        match self {
            Level::Debug => 7,
            Level::Info => 6,
            Level::Warning => 4,
            Level::Error => 3,
            Level::Critical => 2,
        }
    }

    pub fn name(self) -> &'static str {
        LEVELS.iter().find(|(_, level)| *level == self).map_or("", |(name, _)| name)
    }
}

/// The number of a level by name, NOTSET included.
pub fn threshold(name: &str) -> Option<u32> {
    if name == "NOTSET" {
        return Some(0);
    }
    LEVELS.iter().find(|(one, _)| *one == name).map(|(_, level)| level.number())
}

/// A message on its way to the sinks.
pub struct Record<'a> {
    pub name: &'a str,
    pub level: Level,
    pub message: &'a str,
    /// Filled in only if some format shows the time.
    pub at: Moment,
}
