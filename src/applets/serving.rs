//! The life of a server: connections, the children that talk to providers, signals, and an end.

use crate::apis::{Api, Step};
use crate::error::Error;
use crate::log::logger::Logger;
use crate::net::http_server::{Arrival, Server};
use crate::net::pool::{Outcome, Pool, Ticket};
use crate::triggers::{self, Signal, Signals, Wait};
use crate::wire::http::Response;

/// How long those who are being answered are waited for at the end, in milliseconds.
const END_MILLISECONDS: u64 = 10_000;

/// Longest wait while there is nothing to do, in milliseconds.
const IDLE_MILLISECONDS: u64 = 3_600_000;

/// A server, what it serves, and who does the work.
pub struct Serving<'a> {
    pub api: &'a mut dyn Api,
    pub server: Server,
    pub pool: Pool,
    pub log: &'a Logger,
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
                return Ok(());
            }
            let mut waits = vec![Wait::to_read(signals.descriptor())];
            let of_server = self.server.waits(now);
            let of_pool = self.pool.waits();
            waits.extend(&of_server);
            waits.extend(&of_pool);
            let timers =
                [self.server.wake_at(now), self.pool.wake_at(), self.api.wake_at(), ends_at];
            let until = timers.into_iter().flatten().min().unwrap_or(now + IDLE_MILLISECONDS);
            let ready = triggers::wait_for(&waits, until)?;
            let ready = ready.get(1..).unwrap_or_default();
            let (server, pool) = ready.split_at_checked(of_server.len()).unwrap_or_default();
            self.turn(server, pool);
            while let Some(signal) = signals.next() {
                match signal {
                    Signal::End => {
                        self.server.finish();
                        ends_at.get_or_insert(triggers::now() + END_MILLISECONDS);
                    }
                    Signal::LookAgain => self.log.reopen(),
                }
            }
        }
    }

    /// Does all there is to do now.
    fn turn(&mut self, of_server: &[bool], of_pool: &[bool]) {
        let now = triggers::now();
        let outcomes = self.pool.hear(now, of_pool);
        self.deliver(outcomes, now);
        let api = &*self.api;
        let mut arrivals =
            self.server.serve(now, of_server, &|status, words| api.reject(status, words));
        arrivals.extend(self.server.more());
        while !arrivals.is_empty() {
            for arrival in std::mem::take(&mut arrivals) {
                self.take(arrival, now);
            }
            let failed = self.pool.start(now);
            self.deliver(failed, now);
            arrivals = self.server.more();
        }
        let failed = self.pool.start(now);
        self.deliver(failed, now);
        if self.api.wake_at().is_some_and(|at| now >= at) {
            self.api.tick(now);
        }
        for news in self.api.news() {
            self.log.log(news.level, &news.words);
        }
    }

    fn take(&mut self, Arrival { number, request }: Arrival, now: u64) {
        match self.api.ask(number, &request, now) {
            Step::Answer(response) => self.answer(number, &response, now),
            Step::Errands(errands) => {
                let provider = errands.first().map(|one| one.job.provider.clone());
                if !self.pool.has_room(errands.len(), &provider.unwrap_or_default()) {
                    let response = self.api.refuse(number, now);
                    return self.answer(number, &response, now);
                }
                for (index, errand) in errands.into_iter().enumerate() {
                    self.pool.submit(Ticket { number, index }, errand.job, errand.lane, now);
                }
            }
        }
    }

    fn deliver(&mut self, outcomes: Vec<Outcome>, now: u64) {
        for Outcome { ticket: Ticket { number, index }, answer } in outcomes {
            if let Some(response) = self.api.heard(number, index, answer, now) {
                self.answer(number, &response, now);
            }
        }
    }

    fn answer(&mut self, number: u64, response: &Response, now: u64) {
        let api = &*self.api;
        self.server.answer(number, response, now, &|status, words| api.reject(status, words));
    }
}
