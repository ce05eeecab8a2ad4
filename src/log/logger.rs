//! A logger with levels and sinks, modelled on Python's `logging`.

use super::record::Record;
pub use super::record::{Level, threshold};
use super::sink::Sink;
use crate::os::clock;
use crate::os::privilege::User;
use crate::text::printable;
use std::cell::RefCell;
use std::fmt;

/// Passes records of sufficient level to the sinks.
pub struct Logger {
    name: &'static str,
    level: u32,
    sinks: RefCell<Vec<Sink>>,
    /// Indices of the sinks that get each record, in this order; one may occur twice.
    order: Vec<usize>,
}

impl Logger {
    /// Records below `level` are dropped; the others go to the `sinks` that `order` lists.
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

    /// Reopens each file at its next record, for log rotation by another program.
    pub fn reopen(&self) {
        // Sinks do not log, so this is never borrowed twice.
        if let Ok(mut sinks) = self.sinks.try_borrow_mut() {
            sinks.iter_mut().for_each(Sink::reopen);
        }
    }

    /// Changes the owner of all open files to the user this process is about to become. A file for
    /// which that fails stays writable until it is reopened; the failure is reported then.
    pub fn hand_over(&self, user: &User) {
        // Sinks do not log, so this is never borrowed twice.
        for sink in self.sinks.try_borrow().iter().flat_map(|sinks| sinks.iter()) {
            let _ = sink.hand_over(user);
        }
    }

    /// From now on opens only files that only root can have placed where they are.
    pub fn trust_root_alone(&self) {
        if let Ok(mut sinks) = self.sinks.try_borrow_mut() {
            sinks.iter_mut().for_each(Sink::trust_root_alone);
        }
    }

    /// Warns about the first file that cannot be rotated because its directory is not writable.
    pub fn warn_if_not_rotatable(&self) {
        let sinks = self.sinks.try_borrow().ok();
        if let Some(message) = sinks.and_then(|sinks| sinks.iter().find_map(Sink::rotation_problem))
        {
            self.warning(&message);
        }
    }

    /// As [`Logger::log`]; the message is formatted here, which saves code at each call.
    #[inline(never)]
    pub fn say(&self, level: Level, message: fmt::Arguments) {
        self.log(level, &message.to_string());
    }

    pub fn log(&self, level: Level, message: &str) {
        // Sinks do not log, so this is never borrowed twice.
        let Ok(mut sinks) = self.sinks.try_borrow_mut() else { return };
        let wants = |sinks: &[Sink], at: usize| sinks.get(at).is_some_and(|s| s.wants(level));
        if level.number() < self.level || !self.order.iter().any(|&at| wants(&sinks, at)) {
            return;
        }
        // A message can quote a server; that must not control a terminal or forge a line.
        let message = printable::all(message);
        let shows_time = sinks.iter().any(|sink| sink.wants(level) && sink.shows_time());
        let at = if shows_time { clock::moment() } else { clock::Moment::default() };
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
