//! The child that talks to a provider for a daemon: started when needed, killed when late or odd.
//!
//! So the daemon itself holds no TLS and reads no foreign bytes; what stalls or swells is lost with
//! a process that has nothing to lose.

use crate::error::{Error, Kind};
use crate::os::alarm::LATE_WORDS;
use crate::os::helper::{self, Helper};
use crate::text::printable;
use std::os::fd::RawFd;
use std::path::PathBuf;

/// The name by which this program does a child's work.
const APPLET: &str = "upstream";
/// How much later than its own limit a child is killed, in milliseconds.
const GRACE_MILLISECONDS: u64 = 3_000;
/// How much of what it says before it dies is shown, in characters.
const COMPLAINT_CHARACTERS_MAX: usize = 300;

/// A child, or the place of one.
pub struct Upstream {
    /// A program that runs ours, put before it: an emulator, in tests.
    via: Option<PathBuf>,
    variables: Vec<String>,
    child: Option<Helper>,
    /// When the job at work is late; none: no job is.
    deadline: Option<u64>,
}

impl Upstream {
    /// `variables`: the child's whole environment, as `NAME=VALUE`.
    pub fn new(via: Option<PathBuf>, variables: Vec<String>) -> Upstream {
        Upstream { via, variables, child: None, deadline: None }
    }

    /// Hands over the line of a job that takes so many seconds at most; one at a time. `now` in
    /// milliseconds, as the caller counts.
    ///
    /// # Errors
    /// Local: no child can be had.
    pub fn submit(&mut self, line: &str, seconds: u32, now: u64) -> Result<(), Error> {
        // One that has been idle may be just ending; a new one is not.
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

    pub fn has_child(&self) -> bool {
        self.child.is_some()
    }

    /// Ends a child that has no job.
    pub fn dismiss(&mut self) {
        self.child = None;
    }

    /// What becomes readable when the child has something to say.
    pub fn descriptor(&self) -> Option<RawFd> {
        self.child.as_ref().map(Helper::descriptor)
    }

    /// When [`Upstream::late`] is to be asked, if a job is at work.
    pub fn deadline(&self) -> Option<u64> {
        self.deadline
    }

    /// Reads what the child has to say; call it when its descriptor is readable. What `decode`
    /// makes of the answer to the job, or nothing: not yet, or it was idle and has ended.
    pub fn hear<T>(&mut self, decode: fn(&str) -> Option<T>) -> Option<Result<T, Error>> {
        let line = match self.line()? {
            Ok(line) => line,
            Err(error) => return Some(Err(error)),
        };
        let Some(answer) = decode(&line) else { return Some(Err(self.give_up_odd())) };
        self.deadline = None;
        Some(Ok(answer))
    }

    /// The line that answers the job, apart from what is made of it: there are several kinds.
    #[inline(never)]
    fn line(&mut self) -> Option<Result<String, Error>> {
        let was_at_work = self.deadline.is_some();
        let error = match self.child.as_mut()?.read() {
            Ok(None) => return None,
            Ok(Some(line)) if was_at_work => return Some(Ok(line)),
            Ok(Some(_)) => self.give_up_odd(),
            Err(_) => self.give_up(Kind::Unreachable, "the upstream helper exited without a reply"),
        };
        was_at_work.then_some(Err(error))
    }

    fn give_up_odd(&mut self) -> Error {
        self.give_up(Kind::InvalidResponse, "invalid reply from the upstream helper")
    }

    /// Ends a child whose job is late, and says so.
    pub fn late(&mut self, now: u64) -> Option<Error> {
        if self.deadline.is_none_or(|at| now < at) {
            return None;
        }
        Some(self.give_up(Kind::Timeout, "the upstream helper did not reply in time"))
    }

    /// What it said last says best why it died: the alarm's line, or a panic's.
    fn give_up(&mut self, kind: Kind, why: &str) -> Error {
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
        let kind = if last.ends_with(LATE_WORDS) { Kind::Timeout } else { kind };
        Error::new(kind, last)
    }
}
