//! DNS over UDP, all side by side (resent on silence, strangers ignored), and over TCP in turn.

mod stream;

use crate::env::{Question, Transport, Via};
use crate::error::{Error, Kind};
use crate::os::{poll, socket};
use crate::wire::dns;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

/// Largest reply taken, in bytes; what is asked here has short answers.
const REPLY_BYTES_MAX: usize = 1500;
/// How many datagrams that are no replies are passed over before a question is given up.
const STRANGERS_MAX: u32 = 1000;

/// How soon a question is sent again after the network refused it.
const AFTER_FAULT: Duration = Duration::from_millis(500);

/// One question under way.
struct Asking<'a> {
    question: &'a Question,
    socket: Option<UdpSocket>,
    tries_left: u32,
    strangers: u32,
    resend_at: Instant,
    outcome: Option<Result<Vec<u8>, Error>>,
}

/// Asks all of `questions`, those over UDP at once; the outcomes are in their order.
pub fn ask_all(questions: &[Question]) -> Vec<Result<Vec<u8>, Error>> {
    let mut all: Vec<Asking> = questions.iter().map(Asking::begin).collect();
    while all.iter().any(|one| one.outcome.is_none()) {
        turn(&mut all);
    }
    all.into_iter().map(Asking::finish).collect()
}

fn turn(all: &mut [Asking]) {
    let waiting = || Instant::now() + Duration::from_secs(1);
    let open = all.iter().filter(|one| one.outcome.is_none());
    let until = open.clone().map(|one| one.resend_at).min().unwrap_or_else(waiting);
    let descriptors: Vec<_> =
        open.filter_map(|one| one.socket.as_ref().map(|socket| socket.as_raw_fd())).collect();
    let ready = poll::readable(&descriptors, until);
    for one in all.iter_mut().filter(|one| one.outcome.is_none()) {
        let fd = one.socket.as_ref().map(|socket| socket.as_raw_fd());
        match &ready {
            Err(why) => one.end(Err(Error::local("cannot wait for an answer", why))),
            Ok(ready) => {
                if descriptors.iter().zip(ready).any(|(&one, &ready)| Some(one) == fd && ready) {
                    one.receive();
                }
                if one.outcome.is_none() && Instant::now() >= one.resend_at {
                    one.send();
                }
            }
        }
    }
}

impl<'a> Asking<'a> {
    fn begin(question: &'a Question) -> Asking<'a> {
        let mut asking = Asking {
            question,
            socket: None,
            tries_left: question.tries,
            strangers: 0,
            resend_at: Instant::now(),
            outcome: None,
        };
        if question.transport == Transport::Stream {
            asking.outcome = Some(stream::ask(question));
            return asking;
        }
        match open(question) {
            Ok(socket) => {
                asking.socket = Some(socket);
                asking.send();
            }
            Err(error) => asking.outcome = Some(Err(asking.explain(&error))),
        }
        asking
    }

    fn finish(self) -> Result<Vec<u8>, Error> {
        let silent = || Error::new(Kind::Timeout, "no answer");
        let reply = self.outcome.unwrap_or_else(|| Err(silent()))?;
        if self.question.transport == Transport::DatagramThenStream && dns::is_truncated(&reply) {
            return stream::ask(self.question);
        }
        Ok(reply)
    }

    fn end(&mut self, outcome: Result<Vec<u8>, Error>) {
        self.outcome = Some(outcome);
    }

    fn send(&mut self) {
        if self.tries_left == 0 {
            return self.end(Err(Error::with(
                Kind::Timeout,
                format_args!("no answer from {}", self.question.server),
            )));
        }
        self.tries_left -= 1;
        self.resend_at = Instant::now() + Duration::from_secs(self.question.seconds.into());
        let sent = self.socket.as_ref().map(|socket| socket.send(&self.question.bytes));
        if let Some(Err(error)) = sent {
            self.try_later(&error);
        }
    }

    fn receive(&mut self) {
        let mut buffer = [0; REPLY_BYTES_MAX];
        let Some(received) = self.socket.as_ref().map(|socket| socket.recv(&mut buffer)) else {
            return;
        };
        match received {
            Ok(length) => {
                let reply = buffer.get(..length).unwrap_or_default();
                if dns::answers(&self.question.bytes, reply) {
                    return self.end(Ok(reply.to_vec()));
                }
                self.strangers += 1;
                if self.strangers > STRANGERS_MAX {
                    self.end(Err(Error::with(
                        Kind::InvalidResponse,
                        format_args!("a flood instead of an answer from {}", self.question.server),
                    )));
                }
            }
            Err(error) => self.try_later(&error),
        }
    }

    /// A fault of the network (an ICMP error, no route) may be over by the next try.
    fn try_later(&mut self, error: &io::Error) {
        if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) {
            return;
        }
        if self.tries_left == 0 || socket::is_shortage(error) {
            return self.end(Err(self.explain(error)));
        }
        self.resend_at = self.resend_at.min(Instant::now() + AFTER_FAULT);
    }

    fn explain(&self, error: &io::Error) -> Error {
        explain(self.question, error)
    }
}

fn explain(question: &Question, error: &io::Error) -> Error {
    let kind = if socket::is_shortage(error) { Kind::Local } else { Kind::Unreachable };
    Error::with(kind, format_args!("cannot ask {}: {error}", question.server))
}

/// A socket that reaches only the server, by the way asked for, and never blocks.
fn open(question: &Question) -> io::Result<UdpSocket> {
    let unspecified: IpAddr = match question.server.is_ipv4() {
        true => Ipv4Addr::UNSPECIFIED.into(),
        false => Ipv6Addr::UNSPECIFIED.into(),
    };
    let any = || UdpSocket::bind((unspecified, 0));
    let udp = match &question.via {
        Via::Any => any()?,
        Via::Interface { name, source } => {
            let udp = any()?;
            match socket::bind_to_device(&udp, name) {
                Ok(()) => udp,
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    UdpSocket::bind((*source, 0))?
                }
                Err(error) => return Err(error),
            }
        }
    };
    udp.connect(question.server)?;
    udp.set_nonblocking(true)?;
    Ok(udp)
}

#[cfg(test)]
mod tests;
