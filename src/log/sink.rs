//! Where log lines go: nowhere, a standard stream, a file or the syslog; where that fails, to
//! standard error.

mod file;
mod syslog;
mod timed;

pub use super::stream::Stream;
pub use file::{LogFile, Rotation};
pub use syslog::{Address, Syslog, facility};
pub use timed::{Timed, Unit};

use super::format::{Format, Record};
use super::logger::Level;
use super::stream;
use crate::os::privilege::User;
use std::io;

pub enum Target {
    Null,
    Stream(Stream),
    File(LogFile),
    Syslog(Syslog),
}

/// A place for lines, with the least level it takes and the look they have there.
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

    /// Whether it has use for a line of that level.
    pub fn wants(&self, level: Level) -> bool {
        level.number() >= self.level && !matches!(self.target, Target::Null)
    }

    pub fn tells_time(&self) -> bool {
        self.format.tells_time()
    }

    /// Opens the file, where it is one that is not to wait for its first line.
    ///
    /// # Errors
    /// It cannot be opened, for another reason than a full disk, which may pass.
    pub fn open(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::File(file) => match file.open_unless_delayed() {
                Err(error) if is_full(&error) => Ok(()),
                result => result,
            },
            _ => Ok(()),
        }
    }

    /// From here on a file is opened only where nobody but root can have put it there.
    pub fn trust_root_alone(&mut self) {
        if let Target::File(file) = &mut self.target {
            file.trust_root_alone();
        }
    }

    /// Lets go of a file that may have been moved away; the next line opens it again.
    pub fn reopen(&mut self) {
        if let Target::File(file) = &mut self.target {
            file.reopen();
            // Whoever has asked for this wants to hear whether it helped.
            self.has_failed = false;
        }
    }

    /// Gives the file, where it is one and open, to the user this process is about to become.
    ///
    /// # Errors
    /// It stays whose it is.
    pub fn hand_over(&self, user: &User) -> io::Result<()> {
        match &self.target {
            Target::File(file) => file.hand_over(user),
            _ => Ok(()),
        }
    }

    /// Words for a file that is to be rotated where this process may not make others.
    pub fn is_stuck(&self) -> Option<String> {
        match &self.target {
            Target::File(file) => file.is_stuck(),
            _ => None,
        }
    }

    /// Writes the record; if that fails, on standard error, the first time with the reason.
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
        // Nobody is left to be told that standard error is gone.
        if !self.has_failed {
            self.has_failed = true;
            let then = if is_lost { "its lines go to standard error" } else { "it stays as it is" };
            let name = self.target.name();
            let message = format!("WARNING: cannot log to {name}: {error}; {then}");
            let _ = Stream::Error.write(Level::Warning, &message);
        }
        // A daemon has another sink for standard error.
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
