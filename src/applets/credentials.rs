//! What opens the way to a zone: the token, the file that holds it, the zone's id.

use super::files;
use crate::os::file;
use crate::text::secret::Secret;
use crate::text::{dns_name, printable};
use std::path::Path;

/// Largest token file read, in bytes.
const TOKEN_FILE_BYTES_MAX: u64 = 4096;
/// Longest zone id, in characters.
const ZONE_CHARACTERS_MAX: usize = 64;

/// The token, or why it is none; it is never shown, not even a wrong one.
pub fn token(text: String) -> Result<Secret, String> {
    if text.is_empty() {
        return Err("is empty".into());
    }
    let token = Secret::new(text);
    if token.is_bearer_token() {
        return Ok(token);
    }
    let text = token.expose();
    let foreign = |c: char| !(c.is_ascii_alphanumeric() || "-._~+/=".contains(c));
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

/// The token in a file; errors and warnings begin with `named` and the path.
pub fn token_in(named: &str, path: &Path, warnings: &mut Vec<String>) -> Result<Secret, String> {
    let text = line_of(named, path, warnings);
    text.and_then(token).map_err(|why| wrong(named, path, &why))
}

/// The one line of a token file, not yet checked. Errors and warnings begin with `named`, the
/// setting the path came from, and the path.
pub fn token_file(named: &str, path: &Path, warnings: &mut Vec<String>) -> Result<String, String> {
    line_of(named, path, warnings).map_err(|why| wrong(named, path, &why))
}

fn wrong(named: &str, path: &Path, why: &str) -> String {
    format!("{named} {}: {why}", files::shown(path))
}

/// The same; `named` and the path stand before warnings only.
fn line_of(named: &str, path: &Path, warnings: &mut Vec<String>) -> Result<String, String> {
    let mut file = file::open_secret(path).map_err(|error| error.to_string())?;
    let about = file.metadata().map_err(|error| error.to_string())?;
    if about.is_dir() {
        return Err("is a directory".into());
    }
    if let Some(message) = files::exposed(&about) {
        warnings.push(wrong(named, path, &message));
    }
    let mut bytes = Vec::new();
    let read = file::read(&mut file, TOKEN_FILE_BYTES_MAX + 1, &mut bytes);
    read.map_err(|error| error.to_string())?;
    if bytes.len() as u64 > TOKEN_FILE_BYTES_MAX {
        return Err(format!("is larger than {TOKEN_FILE_BYTES_MAX} bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|_| "is not valid UTF-8")?;
    let line = text.trim_end_matches(['\n', '\r', ' ', '\t']);
    if line.contains('\n') {
        return Err("has more than one line".into());
    }
    if line.is_empty() {
        return Err("is empty".into());
    }
    Ok(line.into())
}

/// A zone's id: nothing that could change the path of a request.
pub fn zone(text: String) -> Result<String, String> {
    let fits = (1..=ZONE_CHARACTERS_MAX).contains(&text.len());
    if fits && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Ok(text)
    } else if dns_name::normalize(&text).is_ok_and(|name| name.contains('.')) {
        Err(format!(
            "'{text}' is a zone's name; the id is 32 hex digits, on the zone's overview page"
        ))
    } else {
        Err(format!("must be 1 to {ZONE_CHARACTERS_MAX} letters and digits"))
    }
}
