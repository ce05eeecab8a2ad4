//! The state machine of a daemon whose record follows an address; pure, with time as an input.
//!
//! Times are milliseconds of a monotonic clock.

use super::backoff;
use crate::error::{Error, Kind};
use crate::record::Candidate;
use crate::wire::job::{Action, Answer, Outcome};
use std::net::IpAddr;

/// How long a burst of events may settle, from its first.
const SETTLE_MILLISECONDS: u64 = 500;
/// How long to wait for duplicate address detection of an address of a better class.
const DETECTION_MILLISECONDS: u64 = 3_000;
/// How often the record is checked without any event.
const LOOK_AGAIN_MILLISECONDS: u64 = 3_600_000;
/// Most candidates of a job, which has to fit into a pipe.
const CANDIDATES_MAX: usize = 500;
/// How many scans in a row may be inconsistent.
const PARTIAL_SCANS_MAX: u32 = 20;
/// Shortest delay after a failure before a changed address is tried, regardless of the backoff.
const SOONEST_MILLISECONDS: u64 = 5_000;

/// What a job has brought about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub action: Action,
    /// The address that the record has now.
    pub address: IpAddr,
    pub removed: Vec<IpAddr>,
}

impl Report {
    /// What an answer says.
    ///
    /// # Errors
    /// That of the job. Refused: there are several records, and the policy is not to choose.
    pub fn of(answer: Answer) -> Result<Report, Error> {
        match answer.outcome {
            Outcome::Done => {}
            Outcome::Failed(_, error) => return Err(error),
            Outcome::NoZone => return Err(Error::local("the zone", "does not exist")),
            Outcome::Several { count, values, .. } => {
                let mut shown = String::new();
                for one in &values {
                    if !shown.is_empty() {
                        shown.push_str(", ");
                    }
                    shown.push_str(&one.to_string());
                }
                if count as usize > values.len() {
                    shown.push_str(", …");
                }
                let kind = values.first().map(|one| one.kind().as_str()).unwrap_or_default();
                let message = format!(
                    "there are {count} {kind} records ({shown}); multi_record = first or all \
                     would choose"
                );
                return Err(Error::new(Kind::Refused { code: None }, message));
            }
        }
        let mut report = None;
        let mut removed = Vec::new();
        for step in answer.steps {
            let Some(address) = step.value.address() else { continue };
            match step.action {
                Action::Removed => removed.push(address),
                action => report = Some((action, address)),
            }
        }
        let missing = || Error::new(Kind::InvalidResponse, "the answer names no address");
        let (action, address) = report.ok_or_else(missing)?;
        Ok(Report { action, address, removed })
    }
}

/// The state, as shown to users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// No address is known.
    Unknown,
    /// An address is known, but not whether the record has it.
    Detected,
    /// The record has the address.
    Synced,
    /// The last attempt failed.
    Error,
}

/// The next action.
#[derive(Debug, PartialEq, Eq)]
pub enum Do {
    /// List the addresses and give them to [`Follow::on_scan`].
    Look,
    /// Publish one of these addresses, best first, and pass the outcome to [`Follow::done`]; there
    /// is no further action before that.
    Send(Vec<IpAddr>),
}

/// A change, for the log.
#[derive(Debug, PartialEq, Eq)]
pub enum Notice {
    /// A new address, and for how many milliseconds it has to wait after a failure.
    Detected(Candidate, u64),
    /// There is no usable address; the record is kept.
    NoAddress,
    /// What was done, and whether that is a change.
    Synced(Report, bool),
    /// The error, and the delay until the next attempt, in milliseconds.
    Failed(Error, u64),
}

