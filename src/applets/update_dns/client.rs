//! The client: calls the backend when it is time, and says in a line what came of it.

use super::settings::Settings;
use crate::applets::privileges::{self, FEW_DESCRIPTORS};
use crate::engine::backoff;
use crate::error::{Error, Kind};
use crate::log::Log;
use crate::log::logger::Level;
use crate::log::stream::Stream;
use crate::net::upstream::Upstream;
use crate::os;
use crate::text::printable;
use crate::triggers::{self, Signal, Signals};
use crate::wire::job::{self, CREATED, Call, Called, Job, UNCHANGED, UPDATED};
use crate::wire::update_call::{self, MISMATCH, Updated};
use std::net::IpAddr;
use std::os::fd::RawFd;

/// How long a call may take, in seconds: a backend asks its provider before it answers.
const CALL_SECONDS: u32 = 30;
/// How much is told of what went wrong, in characters.
const WORDS_CHARACTERS_MAX: usize = 1000;
/// How long the same "unchanged" is not said again, in milliseconds.
const UNCHANGED_MILLISECONDS: u64 = 3_600_000;
/// The field the key is sent in.
const KEY_FIELD: &str = "X-Pre-Shared-Key";

/// How a run has ended.
pub enum End {
    /// The one call there was to be has done what it should.
    Done,
    /// It has not.
    Failed,
    /// Somebody wanted it to.
    Asked,
}

/// Calls once, or until it is asked to end.
///
/// # Errors
/// Local: the kernel does not give what no daemon can be without.
pub fn run(settings: &Settings, variables: Vec<String>, log: &Log) -> Result<End, Error> {
    let user = privileges::begin()?;
    let signals = triggers::signals()?;
    for message in privileges::give_up(user.as_ref(), FEW_DESCRIPTORS) {
        log.warning(&message);
    }
    let mut client = Client {
        settings,
        log,
        upstream: Upstream::new(settings.upstream_via.clone(), variables),
        due: Some(triggers::now()),
        is_asked_again: false,
        barred_until: 0,
        failures: 0,
        is_v6: false,
        has_switched: false,
        said: Said(None),
    };
    client.work(&signals)
}

struct Client<'a> {
    settings: &'a Settings,
    log: &'a Log,
    upstream: Upstream,
    /// When the next call is to be sent; none: one is at work.
    due: Option<u64>,
    /// Whether the call at work comes too early for somebody, who wants another one.
    is_asked_again: bool,
    /// Until when the backend asked to be left alone.
    barred_until: u64,
    /// In a row.
    failures: u32,
    /// Whether the backend sees this machine by an IPv6 address.
    is_v6: bool,
    /// Whether that was found out by the last call.
    has_switched: bool,
    said: Said,
}

