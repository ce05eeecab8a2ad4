//! Standard output and standard error as places for lines.

use crate::os::file;
use std::io::{self, Write};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Output,
    Error,
}

impl Stream {
    /// Writes the line and its end, in one `write`.
    pub fn write(self, line: &str) -> io::Result<()> {
        let line = format!("{line}\n");
        #[cfg(test)]
        if tests::hear(self, &line) {
            return Ok(());
        }
        match self {
            Stream::Output => file::standard_output().write_all(line.as_bytes()),
            Stream::Error => io::stderr().write_all(line.as_bytes()),
        }
    }
}

#[cfg(test)]
pub mod tests;
