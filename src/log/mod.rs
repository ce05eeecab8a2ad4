//! What the operator reads: whole lines, on standard error unless a configuration names places.

mod date;
pub mod format;
pub mod logger;
pub mod sink;
pub mod stream;

use crate::text::printable;
use std::io::Write;

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

    pub fn error(&self, words: &str) {
        self.line("ERROR: ", words);
    }

    pub fn warning(&self, words: &str) {
        self.line("WARNING: ", words);
    }

    /// Said only when asked to be verbose.
    pub fn detail(&self, words: &str) {
        if self.verbose {
            self.line("", words);
        }
    }

    /// Said as it is, several lines at once: usage and version.
    pub fn text(&self, text: &str) {
        self.line("", text);
    }

    fn line(&self, head: &str, words: &str) {
        let mut line = String::with_capacity(head.len() + words.len() + 1);
        line.push_str(head);
        // Words can carry what a server said; it must not drive the operator's terminal.
        line.extend(words.chars().map(|c| if c == '\n' { c } else { printable::shown(c) }));
        line.push('\n');
        // Nobody is left to be told that standard error is gone.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}
