//! Short-lived child processes: no shell, no terminal, a deadline, limited output, none left
//! behind.

use super::{poll, spawn};
use crate::error::Error;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use std::process::id;

/// Where a router's programs are, for callers with a minimal PATH (cron, hotplug).
const DEFAULT_PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";
/// Poll interval for the exit of a child whose pipe stays open: a grandchild may hold it.
const POLL_MILLISECONDS: u64 = 250;
/// First and longest poll interval for a child that has closed its pipes but not exited.
const EXIT_POLL_MILLISECONDS: std::ops::RangeInclusive<u64> = 1..=64;

/// Limits of a child.
#[derive(Clone, Copy)]
pub struct Limits {
    /// After this time it is killed with its process group.
    pub seconds: u32,
    /// With more than this on one of its outputs it is killed.
    pub output_bytes: usize,
    /// Whether standard error is collected too (else it goes to `/dev/null`).
    pub keep_stderr: bool,
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It exited with this status (None: by a signal).
    Exited(Option<i32>),
    /// It was killed at its deadline.
    Timeout,
    /// It was killed because it wrote too much.
    OutputLimit,
}

/// The output of a child, and how it ended.
pub struct Finished {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub end: End,
}

impl Finished {
    /// Why its output is meaningless, if so: it was killed by somebody else's signal, or has one of
    /// the statuses with which a shell reports that a program cannot be run.
    pub fn failure(&self) -> Option<&'static str> {
        match self.end {
            End::Exited(None) => Some("killed by a signal"),
            End::Exited(Some(126 | 127)) => Some("cannot be run"),
            _ => None,
        }
    }
}

/// The full path of the program `name`, searched for in `search` (a PATH) and then in the default
/// path.
pub fn find(name: &str, search: &OsStr) -> Option<PathBuf> {
    let program = |path: &PathBuf| {
        path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
    };
    search
        .as_bytes()
        .split(|&byte| byte == b':')
        .chain(DEFAULT_PATH.as_bytes().split(|&byte| byte == b':'))
        .map(|directory| Path::new(OsStr::from_bytes(directory)).join(name))
        .find(|path| path.is_absolute() && program(path))
}

/// A running child. When dropped it is killed with its process group and reaped.
pub struct Running {
    /// The child's process id, and its process group.
    pid: i32,
    stdout: Pipe,
    stderr: Pipe,
    deadline: Instant,
    end: Option<End>,
}

/// The read end of a pipe and what was read from it.
struct Pipe {
    from: Option<File>,
    bytes: Vec<u8>,
    bytes_max: usize,
}

/// Starts `program` (a full path) with an environment of PATH only, in a process group of its own.
///
/// # Errors
/// [`crate::error::Kind::Local`]: the child could not be started.
pub fn start(program: &Path, arguments: &[&str], limits: Limits) -> Result<Running, Error> {
    let path = format!("PATH={DEFAULT_PATH}");
    let pipes = spawn::Pipes { stdin: false, stderr: limits.keep_stderr };
    let child = spawn::spawn(program, arguments, &[&path], pipes)
        .map_err(|why| Error::local(format_args!("cannot start {}", program.display()), why))?;
    let pipe = |from| Pipe { from, bytes: Vec::new(), bytes_max: limits.output_bytes };
    let deadline = Instant::now() + Duration::from_secs(limits.seconds.into());
    let (stdout, stderr) = (pipe(Some(child.stdout)), pipe(child.stderr));
    Ok(Running { pid: child.pid, stdout, stderr, deadline, end: None })
}

/// Waits for all children concurrently; the results are in the order of `children`.
///
/// # Errors
/// [`crate::error::Kind::Local`]: waiting failed, and all were killed.
pub fn collect(mut children: Vec<Running>) -> Result<Vec<Finished>, Error> {
    let mut pause = *EXIT_POLL_MILLISECONDS.start();
    while children.iter().any(|child| child.end.is_none()) {
        poll_once(&mut children, &mut pause)
            .map_err(|why| Error::local("cannot wait for a child", why))?;
    }
    Ok(children.into_iter().map(Running::finish).collect())
}

