//! A logger with levels and sinks after the pattern of Python's `logging`.

use super::format::Record;
use super::sink::Sink;
use crate::os::clock;
use crate::os::privilege::User;
use crate::text::printable;
use std::cell::RefCell;
use std::fmt;

/// How much a line matters; the numbers are Python's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Debug = 10,
    Info = 20,
    Warning = 30,
    Error = 40,
    Critical = 50,
}

/// Every level under each of its names.
const LEVELS: [(&str, Level); 7] = [
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

    /// The number syslog has for it (RFC 5424 6.2.1).
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

/// The number a name of a level stands for, NOTSET among them.
pub fn threshold(name: &str) -> Option<u32> {
    if name == "NOTSET" {
        return Some(0);
    }
    LEVELS.iter().find(|(one, _)| *one == name).map(|(_, level)| level.number())
}

/// Hands each line that matters enough to the sinks.
pub struct Logger {
    name: &'static str,
    level: u32,
    sinks: RefCell<Vec<Sink>>,
    /// Which sinks get a line, in this order; the same one may be in it twice.
    order: Vec<usize>,
}

impl Logger {
    /// Lines of less than `level` go nowhere; `order` tells which of `sinks` get the others.
    pub fn new(name: &'static str, level: u32, sinks: Vec<Sink>, order: Vec<usize>) -> Logger {
        Logger { name, level, sinks: RefCell::new(sinks), order }
    }

    pub fn debug(&self, message: &str) {
        self.log(Level::Debug, message);
    }

    pub fn info(&self, message: &str) {
        self.log(Level::Info, message);
    }

    pub fn warning(&self, message: &str) {
        self.log(Level::Warning, message);
    }

    pub fn error(&self, message: &str) {
        self.log(Level::Error, message);
    }

    /// Closes all files and opens each again at its next line, for those who move them away.
    pub fn reopen(&self) {
        // No sink logs, so they are never borrowed twice.
        if let Ok(mut sinks) = self.sinks.try_borrow_mut() {
            sinks.iter_mut().for_each(Sink::reopen);
        }
    }

    /// Gives all files to the user this process is about to become. One that stays whose it is can
    /// be written to until it is opened again, which is when its trouble is told.
    pub fn hand_over(&self, user: &User) {
        // No sink logs, so they are never borrowed twice.
        for sink in self.sinks.try_borrow().iter().flat_map(|sinks| sinks.iter()) {
            let _ = sink.hand_over(user);
        }
    }

    /// From here on files are opened only where nobody but root can have put them there.
    pub fn trust_root_alone(&self) {
        if let Ok(mut sinks) = self.sinks.try_borrow_mut() {
            sinks.iter_mut().for_each(Sink::trust_root_alone);
        }
    }

    /// Says so where a file, the first of them, is to be rotated where this process may make none.
    pub fn warn_of_stuck_files(&self) {
        let sinks = self.sinks.try_borrow().ok();
        if let Some(message) = sinks.and_then(|sinks| sinks.iter().find_map(Sink::is_stuck)) {
            self.warning(&message);
        }
    }

    /// As [`Logger::log`]: a line is put together here rather than at each of its many places.
    #[inline(never)]
    pub fn say(&self, level: Level, message: fmt::Arguments) {
        self.log(level, &message.to_string());
    }

    pub fn log(&self, level: Level, message: &str) {
        // No sink logs, so it is never borrowed twice.
        let Ok(mut sinks) = self.sinks.try_borrow_mut() else { return };
        let wanting = |sinks: &[Sink], at: usize| sinks.get(at).is_some_and(|s| s.wants(level));
        if level.number() < self.level || !self.order.iter().any(|&at| wanting(&sinks, at)) {
            return;
        }
        // Words can carry what a server said; it must not drive a terminal or forge a line.
        let message = printable::all(message);
        let tells_time = sinks.iter().any(|sink| sink.wants(level) && sink.tells_time());
        let at = if tells_time { clock::moment() } else { clock::Moment::default() };
        let record = Record { name: self.name, level, message: &message, at };
        for &at in &self.order {
            if let Some(sink) = sinks.get_mut(at).filter(|sink| sink.wants(level)) {
                sink.emit(&record);
            }
        }
    }
}

#[cfg(test)]
mod tests;
