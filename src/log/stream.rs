//! Standard output and standard error as places for lines; for a daemon the syslog in their place.

use super::date;
use super::logger::Level;
use crate::os::{clock, file, output};
use std::borrow::Cow;
use std::io::{self, Write};
use std::os::unix::net::UnixDatagram;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Where the syslog listens.
const SYSLOG: &str = "/dev/log";
/// The facility `daemon` (RFC 5424 6.2.1), as it is added to a severity.
const DAEMON_FACILITY: u32 = 3 * 8;

/// What a daemon has for its lines; without it, lines wait until they are written.
static DAEMON: OnceLock<Daemon> = OnceLock::new();

struct Daemon {
    /// Lines go there, with their severities, and only where it is not there to a stream.
    syslog: Option<Syslog>,
    /// Lines that could not be written without waiting, and have not been told of.
    lost: AtomicUsize,
    /// Whether a part of the last of them has been written.
    is_torn: AtomicBool,
}

struct Syslog {
    socket: UnixDatagram,
    path: String,
    /// What a line begins with.
    tag: String,
}

/// From here on no line of this process waits: one that would is counted, and the next that can be
/// written is preceded by how many were lost. With a tag lines go to the syslog, behind it.
pub fn never_wait(tag: Option<String>) {
    output::open_anew();
    let _ = DAEMON.set(Daemon::new(tag, SYSLOG));
}

/// Whether lines need not tell their severity and time, as the syslog does.
pub fn has_syslog() -> bool {
    DAEMON.get().is_some_and(|daemon| daemon.syslog.is_some())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Output,
    Error,
}

impl Stream {
    /// Writes the line and its end, in one `write`.
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
            let message = format!("WARNING: {lost} log lines lost: nobody read them in time\n");
            if self.put(stream, Level::Warning, &message)? {
                lost = 0;
            }
        }
        if lost > 0 || !self.put(stream, level, line)? {
            self.lost.store(lost + 1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Writes it if that goes without waiting, and says whether it did.
    fn put(&self, stream: Stream, level: Level, line: &str) -> io::Result<bool> {
        if let Some(Syslog { socket, path, tag }) = &self.syslog {
            let priority = DAEMON_FACILITY + level.severity();
            let time = date::stamp(clock::local(clock::now()).as_ref());
            let line = format!("<{priority}>{time}{tag}: {}", line.trim_end());
            match socket.send_to(line.as_bytes(), path) {
                Ok(_) => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                // It may have been started anew, and be there again at the next line.
                Err(_) => {}
            }
        }
        let mut line = Cow::Borrowed(line);
        if self.syslog.is_some() && level.number() > Level::Info.number() {
            line = format!("{}: {line}", level.name()).into();
        }
        let fd = if stream == Stream::Output { output::OUTPUT } else { output::ERROR };
        if self.is_torn.load(Ordering::Relaxed) && output::offer(fd, b"\n")? == 0 {
            return Ok(false);
        }
        let taken = output::offer(fd, line.as_bytes())?;
        self.is_torn.store(taken > 0 && taken < line.len(), Ordering::Relaxed);
        Ok(taken == line.len())
    }
}

#[cfg(test)]
pub mod tests;
