//! Logging: whole lines, on standard error unless the configuration names other sinks.

mod date;
pub mod format;
pub mod logger;
pub mod record;
pub mod sink;
pub mod stream;

use crate::text::printable;
use record::Level;
use std::fmt;
use stream::Stream;

/// The plain log on standard error. Each call is one `write`: lines of concurrent runs do not mix.
pub struct Log {
    verbose: bool,
}

impl Log {
    /// `verbose`: whether [`Log::detail`] writes.
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

    /// Written only with `verbose`.
    pub fn detail(&self, message: &str) {
        if self.verbose {
            self.line(Level::Debug, "", message);
        }
    }

    /// As [`Log::detail`]; the message is formatted only if it is written.
    #[inline(never)]
    pub fn detail_of(&self, message: fmt::Arguments) {
        if self.verbose {
            self.detail(&message.to_string());
        }
    }

    /// Writes text without a level, such as usage and version; it may have several lines.
    pub fn text(&self, text: &str) {
        self.line(Level::Info, "", text);
    }

    fn line(&self, level: Level, head: &str, message: &str) {
        let mut line = String::with_capacity(head.len() + message.len());
        if !stream::has_syslog() {
            line.push_str(head);
        }
        // A message can quote a server; that must not control the terminal.
        line.extend(message.chars().map(|c| if c == '\n' { c } else { printable::shown(c) }));
        // If standard error is gone there is nowhere left to report it.
        let _ = Stream::Error.write(level, &line);
    }
}
