//! The client: calls the backend when it is time, and logs the outcome in a line.

use super::settings::Settings;
use crate::daemon::event_loop::{self, Daemon, Signal, WORKERS};
use crate::daemon::privileges::{self, FEW_DESCRIPTORS};
use crate::daemon::worker::Worker;
use crate::engine::backoff;
use crate::error::{Error, Kind};
use crate::log::Log;
use crate::log::logger::Level;
use crate::log::stream::Stream;
use crate::os;
use crate::os::clock::monotonic_ms;
use crate::os::poll::{PollSet, Token};
use crate::text::printable;
use crate::wire::job::{Action, Call, Called};
use crate::wire::update_call::{self, MISMATCH, Updated};
use std::net::IpAddr;
use std::ops::ControlFlow;

/// How long a call may take, in seconds: a backend asks its provider before it answers.
const CALL_SECONDS: u32 = 30;
/// How much of an error is logged, in characters.
const WORDS_CHARACTERS_MAX: usize = 1000;
/// How long the same "unchanged" is not logged again, in milliseconds.
const UNCHANGED_MILLISECONDS: u64 = 3_600_000;
/// The field the key is sent in.
const KEY_FIELD: &str = "X-Pre-Shared-Key";

/// The token of the worker.
const WORKER: Token = Token { source: WORKERS, id: 0 };

/// How a run has ended.
pub enum End {
    /// The single call has succeeded.
    Done,
    /// It has failed.
    Failed,
    /// By a signal.
    Signalled,
}

/// Calls once, or regularly until a signal.
///
/// # Errors
/// Local: no signalfd(2), or poll(2) fails.
pub fn run(settings: &Settings, variables: Vec<String>, log: &Log) -> Result<End, Error> {
    let user = privileges::target_user()?;
    let signals = event_loop::signals()?;
    for message in privileges::drop_privileges(user.as_ref(), FEW_DESCRIPTORS) {
        log.warning(&message);
    }
    let mut client = Client {
        settings,
        log,
        worker: Worker::new(WORKER, settings.upstream_via.clone(), variables),
        due: Some(monotonic_ms()),
        is_requested_again: false,
        not_before: 0,
        failures: 0,
        is_v6: false,
        has_switched: false,
        logged: Logged(None),
        end: End::Signalled,
    };
    event_loop::run(&mut client, &signals)?;
    Ok(client.end)
}

struct Client<'a> {
    settings: &'a Settings,
    log: &'a Log,
    worker: Worker,
    /// When the next call is to be sent; none: one is in progress.
    due: Option<u64>,
    /// Whether another call was requested while one is in progress.
    is_requested_again: bool,
    /// Until when the backend has asked to wait.
    not_before: u64,
    /// In a row.
    failures: u32,
    /// Whether the backend is reached over IPv6.
    is_v6: bool,
    /// Whether the last call has found that out.
    has_switched: bool,
    logged: Logged,
    end: End,
}

impl Daemon for Client<'_> {
    fn register(&mut self, poll: &mut PollSet, _now: u64) -> u64 {
        self.worker.register(poll);
        self.due.or(self.worker.deadline()).unwrap_or(u64::MAX)
    }

    fn on_signal(&mut self, signal: Signal) -> ControlFlow<()> {
        match signal {
            Signal::End => {
                // A single call that was not made has failed.
                if self.settings.interval_seconds == 0 {
                    self.end = End::Failed;
                }
                return ControlFlow::Break(());
            }
            Signal::LookAgain => self.call_requested(),
        }
        ControlFlow::Continue(())
    }

    fn on_wake(&mut self, poll: &PollSet) -> ControlFlow<()> {
        let reply = self.worker.poll_reply(poll, monotonic_ms(), Called::decode);
        if let Some(reply) = reply {
            let key = &self.settings.key;
            let read = |called: Called| update_call::read(&called, key);
            self.done(reply.flatten().and_then(read))?;
        }
        if self.due.is_some_and(|at| at <= monotonic_ms())
            && let Err(error) = self.call()
        {
            self.done(Err(error))?;
        }
        ControlFlow::Continue(())
    }
}

