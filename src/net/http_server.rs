//! An HTTP server: many connections in one process, none of which can block another; reads
//! requests and writes answers without ever waiting.

mod connection;
#[cfg(test)]
mod tests;

use super::peer::Peer;
use crate::os::poll::{Interest, PollSet, Token};
use crate::os::{descriptors, socket};
use crate::wire::http::{Request, Response};
use connection::{Connection, State};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::fd::AsRawFd;

/// Most connections accepted in a row: others wait, too.
const ACCEPTED_MAX: usize = 64;
/// The backlog: most connections that wait to be accepted.
const UNACCEPTED_MAX: i32 = 1024;
/// How long nothing is accepted after accept(2) has failed, in milliseconds: this machine is short
/// of something.
const SHORTAGE_MILLISECONDS: u64 = 100;

/// The identifiers of the connections' tokens begin here, those of the listeners' at 0.
const FIRST_CONNECTION: u64 = 16;

/// What clients may use.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Most connections at a time; for one more, one of the peer that has most is closed: the one
    /// that has waited longest for its request, else the one that does not read its answers.
    pub connections: usize,
    /// Longest body, in bytes.
    pub body_bytes: usize,
    /// How long a head or a body may take from its first byte, in milliseconds.
    pub request_milliseconds: u64,
    /// Whether a connection may carry several requests.
    pub keeps_alive: bool,
}

/// An invalid request, and its client.
pub struct Rejection {
    pub peer: IpAddr,
    pub status: u16,
    pub message: &'static str,
}

/// Listening sockets and their connections.
pub struct Server {
    /// The source of its tokens.
    source: u8,
    /// None: nothing more is accepted.
    listeners: Vec<TcpListener>,
    connections: Vec<Connection>,
    rejections: Vec<Rejection>,
    limits: Limits,
    last_number: u64,
    /// The token of the last connection.
    last_connection: u64,
    /// When the listeners are polled again, after a shortage.
    listens_at: u64,
}

/// Nothing more is to be accepted now.
struct Nobody;

/// A request that has to be answered by [`Server::answer`].
pub struct Arrival {
    pub number: u64,
    pub request: Request,
}

/// The answer to an invalid request, from its status and a message.
pub type Reject<'a> = &'a dyn Fn(u16, &str) -> Response;

/// A listening socket for [`Server::new`].
///
/// # Errors
/// See bind(2).
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    socket::set_backlog(&listener, UNACCEPTED_MAX);
    Ok(listener)
}

impl Server {
    /// A server on these sockets ([`listen`]); its tokens have this source. Where this process may
    /// not have as many descriptors as connections and `others` together, there may be fewer
    /// connections.
    pub fn new(
        source: u8,
        listeners: Vec<TcpListener>,
        mut limits: Limits,
        others: usize,
    ) -> Server {
        let room = descriptors::raise_nofile(limits.connections + others).saturating_sub(others);
        limits.connections = limits.connections.min(room.max(1));
        Server {
            source,
            listeners,
            connections: Vec::new(),
            rejections: Vec::new(),
            limits,
            last_number: 0,
            last_connection: FIRST_CONNECTION,
            listens_at: 0,
        }
    }

    /// Where it listens.
    #[cfg(test)]
    pub fn address(&self) -> Option<SocketAddr> {
        self.listeners.first().and_then(|listener| listener.local_addr().ok())
    }

    /// How many connections there may be.
    pub fn connections_max(&self) -> usize {
        self.limits.connections
    }

    fn token(&self, id: u64) -> Token {
        Token { source: self.source, id }
    }

    /// Registers what to wait for before [`Server::serve`].
    pub fn register(&self, poll: &mut PollSet, now: u64) {
        if !self.is_full() && now >= self.listens_at {
            for (id, listener) in (0..).zip(&self.listeners) {
                poll.register(self.token(id), listener.as_raw_fd(), Interest::Read);
            }
        }
        for connection in &self.connections {
            if let Some(interest) = connection.interest() {
                poll.register(self.token(connection.id), connection.descriptor(), interest);
            }
        }
    }

    /// When [`Server::serve`] has to be called at the latest.
    pub fn wake_at(&self, now: u64) -> Option<u64> {
        let mut wake_at = if self.listens_at > now { self.listens_at } else { u64::MAX };
        for one in &self.connections {
            // A broken connection is closed in the next round; a request left for that round makes
            // no descriptor ready.
            let is_due = one.is_done() || one.has_request();
            let at = one.until().unwrap_or(u64::MAX).min(if is_due { now } else { u64::MAX });
            wake_at = wake_at.min(at);
        }
        (wake_at < u64::MAX).then_some(wake_at)
    }

