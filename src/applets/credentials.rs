//! What opens the way to a zone: the token, the file that holds it, the zone's id.

use super::files;
use crate::os::file;
use crate::text::secret::Secret;
use std::io::Read;
use std::path::Path;

/// Largest token file read, in bytes.
const TOKEN_FILE_BYTES_MAX: u64 = 4096;
/// Longest zone id, in characters.
const ZONE_CHARACTERS_MAX: usize = 64;

/// The token, or why it is none; it is never shown, not even a wrong one.
pub fn token(text: String) -> Result<Secret, String> {
    let token = Secret::new(text);
    if token.is_bearer_token() {
        Ok(token)
    } else {
        Err("is not a token: only letters, digits and - . _ ~ + / = can be in one".into())
    }
}

/// The one line of a token file, not yet checked. Errors and warnings begin with `named`, the
/// setting the path came from, and the path.
pub fn token_file(named: &str, path: &Path, warnings: &mut Vec<String>) -> Result<String, String> {
    let wrong = |why: String| format!("{named} {}: {why}", files::shown(path));
    let file = file::open_secret(path).map_err(|error| wrong(error.to_string()))?;
    let about = file.metadata().map_err(|error| wrong(error.to_string()))?;
    if about.is_dir() {
        return Err(wrong("is a directory".into()));
    }
    warnings.extend(files::exposed(&about).map(wrong));
    let mut bytes = Vec::new();
    let mut limited = file.take(TOKEN_FILE_BYTES_MAX + 1);
    limited.read_to_end(&mut bytes).map_err(|error| wrong(error.to_string()))?;
    if bytes.len() as u64 > TOKEN_FILE_BYTES_MAX {
        return Err(wrong(format!("is larger than {TOKEN_FILE_BYTES_MAX} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not valid UTF-8".into()))?;
    let line = text.trim_end_matches(['\n', '\r', ' ', '\t']);
    if line.contains('\n') {
        return Err(wrong("has more than one line".into()));
    }
    if line.is_empty() {
        return Err(wrong("is empty".into()));
    }
    Ok(line.into())
}

/// A zone's id: nothing that could change the path of a request.
pub fn zone(text: String) -> Result<String, String> {
    let fits = (1..=ZONE_CHARACTERS_MAX).contains(&text.len());
    if fits && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Ok(text)
    } else {
        Err(format!("must be 1 to {ZONE_CHARACTERS_MAX} letters and digits"))
    }
}
