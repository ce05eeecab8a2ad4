//! The life of a server: connections, the children that talk to providers, signals, and an end.

mod lines;

use super::privileges;
use crate::apis::{Api, Step};
use crate::error::Error;
use crate::log::format::Format;
use crate::log::logger::{Level, Logger};
use crate::log::sink::{LogFile, Rotation, Sink, Stream, Target};
use crate::net::guesses::Guesses;
use crate::net::http_server::{self, Arrival, Rejection, Server};
use crate::net::peer::Peer;
use crate::net::pool::{Offer, Outcome, Pool, Ticket};
use crate::net::upstream::Upstream;
use crate::notify::Notifier;
use crate::os::privilege::User;
use crate::text::secret::Secret;
use crate::triggers::{self, Signal, Signals, Wait};
use crate::wire::http::Response;
use crate::wire::job::{self, Called, Job};
use lines::{Class, Lines};
use std::io;
use std::net::SocketAddr;

const DATE_FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// How long those who are being answered are waited for at the end, in milliseconds.
const END_MILLISECONDS: u64 = 10_000;

/// Descriptors that are always open, and those of a child.
const OWN_DESCRIPTORS: usize = 8;
const CHILD_DESCRIPTORS: usize = 6;
/// Most requests that one connection has answered before others are heard again.
const ROUNDS_MAX: u32 = 16;
/// Longest wait while there is nothing to do, in milliseconds.
const IDLE_MILLISECONDS: u64 = 3_600_000;

/// A secret that opens something should have as many characters at least.
const SECRET_CHARACTERS_MIN: usize = 8;
/// When a peer that has too much at work may come again, in seconds.
const BUSY_SECONDS: &str = "10";
/// Whoever looks whether the service is there has no credentials to guess with.
const HEALTH_PATH: &str = "/health";

/// The operator's phone, and the child that calls it: off the way of everybody else.
pub struct NtfySender {
    pub notifier: Notifier,
    pub child: Upstream,
}

/// A server, what it serves, and who does the work.
pub struct Serving<'a> {
    pub api: &'a mut dyn Api,
    pub server: Server,
    pub pool: Pool,
    pub phone: Option<NtfySender>,
    pub log: &'a Logger,
    pub limits: Limits,
}

/// What callers may cost.
pub struct Limits {
    guesses: Guesses,
    requests: Lines,
    outcomes: Lines,
}

impl Limits {
    pub fn new() -> Limits {
        let lines = |class| Lines::new(class, triggers::now());
        let (requests, outcomes) = (lines("request"), lines("outcome"));
        Limits { guesses: Guesses::new(), requests, outcomes }
    }
}

/// Says so where a secret that opens something can be guessed.
pub fn warn_of_short(name: &str, secret: &Secret, log: &Logger) {
    if secret.expose().chars().count() < SECRET_CHARACTERS_MIN {
        log.warning(&format!(
            "{name} has fewer than {SECRET_CHARACTERS_MIN} characters and can be guessed"
        ));
    }
}

/// How many descriptors a server needs besides those of its connections: its own, three for each
/// child and one more child's while it is started.
pub fn others(workers: usize) -> usize {
    OWN_DESCRIPTORS + (workers + 2) * CHILD_DESCRIPTORS
}

/// Opens the server for as many connections as `limits` wants, beside `workers` children. Says so
/// where there may not be as many.
///
/// # Errors
/// Local: it cannot listen there.
pub fn open(
    address: SocketAddr,
    limits: http_server::Limits,
    workers: usize,
    log: &Logger,
) -> Result<Server, Error> {
    let (wanted, others) = (limits.connections, others(workers));
    let server = Server::open(address, limits, others)
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

/// A log on standard error, and in a file where one is wanted.
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
    fn wait(&self) -> Wait {
        self.child.descriptor().map_or(Wait::NOTHING, Wait::to_read)
    }

    fn wake_at(&self) -> Option<u64> {
        self.child.deadline().or_else(|| self.notifier.wake_at())
    }
}

