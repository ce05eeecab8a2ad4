//! A worker: the child (`ddnsbox upstream`) that talks to a provider for a daemon; started when
//! needed, killed when late or when its reply is invalid.
//!
//! So the daemon itself has no TLS and parses nothing that others send; whatever hangs or grows too
//! large goes down with a process that can be replaced.

use crate::error::{Error, Kind};
use crate::os::alarm::TIMEOUT_MESSAGE;
use crate::os::helper::{self, Helper};
use crate::os::poll::{Interest, PollSet, Token};
use crate::text::printable;
use std::path::PathBuf;

/// The applet that does a worker's job.
const APPLET: &str = "upstream";
/// How much later than its own time limit a worker is killed, in milliseconds.
const GRACE_MILLISECONDS: u64 = 3_000;
/// How much of its last words on standard error is shown, in characters.
const COMPLAINT_CHARACTERS_MAX: usize = 300;

/// A worker, whether its process runs or not.
pub struct Worker {
    /// Its own in the poll set.
    token: Token,
    /// A program that runs ours, put before it: an emulator, in tests.
    via: Option<PathBuf>,
    variables: Vec<String>,
    child: Option<Helper>,
    /// When the job in progress is late; none: no job is.
    deadline: Option<u64>,
}

impl Worker {
    /// `variables`: the process's whole environment, as `NAME=VALUE`.
    pub fn new(token: Token, via: Option<PathBuf>, variables: Vec<String>) -> Worker {
        Worker { token, via, variables, child: None, deadline: None }
    }

    /// Hands over the line of a job that takes so many seconds at most; one at a time. `now` in
    /// milliseconds of the monotonic clock.
    ///
    /// # Errors
    /// Local: the process cannot be started.
    pub fn submit(&mut self, line: &str, seconds: u32, now: u64) -> Result<(), Error> {
        // One that has been idle may just be exiting; a new one is not.
        for _ in 0..2 {
            let mut child = match self.child.take() {
                Some(child) => child,
                None => self.start()?,
            };
            if child.write(line).is_ok() {
                self.child = Some(child);
                self.deadline = Some(now + u64::from(seconds) * 1000 + GRACE_MILLISECONDS);
                return Ok(());
            }
        }
        let message = "the upstream helper exits before it takes a job";
        Err(Error::new(Kind::Unreachable, message))
    }

    fn start(&self) -> Result<Helper, Error> {
        let variables: Vec<&str> = self.variables.iter().map(String::as_str).collect();
        match &self.via {
            Some(via) => {
                let own = helper::own_file();
                Helper::start(via, &[&own.to_string_lossy(), APPLET], &variables)
            }
            None => Helper::start(&helper::own_path(), &[APPLET], &variables),
        }
    }

    /// Whether its process runs.
    pub fn is_running(&self) -> bool {
        self.child.is_some()
    }

    /// Whether a job is in progress.
    pub fn is_busy(&self) -> bool {
        self.deadline.is_some()
    }

    /// Ends the process of a worker that has no job.
    pub fn stop(&mut self) {
        self.child = None;
    }

    /// Registers what becomes readable when it replies or exits.
    pub fn register(&self, poll: &mut PollSet) {
        if let Some(child) = &self.child {
            poll.register(self.token, child.descriptor(), Interest::Read);
        }
    }

    /// When [`Worker::poll_reply`] is due at the latest, if a job is in progress.
    pub fn deadline(&self) -> Option<u64> {
        self.deadline
    }

    /// The outcome of the job, as `decode` reads it, if there is one now. A worker that is late or
    /// whose reply is invalid is killed.
    pub fn poll_reply<T>(
        &mut self,
        poll: &PollSet,
        now: u64,
        decode: fn(&str) -> Option<T>,
    ) -> Option<Result<T, Error>> {
        let line = match self.poll_line(poll, now)? {
            Ok(line) => line,
            Err(error) => return Some(Err(error)),
        };
        let Some(answer) = decode(&line) else { return Some(Err(self.kill_invalid())) };
        self.deadline = None;
        Some(Ok(answer))
    }

    /// The line of the reply, not generic as the types of replies are several.
    #[inline(never)]
    fn poll_line(&mut self, poll: &PollSet, now: u64) -> Option<Result<String, Error>> {
        if !poll.is_ready(self.token) {
            return self.kill_late(now).map(Err);
        }
        let was_busy = self.is_busy();
        let error = match self.child.as_mut()?.read() {
            Ok(None) => return self.kill_late(now).map(Err),
            Ok(Some(line)) if was_busy => return Some(Ok(line)),
            Ok(Some(_)) => self.kill_invalid(),
            Err(_) => self.kill(Kind::Unreachable, "the upstream helper exited without a reply"),
        };
        was_busy.then_some(Err(error))
    }

    fn kill_invalid(&mut self) -> Error {
        self.kill(Kind::InvalidResponse, "invalid reply from the upstream helper")
    }

    fn kill_late(&mut self, now: u64) -> Option<Error> {
        if self.deadline.is_none_or(|at| now < at) {
            return None;
        }
        Some(self.kill(Kind::Timeout, "the upstream helper did not reply in time"))
    }

    /// Its last line on standard error tells best why it died: the alarm's, or a panic's.
    fn kill(&mut self, kind: Kind, why: &str) -> Error {
        self.deadline = None;
        let said = self.child.take().map(Helper::end).unwrap_or_default();
        // A panic ends with advice for those who build the program.
        let last = said.lines().rev().find(|line| !line.starts_with("note: "));
        let last = last.unwrap_or_default();
        let last = printable::line(last, COMPLAINT_CHARACTERS_MAX);
        let last = last.strip_prefix("ERROR: ").unwrap_or(&last).trim_end_matches('.');
        if last.is_empty() {
            return Error::new(kind, why);
        }
        // That is how the alarm ends its line.
        let kind = if last.ends_with(TIMEOUT_MESSAGE) { Kind::Timeout } else { kind };
        Error::new(kind, last)
    }
}
