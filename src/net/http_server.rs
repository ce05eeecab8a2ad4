//! The server's side of HTTP: many connections at once in one process, none of which can hold up
//! another; it reads requests and writes answers, and never waits.

mod connection;
#[cfg(test)]
mod tests;

use super::peer::Peer;
use crate::os::{descriptors, socket};
use crate::triggers::Wait;
use crate::wire::http::{Request, Response};
use connection::{Connection, State};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::fd::AsRawFd;

/// Most connections accepted in one go: others wait, too.
const ACCEPTED_MAX: usize = 64;
/// Most that wait to be accepted.
const UNACCEPTED_MAX: i32 = 1024;
/// How long nothing is accepted after this machine was short of something, in milliseconds.
const SHORTAGE_MILLISECONDS: u64 = 100;

/// How much is taken in.
pub struct Limits {
    /// Most connections at a time; one more, and one of the peer that has most is closed: that
    /// which has waited longest for its request, else that which takes no answers.
    pub connections: usize,
    /// Longest body, in bytes.
    pub body_bytes: usize,
}

/// What was no request, and from whom.
pub struct Rejection {
    pub peer: IpAddr,
    pub status: u16,
    pub message: &'static str,
}

/// A listening socket and those who are connected.
pub struct Server {
    /// None: no more is taken in.
    listener: Option<TcpListener>,
    connections: Vec<Connection>,
    rejections: Vec<Rejection>,
    limits: Limits,
    last_number: u64,
    /// When the listener is asked again, after a shortage.
    listens_at: u64,
}

/// Nobody else is to be taken in now.
struct Nobody;

/// A request that has to be answered by [`Server::answer`].
pub struct Arrival {
    pub number: u64,
    pub request: Request,
}

/// The answer to what is no request: a status and words for it.
pub type Reject<'a> = &'a dyn Fn(u16, &str) -> Response;

impl Server {
    /// Where this process may not have as many descriptors open as there may be connections and
    /// `others` together, there may be fewer connections.
    pub fn open(address: SocketAddr, mut limits: Limits, others: usize) -> io::Result<Server> {
        let room = descriptors::make_room(limits.connections + others).saturating_sub(others);
        limits.connections = limits.connections.min(room.max(1));
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        socket::let_wait(&listener, UNACCEPTED_MAX);
        let listener = Some(listener);
        let (connections, rejections) = (Vec::new(), Vec::new());
        Ok(Server { listener, connections, rejections, limits, last_number: 0, listens_at: 0 })
    }

    /// Where it listens.
    #[cfg(test)]
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// How many connections there may be.
    pub fn connections_max(&self) -> usize {
        self.limits.connections
    }

    /// Adds what has to be waited for; what comes of it is for [`Server::serve`], in that order.
    pub fn wait(&self, now: u64, waits: &mut Vec<Wait>) {
        waits.push(match &self.listener {
            Some(listener) if !self.is_full() && now >= self.listens_at => {
                Wait::to_read(listener.as_raw_fd())
            }
            _ => Wait::NOTHING,
        });
        for connection in &self.connections {
            waits.push(connection.wait());
        }
    }

    #[cfg(test)]
    fn waits(&self, now: u64) -> Vec<Wait> {
        let mut waits = Vec::new();
        self.wait(now, &mut waits);
        waits
    }

    /// When [`Server::serve`] has to be called at the latest.
    pub fn wake_at(&self, now: u64) -> Option<u64> {
        let mut wake_at = if self.listens_at > now { self.listens_at } else { u64::MAX };
        for one in &self.connections {
            // One that has broken down is closed in the next round, somebody may wait for it; and a
            // request that has been left for that round is not told by any descriptor.
            let is_due = one.is_done() || one.has_request();
            let at = one.until().unwrap_or(u64::MAX).min(if is_due { now } else { u64::MAX });
            wake_at = wake_at.min(at);
        }
        (wake_at < u64::MAX).then_some(wake_at)
    }

    /// Reads and writes what can be, without waiting. `ready` is what has come of
    /// [`Server::wait`].
    pub fn serve(&mut self, now: u64, ready: &[bool], reject: Reject) -> Vec<Arrival> {
        let mut arrivals = Vec::new();
        let (listener, connections) = match ready.split_first() {
            Some((&listener, connections)) => (listener, connections),
            None => (false, ready),
        };
        // Before all others are at work again, and would have to be answered.
        let is_full = self.connections.len() >= self.limits.connections;
        let first = if listener && is_full { self.take_in(now) } else { Ok(None) };
        for (at, connection) in self.connections.iter_mut().enumerate() {
            let is_ready = connections.get(at).is_some_and(|&is_ready| is_ready);
            connection.turn(now, is_ready, reject);
            arrivals.extend(arrival(connection, &mut self.last_number));
        }
        self.sweep();
        if let (true, Ok(first)) = (listener, first) {
            self.accept(now, first, reject, &mut arrivals);
        }
        self.sweep();
        arrivals
    }

    fn accept(
        &mut self,
        now: u64,
        mut next: Option<Connection>,
        reject: Reject,
        arrivals: &mut Vec<Arrival>,
    ) {
        for _ in 0..ACCEPTED_MAX {
            let taken = match next.take() {
                None => self.take_in(now),
                first => Ok(first),
            };
            let Ok(connection) = taken else { return };
            if let Some(mut connection) = connection {
                // Whoever asks at once is heard at once, however many others dawdle.
                connection.turn(now, true, reject);
                arrivals.extend(arrival(&mut connection, &mut self.last_number));
                self.connections.push(connection);
                self.sweep();
            }
        }
    }

