//! The workers of a server, and the queue of jobs that wait for one.

use super::event_loop::WORKERS;
use super::worker::Worker;
use crate::crypto;
use crate::error::{Error, Kind};
use crate::net::peer::Peer;
use crate::os::poll::{PollSet, Token};
use crate::wire::job::{Answer, Job};
use std::path::PathBuf;

/// Most jobs that wait, in all and for one provider: a slow one must not keep out the others.
const WAITING_MAX: usize = 64;
const WAITING_ONE_MAX: usize = 48;

/// Whose job it is: a request, and which of its tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    pub number: u64,
    pub index: usize,
}

/// The outcome of a job.
pub struct Outcome {
    pub ticket: Ticket,
    pub answer: Result<Answer, Error>,
}

/// The workers and the queue.
pub struct Pool {
    workers: Vec<PoolWorker>,
    /// Whether there are several providers, none of which may keep out the others.
    is_shared: bool,
    waiting: Vec<Waiting>,
}

struct PoolWorker {
    worker: Worker,
    /// A hash of the provider and the credentials its process has had: it gets no others, so that
    /// one caller's secrets are never in a process with another's answers.
    account: String,
    job: Option<(Ticket, Share)>,
}

/// Whose shares of queue and workers a job takes.
#[derive(Clone)]
struct Share {
    provider: String,
    peer: Peer,
    /// A hash of what is changed, and with which credentials: callers with wrong ones do not block
    /// the others.
    lock_key: u64,
}

struct Waiting {
    ticket: Ticket,
    share: Share,
    account: String,
    line: String,
    seconds: u32,
    until: u64,
}

/// Whether a request's jobs were queued.
#[derive(Debug, PartialEq, Eq)]
pub struct Offer {
    /// All of them, else none.
    pub is_taken: bool,
    /// Requests that lost their places in the queue; none of their jobs will be done.
    pub displaced: Vec<u64>,
}

impl Pool {
    /// As many workers as `workers`, for one provider or for several (`is_shared`); `via` and
    /// `variables` as for [`Worker::new`].
    pub fn new(
        workers: usize,
        is_shared: bool,
        via: Option<PathBuf>,
        variables: &[String],
    ) -> Pool {
        let worker = |index| {
            let token = Token { source: WORKERS, id: index as u64 };
            let worker = Worker::new(token, via.clone(), variables.to_vec());
            PoolWorker { worker, account: String::new(), job: None }
        };
        Pool { workers: (0..workers).map(worker).collect(), is_shared, waiting: Vec::new() }
    }