    /// Reads and writes what is ready, without waiting.
    pub fn serve(&mut self, now: u64, poll: &PollSet, reject: Reject) -> Vec<Arrival> {
        let mut arrivals = Vec::new();
        let mut ready = Vec::new();
        for (at, _) in self.listeners.iter().enumerate() {
            if poll.is_ready(self.token(at as u64)) {
                ready.push(at);
            }
        }
        // Before all others are at work again, and could not be closed for a new one.
        let is_full = self.connections.len() >= self.limits.connections;
        let first = ready.first().filter(|_| is_full).map(|&at| self.take_in(at, now));
        let source = self.source;
        for connection in &mut self.connections {
            let token = Token { source, id: connection.id };
            connection.turn(now, poll.is_ready(token), reject);
            arrivals.extend(arrival(connection, &mut self.last_number));
        }
        self.sweep();
        if let Some(Ok(Some(connection))) = first {
            self.welcome(connection, now, reject, &mut arrivals);
        }
        for at in ready {
            self.accept(at, now, reject, &mut arrivals);
        }
        self.sweep();
        arrivals
    }

    fn accept(&mut self, at: usize, now: u64, reject: Reject, arrivals: &mut Vec<Arrival>) {
        for _ in 0..ACCEPTED_MAX {
            match self.take_in(at, now) {
                Ok(Some(connection)) => self.welcome(connection, now, reject, arrivals),
                Ok(None) => {}
                Err(Nobody) => return,
            }
        }
    }

    /// A client that sends its request at once is answered at once, however many others are slow.
    fn welcome(
        &mut self,
        mut connection: Connection,
        now: u64,
        reject: Reject,
        arrivals: &mut Vec<Arrival>,
    ) {
        connection.turn(now, true, reject);
        arrivals.extend(arrival(&mut connection, &mut self.last_number));
        self.connections.push(connection);
        self.sweep();
    }

    /// The next connection of a listener; none where it was closed again. Another may have to be
    /// closed for it.
    fn take_in(&mut self, at: usize, now: u64) -> Result<Option<Connection>, Nobody> {
        if now < self.listens_at || self.is_full() {
            return Err(Nobody);
        }
        let (stream, address) = match self.listeners.get(at).ok_or(Nobody)?.accept() {
            Ok(accepted) => accepted,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(Nobody),
            // A client that has gone again is no shortage; anything else would be a busy loop.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => return Ok(None),
            Err(_) => {
                self.give_way(None);
                self.listens_at = now + SHORTAGE_MILLISECONDS;
                return Err(Nobody);
            }
        };
        self.last_connection += 1;
        let peer = plain(address.ip());
        let connection = Connection::new(self.last_connection, stream, peer, &self.limits, now);
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

    /// Drops the connections that are done.
    fn sweep(&mut self) {
        self.hear_rejections();
        self.connections.retain(|connection| !connection.is_done());
    }

    /// Counts the connection of a request in progress as this peer's from now on. Whether the peer
    /// has more in progress than three quarters of the limit, which would shut out others.
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

    /// Answers a request, if its connection still exists.
    pub fn answer(&mut self, number: u64, response: &Response, now: u64, reject: Reject) {
        let is_asking =
            |one: &&mut Connection| matches!(one.state, State::Working(its) if its == number);
        if let Some(connection) = self.connections.iter_mut().find(is_asking) {
            connection.answer(response, now);
            // A pipelined request is in memory already: no descriptor becomes ready for it.
            connection.turn(now, false, reject);
        }
    }

    /// Pipelined requests whose turn has come: to be taken after each round of answers.
    pub fn more(&mut self) -> Vec<Arrival> {
        let last = &mut self.last_number;
        self.connections.iter_mut().filter_map(|connection| arrival(connection, last)).collect()
    }

    /// The invalid requests since the last call.
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

    /// The numbers of the requests in progress.
    pub fn at_work(&self) -> Vec<u64> {
        let number = |one: &Connection| match one.state {
            State::Working(number) => Some(number),
            _ => None,
        };
        self.connections.iter().filter_map(number).collect()
    }

    /// Accepts no more connections and no more requests; those in progress are answered.
    pub fn finish(&mut self) {
        self.listeners.clear();
        for connection in &mut self.connections {
            connection.finish();
        }
        self.connections.retain(|connection| !connection.is_done());
    }

    /// Whether no connection is left.
    pub fn is_idle(&self) -> bool {
        self.connections.is_empty()
    }
}

/// The request of a connection, under a number of its own.
fn arrival(connection: &mut Connection, last_number: &mut u64) -> Option<Arrival> {
    let request = connection.take_request().filter(|_| !connection.is_done())?;
    *last_number += 1;
    connection.state = State::Working(*last_number);
    Some(Arrival { number: *last_number, request })
}

/// An IPv4-mapped address (RFC 4291 section 2.5.5.2) as the IPv4 address it is.
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or(address, IpAddr::V4),
        four => four,
    }
}
