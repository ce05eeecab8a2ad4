//! One connection of the server: what it waits for, and its time limits.

use super::{Limits, Reject};
use crate::net::peer::Peer;
use crate::os::poll::Interest;
use crate::wire::http::{CONTINUE, Next, Reader, Request, Response};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Shutdown, TcpStream};
use std::os::fd::{AsRawFd, RawFd};

/// How long a kept-alive connection may be idle, in milliseconds.
const IDLE_MILLISECONDS: u64 = 60_000;
/// How long the client may take to read its answers, all pipelined ones together, in milliseconds.
const ANSWER_MILLISECONDS: u64 = 10_000;
/// How long the client has to read the last answer, in milliseconds, and how much of what it still
/// sends is read meanwhile, in bytes.
const FAREWELL_MILLISECONDS: u64 = 2_000;
const FAREWELL_BYTES_MAX: usize = 256 * 1024;
/// Most bytes read in a row: others wait, too.
const TURN_BYTES_MAX: usize = 32 * 1024;

/// What a connection waits for.
pub enum State {
    /// A request, since then and until then.
    Reading {
        since: u64,
        until: u64,
    },
    /// The answer to the request of this number.
    Working(u64),
    /// Room to write the answer.
    Writing,
    /// The client's end, so that the last answer is not lost; what still comes is read.
    Farewell {
        until: u64,
    },
    Done,
}

pub struct Connection {
    /// Of its token.
    pub id: u64,
    stream: TcpStream,
    pub peer: IpAddr,
    /// In whose share it counts: the peer, or that of its last request.
    pub owner: Peer,
    /// Why its request was invalid, until that is logged.
    pub rejected: Option<(u16, &'static str)>,
    reader: Reader,
    pub state: State,
    request_milliseconds: u64,
    keeps_alive: bool,
    /// Whether the part of the request that comes is its body.
    in_body: bool,
    has_begun: bool,
    request: Option<Request>,
    /// Of the request in progress: whether another may follow, and whether its answer has a body.
    stays: bool,
    with_body: bool,
    out: Vec<u8>,
    /// Since when the client reads less than it has asked for, if it does.
    behind_since: Option<u64>,
    farewell_bytes: usize,
}

impl Connection {
    pub fn new(
        id: u64,
        stream: TcpStream,
        peer: IpAddr,
        limits: &Limits,
        now: u64,
    ) -> io::Result<Connection> {
        stream.set_nonblocking(true)?;
        Ok(Connection {
            id,
            stream,
            peer,
            owner: Peer::of(peer),
            rejected: None,
            reader: Reader::new(peer, limits.body_bytes),
            state: State::Reading { since: now, until: now + limits.request_milliseconds },
            request_milliseconds: limits.request_milliseconds,
            keeps_alive: limits.keeps_alive,
            in_body: false,
            has_begun: false,
            request: None,
            stays: true,
            with_body: true,
            out: Vec::new(),
            behind_since: None,
            farewell_bytes: 0,
        })
    }

    pub fn descriptor(&self) -> RawFd {
        self.stream.as_raw_fd()
    }

    /// What to poll for, if anything.
    pub fn interest(&self) -> Option<Interest> {
        match self.state {
            State::Reading { .. } | State::Farewell { .. } => Some(Interest::Read),
            State::Writing => Some(Interest::Write),
            State::Working(_) | State::Done => None,
        }
    }

    pub fn until(&self) -> Option<u64> {
        match self.state {
            State::Reading { until, .. } | State::Farewell { until } => Some(until),
            State::Writing => self.behind_since.map(|since| since + ANSWER_MILLISECONDS),
            State::Working(_) | State::Done => None,
        }
    }

    /// The lower, the sooner it is closed for another; none: a request is to be answered. Those
    /// without a request yet come before those that pipeline or do not read their answers.
    pub fn rank(&self) -> Option<u64> {
        // No clock gets there.
        const LAST: u64 = 1 << 63;
        match self.state {
            // Pipelined: others have not had any answer yet.
            State::Reading { since, .. } => {
                Some(since | if self.request.is_some() { LAST } else { 0 })
            }
            State::Farewell { .. } => Some(0),
            State::Writing => self.behind_since.map(|since| since | LAST),
            State::Working(_) | State::Done => None,
        }
    }

    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Whether it has a request that has not been taken yet; no descriptor becomes ready for it.
    pub fn has_request(&self) -> bool {
        self.request.is_some()
    }

    pub fn take_request(&mut self) -> Option<Request> {
        self.request.take()
    }

