//! The two places variables come from: the environment, and before it is asked in vain a file.

use crate::applets::{files, values};
use crate::text::printable;
use std::ffi::OsString;
use std::fs::File;
use std::ops::RangeInclusive;
use std::path::Path;

/// All variables there are.
pub const VARIABLES: [&str; 23] = [
    "HETZNER_TOKEN",
    "HETZNER_API_URL",
    "REGISTERED_FQDNS",
    "ALLOWED_FQDNS",
    "PRE_SHARED_KEY_FILE",
    "BASIC_AUTH_USERNAME",
    "BASIC_AUTH_PASSWORD",
    "LISTEN_HOST",
    "LISTEN_PORT",
    "TRUSTED_PROXIES",
    "RECORD_TTL",
    "ZONE_CACHE_TTL",
    "REQUEST_CACHE_TTL",
    "LOST_CONNECTION_TIMEOUT",
    "CONNECTION_CHECK_INTERVAL",
    "NTFY_URL",
    "NTFY_TOPIC",
    "NTFY_USERNAME",
    "NTFY_PASSWORD",
    "LOG_FILE",
    "LOG_MAX_BYTES",
    "LOG_BACKUP_COUNT",
    "DEBUG_LOGGING",
];

/// How much of a wrong name or number is shown, in characters.
const SHOWN_CHARACTERS_MAX: usize = 40;

/// The variables that are set, each once, none of them empty.
pub struct Sources {
    set: Vec<(&'static str, String)>,
}

impl Sources {
    /// # Errors
    /// What cannot be read, beginning with the name of the variable or the file.
    pub fn read(
        variable: &dyn Fn(&str) -> Option<OsString>,
        file: Option<&Path>,
        warnings: &mut Vec<String>,
    ) -> Result<Sources, String> {
        let mut in_file = match file {
            Some(path) => lines(path, warnings)?,
            None => Vec::new(),
        };
        let mut set = Vec::new();
        for name in VARIABLES {
            // An empty variable says nothing, as in a list of what could be set.
            let text = match variable(name).filter(|given| !given.is_empty()) {
                Some(given) => {
                    given.into_string().map_err(|_| format!("{name}: is not valid UTF-8"))?
                }
                // As in a shell the last line counts.
                None => match in_file.iter_mut().rev().find(|(one, _)| one == name) {
                    Some((_, value)) => std::mem::take(value),
                    None => continue,
                },
            };
            // Blanks may be part of a password.
            let text = if name.ends_with("_PASSWORD") { &text } else { text.trim() };
            if !text.is_empty() {
                set.push((name, text.to_string()));
            }
        }
        Ok(Sources { set })
    }

    /// What a variable says, if anything.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.set.iter().find(|(one, _)| *one == name).map(|(_, text)| text.as_str())
    }

    /// A number in plain digits; the usual one, with a warning, where it is something else.
    pub fn number(
        &self,
        name: &str,
        usual: u32,
        allowed: RangeInclusive<u32>,
        warnings: &mut Vec<String>,
    ) -> u32 {
        let Some(text) = self.text(name) else { return usual };
        let number = values::number(text).filter(|number| allowed.contains(number));
        number.unwrap_or_else(|| {
            let shown = printable::line(text, SHOWN_CHARACTERS_MAX);
            let (least, most) = allowed.into_inner();
            warnings.push(format!(
                "{name}: '{shown}' is not a number from {least} to {most}; {usual} is taken"
            ));
            usual
        })
    }

    /// `1` is true, and what means the same elsewhere.
    pub fn truth(&self, name: &str, warnings: &mut Vec<String>) -> bool {
        let text = self.text(name).unwrap_or("0").to_ascii_lowercase();
        values::truth(&text).unwrap_or_else(|| {
            let shown = printable::line(&text, SHOWN_CHARACTERS_MAX);
            warnings.push(format!("{name}: '{shown}' is neither 1 nor 0; 0 is taken"));
            false
        })
    }
}

/// All `NAME=value` lines of a file.
fn lines(path: &Path, warnings: &mut Vec<String>) -> Result<Vec<(String, String)>, String> {
    let shown = files::shown(path);
    let wrong = |why: String| format!("{shown}: {why}");
    let mut file = File::open(path).map_err(|error| wrong(error.to_string()))?;
    let text = files::text(&mut file).map_err(wrong)?;
    let mut set = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let origin = format!("line {}", index + 1);
        let (name, value) = variable(line).map_err(|why| wrong(format!("{origin}: {why}")))?;
        if !VARIABLES.contains(&name) {
            // What stands behind it may be a secret under a misspelled name.
            let name = printable::line(name, SHOWN_CHARACTERS_MAX);
            warnings.push(wrong(format!("{origin}: there is no variable {name}")));
        }
        set.push((name.to_string(), value.to_string()));
    }
    let has_secret = set.iter().any(|(name, value)| {
        let is_secret = name.ends_with("_TOKEN") || name.ends_with("_PASSWORD");
        is_secret && !value.is_empty()
    });
    let about = file.metadata().ok().filter(|_| has_secret);
    warnings.extend(about.and_then(|about| files::exposed(&about)).map(wrong));
    Ok(set)
}

/// The name and the value of a line, perhaps in quotes; a comment may follow behind a blank. What
/// stands in it is not shown.
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
        let (inside, behind) = rest.split_once(quote).ok_or("a quote is not closed")?;
        let behind = behind.trim_start();
        if !behind.is_empty() && !behind.starts_with('#') {
            return Err("something stands behind the closing quote");
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
