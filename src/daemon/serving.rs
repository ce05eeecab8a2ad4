//! The daemon that serves an [`Api`] over HTTP: connections, workers, signals, log budgets, an end.

use super::event_loop::{self, Daemon, NOTIFICATIONS, SERVER, Signal, Signals};
use super::log_budget::{Class, LogBudget};
use super::pool::{Offer, Outcome, Pool, Ticket};
use super::privileges;
use super::worker::Worker;
use crate::apis::{Api, Step};
use crate::error::Error;
use crate::log::format::Format;
use crate::log::logger::{Level, Logger};
use crate::log::sink::{LogFile, Rotation, Sink, Stream, Target};
use crate::net::guesses::Guesses;
use crate::net::http_server::{self, Arrival, Rejection, Server};
use crate::net::peer::Peer;
use crate::notify::Notifier;
use crate::os::clock::monotonic_ms;
use crate::os::poll::{PollSet, Token};
use crate::os::privilege::User;
use crate::text::secret::Secret;
use crate::wire::http::Response;
use crate::wire::job::Called;
use std::io;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::PathBuf;

const DATE_FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// How long a head or a body may take from its first byte, in milliseconds.
pub const REQUEST_MILLISECONDS: u64 = 10_000;
/// How long requests in progress have at the end, in milliseconds.
const END_MILLISECONDS: u64 = 10_000;

/// Descriptors that are always open, and those of a worker.
const OWN_DESCRIPTORS: usize = 8;
const CHILD_DESCRIPTORS: usize = 6;
/// Most pipelined requests of a connection that are answered before others are served again.
const ROUNDS_MAX: u32 = 16;
/// Longest wait while there is nothing to do, in milliseconds.
const IDLE_MILLISECONDS: u64 = 3_600_000;

/// A secret with fewer characters can be guessed.
const SECRET_CHARACTERS_MIN: usize = 8;
/// When a peer with too many requests in progress may come again, in seconds.
const BUSY_SECONDS: &str = "10";
/// It needs no credentials, so that none can be guessed there.
const HEALTH_PATH: &str = "/health";

/// Sends notifications through ntfy, by a worker of its own.
pub struct NtfySender {
    notifier: Notifier,
    worker: Worker,
}

/// A server, what it serves, and what does the work.
pub struct Serving<'a> {
    api: &'a mut dyn Api,
    server: Server,
    pool: Pool,
    ntfy: Option<NtfySender>,
    log: &'a Logger,
    guesses: Guesses,
    requests: LogBudget,
    outcomes: LogBudget,
    /// When it ends at the latest, once it has been asked to.
    ends_at: Option<u64>,
}

/// Warns of a secret that can be guessed.
pub fn warn_if_short(name: &str, secret: &Secret, log: &Logger) {
    if secret.expose().chars().count() < SECRET_CHARACTERS_MIN {
        log.warning(&format!(
            "{name} has fewer than {SECRET_CHARACTERS_MIN} characters and can be guessed"
        ));
    }
}

/// How many descriptors a server needs beside those of its connections: its own, those of each
/// worker and of one more that is being started.
pub fn own_descriptors(workers: usize) -> usize {
    OWN_DESCRIPTORS + (workers + 2) * CHILD_DESCRIPTORS
}

/// Opens the server for as many connections as `limits` wants, beside so many workers. Warns where
/// the limit of descriptors allows fewer.
///
/// # Errors
/// Local: it cannot listen there.
pub fn open(
    address: SocketAddr,
    limits: http_server::Limits,
    workers: usize,
    log: &Logger,
) -> Result<Server, Error> {
    let (wanted, others) = (limits.connections, own_descriptors(workers));
    let server = http_server::listen(address)
        .map(|listener| Server::new(SERVER, vec![listener], limits, others))
        .map_err(|why| Error::local(format_args!("cannot listen on {address}"), why))?;
    let most = server.connections_max();
    if most < wanted {
        let (limit, needed) = (most + others, wanted + others);
        log.warning(&format!(
            "{most} connections at a time instead of {wanted}: RLIMIT_NOFILE is too low ({limit}; \
             {needed} needed)"
        ));
    }
    Ok(server)
}