impl Client<'_> {
    fn work(&mut self, signals: &Signals) -> Result<End, Error> {
        loop {
            let outcome = match self.due {
                Some(at) if at <= triggers::now() => self.call(),
                _ => self.wait(signals)?,
            };
            match outcome {
                Step::Nothing => {}
                // Whoever wanted one call must not take it for made.
                Step::End if self.settings.interval_seconds == 0 => return Ok(End::Failed),
                Step::End => return Ok(End::Asked),
                Step::Outcome(outcome) => {
                    if let Some(end) = self.tell(outcome) {
                        return Ok(end);
                    }
                }
            }
        }
    }

    fn call(&mut self) -> Step {
        let settings = self.settings;
        let call = Call {
            url: settings.url.clone(),
            headers: vec![(KEY_FIELD.into(), settings.key.expose().into())],
            body: update_call::body(&settings.name, settings.address, self.is_v6),
            unverified: settings.is_unverified,
            seconds: CALL_SECONDS,
        };
        self.due = None;
        let line = job::encode_job(Job::Call(call));
        match self.upstream.submit(&line, CALL_SECONDS, triggers::now()) {
            Ok(()) => Step::Nothing,
            Err(error) => Step::Outcome(Err(error)),
        }
    }

    fn wait(&mut self, signals: &Signals) -> Result<Step, Error> {
        let mut descriptors: Vec<RawFd> = vec![signals.descriptor()];
        descriptors.extend(self.upstream.descriptor());
        let until = self.due.or(self.upstream.deadline()).unwrap_or(u64::MAX);
        let ready = triggers::wait(&descriptors, until)?;
        while let Some(signal) = signals.next() {
            match signal {
                Signal::End => return Ok(Step::End),
                Signal::LookAgain => self.hurry(),
            }
        }
        if ready.get(1) == Some(&true)
            && let Some(answer) = self.upstream.hear(Called::decode)
        {
            let key = &self.settings.key;
            let read = |called: Called| update_call::read(&called, key);
            return Ok(Step::Outcome(answer.flatten().and_then(read)));
        }
        let late = self.upstream.late(triggers::now());
        Ok(late.map_or(Step::Nothing, |error| Step::Outcome(Err(error))))
    }

    /// Somebody wants it now.
    fn hurry(&mut self) {
        // Whoever wants it now wants to see what comes of it.
        self.said = Said(None);
        let now = triggers::now();
        if self.due.is_none() {
            self.is_asked_again = true;
        } else if now < self.barred_until {
            let seconds = (self.barred_until - now).div_ceil(1000);
            self.log.text(&format!("The backend asked to wait; {seconds} s are left."));
        } else {
            self.due = Some(now);
        }
    }

    /// Says what came of a call, and plans the next one; the end where there is to be none.
    fn tell(&mut self, outcome: Result<Updated, Error>) -> Option<End> {
        if self.switches(&outcome) {
            return None;
        }
        let is_news = self.said.is_news(&outcome, triggers::now());
        let is_done = outcome.is_ok();
        let mut line = format!("{}: ", self.settings.name);
        match &outcome {
            Ok(Updated { action, address, warning }) => {
                let message = match *action {
                    CREATED => "created with",
                    UPDATED => "updated to",
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
                line.push_str("failed: ");
                line.push_str(&printable::line(&message, WORDS_CHARACTERS_MAX));
            }
        }
        if self.settings.interval_seconds == 0 {
            say(is_done, &line);
            return Some(if is_done { End::Done } else { End::Failed });
        }
        let wait = self.plan(outcome.err().map(|error| error.kind));
        if !is_done {
            line.push_str(&format!("; next try in {} s", wait.div_ceil(1000)));
        }
        if is_news {
            say(is_done, &line);
        }
        None
    }

    /// Whether the backend sees this machine by an address of the other family than was taken for
    /// granted: the call is sent again with that one's type, once.
    fn switches(&mut self, outcome: &Result<Updated, Error>) -> bool {
        let is_mismatch = |error: &Error| {
            error.kind == Kind::Refused { code: Some(400) } && error.message.starts_with(MISMATCH)
        };
        let is_it = self.settings.address.is_none()
            && !self.has_switched
            && outcome.as_ref().is_err_and(is_mismatch);
        self.has_switched = is_it;
        if is_it {
            self.is_v6 = !self.is_v6;
            let (family, kind) = if self.is_v6 { ("IPv6", "AAAA") } else { ("IPv4", "A") };
            let name = &self.settings.name;
            self.log.text(&format!(
                "{name}: the backend is reached over {family}: updating the {kind} record"
            ));
            self.due = Some(triggers::now());
        }
        is_it
    }

    /// Milliseconds until the next call, after one that failed so or not at all.
    fn plan(&mut self, failure: Option<Kind>) -> u64 {
        let mut chance = [0; 2];
        os::random::fill(&mut chance);
        let chance = u16::from_ne_bytes(chance);
        let interval = self.settings.interval_seconds;
        let now = triggers::now();
        let mut wait = match failure {
            None => {
                self.failures = 0;
                backoff::before_regular(interval, chance)
            }
            Some(kind) => {
                // The backend is not to blame for a clock that is not set.
                self.failures = self.failures.saturating_add(u32::from(kind != Kind::Unavailable));
                self.barred_until = now + backoff::asked_for(kind);
                backoff::before_regular_again(interval, kind, self.failures, chance)
            }
        };
        if std::mem::take(&mut self.is_asked_again) {
            wait = self.barred_until.saturating_sub(now);
        }
        self.due = Some(now + wait);
        wait
    }
}

/// The address whose record was last said to be right, and when, in milliseconds.
struct Said(Option<(u64, IpAddr)>);

impl Said {
    /// Whether a result is worth a line: that nothing has changed is said once an hour.
    fn is_news(&mut self, outcome: &Result<Updated, Error>, now: u64) -> bool {
        let Ok(updated) = outcome else {
            self.0 = None;
            return true;
        };
        let is_known = updated.action == UNCHANGED
            && self.0.is_some_and(|(at, address)| {
                address == updated.address && now.saturating_sub(at) < UNCHANGED_MILLISECONDS
            });
        if !is_known {
            self.0 = Some((now, updated.address));
        }
        !is_known
    }
}

/// What a round has brought.
enum Step {
    Nothing,
    /// Somebody wants this to end.
    End,
    Outcome(Result<Updated, Error>),
}

fn say(is_done: bool, line: &str) {
    let level = if is_done { Level::Info } else { Level::Error };
    // Where nobody listens any longer the name is to be kept right all the same.
    let _ = Stream::Output.write(level, line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unchanged_is_said_once_an_hour() {
        const HOUR: u64 = UNCHANGED_MILLISECONDS;
        let done =
            |action, ip: &str| Ok(Updated { action, address: ip.parse().unwrap(), warning: None });
        let mut said = Said(None);
        for (outcome, now, is_news) in [
            (done(UNCHANGED, "192.0.2.1"), 5, true),
            (done(UNCHANGED, "192.0.2.1"), 60_000, false),
            (done(UNCHANGED, "192.0.2.1"), HOUR + 4, false),
            (done(UNCHANGED, "192.0.2.1"), HOUR + 5, true),
            (done(UNCHANGED, "192.0.2.1"), HOUR + 6, false),
            (done(UNCHANGED, "192.0.2.2"), HOUR + 7, true),
            (done(UPDATED, "192.0.2.3"), HOUR + 8, true),
            (done(UPDATED, "192.0.2.3"), HOUR + 9, true),
            (done(UNCHANGED, "192.0.2.3"), HOUR + 10, false),
            (Err(Error::new(Kind::Timeout, "late")), HOUR + 11, true),
            (Err(Error::new(Kind::Timeout, "late")), HOUR + 12, true),
            (done(UNCHANGED, "192.0.2.3"), HOUR + 13, true),
        ] {
            assert_eq!(said.is_news(&outcome, now), is_news, "{now}");
        }
    }
}
