//! Credentials: tokens, files that hold one, and the id of a Cloudflare zone.

use super::{Values, file};
use crate::text::secret::Secret;
use crate::text::{dns_name, printable};
use std::fs::File;
use std::path::Path;

/// Largest file with a token or key, in bytes.
const SECRET_FILE_BYTES_MAX: u64 = 4096;
/// Longest zone id, in characters.
const ZONE_CHARACTERS_MAX: usize = 64;

/// A token for `Authorization: Bearer` (RFC 6750 section 2.1).
///
/// # Errors
/// It is not one. The message does not show it.
pub fn token(text: String) -> Result<Secret, String> {
    if text.is_empty() {
        return Err("is empty".into());
    }
    let token = Secret::new(text);
    if token.is_bearer_token() {
        return Ok(token);
    }
    let text = token.expose();
    let foreign = |c: char| {
        !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '+' | '/' | '='))
    };
    // Without one it is a '=' that is not at the end.
    let at = text.find(foreign).or_else(|| text.find('=')).unwrap_or_default();
    let before = text.get(..at).unwrap_or_default().chars().count();
    let character = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or_default();
    Err(format!(
        "is not a token: character {} ('{}') cannot be in one (only letters, digits, - . _ ~ + / \
         and = at the end)",
        before + 1,
        printable::shown(character)
    ))
}

/// The token that one of `names` has, or the file that one of `file_names` names. Both list the
/// same places: a token in one goes before a file in the next. There cannot be both in one place.
pub fn token_from(values: &mut Values, names: &str, file_names: &str) -> Option<Secret> {
    let mut found = None;
    for (name, file_name) in names.split(' ').zip(file_names.split(' ')) {
        let given = values.parsed(name, &token);
        let file = values.path(file_name);
        found = match (found, given, file) {
            (_, Some(_), Some(_)) => {
                values.exclude(name, file_name);
                return None;
            }
            (None, None, Some(path)) => secret_in(values, file_name, &path, "token", &token),
            (None, given, _) => given,
            (found, ..) => found,
        };
    }
    found
}

/// The secret (`what`: "token" or "key") in the one line of a file that was just pulled as `name`.
/// Warns if others can access the file.
pub fn secret_in(
    values: &mut Values,
    name: &str,
    path: &Path,
    what: &str,
    check: &dyn Fn(String) -> Result<Secret, String>,
) -> Option<Secret> {
    let place = values.place;
    let about = |why: &str| format!("{}: {why}", file::shown(path));
    let mut warning = None;
    let read = line_of(path, what, &mut warning).and_then(check);
    if let Some(warning) = warning {
        let warning = values.about(place, name, &about(&warning));
        values.warnings.push(warning);
    }
    read.map_err(|why| values.fail(values.error(place, name, &about(&why)))).ok()
}

fn line_of(path: &Path, what: &str, warning: &mut Option<String>) -> Result<String, String> {
    // A link is followed, and a FIFO is waited for, as a shell's process substitution is one.
    let mut opened = File::open(path).map_err(|error| error.to_string())?;
    let about = opened.metadata().map_err(|error| error.to_string())?;
    if about.is_dir() {
        return Err("is a directory".into());
    }
    *warning = file::exposed(&about, what);
    let bytes = file::bytes(&mut opened, SECRET_FILE_BYTES_MAX)?;
    let text = String::from_utf8(bytes).map_err(|_| "is not valid UTF-8")?;
    match text.trim_end_matches(['\n', '\r', ' ', '\t']) {
        "" => Err("is empty".into()),
        line if line.as_bytes().contains(&b'\n') => Err("has more than one line".into()),
        line => Ok(line.into()),
    }
}

/// A zone's id: nothing that could change the path of a request.
///
/// # Errors
/// It is not an id.
pub fn zone(text: String) -> Result<String, String> {
    let fits = (1..=ZONE_CHARACTERS_MAX).contains(&text.len());
    if fits && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Ok(text)
    } else if dns_name::normalize(&text).is_ok_and(|name| name.as_bytes().contains(&b'.')) {
        Err(format!(
            "'{text}' is a zone's name; the id is 32 hex digits, on the zone's overview page"
        ))
    } else {
        Err(format!("must be 1 to {ZONE_CHARACTERS_MAX} letters and digits"))
    }
}