/// The state machine.
pub struct Follow {
    state: State,
    /// Best first.
    candidates: Vec<Candidate>,
    /// The record's address, if known.
    published: Option<IpAddr>,
    look_at: Option<u64>,
    /// When the record is to be checked although it seems right.
    check_at: u64,
    /// Whether the record has to be checked or changed.
    due: bool,
    busy: bool,
    /// When the last job was sent.
    sent_at: Option<u64>,
    /// Whether the record is to be checked again after the current job.
    again: bool,
    /// When the next attempt is allowed, after a failure.
    retry_at: u64,
    /// No attempt before that, whatever happens.
    not_before: u64,
    failures: u32,
    /// Interval of scans if there are no events.
    poll: Option<u64>,
    logged_none: bool,
    /// Inconsistent scans in a row.
    partial_scans: u32,
    /// The tentative address being waited for, and since when.
    awaited: Option<(IpAddr, u64)>,
    /// The last address that was reported as detected or published.
    announced: Option<IpAddr>,
}

impl Follow {
    /// `poll`: interval of scans if there are no events, in milliseconds.
    pub fn new(now: u64, poll: Option<u64>) -> Follow {
        Follow {
            state: State::Unknown,
            candidates: Vec::new(),
            published: None,
            look_at: Some(now),
            check_at: now,
            due: false,
            busy: false,
            sent_at: None,
            again: false,
            retry_at: now,
            not_before: now,
            failures: 0,
            poll,
            logged_none: false,
            partial_scans: 0,
            awaited: None,
            announced: None,
        }
    }

    pub fn state(&self) -> State {
        self.state
    }

    /// The address that is being published or is published.
    pub fn address(&self) -> Option<IpAddr> {
        match self.state {
            State::Synced => self.published,
            _ => self.candidates.first().map(|one| one.address),
        }
    }

    /// The remaining delay after a failure, in milliseconds.
    fn waits(&self, now: u64) -> u64 {
        self.retry_at.max(self.not_before).saturating_sub(now)
    }

    /// The remaining delay that the API has requested, in milliseconds.
    pub fn requested_wait(&self, now: u64) -> u64 {
        self.not_before.saturating_sub(now)
    }

    /// Failures since the last success.
    pub fn failures(&self) -> u32 {
        self.failures
    }
    /// An address has changed, or some events were lost.
    pub fn event(&mut self, now: u64) {
        let settled = now + SETTLE_MILLISECONDS;
        self.look_at = Some(self.look_at.map_or(settled, |at| at.min(settled)));
    }

    /// A request to scan and check now; a repeated one is not served at once.
    pub fn asked(&mut self, now: u64) {
        let at = self.sent_at.map_or(now, |sent| now.max(sent + SETTLE_MILLISECONDS));
        self.look_at = Some(self.look_at.map_or(at, |look| look.min(at)));
        self.check_at = self.check_at.min(at);
        self.retry_at = self.retry_at.min(at);
    }

    /// The next action; called after each input and at [`Follow::wake_at`].
    pub fn due(&mut self, now: u64) -> Option<Do> {
        if now >= self.check_at && self.look_at.is_none() {
            self.look_at = Some(now);
        }
        if self.look_at.is_some_and(|at| at <= now) {
            self.look_at = None;
            return Some(Do::Look);
        }
        let may = self.due && !self.busy && now >= self.retry_at.max(self.not_before);
        if !may || self.candidates.is_empty() {
            return None;
        }
        self.busy = true;
        self.sent_at = Some(now);
        self.due = false;
        self.check_at = now + LOOK_AGAIN_MILLISECONDS;
        let mut best = Vec::new();
        for one in self.candidates.iter().take(CANDIDATES_MAX) {
            best.push(one.address);
        }
        Some(Do::Send(best))
    }

    /// When [`Follow::due`] has to be called at the latest.
    pub fn wake_at(&self) -> u64 {
        let mut at = self.look_at.unwrap_or(self.check_at);
        if self.due && !self.busy && !self.candidates.is_empty() {
            at = at.min(self.retry_at.max(self.not_before));
        }
        at
    }

    /// Whether to wait before acting on a scan, because the better address `awaited` is still
    /// tentative; another scan follows.
    pub fn awaits(&mut self, now: u64, awaited: Option<IpAddr>) -> bool {
        let since = self.awaited.filter(|(address, _)| awaited == Some(*address));
        self.awaited = since.or(awaited.map(|address| (address, now)));
        let Some((_, since)) = self.awaited else { return false };
        let until = since + DETECTION_MILLISECONDS;
        if now < until {
            self.look_at = Some(self.look_at.map_or(until, |at| at.min(until)));
        }
        now < until
    }