/// A log on standard error, and in a file too where one is given.
///
/// # Errors
/// The file cannot be opened.
pub fn logger(
    name: &'static str,
    format: &str,
    level: Level,
    file: Option<(&str, Rotation)>,
    user: Option<&User>,
) -> io::Result<Logger> {
    let format = Format::new(format).and_then(|format| format.with_date(DATE_FORMAT));
    let format: &Format = format.map_err(io::Error::other)?.into();
    let mut sinks = vec![Sink::new(0, format, Target::Stream(Stream::Error))];
    if let Some((path, rotation)) = file {
        let mut sink = Sink::new(0, format, Target::File(LogFile::watched(path, rotation)));
        privileges::open_log(&mut sink, user)?;
        sinks.push(sink);
    }
    let order = (0..sinks.len()).collect();
    Ok(Logger::new(name, level.number(), sinks, order))
}

impl NtfySender {
    /// `via` and `variables` as for [`Worker::new`].
    pub fn new(notifier: Notifier, via: Option<PathBuf>, variables: Vec<String>) -> NtfySender {
        let token = Token { source: NOTIFICATIONS, id: 0 };
        NtfySender { notifier, worker: Worker::new(token, via, variables) }
    }

    fn wake_at(&self) -> Option<u64> {
        self.worker.deadline().or_else(|| self.notifier.wake_at())
    }
}