/// Polls all children once. `pause` grows while all pipes are closed but children remain.
fn poll_once(children: &mut [Running], pause: &mut u64) -> io::Result<()> {
    let now = Instant::now();
    let mut until = now + Duration::from_millis(POLL_MILLISECONDS);
    let mut descriptors = Vec::new();
    for child in children.iter().filter(|child| child.end.is_none()) {
        until = until.min(child.deadline);
        if child.is_silent() {
            until = until.min(now + Duration::from_millis(*pause));
            *pause = (*pause * 2).min(*EXIT_POLL_MILLISECONDS.end());
        }
        descriptors.extend(child.descriptors());
    }
    let ready = poll::readable(&descriptors, until)?;
    let is_ready =
        |fd: RawFd| descriptors.iter().zip(&ready).any(|(&one, &ready)| one == fd && ready);
    for child in children.iter_mut().filter(|child| child.end.is_none()) {
        child.look(is_ready)?;
    }
    Ok(())
}

impl Running {
    fn is_silent(&self) -> bool {
        self.descriptors().next().is_none()
    }

    fn descriptors(&self) -> impl Iterator<Item = RawFd> + '_ {
        [&self.stdout, &self.stderr]
            .into_iter()
            .filter_map(|pipe| pipe.from.as_ref().map(|f| f.as_raw_fd()))
    }

    /// Reads what is available and updates how the child ended, if it did.
    fn look(&mut self, is_ready: impl Fn(RawFd) -> bool) -> io::Result<()> {
        for pipe in [&mut self.stdout, &mut self.stderr] {
            if pipe.from.as_ref().is_some_and(|from| is_ready(from.as_raw_fd())) {
                pipe.read_once()?;
            }
        }
        self.stderr.close_if_over();
        if self.stdout.is_over() {
            self.kill(End::OutputLimit);
        } else if spawn::has_exited(self.pid)? {
            self.drain()?;
            // Kill the processes it left behind.
            spawn::kill_group(self.pid);
            self.end = Some(End::Exited(spawn::reap(self.pid)));
        } else if Instant::now() >= self.deadline {
            self.kill(End::Timeout);
        }
        Ok(())
    }

    /// Reads what a dead child left in its pipes, even if others hold them open.
    fn drain(&mut self) -> io::Result<()> {
        while !self.is_silent() {
            let descriptors: Vec<RawFd> = self.descriptors().collect();
            let ready = poll::readable(&descriptors, Instant::now())?;
            if !ready.contains(&true) || self.stdout.is_over() {
                break;
            }
            for pipe in [&mut self.stdout, &mut self.stderr] {
                let fd = pipe.from.as_ref().map(|from| from.as_raw_fd());
                if descriptors.iter().zip(&ready).any(|(one, ready)| Some(*one) == fd && *ready) {
                    pipe.read_once()?;
                }
            }
            self.stderr.close_if_over();
        }
        Ok(())
    }

    fn kill(&mut self, end: End) {
        spawn::kill_group(self.pid);
        // After SIGKILL only a child stuck in the kernel could make this block.
        spawn::reap(self.pid);
        self.end = Some(end);
    }

    fn finish(mut self) -> Finished {
        Finished {
            stdout: std::mem::take(&mut self.stdout.bytes),
            stderr: std::mem::take(&mut self.stderr.bytes),
            end: self.end.unwrap_or(End::Timeout),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.end.is_none() {
            self.kill(End::Timeout);
        }
    }
}

impl Pipe {
    /// Reads once, which does not block after the descriptor was reported readable.
    fn read_once(&mut self) -> io::Result<()> {
        let mut buffer = [0; 4096];
        let Some(from) = &mut self.from else { return Ok(()) };
        match from.read(&mut buffer) {
            Ok(0) => self.from = None,
            Ok(count) => self.bytes.extend(buffer.iter().take(count)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Standard error is for the operator only: if it is too long the rest is dropped, and the
    /// child may still succeed.
    fn close_if_over(&mut self) {
        if self.is_over() {
            self.from = None;
        }
    }

    fn is_over(&mut self) -> bool {
        let over = self.bytes.len() > self.bytes_max;
        self.bytes.truncate(self.bytes_max);
        over
    }
}

#[cfg(test)]
mod tests;
