//! Credentials: tokens, files that hold one, and the id of a Cloudflare zone.

use super::values::Source;
use super::{Stop, Values, file};
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

/// The token that one of `names` has, or the file that one of `file_names` names. Both list the
/// same places: a token in one goes before a file in the next.
///
/// # Errors
/// There are both in one place, or it is not a token.
pub fn token_from(
    values: &mut Values,
    names: &str,
    file_names: &str,
) -> Result<Option<Secret>, Stop> {
    let mut found = None;
    for (name, file_name) in names.split(' ').zip(file_names.split(' ')) {
        let given = values.parsed(name, &token)?;
        let file = values.path_from(file_name)?;
        if let (Some(_), Some((source, _))) = (&given, &file) {
            return Err(source.exclusive(name, file_name));
        }
        match (given, file) {
            _ if found.is_some() => {}
            (None, Some((source, path))) => {
                let text = line_in(values, &source, &path, "token")?;
                let token = token(text).map_err(|why| source.stop(in_file(&path, &why)))?;
                found = Some(token);
            }
            (given, _) => found = given,
        }
    }
    Ok(found)
}

/// The one line of a file with a secret (`what`: "token" or "key"), not yet checked; `source` is
/// where the file's name was given. Warns if others can access the file.
///
/// # Errors
/// The file cannot be read, is too large, or does not have one line.
pub fn line_in(
    values: &mut Values,
    source: &Source,
    path: &Path,
    what: &str,
) -> Result<String, Stop> {
    let wrong = |why: String| source.stop(in_file(path, &why));
    // A link is followed, and a FIFO is waited for, as a shell's process substitution is one.
    let mut opened = File::open(path).map_err(|error| wrong(error.to_string()))?;
    let about = opened.metadata().map_err(|error| wrong(error.to_string()))?;
    if about.is_dir() {
        return Err(wrong("is a directory".into()));
    }
    let exposed = file::exposed(&about, what);
    values.warnings.extend(exposed.map(|why| source.about(&in_file(path, &why))));
    let bytes = file::bytes(&mut opened, SECRET_FILE_BYTES_MAX).map_err(wrong)?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not valid UTF-8".into()))?;
    let line = text.trim_end_matches(['\n', '\r', ' ', '\t']);
    match line {
        "" => Err(wrong("is empty".into())),
        line if line.contains('\n') => Err(wrong("has more than one line".into())),
        line => Ok(line.into()),
    }
}

/// The message about a file that an option names.
pub fn in_file(path: &Path, why: &str) -> String {
    format!("{}: {why}", file::shown(path))
}

/// A zone's id: nothing that could change the path of a request.
///
/// # Errors
/// It is not an id.
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
