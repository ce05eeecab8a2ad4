//! State: on disk between runs, or in memory with expiry.

pub mod expiring;
pub mod key_file;
pub mod lock_file;
pub mod whole_file;

use std::path::Path;

/// The directory of a file by its path.
fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}
