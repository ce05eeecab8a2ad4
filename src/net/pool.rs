//! A few children that talk to providers for a server, and the jobs that wait for one.

use super::peer::Peer;
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
    job: Option<(Ticket, Share)>,
}

/// Whose shares of queue and children a job takes.
#[derive(Clone)]
struct Share {
    provider: String,
    peer: Peer,
    /// A hash of what is changed, and with which credentials: who has wrong ones is in nobody's
    /// way.
    lane: u64,
}

struct Waiting {
    ticket: Ticket,
    share: Share,
    who: String,
    line: String,
    seconds: u32,
    until: u64,
}

/// What has become of a request's jobs.
#[derive(Debug, PartialEq, Eq)]
pub struct Offer {
    /// Whether they wait now; else none does.
    pub is_taken: bool,
    /// Requests that have lost their places to others, none of whose jobs will be done.
    pub displaced: Vec<u64>,
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

    /// Takes all jobs of a peer's request, in their order, or none. Each comes with its lane: of
    /// two with the same lane and credentials one waits for the other. Where there is no room those
    /// who have most in the queue have to give way.
    pub fn offer(&mut self, number: u64, jobs: Vec<(Edit, String)>, peer: Peer, now: u64) -> Offer {
        let mut offer = Offer { is_taken: false, displaced: Vec::new() };
        let jobs = jobs.into_iter().enumerate();
        let new = jobs
            .map(|(index, (job, lane))| waiting(Ticket { number, index }, job, &lane, peer, now));
        let new: Vec<Waiting> = new.collect();
        let Some(Waiting { share: first, .. }) = new.first() else { return offer };
        let of_lane = new.iter().map(|one| self.held(|share| share.lane == one.share.lane) + 1);
        let of_lane = of_lane.max().unwrap_or_default();
        let of_peer = self.held(|share| share.peer == peer);
        // What it has of its own peer is no more than the others of that one have: lanes decide.
        let own = |than: &Waiting| match than.share.peer == peer {
            true => (of_peer, of_lane),
            false => (of_peer + new.len(), of_lane),
        };
        loop {
            let is_its = |one: &Waiting| one.share.provider == first.provider;
            let for_it = self.waiting.iter().filter(|one| is_its(one)).count() + new.len();
            let is_much = for_it > if self.is_shared { WAITING_ONE_MAX } else { WAITING_MAX };
            if !is_much && self.waiting.len() + new.len() <= WAITING_MAX {
                break;
            }
            let may_go = |one: &&Waiting| (!is_much || is_its(one)) && !self.has_begun(one.ticket);
            let most = self.waiting.iter().filter(may_go).max_by_key(|one| self.load(&one.share));
            match most {
                Some(one) if self.load(&one.share) > own(one) => {
                    let displaced = one.ticket.number;
                    self.waiting.retain(|one| one.ticket.number != displaced);
                    offer.displaced.push(displaced);
                }
                _ => return offer,
            }
        }
        self.waiting.extend(new);
        offer.is_taken = true;
        offer
    }

    /// How many jobs that wait or are at work have such a share.
    fn held(&self, is_such: impl Fn(&Share) -> bool) -> usize {
        let at_work = self.at_work().filter(|one| is_such(one)).count();
        at_work + self.waiting.iter().filter(|one| is_such(&one.share)).count()
    }

    /// How many the same peer has, and the same lane.
    fn load(&self, share: &Share) -> (usize, usize) {
        (self.held(|one| one.peer == share.peer), self.held(|one| one.lane == share.lane))
    }

    fn at_work(&self) -> impl Iterator<Item = &Share> {
        self.seats.iter().filter_map(|seat| seat.job.as_ref().map(|(_, share)| share))
    }

    /// Whether another job of the same request is at work.
    fn has_begun(&self, ticket: Ticket) -> bool {
        let number = |seat: &Seat| seat.job.as_ref().map(|(ticket, _)| ticket.number);
        self.seats.iter().any(|seat| number(seat) == Some(ticket.number))
    }

    /// Hands out what can be, to those first who have least; what could not be handed out comes
    /// back.
    pub fn start(&mut self, now: u64) -> Vec<Outcome> {
        let mut failed = Vec::new();
        while let Some(at) = self.waiting.iter().position(|one| now >= one.until) {
            let words = "too many requests are before this one";
            let answer = Err(Error::new(Kind::TooSlow, words));
            let late = self.waiting.remove(at);
            failed.extend(late.map(|one| Outcome { ticket: one.ticket, answer }));
        }
        while let Some((at, seat)) = self.next() {
            let (Some(next), Some(seat)) = (self.waiting.remove(at), self.seats.get_mut(seat))
            else {
                break;
            };
            if seat.who != next.who {
                seat.child.dismiss();
                seat.who = next.who;
            }
            match seat.child.submit(&next.line, next.seconds, now) {
                Ok(()) => seat.job = Some((next.ticket, next.share)),
                Err(error) => failed.push(Outcome { ticket: next.ticket, answer: Err(error) }),
            }
        }
        failed
    }

    /// The job that is to begin now, and its seat.
    fn next(&self) -> Option<(usize, usize)> {
        if !self.seats.iter().any(|seat| seat.job.is_none()) {
            return None;
        }
        let could = self.waiting.iter().enumerate().filter_map(|(at, one)| {
            self.seat_for(one).map(|seat| (self.load(&one.share), at, seat))
        });
        could.min().map(|(_, at, seat)| (at, seat))
    }

    /// A free seat for a job, rather one with a child that has done such; nothing while it has to
    /// wait. The last seat is kept from a provider that has all others, and from a peer that has
    /// them unless it is for another provider.
    fn seat_for(&self, job: &Waiting) -> Option<usize> {
        let Share { provider, peer, lane } = &job.share;
        if self.at_work().any(|one| one.lane == *lane) {
            return None;
        }
        let its = self.at_work().filter(|one| one.provider == *provider).count();
        let peers = self.at_work().filter(|one| one.peer == *peer).count();
        if self.is_shared && its > 0 && its.max(peers) + 1 >= self.seats.len() {
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

fn waiting(ticket: Ticket, job: Edit, lane: &str, peer: Peer, now: u64) -> Waiting {
    let (provider, seconds) = (job.provider.clone(), job.seconds);
    // A seat remembers it for longer than the credentials are at work.
    let who = format!("{provider}\n{}\n{}\n{}", job.api_url, job.id, job.secret);
    let who = crypto::sha256_hex(who.as_bytes());
    let lane = crypto::short_hash(format!("{who}\n{lane}").as_bytes());
    let until = now + u64::from(seconds) * 1000;
    let line = job::encode_job(Job::Edit(job));
    Waiting { ticket, share: Share { provider, peer, lane }, who, line, seconds, until }
}

#[cfg(test)]
mod tests;
