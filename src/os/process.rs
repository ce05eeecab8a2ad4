//! Child processes: no shell, no terminal, a deadline, a cap on what they say, and none left over.

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

/// Where programs of a router are, for callers with a poor PATH (cron, hotplug).
const USUAL_PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";
/// How often a child is looked at whose pipe stays silent: a grandchild can hold it open.
const LOOK_MILLISECONDS: u64 = 250;
/// First and longest pause between looks at a child that has closed its pipes but not ended.
const ENDING_MILLISECONDS: std::ops::RangeInclusive<u64> = 1..=64;

/// What a child may cost.
#[derive(Clone, Copy)]
pub struct Limits {
    /// After these it is killed with its process group.
    pub seconds: u32,
    /// More than this on one of its outputs is not read, and it is killed.
    pub output_bytes: usize,
    /// Whether standard error is collected too (else it goes to `/dev/null`).
    pub keep_stderr: bool,
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It ended by itself, with this exit status (none: by a signal).
    Exited(Option<i32>),
    /// It was killed at its deadline.
    Timeout,
    /// It was killed because it said too much.
    TooMuch,
}

/// What a child said, and how it ended.
pub struct Finished {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub end: End,
}

impl Finished {
    /// Why it says nothing about what it was asked, where that is so: it was ended by a signal that
    /// was not ours, or has the status by which a shell tells that a program cannot be run.
    pub fn breakdown(&self) -> Option<&'static str> {
        match self.end {
            End::Exited(None) => Some("it was ended by a signal"),
            End::Exited(Some(126 | 127)) => Some("it cannot be run"),
            _ => None,
        }
    }
}

/// The full path of the program `name`, looked for in `search` (a PATH) and then where routers
/// keep such programs.
pub fn find(name: &str, search: &OsStr) -> Option<PathBuf> {
    let program = |path: &PathBuf| {
        path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
    };
    search
        .as_bytes()
        .split(|&byte| byte == b':')
        .chain(USUAL_PATH.as_bytes().split(|&byte| byte == b':'))
        .map(|directory| Path::new(OsStr::from_bytes(directory)).join(name))
        .find(|path| path.is_absolute() && program(path))
}

/// A child at work. Dropped, it is killed with its process group and reaped.
pub struct Running {
    /// The child, and the group it leads.
    pid: i32,
    stdout: Pipe,
    stderr: Pipe,
    deadline: Instant,
    end: Option<End>,
}

/// One end of a pipe and what has come through it.
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
    let path = format!("PATH={USUAL_PATH}");
    let pipes = spawn::Pipes { stdin: false, stderr: limits.keep_stderr };
    let child = spawn::spawn(program, arguments, &[&path], pipes)
        .map_err(|why| Error::local(format_args!("cannot start {}", program.display()), why))?;
    let pipe = |from| Pipe { from, bytes: Vec::new(), bytes_max: limits.output_bytes };
    let deadline = Instant::now() + Duration::from_secs(limits.seconds.into());
    let (stdout, stderr) = (pipe(Some(child.stdout)), pipe(child.stderr));
    Ok(Running { pid: child.pid, stdout, stderr, deadline, end: None })
}

/// Waits for all of them side by side; the results are in the order of `children`.
///
/// # Errors
/// [`crate::error::Kind::Local`] where the kernel will not let us wait; then all are killed.
pub fn collect(mut children: Vec<Running>) -> Result<Vec<Finished>, Error> {
    let mut pause = *ENDING_MILLISECONDS.start();
    while children.iter().any(|child| child.end.is_none()) {
        turn(&mut children, &mut pause)
            .map_err(|why| Error::local("cannot wait for a child", why))?;
    }
    Ok(children.into_iter().map(Running::finish).collect())
}

/// One wait, one look at everybody. `pause` grows while all that is left is children ending.
fn turn(children: &mut [Running], pause: &mut u64) -> io::Result<()> {
    let now = Instant::now();
    let mut until = now + Duration::from_millis(LOOK_MILLISECONDS);
    let mut descriptors = Vec::new();
    for child in children.iter().filter(|child| child.end.is_none()) {
        until = until.min(child.deadline);
        if child.is_silent() {
            until = until.min(now + Duration::from_millis(*pause));
            *pause = (*pause * 2).min(*ENDING_MILLISECONDS.end());
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

    /// Reads what is there and notes whether the child has ended, one way or another.
    fn look(&mut self, is_ready: impl Fn(RawFd) -> bool) -> io::Result<()> {
        for pipe in [&mut self.stdout, &mut self.stderr] {
            if pipe.from.as_ref().is_some_and(|from| is_ready(from.as_raw_fd())) {
                pipe.read_once()?;
            }
        }
        self.stderr.close_if_over();
        if self.stdout.is_over() {
            self.kill(End::TooMuch);
        } else if spawn::has_exited(self.pid)? {
            self.drain()?;
            // Whoever it has left behind is none to stay.
            spawn::kill_group(self.pid);
            self.end = Some(End::Exited(spawn::reap(self.pid)));
        } else if Instant::now() >= self.deadline {
            self.kill(End::Timeout);
        }
        Ok(())
    }

    /// Takes what a dead child left in its pipes, whoever else holds them open.
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
        // SIGKILL cannot be refused; only a child stuck in the kernel could make this wait.
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
    /// One read, which does not wait after the descriptor was reported readable.
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

    /// Complaints are for the operator alone: whoever has too many need not be heard out, and may
    /// still have an answer.
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
