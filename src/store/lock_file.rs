//! Locks that end with their holder: flock(2) on a file beside the cache, or on a given file.

use crate::os::file;
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// A held lock; released when dropped or when the process ends.
pub struct Lock {
    _file: File,
}

/// A file that can be locked.
pub struct LockFile {
    file: File,
}

impl LockFile {
    /// Opens `NAME.lock` in `directory`, creating both if necessary. Symbolic links are not
    /// followed.
    pub fn open(directory: &Path, name: &str) -> io::Result<LockFile> {
        let path = directory.join(format!("{name}.lock"));
        let file = match file::open_lock(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                file::make_private_directory(directory)?;
                file::open_lock(&path)?
            }
            result => result?,
        };
        if file.metadata()?.is_file() {
            Ok(LockFile { file })
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file"))
        }
    }

    /// Opens `PATH.lock` beside a file, creating it and the directory if necessary.
    pub fn beside(path: &Path) -> io::Result<LockFile> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        LockFile::open(super::directory_of(path), &name)
    }

    /// An open file as its own lock.
    pub fn over(file: File) -> LockFile {
        LockFile { file }
    }

    /// The lock, or the file again if another process holds it.
    pub fn try_lock(self) -> io::Result<Result<Lock, LockFile>> {
        match self.file.try_lock() {
            Ok(()) => Ok(Ok(Lock { _file: self.file })),
            Err(TryLockError::WouldBlock) => Ok(Err(self)),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
