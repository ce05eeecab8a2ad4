//! Standard output and standard error as sinks; for a daemon under procd, the syslog instead.

use super::date;
use super::record::Level;
use crate::os::{clock, file, output};
use std::borrow::Cow;
use std::io::{self, Write};
use std::os::unix::net::UnixDatagram;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The syslog's socket.
const SYSLOG: &str = "/dev/log";
/// The facility `daemon` (RFC 5424 6.2.1), to be added to a severity.
const DAEMON_FACILITY: u32 = 3 * 8;

/// Set in a daemon; otherwise writes block.
static DAEMON: OnceLock<Daemon> = OnceLock::new();

struct Daemon {
    /// Lines go there with their severity; to a stream only while it is not reachable.
    syslog: Option<Syslog>,
    /// Lines that would have blocked and are not reported yet.
    lost: AtomicUsize,
    /// Whether a line was written in part.
    is_torn: AtomicBool,
}

struct Syslog {
    socket: UnixDatagram,
    path: String,
    /// Precedes each message.
    tag: String,
}

/// From now on no write of this process blocks: a line that would is counted, and the next one that
/// can be written is preceded by the count. With a tag, lines go to the syslog as `TAG: LINE`.
pub fn never_wait(tag: Option<String>) {
    output::make_nonblocking();
    let _ = DAEMON.set(Daemon::new(tag, SYSLOG));
}

/// Whether the syslog adds severity and time, so that lines need not.
pub fn has_syslog() -> bool {
    DAEMON.get().is_some_and(|daemon| daemon.syslog.is_some())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Output,
    Error,
}

impl Stream {
    /// Writes the line and a newline, in one `write`.
    pub fn write(self, level: Level, line: &str) -> io::Result<()> {
        let line = format!("{line}\n");
        #[cfg(test)]
        if tests::hear(self, &line) {
            return Ok(());
        }
        match (DAEMON.get(), self) {
            (Some(daemon), _) => daemon.write(self, level, &line),
            (None, Stream::Output) => file::standard_output().write_all(line.as_bytes()),
            (None, Stream::Error) => io::stderr().write_all(line.as_bytes()),
        }
    }
}

impl Daemon {
    fn new(tag: Option<String>, path: &str) -> Daemon {
        let open = |tag| {
            let socket = UnixDatagram::unbound().ok()?;
            socket.set_nonblocking(true).ok()?;
            Some(Syslog { socket, path: path.into(), tag })
        };
        Daemon {
            syslog: tag.and_then(open),
            lost: AtomicUsize::new(0),
            is_torn: AtomicBool::new(false),
        }
    }

    fn write(&self, stream: Stream, level: Level, line: &str) -> io::Result<()> {
        let mut lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let message = format!("WARNING: log lines lost (the reader is too slow): {lost}\n");
            if self.put(stream, Level::Warning, &message)? {
                lost = 0;
            }
        }
        if lost > 0 || !self.put(stream, level, line)? {
            self.lost.store(lost + 1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Writes the line unless that would block; returns whether it was written.
    fn put(&self, stream: Stream, level: Level, line: &str) -> io::Result<bool> {
        if let Some(Syslog { socket, path, tag }) = &self.syslog {
            let priority = DAEMON_FACILITY + level.severity();
            let time = date::stamp(clock::local(clock::unix_seconds().0).as_ref());
            let line = format!("<{priority}>{time}{tag}: {}", line.trim_end());
            match socket.send_to(line.as_bytes(), path) {
                Ok(_) => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                // It may be restarting, and reachable at the next line.
                Err(_) => {}
            }
        }
        let mut line = Cow::Borrowed(line);
        if self.syslog.is_some() && level.number() > Level::Info.number() {
            line = format!("{}: {line}", level.name()).into();
        }
        let fd = if stream == Stream::Output { output::OUTPUT } else { output::ERROR };
        if self.is_torn.load(Ordering::Relaxed) && output::write_nonblocking(fd, b"\n")? == 0 {
            return Ok(false);
        }
        let taken = output::write_nonblocking(fd, line.as_bytes())?;
        self.is_torn.store(taken > 0 && taken < line.len(), Ordering::Relaxed);
        Ok(taken == line.len())
    }
}

#[cfg(test)]
pub mod tests;
