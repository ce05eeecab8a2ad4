//! A long-lived child process that exchanges lines with this one through pipes.

use super::{poll, spawn};
use crate::error::Error;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Longest line accepted from the child, in bytes: 2,000 zones with the longest names fit.
const LINE_BYTES_MAX: usize = 512 * 1024;
/// How much of its standard error is kept, in bytes.
const STDERR_BYTES_MAX: usize = 4096;

/// The path of this executable, for children of the same program.
pub fn own_path() -> PathBuf {
    // Refers to this file even after a package update has replaced it.
    PathBuf::from("/proc/self/exe")
}

/// The same path for use by another program, where /proc/self would be that program.
pub fn own_file() -> PathBuf {
    let own = own_path();
    std::fs::read_link(&own).unwrap_or(own)
}

/// A running child. When dropped it is killed with its process group and reaped.
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

    /// Becomes readable when the child has written something or has exited.
    pub fn descriptor(&self) -> RawFd {
        self.stdout.as_raw_fd()
    }

    /// Sends one line, which has to fit into the pipe's buffer (64 KiB).
    pub fn write(&mut self, line: &str) -> io::Result<()> {
        self.stdin.write_all(line.as_bytes())
    }

    /// Reads once, which does not block if the descriptor is readable; returns a line if one is
    /// complete.
    ///
    /// # Errors
    /// UnexpectedEof: the child has exited or closed its output.
    pub fn read(&mut self) -> io::Result<Option<String>> {
        let mut buffer = [0; 4096];
        match self.stdout.read(&mut buffer) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => self.line.extend(buffer.iter().take(count)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if self.line.len() > LINE_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "line too long"));
        }
        let Some(end) = self.line.iter().position(|&byte| byte == b'\n') else { return Ok(None) };
        let line = self.line.drain(..=end).collect();
        let not_text = |_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8");
        String::from_utf8(line).map(Some).map_err(not_text)
    }

    /// Kills the child if it is still running, and returns its standard error.
    pub fn end(mut self) -> String {
        self.kill();
        let mut complaint = vec![0; STDERR_BYTES_MAX];
        // A process that left the group may hold the pipe open; do not wait for it.
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
