//! The daemon: waits, looks at the addresses, lets the child talk, and says what has changed.

use super::settings::{MultiRecord, Settings};
use crate::applets::privileges::{self, FEW_DESCRIPTORS};
use crate::engine::backoff;
use crate::engine::follow::{Do, Follow, Notice, State};
use crate::error::Error;
use crate::log::Log;
use crate::net::health::{Answer, Health};
use crate::net::upstream::Upstream;
use crate::os;
use crate::sources::global_v6::{self, Rules, Seen};
use crate::triggers::address_watch::AddressWatch;
use crate::triggers::{self, Signal, Signals};
use crate::wire::job::{self, Job, Report};
use std::net::IpAddr;
use std::os::fd::RawFd;

/// Runs until it is asked to end.
///
/// # Errors
/// Local: the kernel does not give what no daemon can be without.
pub fn run(settings: &Settings, variables: Vec<String>, log: &Log) -> Result<(), Error> {
    let user = privileges::begin()?;
    let signals = triggers::signals()?;
    let watch = match AddressWatch::open() {
        Ok(watch) => Some(watch),
        Err(why) => {
            let every = settings.poll_interval_seconds;
            log.warning(&format!(
                "Cannot watch for address changes ({why}); polling every {every} s."
            ));
            None
        }
    };
    let poll = watch.is_none().then_some(u64::from(settings.poll_interval_seconds) * 1000);
    let health = settings.health_port.and_then(|port| open_health(port, log));
    for message in privileges::give_up(user.as_ref(), FEW_DESCRIPTORS) {
        log.warning(&message);
    }
    let mut daemon = Daemon {
        settings,
        log,
        follow: Follow::new(triggers::now(), poll),
        upstream: Upstream::new(settings.upstream_via.clone(), variables),
        watch,
        health,
        absent: Vec::new(),
    };
    daemon.work_until_asked_to_end(&signals)
}

fn open_health(port: u16, log: &Log) -> Option<Health> {
    // The record matters more than being asked about it.
    let failed = |why| log.warning(&format!("Cannot listen for /health on port {port}: {why}."));
    Health::open(port).map_err(failed).ok()
}

struct Daemon<'a> {
    settings: &'a Settings,
    log: &'a Log,
    follow: Follow,
    upstream: Upstream,
    /// None: addresses are polled.
    watch: Option<AddressWatch>,
    health: Option<Health>,
    /// Named interfaces that were not there at the last look.
    absent: Vec<String>,
}

