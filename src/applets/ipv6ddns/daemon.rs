//! The daemon: waits, scans the addresses, hands jobs to the worker, and logs what has changed.

use super::health;
use super::settings::{MultiRecord, Settings};
use crate::daemon::address_watch::AddressWatch;
use crate::daemon::event_loop::{self, ADDRESSES, Daemon, Signal, WORKERS};
use crate::daemon::privileges::{self, FEW_DESCRIPTORS};
use crate::daemon::worker::Worker;
use crate::engine::backoff;
use crate::engine::follow::{Do, Follow, Notice, Report};
use crate::error::Error;
use crate::log::Log;
use crate::net::http_server::Server;
use crate::os;
use crate::os::clock::{UnixSeconds, monotonic_ms, unix_seconds};
use crate::os::poll::{Interest, PollSet, Token};
use crate::record::{Attributes, Policy, RecordType, Zone};
use crate::sources::global_v6::{self, Rules, Seen};
use crate::wire::job::{Answer, Deadline, Job, SetJob};
use std::net::IpAddr;
use std::ops::ControlFlow;

/// The token of the kernel's messages about addresses, and that of the worker.
const WATCH: Token = Token { source: ADDRESSES, id: 0 };
const WORKER: Token = Token { source: WORKERS, id: 0 };

/// The only provider its settings can name.
const PROVIDER: &str = "cloudflare";

/// Runs until it is asked to end.
///
/// # Errors
/// Local: no signalfd(2), or poll(2) fails.
pub fn run(settings: &Settings, variables: Vec<String>, log: &Log) -> Result<(), Error> {
    let user = privileges::target_user()?;
    let signals = event_loop::signals()?;
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
    for message in privileges::drop_privileges(user.as_ref(), FEW_DESCRIPTORS) {
        log.warning(&message);
    }
    let mut daemon = Ipv6Daemon {
        settings,
        log,
        follow: Follow::new(monotonic_ms(), poll),
        worker: Worker::new(WORKER, settings.upstream_via.clone(), variables),
        watch,
        health,
        last_success: None,
        absent: Vec::new(),
    };
    event_loop::run(&mut daemon, &signals)
}

fn open_health(port: u16, log: &Log) -> Option<Server> {
    // Not fatal: the record matters more.
    let failed = |why| log.warning(&format!("Cannot listen for /health on port {port}: {why}."));
    health::open(port).map_err(failed).ok()
}

struct Ipv6Daemon<'a> {
    settings: &'a Settings,
    log: &'a Log,
    follow: Follow,
    worker: Worker,
    /// None: addresses are polled.
    watch: Option<AddressWatch>,
    health: Option<Server>,
    /// The wall clock at the last success, for `/health`.
    last_success: Option<UnixSeconds>,
    /// Named interfaces that did not exist at the last scan.
    absent: Vec<String>,
}

impl Daemon for Ipv6Daemon<'_> {
    fn register(&mut self, poll: &mut PollSet, now: u64) -> u64 {
        if let Some(watch) = &self.watch {
            poll.register(WATCH, watch.descriptor(), Interest::Read);
        }
        self.worker.register(poll);
        let mut until = self.follow.wake_at();
        until = self.worker.deadline().map_or(until, |at| at.min(until));
        if let Some(server) = &self.health {
            server.register(poll, now);
            until = server.wake_at(now).map_or(until, |at| at.min(until));
        }
        until
    }

    fn on_signal(&mut self, signal: Signal) -> ControlFlow<()> {
        match signal {
            Signal::End => return ControlFlow::Break(()),
            Signal::LookAgain => self.scan_requested(),
        }
        ControlFlow::Continue(())
    }

    fn on_wake(&mut self, poll: &PollSet) -> ControlFlow<()> {
        if poll.is_ready(WATCH) && self.watch.as_mut().is_some_and(AddressWatch::has_changed) {
            self.log.detail("The kernel reports changed addresses.");
            self.follow.event(monotonic_ms());
        }
        if let Some(outcome) = self.worker.poll_reply(poll, monotonic_ms(), Answer::decode) {
            self.done(outcome.and_then(Report::of));
        }
        if let Some(server) = &mut self.health {
            health::serve(server, &self.follow, self.last_success, poll);
        }
        self.do_what_is_due();
        ControlFlow::Continue(())
    }
}

