//! Files of variables, as shells, systemd and containers have them: lines `NAME=value`.

use super::{Stop, Values, file};
use crate::text::toml::{Entry, Value};
use std::fs::File;
use std::path::Path;

impl Values<'_> {
    /// Adds the variables of a file. Warns if one of them is a secret and others than the file's
    /// owner can access it.
    pub fn read_variables(&mut self, path: &Path) {
        // A wrong command line ends it before any file is opened.
        if self.has_failed() {
            return;
        }
        if let Err(message) = self.add_variables(path) {
            self.fail(Stop::ConfigError(message));
        }
    }

    fn add_variables(&mut self, path: &Path) -> Result<(), String> {
        let shown = file::shown(path);
        let about = |why: String| format!("{shown}: {why}");
        let mut opened = File::open(path).map_err(|error| about(error.to_string()))?;
        let text = file::text(&mut opened).map_err(about)?;
        let mut entries = Vec::new();
        let mut has_secret = false;
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let number = index + 1;
            let wrong = |why| about(format!("line {number}: {why}"));
            let (key, value) = variable(line).map_err(wrong)?;
            // Blanks may be part of a password.
            let value = if key.ends_with("_PASSWORD") { value } else { value.trim() };
            if value.is_empty() {
                continue;
            }
            has_secret |= key.ends_with("_TOKEN") || key.ends_with("_PASSWORD");
            let (key, value) = (key.to_string(), Value::String(value.into()));
            entries.push(Entry { line: number, key, value });
        }
        let metadata = opened.metadata().ok().filter(|_| has_secret);
        let exposed = metadata.and_then(|metadata| file::exposed(&metadata, "token"));
        self.warnings.extend(exposed.map(about));
        self.add_file(path, entries, true);
        Ok(())
    }
}

/// The name and the value of a line, perhaps in quotes; a comment may follow after a blank. The
/// message shows none of it: it could be a secret.
fn variable(line: &str) -> Result<(&str, &str), &'static str> {
    let (name, value) = line.split_once('=').ok_or("must be NAME=value")?;
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    let value = value.trim_start();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || !name.bytes().all(is_name) {
        return Err("must be NAME=value");
    }
    for quote in ['"', '\''] {
        let Some(rest) = value.strip_prefix(quote) else { continue };
        let (inside, after) = rest.split_once(quote).ok_or("a quote is not closed")?;
        let after = after.trim_start();
        if !after.is_empty() && !after.starts_with('#') {
            return Err("unexpected text after the closing quote");
        }
        return Ok((name, inside));
    }
    // `NAME= # why` sets nothing.
    if value.starts_with('#') {
        return Ok((name, ""));
    }
    let end = [" #", "\t#"].iter().filter_map(|mark| value.find(mark)).min();
    let value = end.and_then(|end| value.get(..end)).unwrap_or(value);
    Ok((name, value.trim_end()))
}
