//! A few children that talk to providers for a server, and the jobs that wait for one.

use super::peer::Peer;
use super::upstream::Upstream;
use crate::crypto;
use crate::error::{Error, Kind};
use crate::triggers::Wait;
use crate::wire::job::{self, Edit, EditAnswer, Job};
use std::path::PathBuf;

/// Most jobs that wait, in all and for one provider: one that is slow must not keep out the others.
const WAITING_MAX: usize = 64;
const WAITING_ONE_MAX: usize = 48;

/// Whose job it is: a request, and which of its tasks.
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
    waiting: Vec<Waiting>,
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
        Pool { seats: (0..workers).map(seat).collect(), is_shared, waiting: Vec::new() }
    }

    /// Takes all jobs of a peer's request, in their order, or none. Each comes with its lane: of
    /// two with the same lane and credentials one waits for the other. Where there is no room those
    /// who have most in the queue have to give way.
    pub fn offer(
        &mut self,
        number: u64,
        jobs: impl IntoIterator<Item = (Edit, String)>,
        peer: Peer,
        now: u64,
    ) -> Offer {
        let mut offer = Offer { is_taken: false, displaced: Vec::new() };
        let mut new = Vec::new();
        let (mut of_peer, mut of_lane) = (0, 0);
        for (index, (job, lane)) in jobs.into_iter().enumerate() {
            let one = waiting(Ticket { number, index }, job, &lane, peer, now);
            let (peers, lanes) = self.load(&one.share);
            (of_peer, of_lane) = (peers, of_lane.max(lanes + 1));
            new.push(one);
        }
        let Some(Waiting { share: first, .. }) = new.first() else { return offer };
        loop {
            let is_its = |one: &Waiting| one.share.provider == first.provider;
            let for_it = self.waiting.iter().filter(|one| is_its(one)).count() + new.len();
            let is_much = for_it > if self.is_shared { WAITING_ONE_MAX } else { WAITING_MAX };
            if !is_much && self.waiting.len() + new.len() <= WAITING_MAX {
                break;
            }
            let mut most = None;
            for one in &self.waiting {
                if (is_much && !is_its(one)) || self.has_begun(one.ticket) {
                    continue;
                }
                let load = self.load(&one.share);
                if most.is_none_or(|(its, _)| load >= its) {
                    most = Some((load, one));
                }
            }
            let Some((load, one)) = most else { return offer };
            // What it has of its own peer is no more than the others of that one have: lanes tell.
            let added = if one.share.peer == peer { 0 } else { new.len() };
            if load <= (of_peer + added, of_lane) {
                return offer;
            }
            let displaced = one.ticket.number;
            self.waiting.retain(|one| one.ticket.number != displaced);
            offer.displaced.push(displaced);
        }
        self.waiting.append(&mut new);
        offer.is_taken = true;
        offer
    }

    /// How many jobs that wait or are at work the same peer has, and the same lane.
    fn load(&self, share: &Share) -> (usize, usize) {
        let (mut peers, mut lanes) = (0, 0);
        let at_work = self.seats.iter().filter_map(|seat| seat.job.as_ref().map(|(_, its)| its));
        for one in at_work.chain(self.waiting.iter().map(|one| &one.share)) {
            peers += usize::from(one.peer == share.peer);
            lanes += usize::from(one.lane == share.lane);
        }
        (peers, lanes)
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
            let message = "too many requests are before this one";
            let answer = Err(Error::new(Kind::Timeout, message));
            failed.push(Outcome { ticket: self.waiting.remove(at).ticket, answer });
        }
        while let Some((at, seat)) = self.next() {
            let Some(seat) = self.seats.get_mut(seat) else { break };
            let next = self.waiting.remove(at);
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
        let mut next: Option<((usize, usize), usize, usize)> = None;
        for (at, one) in self.waiting.iter().enumerate() {
            let Some(seat) = self.seat_for(one) else { continue };
            let load = self.load(&one.share);
            if next.is_none_or(|(least, ..)| load < least) {
                next = Some((load, at, seat));
            }
        }
        next.map(|(_, at, seat)| (at, seat))
    }

    /// A free seat for a job, rather one with a child that has done such; nothing while it has to
    /// wait. The last seat is kept from a provider that has all others, and from a peer that has
    /// them unless it is for another provider.
    fn seat_for(&self, job: &Waiting) -> Option<usize> {
        let (mut its, mut peers) = (0, 0);
        let mut free: Option<(u8, usize)> = None;
        for (at, seat) in self.seats.iter().enumerate() {
            if let Some((_, share)) = &seat.job {
                if share.lane == job.share.lane {
                    return None;
                }
                its += usize::from(share.provider == job.share.provider);
                peers += usize::from(share.peer == job.share.peer);
                continue;
            }
            let rank = match seat.child.has_child() {
                true if seat.who == job.who => 0,
                false => 1,
                true => 2,
            };
            if free.is_none_or(|(least, _)| rank < least) {
                free = Some((rank, at));
            }
        }
        if self.is_shared && its > 0 && its.max(peers) + 1 >= self.seats.len() {
            return None;
        }
        free.map(|(_, at)| at)
    }

    /// Adds what has to be waited for; what comes of it is for [`Pool::hear`], in the same order.
    pub fn wait(&self, waits: &mut Vec<Wait>) {
        for seat in &self.seats {
            waits.push(seat.child.descriptor().map_or(Wait::NOTHING, Wait::to_read));
        }
    }

    /// When [`Pool::hear`] and [`Pool::start`] have to be called at the latest.
    pub fn wake_at(&self) -> Option<u64> {
        let late = self.seats.iter().filter_map(|seat| seat.child.deadline());
        late.chain(self.waiting.iter().map(|one| one.until)).min()
    }

    /// What has become of jobs. `ready` is what has come of [`Pool::wait`].
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