impl Ipv6Daemon<'_> {
    fn scan_requested(&mut self) {
        let now = monotonic_ms();
        self.follow.asked(now);
        let wait = self.follow.requested_wait(now);
        let seconds = wait.div_ceil(1000);
        match wait {
            0 => {}
            NEVER_SOONER.. => self.log.text(&next_try(wait)),
            _ => self.log.text(&format!("The API asked to wait; {seconds} s are left.")),
        }
    }

    fn do_what_is_due(&mut self) {
        while let Some(what) = self.follow.due(monotonic_ms()) {
            match what {
                Do::Look => self.scan(),
                Do::Send(candidates) => {
                    let line = self.job(&candidates).encode();
                    // A list and a write, each with a time limit and an alarm of its own.
                    let seconds = (self.settings.timeout_seconds + 2) * 2;
                    if let Err(error) = self.worker.submit(&line, seconds, monotonic_ms()) {
                        self.done(Err(error));
                    }
                }
            }
        }
    }

    fn scan(&mut self) {
        let rules = Rules {
            interfaces: &self.settings.interfaces,
            unique_local: self.settings.allow_ula,
            loopback: self.settings.allow_loopback,
        };
        let now = monotonic_ms();
        let notice = match global_v6::look(&rules) {
            Err(error) => self.follow.on_scan(now, Err(error)),
            Ok(seen) => {
                self.describe(&seen);
                self.log_absent(seen.absent);
                if self.follow.awaits(now, seen.awaited) {
                    return;
                }
                match seen.is_whole {
                    true => self.follow.on_scan(now, Ok(seen.candidates)),
                    false => self.follow.on_partial_scan(now, seen.candidates),
                }
            }
        };
        self.log_notice(notice);
    }

    /// Names interfaces that do not exist, once until they do.
    fn log_absent(&mut self, absent: Vec<String>) {
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

    fn job(&self, candidates: &[IpAddr]) -> Job {
        let settings = self.settings;
        let policy = match settings.multi_record {
            MultiRecord::Error => Policy::OnlyOne,
            MultiRecord::First => Policy::First,
            MultiRecord::All => Policy::All,
        };
        let set = SetJob {
            name: settings.record_name.clone(),
            kind: RecordType::Aaaa,
            wanted: candidates.iter().map(|&one| one.into()).collect(),
            owned: Vec::new(),
            policy,
            attributes: Attributes::OfNew,
            ttl: Some(settings.ttl),
            comment: None,
            proxied: None,
        };
        Job {
            provider: PROVIDER.into(),
            api_url: settings.api_url.clone(),
            id: String::new(),
            secret: settings.token.expose().to_string(),
            zone: Zone::Id(settings.zone.clone()),
            zone_id: None,
            zones: None,
            zones_are_old: false,
            sets: vec![set],
            deadline: Deadline::Request(settings.timeout_seconds),
        }
    }

    fn done(&mut self, outcome: Result<Report, Error>) {
        let mut jitter = [0; 2];
        os::random::fill(&mut jitter);
        let jitter = u16::from_ne_bytes(jitter);
        if outcome.is_ok() {
            self.last_success = Some(unix_seconds());
        }
        let notice = self.follow.done(monotonic_ms(), outcome, jitter);
        self.log_notice(Some(notice));
    }

    fn log_notice(&self, notice: Option<Notice>) {
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
                let message = format!("Synced: {name} has {address} ({}).", action.as_str());
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
}

/// A wait longer than that has no end without new settings, in milliseconds.
const NEVER_SOONER: u64 = backoff::FOR_EVER / 2;

fn next_try(wait: u64) -> String {
    match wait {
        NEVER_SOONER.. => "Nothing more is sent until the settings change.".into(),
        _ => format!("Next try in {} s.", wait.div_ceil(1000)),
    }
}