    /// Queues all jobs of a peer's request, in their order, or none. Each comes with its lock key:
    /// of two with the same key and credentials one waits for the other. Where there is no room,
    /// those who have most in the queue lose places.
    pub fn offer(
        &mut self,
        number: u64,
        jobs: impl IntoIterator<Item = (Job, String)>,
        peer: Peer,
        now: u64,
    ) -> Offer {
        let mut offer = Offer { is_taken: false, displaced: Vec::new() };
        let mut new = Vec::new();
        let (mut of_peer, mut of_key) = (0, 0);
        for (index, (job, lock_key)) in jobs.into_iter().enumerate() {
            let one = waiting(Ticket { number, index }, job, &lock_key, peer, now);
            let (peers, keys) = self.load(&one.share);
            (of_peer, of_key) = (peers, of_key.max(keys + 1));
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
            // What it has of its own peer is no more than the others of that one have: keys tell.
            let added = if one.share.peer == peer { 0 } else { new.len() };
            if load <= (of_peer + added, of_key) {
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

    /// How many jobs, waiting or in progress, the same peer has, and the same lock key.
    fn load(&self, share: &Share) -> (usize, usize) {
        let (mut peers, mut keys) = (0, 0);
        let at_work = self.workers.iter().filter_map(|one| one.job.as_ref().map(|(_, its)| its));
        for one in at_work.chain(self.waiting.iter().map(|one| &one.share)) {
            peers += usize::from(one.peer == share.peer);
            keys += usize::from(one.lock_key == share.lock_key);
        }
        (peers, keys)
    }

    /// Whether another job of the same request is in progress.
    fn has_begun(&self, ticket: Ticket) -> bool {
        let number = |one: &PoolWorker| one.job.as_ref().map(|(ticket, _)| ticket.number);
        self.workers.iter().any(|one| number(one) == Some(ticket.number))
    }

    /// Starts the jobs that can be started, those of who has least first; gives back those that
    /// failed to.
    pub fn start(&mut self, now: u64) -> Vec<Outcome> {
        let mut failed = Vec::new();
        while let Some(at) = self.waiting.iter().position(|one| now >= one.until) {
            let message = "too many requests are before this one";
            let answer = Err(Error::new(Kind::Timeout, message));
            failed.push(Outcome { ticket: self.waiting.remove(at).ticket, answer });
        }
        while let Some((at, worker)) = self.next() {
            let Some(one) = self.workers.get_mut(worker) else { break };
            let next = self.waiting.remove(at);
            if one.account != next.account {
                one.worker.stop();
                one.account = next.account;
            }
            match one.worker.submit(&next.line, next.seconds, now) {
                Ok(()) => one.job = Some((next.ticket, next.share)),
                Err(error) => failed.push(Outcome { ticket: next.ticket, answer: Err(error) }),
            }
        }
        failed
    }

    /// The job to start now, and its worker.
    fn next(&self) -> Option<(usize, usize)> {
        if !self.workers.iter().any(|one| one.job.is_none()) {
            return None;
        }
        let mut next: Option<((usize, usize), usize, usize)> = None;
        for (at, one) in self.waiting.iter().enumerate() {
            let Some(worker) = self.worker_for(one) else { continue };
            let load = self.load(&one.share);
            if next.is_none_or(|(least, ..)| load < least) {
                next = Some((load, at, worker));
            }
        }
        next.map(|(_, at, worker)| (at, worker))
    }

    /// A free worker for a job, preferably one that has had this account; nothing while the job has
    /// to wait. The last free one is kept from a provider that has all others, and from a peer that
    /// has them unless the job is for another provider.
    fn worker_for(&self, job: &Waiting) -> Option<usize> {
        let (mut its, mut peers) = (0, 0);
        let mut free: Option<(u8, usize)> = None;
        for (at, one) in self.workers.iter().enumerate() {
            if let Some((_, share)) = &one.job {
                if share.lock_key == job.share.lock_key {
                    return None;
                }
                its += usize::from(share.provider == job.share.provider);
                peers += usize::from(share.peer == job.share.peer);
                continue;
            }
            let rank = match one.worker.is_running() {
                true if one.account == job.account => 0,
                false => 1,
                true => 2,
            };
            if free.is_none_or(|(least, _)| rank < least) {
                free = Some((rank, at));
            }
        }
        if self.is_shared && its > 0 && its.max(peers) + 1 >= self.workers.len() {
            return None;
        }
        free.map(|(_, at)| at)
    }

    /// Registers what to wait for.
    pub fn register(&self, poll: &mut PollSet) {
        for one in &self.workers {
            one.worker.register(poll);
        }
    }

    /// When [`Pool::poll_replies`] and [`Pool::start`] are due at the latest.
    pub fn wake_at(&self) -> Option<u64> {
        let late = self.workers.iter().filter_map(|one| one.worker.deadline());
        late.chain(self.waiting.iter().map(|one| one.until)).min()
    }

    /// The outcomes of jobs that have ended.
    pub fn poll_replies(&mut self, now: u64, poll: &PollSet) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for one in &mut self.workers {
            if let Some(answer) = one.worker.poll_reply(poll, now, Answer::decode)
                && let Some((ticket, ..)) = one.job.take()
            {
                outcomes.push(Outcome { ticket, answer });
            }
        }
        outcomes
    }
}

fn waiting(ticket: Ticket, job: Job, lock_key: &str, peer: Peer, now: u64) -> Waiting {
    let (provider, seconds) = (job.provider.clone(), job.deadline.seconds());
    // Hashed, as a worker keeps it for longer than the credentials are in use.
    let account = format!("{provider}\n{}\n{}\n{}", job.api_url, job.id, job.secret);
    let account = crypto::sha256_hex(account.as_bytes());
    let lock_key = crypto::short_hash(format!("{account}\n{lock_key}").as_bytes());
    let until = now + u64::from(seconds) * 1000;
    let line = job.encode();
    Waiting { ticket, share: Share { provider, peer, lock_key }, account, line, seconds, until }
}

#[cfg(test)]
mod tests;
