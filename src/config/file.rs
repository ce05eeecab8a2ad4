//! Files that the operator names: read whole within bounds, and checked for who can access them.

use crate::os::file;
use crate::text::printable;
use std::fs::{File, Metadata};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Largest configuration read, in bytes.
const CONFIG_BYTES_MAX: u64 = 256 * 1024;
/// How much of a path is shown, in characters.
const PATH_CHARACTERS_MAX: usize = 1000;

/// The path, safe to print.
pub fn shown(path: &Path) -> String {
    printable::line(&path.to_string_lossy(), PATH_CHARACTERS_MAX)
}

/// The bytes of a file of at most so many.
///
/// # Errors
/// It cannot be read, or is larger: a message to follow the file's name.
pub fn bytes(file: &mut File, bytes_max: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    file::read(file, bytes_max + 1, &mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > bytes_max {
        return Err(format!("is larger than {bytes_max} bytes"));
    }
    Ok(bytes)
}

/// The text of a configuration, without a byte order mark.
///
/// # Errors
/// A message to follow the file's name.
pub fn text(file: &mut File) -> Result<String, String> {
    let text = String::from_utf8(bytes(file, CONFIG_BYTES_MAX)?).map_err(|error| {
        let line = 1 + error
            .as_bytes()
            .iter()
            .take(error.utf8_error().valid_up_to())
            .filter(|&&byte| byte == b'\n')
            .count();
        format!("line {line}: not UTF-8")
    })?;
    // Some editors put a byte order mark there, which nobody sees.
    Ok(text.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(text))
}

/// Whether others than its owner can read or change a file.
pub fn is_exposed(about: &Metadata) -> bool {
    about.is_file() && about.permissions().mode() & 0o077 != 0
}

/// A warning for root about a file that another user can write.
pub fn foreign(about: &Metadata) -> Option<String> {
    if file::own_user() != 0 {
        return None;
    }
    match (about.uid(), about.permissions().mode() & 0o022) {
        (0, 0) => None,
        (0, _) => Some("can be written by other users than root; chmod go-w it".into()),
        (user, _) => Some(format!("belongs to user {user}, who decides what root runs; chown it")),
    }
}

/// A warning about a file with a secret (`what`: "token" or "key") that others can read or change.
pub fn exposed(about: &Metadata, what: &str) -> Option<String> {
    let mode = about.permissions().mode() & 0o777;
    is_exposed(about)
        .then(|| format!("others can get at the {what} (mode {mode:04o}); chmod 600 it"))
}