impl Serving<'_> {
    /// Serves until it is asked to end, and then until those at work are answered.
    ///
    /// # Errors
    /// Local: the kernel does not give what no server can be without.
    pub fn run(&mut self, signals: &Signals) -> Result<(), Error> {
        let mut ends_at = None;
        loop {
            let now = triggers::now();
            if ends_at.is_some_and(|at| now >= at || self.server.is_idle()) {
                self.refuse_the_rest(now);
                return Ok(());
            }
            let mut waits = vec![Wait::to_read(signals.descriptor())];
            self.server.wait(now, &mut waits);
            let of_server = waits.len() - 1;
            self.pool.wait(&mut waits);
            let of_pool = waits.len() - 1 - of_server;
            if let Some(phone) = &self.phone {
                waits.push(phone.wait());
            }
            let timers = [
                self.server.wake_at(now),
                self.pool.wake_at(),
                self.api.wake_at(),
                self.phone.as_ref().and_then(NtfySender::wake_at),
                ends_at,
            ];
            let until = timers.iter().flatten().min();
            let until = until.copied().unwrap_or(now + IDLE_MILLISECONDS);
            let ready = triggers::wait_for(&waits, until)?;
            let (&signalled, ready) = ready.split_first().unwrap_or((&false, &[]));
            let (server, others) = ready.split_at_checked(of_server).unwrap_or_default();
            let (pool, phone) = others.split_at_checked(of_pool).unwrap_or_default();
            let mut server = server;
            while signalled && let Some(signal) = signals.next() {
                match signal {
                    Signal::End => {
                        // Before any answer is given, so that it says that it is the last one. The
                        // places of those who are ready are others from here on.
                        self.server.finish();
                        server = &[];
                        ends_at.get_or_insert(triggers::now() + END_MILLISECONDS);
                    }
                    Signal::LookAgain => self.log.reopen(),
                }
            }
            self.turn(server, pool);
            self.call(phone.contains(&true));
        }
    }

    /// Those who still wait are told to come again.
    fn refuse_the_rest(&mut self, now: u64) {
        for number in self.server.at_work() {
            self.refuse(number, now);
        }
        self.tell(Class::Request);
        for lines in [&mut self.limits.requests, &mut self.limits.outcomes] {
            lines.tell(self.log);
        }
    }

    fn refuse(&mut self, number: u64, now: u64) {
        let response = self.api.refuse(number, now);
        self.answer(number, &response, now);
    }

    /// Does all there is to do now.
    fn turn(&mut self, of_server: &[bool], of_pool: &[bool]) {
        let now = triggers::now();
        let outcomes = self.pool.hear(now, of_pool);
        self.deliver(outcomes, now);
        let api = &*self.api;
        let mut arrivals =
            self.server.serve(now, of_server, &|status, message| api.reject(status, message));
        arrivals.extend(self.server.more());
        for round in 1.. {
            for arrival in std::mem::take(&mut arrivals) {
                self.take(arrival, now);
            }
            let failed = self.pool.start(now);
            self.deliver(failed, now);
            // Each answer may have set free a request behind it. After some of them others have
            // their turn.
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
            self.tell(Class::Change);
        }
    }

    /// Writes down what has been.
    fn tell(&mut self, class: Class) {
        for news in self.api.news() {
            self.write(class, news.level, &news.message);
            if let (Some(phone), Some(notice)) = (&mut self.phone, news.notice) {
                phone.notifier.add(notice, &news.message);
            }
        }
        for Rejection { peer, status, message } in self.server.rejections() {
            self.write(Class::Request, Level::Info, &format!("{peer} {status} {message}"));
        }
    }

    fn write(&mut self, class: Class, level: Level, message: &str) {
        let lines = match class {
            Class::Request => &mut self.limits.requests,
            Class::Outcome => &mut self.limits.outcomes,
            Class::Change => return self.log.log(level, message),
        };
        if lines.may(triggers::now()) {
            lines.tell(self.log);
            self.log.log(level, message);
        }
    }

    /// Lets the phone ring where there is something to tell, and hears whether it did.
    fn call(&mut self, is_ready: bool) {
        let Some(phone) = &mut self.phone else { return };
        let now = triggers::now();
        let heard = if is_ready { phone.child.hear(Called::decode) } else { None };
        let late = phone.child.late(now).map(Err);
        let mut outcome = heard.map(Result::flatten).or(late);
        if phone.child.deadline().is_none()
            && let Some(call) = phone.notifier.due(now)
        {
            let seconds = call.seconds;
            let line = job::encode_job(Job::Call(call));
            outcome = phone.child.submit(&line, seconds, now).err().map(Err).or(outcome);
        }
        if let Some(message) = outcome.and_then(|outcome| phone.notifier.complaint(&outcome)) {
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
        let guesses = &mut self.limits.guesses;
        if request.path != HEALTH_PATH
            && let Some(seconds) = guesses.refuse(peer, &request, now)
        {
            let response = self.api.hold_off(&request, seconds);
            return self.answer(number, &response, now);
        }
        let step = self.api.ask(number, &request, now);
        let is_guess = self.api.has_guessed();
        self.tell(Class::Request);
        if is_guess && self.limits.guesses.wrong(peer, now) {
            let message = "too many wrong credentials, requests are refused for a while";
            self.write(Class::Request, Level::Warning, &format!("{address} {message}"));
        }
        match step {
            Step::Answer(response) => self.answer(number, &response, now),
            Step::Tasks(tasks) => {
                if !is_guess {
                    self.limits.guesses.right(peer, &request, now);
                }
                let jobs = tasks.into_iter().map(|one| (one.job, one.lane));
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
        self.tell(Class::Request);
        for Outcome { ticket: Ticket { number, index }, answer } in outcomes {
            let class = match &answer {
                Ok(answer) if answer.has_changed() => Class::Change,
                _ => Class::Outcome,
            };
            if let Some(response) = self.api.heard(number, index, answer, now) {
                self.answer(number, &response, now);
            }
            self.tell(class);
        }
    }

    fn answer(&mut self, number: u64, response: &Response, now: u64) {
        let api = &*self.api;
        self.server.answer(number, response, now, &|status, message| api.reject(status, message));
    }
}
