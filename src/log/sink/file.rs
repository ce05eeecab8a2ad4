//! Log files: appended to or truncated, and rotated as in Python 3.11.

use super::timed::Timed;
use crate::os::clock;
use crate::os::privilege::User;
use crate::os::{file, trusted};
use crate::text::printable;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// When a file is rotated, and how many old ones are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// 0: never.
    pub bytes_max: u64,
    /// As FILE.1 (the newest) to FILE.N. With 0 the file is never rotated, as in Python.
    pub backups: u32,
}

/// A log file. Its mode is 0666 less the umask, as in Python.
pub struct LogFile {
    path: PathBuf,
    truncates: bool,
    /// Opened at its first line only.
    is_delayed: bool,
    rotation: Rotation,
    timed: Option<Timed>,
    file: Option<File>,
    /// Whether it has to be reopened.
    is_stale: bool,
    /// Opened only if none but root can have placed it where it is.
    root_only: bool,
    /// Of a daemon: see [`LogFile::watched`].
    is_watched: bool,
}

impl LogFile {
    /// `truncates`: empties the file when it is opened. A rotated file is never truncated, or each
    /// run would lose the lines of the one before.
    pub fn new(path: &str, truncates: bool, is_delayed: bool, rotation: Rotation) -> LogFile {
        let truncates = truncates && rotation.bytes_max == 0;
        let path = PathBuf::from(path);
        LogFile {
            path,
            truncates,
            is_delayed,
            rotation,
            timed: None,
            file: None,
            is_stale: false,
            root_only: false,
            is_watched: false,
        }
    }

    /// Rotated by time as well. It is opened at its first line, which is when rotation is decided.
    pub fn rotated_by_time(self, timed: Timed) -> LogFile {
        LogFile { timed: Some(timed), is_delayed: true, ..self }
    }

    /// For a daemon: recreated with its directory when it was renamed, like Python's
    /// WatchedFileHandler, and bounded even if it cannot be rotated.
    pub fn watched(path: &str, rotation: Rotation) -> LogFile {
        LogFile { is_watched: true, ..LogFile::new(path, false, false, rotation) }
    }

    pub fn is_watched(&self) -> bool {
        self.is_watched
    }

    pub fn name(&self) -> String {
        printable::line(&self.path.to_string_lossy(), 200)
    }

    pub fn open_unless_delayed(&mut self) -> io::Result<()> {
        if self.file.is_none() && !self.is_delayed {
            self.file = Some(self.open()?);
        }
        Ok(())
    }

    /// Changes the owner of the open file to the user this process is about to become.
    pub fn hand_over(&self, user: &User) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        trusted::hand_over(file, &self.path, user.user, user.group)
    }

    /// From now on opens it only if none but root can have placed it where it is.
    pub fn trust_root_alone(&mut self) {
        self.root_only = true;
    }

    /// The warning for a file that is to be rotated in a directory that is not writable.
    pub fn rotation_problem(&self) -> Option<String> {
        let directory = self.path.parent()?;
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        let rotates = self.rotation.bytes_max > 0 && self.rotation.backups > 0;
        let is_file = self.path.metadata().is_ok_and(|about| about.is_file());
        (rotates && is_file && !file::may_write(directory)).then(|| {
            let (name, most) = (self.name(), self.bytes_max());
            format!("{name} cannot be rotated (directory not writable); truncated at {most} bytes")
        })
    }

    /// Reopens the path at the next line, without truncating it.
    pub fn reopen(&mut self) {
        // Truncate at the first open only.
        self.truncates &= self.file.is_none();
        self.is_stale = self.file.is_some();
    }

    /// Writes the line with its newline in one `write`, after rotation if that is due. If rotation
    /// fails the line goes to the open file, and the error is returned as `Ok(Some(error))`.
    ///
    /// # Errors
    /// The line was not written.
    pub fn write(&mut self, line: &str) -> io::Result<Option<io::Error>> {
        let line = format!("{line}\n");
        let renewed = self.renew(&line);
        match (&mut self.file, renewed) {
            (Some(file), renewed) => file.write_all(line.as_bytes()).map(|()| renewed.err()),
            (None, Err(error)) => Err(error),
            (None, Ok(())) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Reopens or rotates the file as needed for `line`.
    fn renew(&mut self, line: &str) -> io::Result<()> {
        if self.file.is_none() || self.is_stale || self.has_been_moved() {
            self.file = Some(self.open()?);
            self.is_stale = false;
        }
        if let Some(file) = &self.file
            && self.would_overflow(file, line)?
        {
            match self.rotate() {
                Ok(()) => {}
                Err(error) => {
                    let bytes = file.metadata()?.len().saturating_add(line.len() as u64);
                    if self.is_watched && bytes > self.bytes_max() {
                        file.set_len(0)?;
                    }
                    return Err(error);
                }
            }
            self.file = Some(self.open()?);
        }
        Ok(())
    }

    /// The most that the file and its backups may take together.
    fn bytes_max(&self) -> u64 {
        self.rotation.bytes_max.saturating_mul(u64::from(self.rotation.backups) + 1)
    }

    /// Whether the path is another file by now, or gone. Unknown counts as no.
    fn has_been_moved(&self) -> bool {
        let Some(Ok(open)) = self.file.as_ref().map(File::metadata) else { return false };
        self.is_watched
            && match fs::metadata(&self.path) {
                Ok(there) => !file::is_same(&there, &open),
                Err(error) => error.kind() == io::ErrorKind::NotFound,
            }
    }

    /// The standard library sets O_CLOEXEC.
    fn open(&self) -> io::Result<File> {
        if let Some(timed) = &self.timed {
            timed.rotate(&self.path, clock::unix_seconds().0)?;
        }
        if self.root_only {
            return trusted::open_log(&self.path, self.truncates);
        }
        match file::open_log(&self.path, self.truncates) {
            Err(error) if self.is_watched && error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(self.path.parent().ok_or(error)?)?;
                file::open_log(&self.path, self.truncates)
            }
            opened => opened,
        }
    }

    fn would_overflow(&self, file: &File, line: &str) -> io::Result<bool> {
        let Rotation { bytes_max, backups } = self.rotation;
        if bytes_max == 0 || backups == 0 {
            return Ok(false);
        }
        // Devices and pipes are not rotated.
        if fs::metadata(&self.path).is_ok_and(|found| !found.is_file()) {
            return Ok(false);
        }
        // Python counts characters here.
        Ok(file.metadata()?.len().saturating_add(line.chars().count() as u64) >= bytes_max)
    }

    fn rotate(&self) -> io::Result<()> {
        for number in (1..self.rotation.backups).rev() {
            move_if_there(&self.numbered(number), &self.numbered(number + 1))?;
        }
        move_if_there(&self.path, &self.numbered(1))
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    }
}

fn move_if_there(from: &Path, to: &Path) -> io::Result<()> {
    if from.exists() { fs::rename(from, to) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
