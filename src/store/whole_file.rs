//! A small file that is replaced atomically: written beside, synced, renamed.

use crate::os::file;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

/// A larger file counts as missing, in bytes.
pub const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A file that is replaced atomically.
pub struct WholeFile {
    directory: PathBuf,
    path: PathBuf,
    /// The temporary file. Its name is always the same, so what a killed run left is replaced.
    beside: PathBuf,
}

/// Identifies a version of the file, even if the clock is set in between: each version is a new
/// inode, created while the old one still existed.
#[derive(Debug, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    /// Seconds since 1970 and nanoseconds.
    modified: (i64, i64),
}

impl WholeFile {
    /// `NAME.cache` in `directory`; `name` must be valid in a file name.
    pub fn new(directory: &Path, name: &str) -> WholeFile {
        WholeFile {
            directory: directory.into(),
            path: directory.join(format!("{name}.cache")),
            beside: directory.join(format!("{name}.cache.new")),
        }
    }

    /// The file at a path, which must have a file name.
    pub fn at(path: &Path) -> WholeFile {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        WholeFile {
            directory: super::directory_of(path).into(),
            path: path.into(),
            beside: beside.into(),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The version that is there now, if any.
    pub fn stamp(&self) -> Option<Stamp> {
        self.path.symlink_metadata().ok().map(|about| Stamp::of(&about))
    }

    /// The content and its stamp; None if it is missing, unreadable, a symbolic link, not a regular
    /// file, larger than [`FILE_BYTES_MAX`], or owned by another user.
    pub fn read(&self) -> Option<(Vec<u8>, Stamp)> {
        let mut file = file::open_for_reading(&self.path).ok()?;
        let about = file.metadata().ok()?;
        let is_own = about.uid() == file::own_user();
        if !about.is_file() || !is_own || about.len() > FILE_BYTES_MAX {
            return None;
        }
        let mut content = Vec::new();
        // It could have grown since.
        file::read(&mut file, FILE_BYTES_MAX, &mut content).ok()?;
        Some((content, Stamp::of(&about)))
    }

    /// Removes the file durably (fsync of the directory). It may be missing, or be a directory,
    /// which is no cache.
    pub fn remove(&self) -> io::Result<()> {
        use io::ErrorKind::{InvalidFilename, NotADirectory, NotFound};
        match self.path.symlink_metadata() {
            Ok(about) if about.is_dir() => Ok(()),
            Ok(_) => {
                fs::remove_file(&self.path)?;
                file::sync_directory(&self.directory)
            }
            Err(error) if matches!(error.kind(), NotFound | NotADirectory | InvalidFilename) => {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Replaces the file with `content`, mode 0600, creating the directory if necessary. At every
    /// moment the file is the old one, the new one or missing.
    pub fn write(&self, content: &[u8]) -> io::Result<()> {
        self.place(content, None)
    }

    /// Makes the replacement durable (fsync of the directory). A directory that is writable but not
    /// readable is skipped.
    pub fn sync(&self) -> io::Result<()> {
        match file::sync_directory(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            result => result,
        }
    }

    /// As [`WholeFile::write`], with an optional owner, and without the final fsync.
    ///
    /// # Errors
    /// The file is unchanged.
    pub fn place(&self, content: &[u8], owner: Option<(u32, u32)>) -> io::Result<()> {
        let written = self.create_beside().and_then(|mut file| {
            if let Some((user, group)) = owner {
                fchown(&file, Some(user), Some(group))?;
            }
            file.write_all(content)?;
            file.sync_all()
        });
        let placed = written.and_then(|()| fs::rename(&self.beside, &self.path));
        if placed.is_err() {
            let _ = fs::remove_file(&self.beside);
        }
        placed
    }

    fn create_beside(&self) -> io::Result<File> {
        match file::create_new(&self.beside) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::remove_file(&self.beside)?;
                file::create_new(&self.beside)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                file::make_private_directory(&self.directory)?;
                file::create_new(&self.beside)
            }
            result => result,
        }
    }
}

impl Stamp {
    fn of(about: &Metadata) -> Stamp {
        Stamp { inode: about.ino(), modified: (about.mtime(), about.mtime_nsec()) }
    }
}

#[cfg(test)]
mod tests;
