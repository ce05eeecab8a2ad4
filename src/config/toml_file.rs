//! Configuration files in TOML.

use super::{Stop, Values, file};
use crate::text::toml::{Entry, ParseError};
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

/// One of the two readers of `text::toml`: without tables, or with them.
pub type Reader = fn(&str) -> Result<Vec<Entry>, ParseError>;

impl Values<'_> {
    /// Adds the keys of a file; only one that was `named` has to exist. Warns if it holds the key
    /// `secret` and others than its owner can access it; of a file that nobody has named, also if
    /// root reads what another user can write.
    pub fn read_toml(&mut self, path: &Path, named: bool, reader: Reader, secret: &str) {
        // A wrong command line ends it before any file is opened.
        if self.has_failed() {
            return;
        }
        if let Err(message) = self.add_toml(path, named, reader, secret) {
            self.fail(Stop::ConfigError(message));
        }
    }

    fn add_toml(
        &mut self,
        path: &Path,
        named: bool,
        reader: Reader,
        secret: &str,
    ) -> Result<(), String> {
        let shown = file::shown(path);
        let about = |why: String| format!("{shown}: {why}");
        let mut opened = match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound && !named => {
                self.add_file(path, Vec::new(), false);
                return Ok(());
            }
            opened => opened.map_err(|error| about(error.to_string()))?,
        };
        if !named {
            let foreign = opened.metadata().ok().and_then(|about| file::foreign(&about));
            self.warnings.extend(foreign.map(about));
        }
        let text = file::text(&mut opened).map_err(about)?;
        let entries = reader(&text).map_err(|error| {
            about(format!("line {}, column {}: {}", error.line, error.column, error.message))
        })?;
        if entries.iter().any(|entry| entry.key == secret) {
            let exposed = opened.metadata().ok().and_then(|about| file::exposed(&about, "token"));
            self.warnings.extend(exposed.map(about));
        }
        self.add_file(path, entries, false);
        Ok(())
    }
}