    /// The result of a scan, best first; an error says nothing about the addresses.
    pub fn on_scan(&mut self, now: u64, found: Result<Vec<Candidate>, Error>) -> Option<Notice> {
        if let Some(poll) = self.poll {
            self.look_at = Some(now + poll);
        }
        self.partial_scans = 0;
        let check = now >= self.check_at;
        let candidates = match found {
            Ok(candidates) => candidates,
            Err(error) => return Some(self.scan_failed(now, error)),
        };
        self.candidates = candidates;
        let Some(best) = self.candidates.first().cloned() else {
            return self.none(now);
        };
        self.logged_none = false;
        let is_current = self.published.is_some_and(|address| self.has(address));
        if check {
            self.check_at = now + LOOK_AGAIN_MILLISECONDS;
            self.again = self.busy;
        } else if is_current {
            // Unchanged since the last success.
            self.due = false;
            self.failures = 0;
            self.state = State::Synced;
            return None;
        }
        self.due = true;
        if is_current || self.announced == Some(best.address) {
            return None;
        }
        self.announced = Some(best.address);
        // A new address deserves an attempt, but not each one of a burst.
        self.retry_at = self.retry_at.min(now + SOONEST_MILLISECONDS);
        self.state = if self.failures > 0 { State::Error } else { State::Detected };
        Some(Notice::Detected(best, self.waits(now)))
    }

    /// As [`Follow::on_scan`], but `found` may lack some addresses, which changed during the scan:
    /// only a published address that is in it counts, all else is left for another scan.
    pub fn on_partial_scan(&mut self, now: u64, found: Vec<Candidate>) -> Option<Notice> {
        let is_current =
            self.published.is_some_and(|one| found.iter().any(|seen| seen.address == one));
        if !is_current && self.partial_scans < PARTIAL_SCANS_MAX {
            self.partial_scans += 1;
            self.event(now);
            return None;
        }
        self.on_scan(now, Ok(found))
    }

    /// What has become of [`Do::Send`]. `jitter`: random.
    pub fn done(&mut self, now: u64, outcome: Result<Report, Error>, jitter: u16) -> Notice {
        self.busy = false;
        let again = std::mem::take(&mut self.again);
        match outcome {
            Ok(report) => {
                self.failures = 0;
                self.retry_at = now;
                self.published = Some(report.address);
                self.announced = self.published;
                // There may have been another scan meanwhile.
                let is_current = self.has(report.address);
                let news = self.state != State::Synced || report.action != Action::Unchanged;
                self.due = (!is_current || again) && !self.candidates.is_empty();
                self.state = if is_current { State::Synced } else { State::Detected };
                Notice::Synced(report, news)
            }
            Err(error) => {
                self.published = None;
                self.due = true;
                Notice::Failed(error.clone(), self.fail(now, &error, jitter))
            }
        }
    }

    fn fail(&mut self, now: u64, error: &Error, jitter: u16) -> u64 {
        self.failures = self.failures.saturating_add(1);
        self.state = State::Error;
        let wait = backoff::before_next(error.kind, self.failures, jitter);
        self.retry_at = now + wait;
        self.not_before = now + backoff::asked_for(error.kind);
        wait
    }

    /// A failed scan is retried like any failure.
    fn scan_failed(&mut self, now: u64, error: Error) -> Notice {
        let wait = self.fail(now, &error, 0);
        self.look_at = Some(now + wait);
        Notice::Failed(error, wait)
    }

    fn none(&mut self, now: u64) -> Option<Notice> {
        self.due = false;
        self.check_at = now + LOOK_AGAIN_MILLISECONDS;
        if self.logged_none {
            return None;
        }
        self.logged_none = true;
        self.state = State::Unknown;
        Some(Notice::NoAddress)
    }

    fn has(&self, address: IpAddr) -> bool {
        self.candidates.iter().any(|one| one.address == address)
    }
}

#[cfg(test)]
mod tests;