    /// Reads or writes what can be now, and checks the time limits.
    pub fn turn(&mut self, now: u64, is_ready: bool, reject: Reject) {
        match self.state {
            // Not taken yet; what follows has to wait.
            State::Reading { .. } if self.request.is_some() => {}
            State::Reading { until, .. } => {
                if is_ready && !self.read() {
                    self.state = State::Done;
                    return;
                }
                self.look_for_request(now, reject);
                let still_reads = matches!(self.state, State::Reading { .. });
                if still_reads && self.request.is_none() && now >= until {
                    self.be_late(now, reject);
                }
            }
            State::Writing => {
                if is_ready {
                    self.write(now, reject);
                }
                // Reading a little now and then gives no more time.
                if matches!(self.state, State::Writing)
                    && self.until().is_some_and(|until| now >= until)
                {
                    self.state = State::Done;
                }
            }
            State::Farewell { until } => {
                if now >= until || (is_ready && !self.drain()) {
                    self.state = State::Done;
                }
            }
            State::Working(_) | State::Done => {}
        }
    }

    /// Whether more may come.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let mut count = 0;
        while count < TURN_BYTES_MAX {
            match self.stream.read(&mut buffer) {
                // A client that has shut down its side may wait for an answer to what came.
                Ok(0) => return count > 0,
                Ok(got) => {
                    count += got;
                    self.reader.add(buffer.get(..got).unwrap_or_default());
                    if got < buffer.len() {
                        return true;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        true
    }

    fn look_for_request(&mut self, now: u64, reject: Reject) {
        match self.reader.next() {
            Next::Incomplete { begun, in_body } => {
                self.behind_since = None;
                self.go_on(now, begun, in_body);
            }
            Next::ExpectsContinue => {
                self.go_on(now, true, true);
                // It fits into an empty buffer; if not, the client sends the body anyway.
                let _ = self.stream.write(CONTINUE);
            }
            Next::Complete { request, stays } => {
                self.stays = stays && self.keeps_alive;
                self.with_body = request.method != "HEAD";
                self.request = Some(request);
            }
            Next::Invalid { status, message } => {
                self.reject(now, status, message, reject);
            }
        }
    }

    /// A head and a body have their own time each, from their first byte.
    fn go_on(&mut self, now: u64, begun: bool, in_body: bool) {
        if (begun, in_body) != (self.has_begun, self.in_body) {
            (self.has_begun, self.in_body) = (begun, in_body);
            self.state = State::Reading { since: now, until: now + self.request_milliseconds };
        }
    }

    fn be_late(&mut self, now: u64, reject: Reject) {
        if !self.has_begun {
            self.state = State::Done;
            return;
        }
        self.reject(now, 408, "the request came too slowly", reject);
    }

    fn reject(&mut self, now: u64, status: u16, message: &'static str, reject: Reject) {
        self.stays = false;
        self.with_body = true;
        self.rejected = Some((status, message));
        self.answer(&reject(status, message), now);
    }

    /// Queues an answer and writes what the socket takes at once.
    pub fn answer(&mut self, response: &Response, now: u64) {
        self.out = response.encode(self.stays, self.with_body);
        self.state = State::Writing;
        self.push(now);
    }

    fn write(&mut self, now: u64, reject: Reject) {
        self.push(now);
        // A pipelined request is in memory already: no descriptor becomes ready for it.
        if matches!(self.state, State::Reading { .. }) {
            self.look_for_request(now, reject);
        }
    }

    fn push(&mut self, now: u64) {
        while !self.out.is_empty() {
            match self.stream.write(&self.out) {
                Ok(count) => drop(self.out.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.behind_since.get_or_insert(now);
                    return;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.state = State::Done;
                    return;
                }
            }
        }
        // Frees the memory of a large answer.
        self.out = Vec::new();
        if self.stays {
            (self.has_begun, self.in_body) = (false, false);
            self.state = State::Reading { since: now, until: now + IDLE_MILLISECONDS };
            return;
        }
        // Closing while bytes come in would make the kernel discard our answer (RST).
        let _ = self.stream.shutdown(Shutdown::Write);
        self.state = State::Farewell { until: now + FAREWELL_MILLISECONDS };
    }

    /// Whether the client is still there, and within bounds.
    fn drain(&mut self) -> bool {
        let mut buffer = [0; 4096];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return false,
                Ok(count) => self.farewell_bytes += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
            if self.farewell_bytes > FAREWELL_BYTES_MAX {
                return false;
            }
        }
    }

    /// Closes it unless a request is in progress, and lets no other follow.
    pub fn finish(&mut self) {
        match self.state {
            State::Working(_) | State::Writing => self.stays = false,
            State::Farewell { .. } => {}
            State::Reading { .. } | State::Done => self.state = State::Done,
        }
    }
}