impl Daemon for Serving<'_> {
    fn register(&mut self, poll: &mut PollSet, now: u64) -> u64 {
        self.server.register(poll, now);
        self.pool.register(poll);
        if let Some(ntfy) = &self.ntfy {
            ntfy.worker.register(poll);
        }
        let timers = [
            self.server.wake_at(now),
            self.pool.wake_at(),
            self.api.wake_at(),
            self.ntfy.as_ref().and_then(NtfySender::wake_at),
            self.ends_at,
        ];
        let until = timers.iter().flatten().min();
        until.copied().unwrap_or(now + IDLE_MILLISECONDS)
    }

    fn on_signal(&mut self, signal: Signal) -> ControlFlow<()> {
        match signal {
            Signal::End => {
                // Before any answer is given, so that it says that it is the last one.
                self.server.finish();
                self.ends_at.get_or_insert(monotonic_ms() + END_MILLISECONDS);
            }
            Signal::LookAgain => self.log.reopen(),
        }
        ControlFlow::Continue(())
    }

    fn on_wake(&mut self, poll: &PollSet) -> ControlFlow<()> {
        self.work(poll);
        self.notify(poll);
        let now = monotonic_ms();
        if self.ends_at.is_some_and(|at| now >= at || self.server.is_idle()) {
            self.refuse_the_rest(now);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

impl<'a> Serving<'a> {
    pub fn new(
        api: &'a mut dyn Api,
        server: Server,
        pool: Pool,
        ntfy: Option<NtfySender>,
        log: &'a Logger,
    ) -> Serving<'a> {
        let now = monotonic_ms();
        let (requests, outcomes) = (LogBudget::new("request", now), LogBudget::new("outcome", now));
        let guesses = Guesses::new();
        Serving { api, server, pool, ntfy, log, guesses, requests, outcomes, ends_at: None }
    }

    /// Serves until it is asked to end, and then until requests in progress are answered.
    ///
    /// # Errors
    /// Local: poll(2) fails.
    pub fn run(&mut self, signals: &Signals) -> Result<(), Error> {
        event_loop::run(self, signals)
    }

    /// Answers those that still wait with a refusal.
    fn refuse_the_rest(&mut self, now: u64) {
        for number in self.server.at_work() {
            self.refuse(number, now);
        }
        self.log_events(Class::Request);
        for budget in [&mut self.requests, &mut self.outcomes] {
            budget.log_suppressed(self.log);
        }
    }

    fn refuse(&mut self, number: u64, now: u64) {
        let response = self.api.refuse(number, now);
        self.answer(number, &response, now);
    }

    /// Serves what is ready: replies of workers first, then connections.
    fn work(&mut self, poll: &PollSet) {
        let now = monotonic_ms();
        let outcomes = self.pool.poll_replies(now, poll);
        self.deliver(outcomes, now);
        let api = &*self.api;
        let mut arrivals =
            self.server.serve(now, poll, &|status, message| api.reject(status, message));
        arrivals.extend(self.server.more());
        for round in 1.. {
            for arrival in std::mem::take(&mut arrivals) {
                self.take(arrival, now);
            }
            let failed = self.pool.start(now);
            self.deliver(failed, now);
            // Each answer may be followed by a pipelined request. After some of them others are
            // served.
            if round == ROUNDS_MAX {
                break;
            }
            arrivals = self.server.more();
            if arrivals.is_empty() {
                break;
            }
        }
        if self.api.wake_at().is_some_and(|at| now >= at) {
            self.api.tick(now);
            self.log_events(Class::Change);
        }
    }

    /// Logs what the API and the server have to say, and queues notifications.
    fn log_events(&mut self, class: Class) {
        for event in self.api.take_log_events() {
            self.write(class, event.level, &event.message);
            if let (Some(ntfy), Some(notice)) = (&mut self.ntfy, event.notice) {
                ntfy.notifier.add(notice, &event.message);
            }
        }
        for Rejection { peer, status, message } in self.server.rejections() {
            self.write(Class::Request, Level::Info, &format!("{peer} {status} {message}"));
        }
    }

    fn write(&mut self, class: Class, level: Level, message: &str) {
        let budget = match class {
            Class::Request => &mut self.requests,
            Class::Outcome => &mut self.outcomes,
            Class::Change => return self.log.log(level, message),
        };
        if budget.allow(monotonic_ms()) {
            budget.log_suppressed(self.log);
            self.log.log(level, message);
        }
    }

    /// Sends the next notification, and logs one that was not taken.
    fn notify(&mut self, poll: &PollSet) {
        let Some(ntfy) = &mut self.ntfy else { return };
        let now = monotonic_ms();
        let reply = ntfy.worker.poll_reply(poll, now, Called::decode);
        let mut outcome = reply.map(Result::flatten);
        if !ntfy.worker.is_busy()
            && let Some(call) = ntfy.notifier.due(now)
        {
            let seconds = call.seconds;
            let line = call.encode();
            outcome = ntfy.worker.submit(&line, seconds, now).err().map(Err).or(outcome);
        }
        if let Some(message) = outcome.and_then(|outcome| ntfy.notifier.complaint(&outcome)) {
            self.log.warning(&message);
        }
    }

    fn take(&mut self, Arrival { number, request }: Arrival, now: u64) {
        let address = self.api.peer(&request);
        let peer = Peer::of(address);
        if self.server.own(number, peer) {
            let response = self.api.reject(503, "Too many requests of this address are at work");
            let response = response.with("Retry-After", BUSY_SECONDS);
            return self.answer(number, &response, now);
        }
        if request.path != HEALTH_PATH
            && let Some(seconds) = self.guesses.refuse(peer, &request, now)
        {
            let response = self.api.hold_off(&request, seconds);
            return self.answer(number, &response, now);
        }
        let step = self.api.ask(number, &request, now);
        let is_guess = self.api.has_guessed();
        self.log_events(Class::Request);
        if is_guess && self.guesses.wrong(peer, now) {
            let message = "too many wrong credentials, requests are refused for a while";
            self.write(Class::Request, Level::Warning, &format!("{address} {message}"));
        }
        match step {
            Step::Answer(response) => self.answer(number, &response, now),
            Step::Tasks(tasks) => {
                if !is_guess {
                    self.guesses.right(peer, &request, now);
                }
                let jobs = tasks.into_iter().map(|one| (one.job, one.lock_key));
                let Offer { is_taken, displaced } = self.pool.offer(number, jobs, peer, now);
                for displaced in displaced {
                    self.refuse(displaced, now);
                }
                if !is_taken {
                    self.refuse(number, now);
                }
            }
        }
    }

    fn deliver(&mut self, outcomes: Vec<Outcome>, now: u64) {
        self.log_events(Class::Request);
        for Outcome { ticket: Ticket { number, index }, answer } in outcomes {
            let class = match &answer {
                Ok(answer) if answer.has_changed() => Class::Change,
                _ => Class::Outcome,
            };
            if let Some(response) = self.api.on_reply(number, index, answer, now) {
                self.answer(number, &response, now);
            }
            self.log_events(class);
        }
    }

    fn answer(&mut self, number: u64, response: &Response, now: u64) {
        let api = &*self.api;
        self.server.answer(number, response, now, &|status, message| api.reject(status, message));
    }
}
