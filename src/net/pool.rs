//! A few children that talk to providers for a server, and the jobs that wait for one.

use super::upstream::Upstream;
use crate::crypto;
use crate::error::{Error, Kind};
use crate::triggers::Wait;
use crate::wire::job::{self, Edit, EditAnswer, Job};
use std::collections::VecDeque;
use std::path::PathBuf;

/// Most jobs that wait, in all and for one provider: one that is slow must not keep out the others.
const WAITING_MAX: usize = 64;
const WAITING_ONE_MAX: usize = 48;

/// Whose job it is: a request, and which of its errands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    pub number: u64,
    pub index: usize,
}

/// What has become of a job.
pub struct Outcome {
    pub ticket: Ticket,
    pub answer: Result<EditAnswer, Error>,
}

/// The children, and the jobs.
pub struct Pool {
    seats: Vec<Seat>,
    /// Whether there are several providers, of which none may keep out the others.
    is_shared: bool,
    waiting: VecDeque<Waiting>,
}

struct Seat {
    child: Upstream,
    /// A hash of the provider and the credentials the child has been given last: it gets no others,
    /// so that nobody's secrets are together in one process with another's answers.
    who: String,
    job: Option<(Ticket, String, String)>,
}

struct Waiting {
    ticket: Ticket,
    provider: String,
    who: String,
    lane: String,
    line: String,
    seconds: u32,
    until: u64,
}

impl Pool {
    /// As many children as `workers` at most, for one provider or for several (`is_shared`); `via`
    /// and `variables` as for [`Upstream::new`].
    pub fn new(
        workers: usize,
        is_shared: bool,
        via: Option<PathBuf>,
        variables: &[String],
    ) -> Pool {
        let seat = |_| Seat {
            child: Upstream::new(via.clone(), variables.to_vec()),
            who: String::new(),
            job: None,
        };
        Pool { seats: (0..workers).map(seat).collect(), is_shared, waiting: VecDeque::new() }
    }

    /// Whether so many more jobs for a provider may wait.
    pub fn has_room(&self, count: usize, provider: &str) -> bool {
        let for_it = self.waiting.iter().filter(|one| one.provider == provider).count();
        let most = if self.is_shared { WAITING_ONE_MAX } else { WAITING_MAX };
        self.waiting.len() + count <= WAITING_MAX && for_it + count <= most
    }

    /// Takes a job. Of two with the same `lane` one waits for the other.
    pub fn submit(&mut self, ticket: Ticket, job: Edit, lane: String, now: u64) {
        let provider = job.provider.clone();
        // A seat remembers it for longer than the credentials are at work.
        let who = format!("{provider}\n{}\n{}\n{}", job.api_url, job.id, job.secret);
        let who = crypto::sha256_hex(who.as_bytes());
        let seconds = job.seconds;
        let until = now + u64::from(seconds) * 1000;
        let line = job::encode_job(Job::Edit(job));
        self.waiting.push_back(Waiting { ticket, provider, who, lane, line, seconds, until });
    }

    /// Hands out what can be; what could not be handed out comes back.
    pub fn start(&mut self, now: u64) -> Vec<Outcome> {
        let mut failed = Vec::new();
        let mut at = 0;
        while let Some(next) = self.waiting.get(at) {
            if now >= next.until {
                let words = "too many requests are before this one";
                let answer = Err(Error::new(Kind::TooSlow, words));
                failed.push(Outcome { ticket: next.ticket, answer });
                self.waiting.remove(at);
                continue;
            }
            let Some(seat) = self.seat_for(next) else {
                at += 1;
                continue;
            };
            let (Some(next), Some(seat)) = (self.waiting.remove(at), self.seats.get_mut(seat))
            else {
                break;
            };
            if seat.who != next.who {
                seat.child.dismiss();
                seat.who = next.who;
            }
            match seat.child.submit(&next.line, next.seconds, now) {
                Ok(()) => seat.job = Some((next.ticket, next.provider, next.lane)),
                Err(error) => failed.push(Outcome { ticket: next.ticket, answer: Err(error) }),
            }
        }
        failed
    }

    /// A free seat for a job, rather one with a child that has done such; nothing while it has to
    /// wait. The last seat is kept from a provider that has all others.
    fn seat_for(&self, job: &Waiting) -> Option<usize> {
        let at_work = || self.seats.iter().filter_map(|seat| seat.job.as_ref());
        if at_work().any(|(_, _, lane)| *lane == job.lane) {
            return None;
        }
        let its = at_work().filter(|(_, provider, _)| *provider == job.provider).count();
        if self.is_shared && its > 0 && its + 1 >= self.seats.len() {
            return None;
        }
        let free = || self.seats.iter().enumerate().filter(|(_, seat)| seat.job.is_none());
        let same = free().find(|(_, seat)| seat.who == job.who && seat.child.has_child());
        let empty = || free().find(|(_, seat)| !seat.child.has_child());
        same.or_else(empty).or_else(|| free().next()).map(|(at, _)| at)
    }

    /// What has to be waited for; what comes of it is for [`Pool::hear`], in the same order.
    pub fn waits(&self) -> Vec<Wait> {
        let wait = |seat: &Seat| seat.child.descriptor().map_or(Wait::NOTHING, Wait::to_read);
        self.seats.iter().map(wait).collect()
    }

    /// When [`Pool::hear`] and [`Pool::start`] have to be called at the latest.
    pub fn wake_at(&self) -> Option<u64> {
        let late = self.seats.iter().filter_map(|seat| seat.child.deadline());
        late.chain(self.waiting.iter().map(|one| one.until)).min()
    }

    /// What has become of jobs. `ready` is what has come of [`Pool::waits`].
    pub fn hear(&mut self, now: u64, ready: &[bool]) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for (seat, &is_ready) in self.seats.iter_mut().zip(ready) {
            let heard = if is_ready { seat.child.hear(EditAnswer::decode) } else { None };
            let late = || seat.child.late(now).map(Err);
            if let Some(answer) = heard.or_else(late)
                && let Some((ticket, ..)) = seat.job.take()
            {
                outcomes.push(Outcome { ticket, answer });
            }
        }
        outcomes
    }
}