impl Client<'_> {
    fn call(&mut self) -> Result<(), Error> {
        let settings = self.settings;
        let call = Call {
            url: settings.url.clone(),
            headers: vec![(KEY_FIELD.into(), settings.key.expose().into())],
            body: update_call::body(&settings.name, settings.address, self.is_v6),
            unverified: settings.is_unverified,
            seconds: CALL_SECONDS,
        };
        self.due = None;
        let line = call.encode();
        self.worker.submit(&line, CALL_SECONDS, monotonic_ms())
    }

    /// Calls now, if the backend lets us.
    fn call_requested(&mut self) {
        // The outcome is logged whatever it is.
        self.logged = Logged(None);
        let now = monotonic_ms();
        if self.due.is_none() {
            self.is_requested_again = true;
        } else if now < self.not_before {
            let seconds = (self.not_before - now).div_ceil(1000);
            self.log.text(&format!("The backend asked to wait; {seconds} s are left."));
        } else {
            self.due = Some(now);
        }
    }

    /// Logs the outcome of a call and plans the next one; breaks where it was the only one.
    fn done(&mut self, outcome: Result<Updated, Error>) -> ControlFlow<()> {
        if self.switch_family(&outcome) {
            return ControlFlow::Continue(());
        }
        let is_new = self.logged.is_new(&outcome, monotonic_ms());
        let is_done = outcome.is_ok();
        let mut line = format!("{}: ", self.settings.name);
        match &outcome {
            Ok(Updated { action, address, warning }) => {
                let message = match *action {
                    Action::Created => "created with",
                    Action::Updated => "updated to",
                    _ => "unchanged at",
                };
                line.push_str(&format!("{message} {address}"));
                if let Some(warning) = warning {
                    line.push_str("; the backend warns: ");
                    line.push_str(warning);
                }
            }
            Err(error) => {
                let message = self.settings.key.struck_from(&error.message).replace('\n', " ");
                // The setting of this program for what the transport calls so.
                let message = message.replace("SSL_CERT_FILE", "CA_BUNDLE");
                line.push_str("failed: ");
                line.push_str(&printable::line(&message, WORDS_CHARACTERS_MAX));
            }
        }
        if self.settings.interval_seconds == 0 {
            print(is_done, &line);
            self.end = if is_done { End::Done } else { End::Failed };
            return ControlFlow::Break(());
        }
        let wait = self.plan(outcome.err().map(|error| error.kind));
        if !is_done {
            line.push_str(&format!("; next try in {} s", wait.div_ceil(1000)));
        }
        if is_new {
            print(is_done, &line);
        }
        ControlFlow::Continue(())
    }

    /// Whether the backend sees this machine by an address of the other family than assumed: the
    /// call is sent again with that family's record type, once.
    fn switch_family(&mut self, outcome: &Result<Updated, Error>) -> bool {
        let is_mismatch = |error: &Error| {
            error.kind == Kind::Refused { code: Some(400) } && error.message.starts_with(MISMATCH)
        };
        let is_other = self.settings.address.is_none()
            && !self.has_switched
            && outcome.as_ref().is_err_and(is_mismatch);
        self.has_switched = is_other;
        if is_other {
            self.is_v6 = !self.is_v6;
            let (family, kind) = if self.is_v6 { ("IPv6", "AAAA") } else { ("IPv4", "A") };
            let name = &self.settings.name;
            self.log.text(&format!(
                "{name}: the backend is reached over {family}: updating the {kind} record"
            ));
            self.due = Some(monotonic_ms());
        }
        is_other
    }

    /// Milliseconds until the next call, after one that failed so or not at all.
    fn plan(&mut self, failure: Option<Kind>) -> u64 {
        let mut jitter = [0; 2];
        os::random::fill(&mut jitter);
        let jitter = u16::from_ne_bytes(jitter);
        let interval = self.settings.interval_seconds;
        let now = monotonic_ms();
        let mut wait = match failure {
            None => {
                self.failures = 0;
                backoff::before_regular(interval, jitter)
            }
            Some(kind) => {
                // A clock that is not set yet is no failure of the backend.
                self.failures = self.failures.saturating_add(u32::from(kind != Kind::Unavailable));
                self.not_before = now + backoff::asked_for(kind);
                backoff::before_regular_again(interval, kind, self.failures, jitter)
            }
        };
        if std::mem::take(&mut self.is_requested_again) {
            wait = self.not_before.saturating_sub(now);
        }
        self.due = Some(now + wait);
        wait
    }
}

/// The address last logged as published, and when, in milliseconds.
struct Logged(Option<(u64, IpAddr)>);

impl Logged {
    /// Whether an outcome is to be logged: that nothing has changed is, once an hour.
    fn is_new(&mut self, outcome: &Result<Updated, Error>, now: u64) -> bool {
        let Ok(updated) = outcome else {
            self.0 = None;
            return true;
        };
        let is_known = updated.action == Action::Unchanged
            && self.0.is_some_and(|(at, address)| {
                address == updated.address && now.saturating_sub(at) < UNCHANGED_MILLISECONDS
            });
        if !is_known {
            self.0 = Some((now, updated.address));
        }
        !is_known
    }
}

fn print(is_done: bool, line: &str) {
    let level = if is_done { Level::Info } else { Level::Error };
    // The record is kept up to date even where standard output is gone.
    let _ = Stream::Output.write(level, line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unchanged_is_logged_once_an_hour() {
        const HOUR: u64 = UNCHANGED_MILLISECONDS;
        let done =
            |action, ip: &str| Ok(Updated { action, address: ip.parse().unwrap(), warning: None });
        let mut logged = Logged(None);
        for (outcome, now, is_new) in [
            (done(Action::Unchanged, "192.0.2.1"), 5, true),
            (done(Action::Unchanged, "192.0.2.1"), 60_000, false),
            (done(Action::Unchanged, "192.0.2.1"), HOUR + 4, false),
            (done(Action::Unchanged, "192.0.2.1"), HOUR + 5, true),
            (done(Action::Unchanged, "192.0.2.1"), HOUR + 6, false),
            (done(Action::Unchanged, "192.0.2.2"), HOUR + 7, true),
            (done(Action::Updated, "192.0.2.3"), HOUR + 8, true),
            (done(Action::Updated, "192.0.2.3"), HOUR + 9, true),
            (done(Action::Unchanged, "192.0.2.3"), HOUR + 10, false),
            (Err(Error::new(Kind::Timeout, "late")), HOUR + 11, true),
            (Err(Error::new(Kind::Timeout, "late")), HOUR + 12, true),
            (done(Action::Unchanged, "192.0.2.3"), HOUR + 13, true),
        ] {
            assert_eq!(logged.is_new(&outcome, now), is_new, "{now}");
        }
    }
}