    /// The next connection; nothing where it could not be taken in. Another may have to be closed
    /// for it, which is done by its state: the places of the others stay.
    fn take_in(&mut self, now: u64) -> Result<Option<Connection>, Nobody> {
        if self.is_full() {
            return Err(Nobody);
        }
        let (stream, address) = match self.listener.as_ref().ok_or(Nobody)?.accept() {
            Ok(accepted) => accepted,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(Nobody),
            // Whoever went away again is no trouble; anything else would turn us in circles.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => return Ok(None),
            Err(_) => {
                self.give_way(None);
                self.listens_at = now + SHORTAGE_MILLISECONDS;
                return Err(Nobody);
            }
        };
        let connection = Connection::new(stream, plain(address.ip()), self.limits.body_bytes, now);
        let open = self.connections.iter().filter(|one| !one.is_done()).count();
        let has_room =
            |one: &Connection| open < self.limits.connections || self.give_way(Some(one.owner));
        Ok(connection.ok().filter(has_room))
    }

    /// Whether there is no room, and none can be made.
    fn is_full(&self) -> bool {
        let is_busy = |one: &Connection| one.rank().is_none() && !one.is_done();
        self.connections.len() >= self.limits.connections && self.connections.iter().all(is_busy)
    }

    /// Closes a connection of the peer that has most of those that can be closed: the one that has
    /// the least to say for itself. None, where a newcomer's peer has still more.
    fn give_way(&mut self, newcomer: Option<Peer>) -> bool {
        let share = |peer: Peer| {
            let open = self.connections.iter().filter(|one| !one.is_done());
            open.filter(|one| one.owner == peer).count() + usize::from(newcomer == Some(peer))
        };
        let newcomers = newcomer.map_or(0, share);
        // Those of one peer mostly stand together, and are counted once.
        let (mut counted, mut its) = (None, 0);
        let (mut most, mut least, mut found) = (newcomers, u64::MAX, None);
        for (at, one) in self.connections.iter().enumerate() {
            let Some(rank) = one.rank() else { continue };
            if counted != Some(one.owner) {
                (counted, its) = (Some(one.owner), share(one.owner));
            }
            if its > most || (its == most && rank <= least) {
                (most, least, found) = (its, rank, Some(at));
            }
        }
        match found.and_then(|at| self.connections.get_mut(at)) {
            Some(connection) => {
                connection.state = State::Done;
                true
            }
            None => false,
        }
    }

    /// Lets go of those that are done.
    fn sweep(&mut self) {
        self.hear_rejections();
        self.connections.retain(|connection| !connection.is_done());
    }

    /// A request at work was sent in the name of this peer, in whose share its connection is from
    /// now on. Whether the peer has more at work than three quarters of all that there may be:
    /// nobody else could get in.
    pub fn own(&mut self, number: u64, peer: Peer) -> bool {
        let mut count = 0;
        for one in &mut self.connections {
            if let State::Working(its) = one.state {
                if its == number {
                    one.owner = peer;
                }
                count += usize::from(one.owner == peer);
            }
        }
        count > (self.limits.connections * 3 / 4).max(1)
    }

    /// Answers a request; if whoever sent it is gone, nobody hears it.
    pub fn answer(&mut self, number: u64, response: &Response, now: u64, reject: Reject) {
        let is_asking =
            |one: &&mut Connection| matches!(one.state, State::Working(its) if its == number);
        if let Some(connection) = self.connections.iter_mut().find(is_asking) {
            connection.answer(response, now);
            // What came behind it waits in our memory, of which no descriptor tells.
            connection.turn(now, false, reject);
        }
    }

    /// Requests that came behind one that has been answered: to be asked for after each round of
    /// answers.
    pub fn more(&mut self) -> Vec<Arrival> {
        let last = &mut self.last_number;
        self.connections.iter_mut().filter_map(|connection| arrival(connection, last)).collect()
    }

    /// What was no request since the last call.
    pub fn rejections(&mut self) -> Vec<Rejection> {
        self.hear_rejections();
        std::mem::take(&mut self.rejections)
    }

    fn hear_rejections(&mut self) {
        for one in &mut self.connections {
            if let Some((status, message)) = one.rejected.take() {
                self.rejections.push(Rejection { peer: one.peer, status, message });
            }
        }
    }

    /// The numbers of the requests at work.
    pub fn at_work(&self) -> Vec<u64> {
        let number = |one: &Connection| match one.state {
            State::Working(number) => Some(number),
            _ => None,
        };
        self.connections.iter().filter_map(number).collect()
    }

    /// Takes no more connections and no more requests; those at work are answered.
    pub fn finish(&mut self) {
        self.listener = None;
        for connection in &mut self.connections {
            connection.finish();
        }
        self.connections.retain(|connection| !connection.is_done());
    }

    /// Whether nobody is left to be answered.
    pub fn is_idle(&self) -> bool {
        self.connections.is_empty()
    }
}

/// The request a connection has, under a number of its own.
fn arrival(connection: &mut Connection, last_number: &mut u64) -> Option<Arrival> {
    let request = connection.take_request().filter(|_| !connection.is_done())?;
    *last_number += 1;
    connection.state = State::Working(*last_number);
    Some(Arrival { number: *last_number, request })
}

/// An IPv4 address is one, also where it comes through an IPv6 socket (RFC 4291 section 2.5.5.2).
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or(address, IpAddr::V4),
        four => four,
    }
}
