//! What the operator reads: whole lines, on standard error unless a configuration names places.

mod date;
pub mod format;
pub mod logger;
pub mod sink;
pub mod stream;

use crate::text::printable;
use logger::Level;
use std::fmt;
use stream::Stream;

/// The operator's ear. Each call is one `write`, so lines of runs side by side do not mix.
pub struct Log {
    verbose: bool,
}

impl Log {
    /// `verbose`: whether [`Log::detail`] speaks.
    pub fn new(verbose: bool) -> Log {
        Log { verbose }
    }

    pub fn is_verbose(&self) -> bool {
        self.verbose
    }

    pub fn error(&self, message: &str) {
        self.line(Level::Error, "ERROR: ", message);
    }

    pub fn warning(&self, message: &str) {
        self.line(Level::Warning, "WARNING: ", message);
    }

    /// Said only when asked to be verbose.
    pub fn detail(&self, message: &str) {
        if self.verbose {
            self.line(Level::Debug, "", message);
        }
    }

    /// As [`Log::detail`], and put together only then.
    #[inline(never)]
    pub fn detail_of(&self, message: fmt::Arguments) {
        if self.verbose {
            self.detail(&message.to_string());
        }
    }

    /// Said as it is, several lines at once: usage and version.
    pub fn text(&self, text: &str) {
        self.line(Level::Info, "", text);
    }

    fn line(&self, level: Level, head: &str, message: &str) {
        let mut line = String::with_capacity(head.len() + message.len());
        if !stream::has_syslog() {
            line.push_str(head);
        }
        // Words can carry what a server said; it must not drive the operator's terminal.
        line.extend(message.chars().map(|c| if c == '\n' { c } else { printable::shown(c) }));
        // Nobody is left to be told that standard error is gone.
        let _ = Stream::Error.write(level, &line);
    }
}
