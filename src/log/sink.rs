//! Sinks for records: none, a standard stream, a file or the syslog; on failure, standard error.

mod file;
mod syslog;
mod timed;

pub use super::stream::Stream;
pub use file::{LogFile, Rotation};
pub use syslog::{Address, Syslog, facility};
pub use timed::{Timed, Unit};

use super::format::Format;
use super::record::{Level, Record};
use super::stream;
use crate::os::privilege::User;
use std::io;

pub enum Target {
    Null,
    Stream(Stream),
    File(LogFile),
    Syslog(Syslog),
}

/// A target with its lowest level and its format.
pub struct Sink {
    level: u32,
    format: &'static Format,
    target: Target,
    has_failed: bool,
}

impl Sink {
    pub fn new(level: u32, format: impl Into<&'static Format>, target: Target) -> Sink {
        Sink { level, format: format.into(), target, has_failed: false }
    }

    /// Whether it takes records of that level.
    pub fn wants(&self, level: Level) -> bool {
        level.number() >= self.level && !matches!(self.target, Target::Null)
    }

    pub fn shows_time(&self) -> bool {
        self.format.shows_time()
    }

    /// Opens the file, unless that is to happen at its first record.
    ///
    /// # Errors
    /// It cannot be opened. A full disk is not an error here: it may have space later.
    pub fn open(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::File(file) => match file.open_unless_delayed() {
                Err(error) if is_full(&error) => Ok(()),
                result => result,
            },
            _ => Ok(()),
        }
    }

    /// From now on opens a file only if none but root can have placed it where it is.
    pub fn trust_root_alone(&mut self) {
        if let Target::File(file) = &mut self.target {
            file.trust_root_alone();
        }
    }

    /// Closes a file that may have been renamed; the next record reopens it.
    pub fn reopen(&mut self) {
        if let Target::File(file) = &mut self.target {
            file.reopen();
            // The operator has asked for this, so report the next failure.
            self.has_failed = false;
        }
    }

    /// Changes the owner of an open file to the user this process is about to become.
    ///
    /// # Errors
    /// The owner is unchanged.
    pub fn hand_over(&self, user: &User) -> io::Result<()> {
        match &self.target {
            Target::File(file) => file.hand_over(user),
            _ => Ok(()),
        }
    }

    /// The warning for a file that cannot be rotated because its directory is not writable.
    pub fn rotation_problem(&self) -> Option<String> {
        match &self.target {
            Target::File(file) => file.rotation_problem(),
            _ => None,
        }
    }

    /// Writes the record; on failure to standard error, the first time with the reason.
    pub fn emit(&mut self, record: &Record) {
        let line = match self.target {
            Target::Stream(_) if stream::has_syslog() => record.message.to_string(),
            _ => self.format.line(record),
        };
        let result = match &mut self.target {
            Target::Null => Ok(None),
            Target::Stream(stream) => stream.write(record.level, &line).map(|()| None),
            Target::File(file) => file.write(&line),
            Target::Syslog(syslog) => syslog.write(record.level, &line).map(|()| None),
        };
        let (error, is_lost) = match result {
            Ok(None) => return,
            Ok(Some(error)) => (error, false),
            Err(error) => (error, true),
        };
        // If standard error is gone too there is nowhere left to report it.
        if !self.has_failed {
            self.has_failed = true;
            let then = if is_lost { "using standard error" } else { "still using the old file" };
            let name = self.target.name();
            let message = format!("WARNING: cannot log to {name}: {error}; {then}");
            let _ = Stream::Error.write(Level::Warning, &message);
        }
        // A daemon logs to standard error anyway.
        if is_lost && !matches!(&self.target, Target::File(file) if file.is_watched()) {
            let _ = Stream::Error.write(record.level, &line);
        }
    }
}

impl Target {
    fn name(&self) -> String {
        match self {
            Target::Null => String::new(),
            Target::Stream(Stream::Output) => "standard output".to_string(),
            Target::Stream(Stream::Error) => "standard error".to_string(),
            Target::File(file) => file.name(),
            Target::Syslog(syslog) => syslog.name(),
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

#[cfg(test)]
pub mod tests;
