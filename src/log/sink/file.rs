//! Log files: appended to or begun anew, and rotated as Python 3.11 rotates them.

use super::timed::Timed;
use crate::os::clock;
use crate::os::privilege::User;
use crate::os::{file, trusted};
use crate::text::printable;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// When a file gives way to a new one, and how many old ones are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// 0: never.
    pub bytes_max: u64,
    /// As FILE.1 (the youngest) to FILE.N. With 0 there is nowhere to go, and the file grows.
    pub backups: u32,
}

/// A file for lines. It gets the mode the umask leaves of 0666, which is what Python gives it.
pub struct LogFile {
    path: PathBuf,
    begins_anew: bool,
    /// Not opened before its first line.
    is_delayed: bool,
    rotation: Rotation,
    timed: Option<Timed>,
    file: Option<File>,
    /// Whether another file may have its name by now.
    is_old: bool,
    /// Opened only where nobody but root can have put it there.
    is_roots: bool,
    /// Of a daemon: see [`LogFile::watched`].
    is_watched: bool,
}

impl LogFile {
    /// `begins_anew`: what stands in the file is dropped when it is opened; a file that is rotated
    /// keeps it, or each run would lose what the one before has said.
    pub fn new(path: &str, begins_anew: bool, is_delayed: bool, rotation: Rotation) -> LogFile {
        let begins_anew = begins_anew && rotation.bytes_max == 0;
        let path = PathBuf::from(path);
        LogFile {
            path,
            begins_anew,
            is_delayed,
            rotation,
            timed: None,
            file: None,
            is_old: false,
            is_roots: false,
            is_watched: false,
        }
    }

    /// The same, moved away when its time has come. It is opened at its first line, as that is when
    /// this is decided.
    pub fn rotated_by_time(self, timed: Timed) -> LogFile {
        LogFile { timed: Some(timed), is_delayed: true, ..self }
    }

    /// One for a daemon: made anew, with its directory, when it has been moved away, as Python's
    /// WatchedFileHandler does; and bounded where it cannot be rotated, too.
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

    /// Gives the file, where it is open, to the user this process is about to become.
    pub fn hand_over(&self, user: &User) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        trusted::hand_over(file, &self.path, user.user, user.group)
    }

    /// From here on it is opened only where nobody but root can have put it there.
    pub fn trust_root_alone(&mut self) {
        self.is_roots = true;
    }

    /// Words for one that is to be rotated in a directory where this process may not make files.
    pub fn is_stuck(&self) -> Option<String> {
        let directory = self.path.parent()?;
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        let rotates = self.rotation.bytes_max > 0 && self.rotation.backups > 0;
        let is_file = self.path.metadata().is_ok_and(|about| about.is_file());
        (rotates && is_file && !file::may_write(directory)).then(|| {
            let (name, most) = (self.name(), self.bytes_max());
            format!("{name}: cannot be rotated in its directory; it is emptied at {most} bytes")
        })
    }

    /// The next line goes to what has its name then. Nothing in it is dropped.
    pub fn reopen(&mut self) {
        // Only the first time is a beginning.
        self.begins_anew &= self.file.is_none();
        self.is_old = self.file.is_some();
    }

    /// Writes the line and its end, in one `write`, after having made room for it. Where no other
    /// file can be had the line goes to the one that is open, and why is told.
    ///
    /// # Errors
    /// The line is not written.
    pub fn write(&mut self, line: &str) -> io::Result<Option<io::Error>> {
        let line = format!("{line}\n");
        let renewed = self.renew(&line);
        match (&mut self.file, renewed) {
            (Some(file), renewed) => file.write_all(line.as_bytes()).map(|()| renewed.err()),
            (None, Err(error)) => Err(error),
            (None, Ok(())) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Sees to it that the file is the one the line belongs into.
    fn renew(&mut self, line: &str) -> io::Result<()> {
        if self.file.is_none() || self.is_old || self.has_been_moved() {
            self.file = Some(self.open()?);
            self.is_old = false;
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

    /// What the file and the old ones may take together.
    fn bytes_max(&self) -> u64 {
        self.rotation.bytes_max.saturating_mul(u64::from(self.rotation.backups) + 1)
    }

    /// Whether its name is another file's by now, or none's. Where that cannot be seen it is not.
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
            timed.rotate(&self.path, clock::now())?;
        }
        if self.is_roots {
            return trusted::open_log(&self.path, self.begins_anew);
        }
        match file::open_log(&self.path, self.begins_anew) {
            Err(error) if self.is_watched && error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(self.path.parent().ok_or(error)?)?;
                file::open_log(&self.path, self.begins_anew)
            }
            opened => opened,
        }
    }

    fn would_overflow(&self, file: &File, line: &str) -> io::Result<bool> {
        let Rotation { bytes_max, backups } = self.rotation;
        if bytes_max == 0 || backups == 0 {
            return Ok(false);
        }
        // Devices and pipes stay what they are.
        if fs::metadata(&self.path).is_ok_and(|found| !found.is_file()) {
            return Ok(false);
        }
        // Python counts the line in characters.
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