impl Daemon<'_> {
    fn work_until_asked_to_end(&mut self, signals: &Signals) -> Result<(), Error> {
        loop {
            self.do_what_is_due();
            let (descriptors, until) = self.waits_for(signals);
            let ready = triggers::wait(&descriptors, until)?;
            let is_ready = |fd: Option<RawFd>| {
                fd.is_some()
                    && descriptors.iter().zip(&ready).any(|(&one, &is)| is && Some(one) == fd)
            };
            while let Some(signal) = signals.next() {
                match signal {
                    Signal::End => return Ok(()),
                    Signal::LookAgain => {
                        self.follow.asked(triggers::now());
                        let wait = self.follow.barred_for(triggers::now());
                        let seconds = wait.div_ceil(1000);
                        match wait {
                            0 => {}
                            NEVER_SOONER.. => self.log.text(&next_try(wait)),
                            _ => self
                                .log
                                .text(&format!("The API asked to wait; {seconds} s are left.")),
                        }
                    }
                }
            }
            if is_ready(self.watch.as_ref().map(AddressWatch::descriptor))
                && self.watch.as_mut().is_some_and(AddressWatch::has_changed)
            {
                self.log.detail("The kernel reports changed addresses.");
                self.follow.event(triggers::now());
            }
            if is_ready(self.upstream.descriptor())
                && let Some(outcome) = self.upstream.hear(Report::decode)
            {
                self.done(outcome.flatten());
            }
            if let Some(error) = self.upstream.late(triggers::now()) {
                self.done(Err(error));
            }
            self.serve_health();
        }
    }

    /// What to wait for, and how long at most.
    fn waits_for(&self, signals: &Signals) -> (Vec<RawFd>, u64) {
        let mut descriptors = vec![signals.descriptor()];
        descriptors.extend(self.watch.as_ref().map(AddressWatch::descriptor));
        descriptors.extend(self.upstream.descriptor());
        let mut until = self.follow.wake_at();
        until = self.upstream.deadline().map_or(until, |at| at.min(until));
        if let Some(health) = &self.health {
            let now = triggers::now();
            descriptors.extend(health.descriptors(now));
            until = health.wake_at(now).map_or(until, |at| at.min(until));
        }
        (descriptors, until)
    }

    fn do_what_is_due(&mut self) {
        while let Some(what) = self.follow.due(triggers::now()) {
            match what {
                Do::Look => self.look(),
                Do::Send(candidates) => {
                    let line = job::encode_job(Job::Follow(self.job(&candidates)));
                    // A list and a write, each with a limit of its own and an alarm behind it.
                    let seconds = (self.settings.timeout_seconds + 2) * 2;
                    if let Err(error) = self.upstream.submit(&line, seconds, triggers::now()) {
                        self.done(Err(error));
                    }
                }
            }
        }
    }

    fn look(&mut self) {
        let rules = Rules {
            interfaces: &self.settings.interfaces,
            unique_local: self.settings.allow_ula,
            loopback: self.settings.allow_loopback,
        };
        let now = triggers::now();
        let notice = match global_v6::look(&rules) {
            Err(error) => self.follow.looked(now, Err(error)),
            Ok(seen) => {
                self.describe(&seen);
                self.tell_absent(seen.absent);
                if self.follow.awaits(now, seen.awaited) {
                    return;
                }
                match seen.is_whole {
                    true => self.follow.looked(now, Ok(seen.candidates)),
                    false => self.follow.glimpsed(now, seen.candidates),
                }
            }
        };
        self.tell(notice);
    }

    /// Names interfaces that are not there, once for as long as they are not.
    fn tell_absent(&mut self, absent: Vec<String>) {
        for name in absent.iter().filter(|name| !self.absent.contains(name)) {
            let there = global_v6::interfaces_there();
            self.log.warning(&format!("interface {name} does not exist (there are: {there})."));
        }
        self.absent = absent;
    }

    fn describe(&self, seen: &Seen) {
        for (one, why) in &seen.left_out {
            self.log.detail(&format!("Not using {} of {}: {why}.", one.address, one.interface));
        }
        for one in &seen.candidates {
            self.log.detail(&format!("Usable: {} of {}.", one.address, one.interface));
        }
    }

    fn job(&self, candidates: &[IpAddr]) -> job::Follow {
        let settings = self.settings;
        let policy = match settings.multi_record {
            MultiRecord::Error => "error",
            MultiRecord::First => "first",
            MultiRecord::All => "all",
        };
        job::Follow {
            api_url: settings.api_url.clone(),
            token: settings.token.expose().to_string(),
            zone: settings.zone.clone(),
            name: settings.record_name.clone(),
            kind: "AAAA".into(),
            candidates: candidates.iter().map(IpAddr::to_string).collect(),
            policy: policy.into(),
            ttl: settings.ttl,
            seconds: settings.timeout_seconds,
        }
    }

    fn done(&mut self, outcome: Result<Report, Error>) {
        let mut chance = [0; 2];
        os::random::fill(&mut chance);
        let chance = u16::from_ne_bytes(chance);
        let notice = self.follow.done(triggers::now(), outcome, os::clock::now(), chance);
        self.tell(Some(notice));
    }

    fn tell(&self, notice: Option<Notice>) {
        let name = &self.settings.record_name;
        match notice {
            None => {}
            Some(Notice::Detected(one, wait)) => {
                let mut message = format!("Detected {} on {}.", one.address, one.interface);
                if wait > 0 {
                    message.push(' ');
                    message.push_str(&next_try(wait));
                }
                self.log.text(&message);
            }
            Some(Notice::NoAddress) => {
                self.log.warning("No usable IPv6 address; the record stays as it is.");
            }
            Some(Notice::Synced(report, news)) => {
                for address in &report.removed {
                    self.log.text(&format!("Removed {address} from {name}."));
                }
                let Report { action, address, .. } = &report;
                let message = format!("Synced: {name} has {address} ({action}).");
                if news || !report.removed.is_empty() {
                    self.log.text(&message);
                } else {
                    self.log.detail(&message);
                }
            }
            Some(Notice::Failed(error, wait)) => {
                let mut message = self.without_secrets(&error.message);
                if !message.ends_with(['.', '?', '!']) {
                    message.push('.');
                }
                let next = next_try(wait);
                self.log.error(&format!("Cannot update {name}: {message} {next}"));
            }
        }
    }

    /// On one line. Errors name the request that failed, and its URL has the zone in it.
    fn without_secrets(&self, message: &str) -> String {
        let message = self.settings.token.struck_from(message).replace('\n', " ");
        message.replace(&self.settings.zone, "(the zone)")
    }

    fn serve_health(&mut self) {
        let Some(health) = &mut self.health else { return };
        let follow = &self.follow;
        health.serve(triggers::now(), &|| Answer {
            is_well: follow.state() != State::Error,
            body: describe(follow, os::clock::now()),
        });
    }
}

/// A wait longer than that ends with other settings only, in milliseconds.
const NEVER_SOONER: u64 = backoff::FOR_EVER / 2;

fn next_try(wait: u64) -> String {
    match wait {
        NEVER_SOONER.. => "Nothing more is sent until the settings change.".into(),
        _ => format!("Next try in {} s.", wait.div_ceil(1000)),
    }
}

/// The state as JSON: our keys, then those of the original program, whose `status` and `healthy`
/// are good only once the record has been synchronised. The address is one that stands or shall
/// stand at the name.
fn describe(follow: &Follow, now: u64) -> String {
    let state = match follow.state() {
        State::Unknown => "unknown",
        State::Detected => "detected",
        State::Synced => "synced",
        State::Error => "error",
    };
    let number = |seconds: Option<u64>| seconds.map_or("null".into(), |one| one.to_string());
    let address = follow.address().map_or("null".into(), |address| format!("\"{address}\""));
    let success = number(follow.last_success());
    let ago = number(follow.last_success().map(|at| now.saturating_sub(at)));
    let failures = follow.failures();
    let healthy = follow.state() == State::Synced;
    let status = if healthy { "ok" } else { "degraded" };
    format!(
        "{{\"state\":\"{state}\",\"address\":{address},\"last_success\":{success},\
         \"failures\":{failures},\"status\":\"{status}\",\"sync_state\":\"{state}\",\
         \"last_sync_seconds_ago\":{ago},\"error_count\":{failures},\
         \"healthy\":{healthy}}}\n"
    )
}
