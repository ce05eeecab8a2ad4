//! The configuration files in TOML: opened, read, and their entries given with where they stand.

use super::files;
use crate::text::toml::{self, Entry, Fault};
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

/// One of the two readers of `text::toml`.
pub type Reader = fn(&str) -> Result<Vec<Entry>, Fault>;

/// The entries of a file, each behind where it stands, to be told in front of what is wrong with
/// it; only a file that was `named` must be there. Where it holds the key `secret` and others than
/// its owner can get at it, that is warned of; where root takes one that nobody has named, also
/// that another user has it in hand.
///
/// # Errors
/// What is wrong with the file, behind its path.
pub fn read(
    path: &Path,
    named: bool,
    reader: Reader,
    secret: &str,
    warnings: &mut Vec<String>,
) -> Result<Vec<(String, Entry)>, String> {
    let shown = files::shown(path);
    let wrong = |why: String| format!("{shown}: {why}");
    let mut file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound && !named => return Ok(Vec::new()),
        opened => opened.map_err(|error| wrong(error.to_string()))?,
    };
    if !named {
        let foreign = file.metadata().ok().and_then(|about| files::foreign(&about));
        warnings.extend(foreign.map(wrong));
    }
    let text = files::text(&mut file).map_err(wrong)?;
    let entries = reader(&text).map_err(|fault| {
        wrong(format!("line {}, column {}: {}", fault.line, fault.column, fault.message))
    })?;
    if entries.iter().any(|entry| entry.key == secret) {
        let exposed = file.metadata().ok().and_then(|about| files::exposed(&about));
        warnings.extend(exposed.map(wrong));
    }
    let with_origin = |entry: Entry| {
        (format!("{shown}: line {}: {}", entry.line, toml::shown(&entry.key)), entry)
    };
    Ok(entries.into_iter().map(with_origin).collect())
}
