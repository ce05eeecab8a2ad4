//! A child that stays for a while: lines to it by one pipe, lines from it by another.

use super::{poll, spawn};
use crate::error::Error;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Longest line taken from it, in bytes: 2,000 zones with the longest names fit.
const LINE_BYTES_MAX: usize = 512 * 1024;
/// How much of what it says on standard error is kept, in bytes.
const COMPLAINT_BYTES_MAX: usize = 4096;

/// The path of this very program, for a child of the same kind.
pub fn own_path() -> PathBuf {
    // A link that keeps pointing to this file even when a package update has replaced it.
    PathBuf::from("/proc/self/exe")
}

/// The same for another program that is to open it, to which that link would be its own.
pub fn own_file() -> PathBuf {
    let own = own_path();
    std::fs::read_link(&own).unwrap_or(own)
}

/// A child at work. Dropped, it is killed with its process group and reaped.
pub struct Helper {
    pid: i32,
    stdin: File,
    stdout: File,
    stderr: File,
    line: Vec<u8>,
}

impl Helper {
    /// Starts `program` (a full path) with exactly these variables (`NAME=VALUE`).
    ///
    /// # Errors
    /// [`crate::error::Kind::Local`]: the child could not be started.
    pub fn start(program: &Path, arguments: &[&str], variables: &[&str]) -> Result<Helper, Error> {
        let pipes = spawn::Pipes { stdin: true, stderr: true };
        let failed =
            |why: io::Error| Error::local(format_args!("cannot start {}", program.display()), why);
        let child = spawn::spawn(program, arguments, variables, pipes).map_err(failed)?;
        let (Some(stdin), Some(stderr)) = (child.stdin, child.stderr) else {
            return Err(failed(io::ErrorKind::BrokenPipe.into()));
        };
        Ok(Helper { pid: child.pid, stdin, stdout: child.stdout, stderr, line: Vec::new() })
    }

    /// What becomes readable when the child has said something, or has ended.
    pub fn descriptor(&self) -> RawFd {
        self.stdout.as_raw_fd()
    }

    /// Hands over one line, which has to fit into a pipe (64 KiB).
    pub fn write(&mut self, line: &str) -> io::Result<()> {
        self.stdin.write_all(line.as_bytes())
    }

    /// Reads once, which does not wait if the descriptor is readable: a whole line if there is one
    /// now, nothing if there is none yet.
    ///
    /// # Errors
    /// UnexpectedEof: the child has ended, or closed its output.
    pub fn read(&mut self) -> io::Result<Option<String>> {
        let mut buffer = [0; 4096];
        match self.stdout.read(&mut buffer) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => self.line.extend(buffer.iter().take(count)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if self.line.len() > LINE_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "too long a line"));
        }
        let Some(end) = self.line.iter().position(|&byte| byte == b'\n') else { return Ok(None) };
        let line = self.line.drain(..=end).collect();
        let not_text = |_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8");
        String::from_utf8(line).map(Some).map_err(not_text)
    }

    /// Ends it, if it has not ended, and gives back what it said on standard error.
    pub fn end(mut self) -> String {
        self.kill();
        let mut complaint = vec![0; COMPLAINT_BYTES_MAX];
        // Whoever has left the group may still hold the pipe open, and need not be waited for.
        let ready = poll::readable(&[self.stderr.as_raw_fd()], Instant::now());
        let count = match ready {
            Ok(ready) if ready.contains(&true) => self.stderr.read(&mut complaint).unwrap_or(0),
            _ => 0,
        };
        complaint.truncate(count);
        String::from_utf8_lossy(&complaint).trim().to_string()
    }

    fn kill(&mut self) {
        if self.pid > 0 {
            spawn::kill_group(self.pid);
            spawn::reap(self.pid);
            self.pid = 0;
        }
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.kill();
    }
}
