//! Rotation by time, like Python's TimedRotatingFileHandler.

use crate::os::clock;
use crate::text::utc;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const DAY_SECONDS: u64 = 86_400;
/// How many directory entries are searched for old files.
const ENTRIES_MAX: usize = 10_000;

/// The unit of the interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds since the last write, and how many characters of the stamp `YYYY-MM-DD_hh-mm-ss` are
    /// in the old file's name.
    Seconds(u64, usize),
    /// At the next midnight.
    Midnight,
    /// At the midnight after this day of the week, counted from Monday.
    Weekday(u64),
}

impl Unit {
    /// The unit that the argument `when` names.
    pub fn from_name(name: &str) -> Option<Unit> {
        let name = name.to_ascii_uppercase();
        Some(match name.as_bytes() {
            b"S" => Unit::Seconds(1, 19),
            b"M" => Unit::Seconds(60, 16),
            b"H" => Unit::Seconds(3600, 13),
            b"D" => Unit::Seconds(DAY_SECONDS, 10),
            b"MIDNIGHT" => Unit::Midnight,
            [b'W', day @ b'0'..=b'6'] => Unit::Weekday((day - b'0').into()),
            _ => return None,
        })
    }
}

/// When a file is rotated, and how many old ones are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timed {
    pub unit: Unit,
    pub interval: u64,
    /// 0: all.
    pub backups: usize,
    pub is_utc: bool,
}

impl Timed {
    /// Renames the file if that is due at `now`, and removes surplus old ones.
    ///
    /// # Errors
    /// A file cannot be renamed or removed.
    pub fn rotate(&self, path: &Path, now: u64) -> io::Result<()> {
        let Ok(about) = fs::metadata(path) else { return Ok(()) };
        let written = u64::try_from(about.mtime()).unwrap_or_default();
        let due = self.due(written);
        // Devices and pipes are not rotated.
        if !about.is_file() || now < due {
            return Ok(());
        }
        let began = due.saturating_sub(self.seconds());
        // Across a change of daylight saving time the present offset counts.
        let stamp = self.stamp((began + self.east(now)).saturating_sub(self.east(began)));
        let mut name = path.as_os_str().to_os_string();
        name.push(".");
        name.push(stamp);
        fs::rename(path, name)?;
        if self.backups > 0 { self.remove_old(path) } else { Ok(()) }
    }

    fn seconds(&self) -> u64 {
        match self.unit {
            Unit::Seconds(seconds, _) => seconds * self.interval,
            Unit::Midnight => DAY_SECONDS * self.interval,
            Unit::Weekday(_) => 7 * DAY_SECONDS * self.interval,
        }
    }

    /// Seconds by which local time is ahead of UTC, plus one day so that it is never negative.
    fn east(&self, at: u64) -> u64 {
        let east = if self.is_utc { None } else { clock::local(at) };
        let east = east.map_or(0, |local| local.east_of_utc_seconds);
        DAY_SECONDS.saturating_add_signed(east.into())
    }

    /// When a file that was last written at `written` is to be rotated.
    fn due(&self, written: u64) -> u64 {
        let shown = written + self.east(written);
        let midnight = written + DAY_SECONDS - shown % DAY_SECONDS;
        let due = match self.unit {
            Unit::Seconds(..) => return written + self.seconds(),
            Unit::Midnight => midnight,
            Unit::Weekday(day) => {
                // 1970-01-01 was a Thursday, and `shown` is one day ahead.
                let today = (shown / DAY_SECONDS + 2) % 7;
                midnight + (day + 7 - today) % 7 * DAY_SECONDS
            }
        };
        (due + self.east(written)).saturating_sub(self.east(due))
    }

    fn stamp(&self, at: u64) -> String {
        let length = if let Unit::Seconds(_, length) = self.unit { length } else { 10 };
        let stamp = utc::stamp(at + self.east(at) - DAY_SECONDS);
        let shown = |c| match c {
            'T' => '_',
            ':' => '-',
            c => c,
        };
        stamp.chars().take(length).map(shown).collect()
    }

    fn remove_old(&self, path: &Path) -> io::Result<()> {
        let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok(());
        };
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        let mut old: Vec<String> = Vec::new();
        let name = name.to_string_lossy();
        for entry in fs::read_dir(directory)?.take(ENTRIES_MAX) {
            let Ok(entry) = entry else { continue };
            let found = entry.file_name().to_string_lossy().into_owned();
            let stamp = found.strip_prefix(&*name).and_then(|rest| rest.strip_prefix('.'));
            if stamp.is_some_and(|stamp| self.is_stamp(stamp)) {
                old.push(found);
            }
        }
        // Usually there is one too many, so sorting is not worth it.
        while old.len() > self.backups {
            let oldest =
                (1..old.len()).fold(0, |at, one| if old.get(one) < old.get(at) { one } else { at });
            fs::remove_file(directory.join(old.swap_remove(oldest)))?;
        }
        Ok(())
    }

    fn is_stamp(&self, text: &str) -> bool {
        let model = self.stamp(0);
        text.len() == model.len()
            && text
                .bytes()
                .zip(model.bytes())
                .all(|(one, other)| one == other || one.is_ascii_digit() && other.is_ascii_digit())
    }
}

#[cfg(test)]
mod tests;
