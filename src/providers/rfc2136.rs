//! DNS UPDATE (RFC 2136): replaces all addresses of a name with one message.
//!
//! This is no record store: nothing is listed or planned. The records that the name has are not
//! queried; those it shall have are sent, and the update happens as a whole or not at all.

pub mod zone;

use crate::env::{Env, Question, Transport, Via};
use crate::error::{Error, Kind};
use crate::wire::dns::message::Message;
use crate::wire::dns::name::Name;
use crate::wire::dns::tsig::{Key, SignatureError, Verified};
use crate::wire::dns::update::Update;
use crate::wire::dns::{self, A, AAAA, CNAME};
use std::net::{IpAddr, SocketAddr};

/// Timeout of one server address over TCP, in seconds.
const STREAM_SECONDS: u32 = 30;
/// Timeout of an attempt over UDP, in seconds, and the number of attempts.
const DATAGRAM_SECONDS: u32 = 5;
const DATAGRAM_TRIES: u32 = 3;
/// Longest message sent over UDP, in bytes (RFC 1035 section 4.2.1).
const DATAGRAM_BYTES_MAX: usize = 512;

const OPCODE: u16 = 5;
const NOERROR: u16 = 0;
const REFUSED: u16 = 5;
const YXRRSET: u16 = 7;
const NOTAUTH: u16 = 9;
const NOTZONE: u16 = 10;
const BADSIG: u16 = 16;
const BADKEY: u16 = 17;

/// The wanted addresses of a name.
pub struct Replacement<'a> {
    /// The zone's apex.
    pub zone: &'a Name,
    pub name: &'a Name,
    pub addresses: &'a [IpAddr],
    /// Seconds.
    pub ttl: u32,
    /// Whether to keep records of types other than A and AAAA; then the name must not be a CNAME.
    pub keep_others: bool,
    /// Whether AAAA records are only added, because existing ones may still be right; implies
    /// keeping the other types.
    pub keep_v6: bool,
}

/// The server, and how to send to it.
pub struct Server<'a> {
    /// Tried in order.
    pub addresses: &'a [SocketAddr],
    /// None: unsigned.
    pub key: Option<&'a Key>,
    /// Whether to use UDP if the message is short enough.
    pub datagrams: bool,
}

/// Progress, for the log.
pub enum Event {
    /// The update is being sent to this address.
    Sending(SocketAddr),
    /// The local clock is behind the server's by this many seconds (ahead if negative); the update
    /// is signed again with the server's time.
    ClockOff(i64),
}

/// A failed attempt.
struct Refusal {
    error: Error,
    /// Whether it is definitive, so that the server's other addresses need not be tried.
    is_final: bool,
}

/// Replaces the addresses of a name.
///
/// # Errors
/// Refused: the server refused the update, in a signed answer if the request was signed. With a
/// single address: its error. Unreachable: all of several addresses failed; the message has each
/// one's reason. Whether the update was applied is unknown then.
pub fn replace(
    env: &mut dyn Env,
    server: &Server,
    wanted: &Replacement,
    tell: &mut dyn FnMut(Event),
) -> Result<(), Error> {
    let update = message_of(wanted);
    let mut sender = Sender { server, update, name: wanted.name, clock: 0, learned: false };
    let mut reasons = Vec::new();
    for &address in server.addresses {
        tell(Event::Sending(address));
        match sender.send(env, address, tell) {
            Ok(()) => return Ok(()),
            Err(refusal) if refusal.is_final => return Err(refusal.error),
            Err(refusal) => reasons.push(refusal.error),
        }
    }
    match reasons.as_slice() {
        [only] => Err(only.clone()),
        _ => {
            let message: Vec<&str> = reasons.iter().map(|error| error.message.as_str()).collect();
            Err(Error::new(Kind::Unreachable, message.join("; ")))
        }
    }
}

fn message_of(wanted: &Replacement) -> Update {
    let mut update = Update::new(wanted.zone);
    if wanted.keep_others || wanted.keep_v6 {
        // A server silently ignores an address beside a CNAME (RFC 2136 section 3.4.2.2).
        update.require_absent(wanted.name, CNAME);
        update.delete_rrset(wanted.name, A);
        if !wanted.keep_v6 {
            update.delete_rrset(wanted.name, AAAA);
        }
    } else {
        update.delete_name(wanted.name);
    }
    for &address in wanted.addresses {
        update.add(wanted.name, wanted.ttl, address);
    }
    update
}

struct Sender<'a> {
    server: &'a Server<'a>,
    update: Update,
    name: &'a Name,
    /// Seconds to add to the local clock to get the server's.
    clock: i64,
    /// Whether that is known already; to learn it twice would be a loop.
    learned: bool,
}

impl Sender<'_> {
    fn send(
        &mut self,
        env: &mut dyn Env,
        to: SocketAddr,
        tell: &mut dyn FnMut(Event),
    ) -> Result<(), Refusal> {
        loop {
            let mut id = [0; 2];
            env.random(&mut id);
            let message = self.update.message(id);
            let Some(key) = self.server.key else {
                let answer = self.exchange(env, to, message)?;
                return self.interpret(&answer, to);
            };
            let signed = key.sign(&message, self.time(env));
            let answer = self.exchange(env, to, signed.bytes.clone())?;
            match key.verify(&signed, &answer, self.time(env)) {
                Ok(Verified::Good) => return self.interpret(&answer, to),
                Ok(Verified::BadTime(time)) => {
                    let off = (time as i64).wrapping_sub(env.now() as i64);
                    if self.learned {
                        return Err(again(to, off));
                    }
                    self.learned = true;
                    self.clock = off;
                    tell(Event::ClockOff(off));
                }
                Err(flaw) => return Err(untrusted(key, &flaw, &answer, to)),
            }
        }
    }

    fn time(&self, env: &mut dyn Env) -> u64 {
        env.now().saturating_add_signed(self.clock)
    }

    fn exchange(
        &self,
        env: &mut dyn Env,
        server: SocketAddr,
        bytes: Vec<u8>,
    ) -> Result<Vec<u8>, Refusal> {
        let short = bytes.len() <= DATAGRAM_BYTES_MAX;
        let (transport, seconds) = match self.server.datagrams && short {
            true => (Transport::DatagramThenStream, DATAGRAM_SECONDS),
            false => (Transport::Stream, STREAM_SECONDS),
        };
        let question =
            Question { server, bytes, via: Via::Any, transport, seconds, tries: DATAGRAM_TRIES };
        env.dns_one(question).map_err(|error| Refusal { error, is_final: false })
    }

    /// Interprets a verified answer.
    fn interpret(&self, answer: &[u8], from: SocketAddr) -> Result<(), Refusal> {
        let refusal = |kind, why: &str, is_final| {
            Err(Refusal { error: Error::with(kind, format_args!("{from} {why}")), is_final })
        };
        let Some(answer) = Message::read(answer) else {
            return refusal(Kind::InvalidResponse, "sent a malformed answer", false);
        };
        if answer.opcode() != OPCODE {
            return refusal(
                Kind::InvalidResponse,
                "sent an answer that is not for an update",
                false,
            );
        }
        let message = match answer.rcode() {
            NOERROR => return Ok(()),
            YXRRSET => format!("refused the update: {} is a CNAME (YXRRSET)", self.name),
            REFUSED | NOTAUTH if self.server.key.is_none() => {
                let code = dns::rcode_text(answer.rcode());
                let hint = "it requires TSIG, or is not authoritative for the zone";
                format!("refused the update ({code}): {hint}")
            }
            REFUSED => "refused the update (REFUSED): it does not allow this change".into(),
            NOTAUTH => "refused the update (NOTAUTH): it is not authoritative for the zone".into(),
            NOTZONE => "refused the update (NOTZONE): the name is not in the zone".into(),
            rcode => format!("refused the update ({})", dns::rcode_text(rcode)),
        };
        let code = Some(answer.rcode().into());
        // An unsigned answer could be forged; and another address may be another machine.
        let is_final = self.server.key.is_some();
        refusal(Kind::Refused { code }, &message, is_final)
    }
}

fn again(from: SocketAddr, off: i64) -> Refusal {
    Refusal {
        error: Error::with(
            Kind::Refused { code: None },
            format_args!(
                "{from} refused the update again (BADTIME): its clock differs by {} s",
                off.unsigned_abs()
            ),
        ),
        is_final: true,
    }
}

/// The error for an answer that is not trusted, with what it says.
fn untrusted(key: &Key, flaw: &SignatureError, answer: &[u8], from: SocketAddr) -> Refusal {
    let key_name = format!("'{}' ({})", key.name, key.algorithm.name);
    let rcode = Message::read(answer).map_or(NOERROR, |message| message.rcode());
    let message = match flaw {
        SignatureError::Rejected(BADKEY) => {
            format!("{from} does not know the key {key_name}, or not for this name (BADKEY)")
        }
        SignatureError::Rejected(BADSIG) => {
            format!("{from} has a different secret for the key {key_name} (BADSIG)")
        }
        SignatureError::Unsigned if rcode != NOERROR => {
            let hint = match rcode {
                NOTAUTH => "; perhaps it is not authoritative for the zone",
                _ => "",
            };
            format!("{from} refused the update ({}), unsigned{hint}", dns::rcode_text(rcode))
        }
        flaw => format!("ignored the answer of {from}: it {flaw}"),
    };
    Refusal { error: Error::new(Kind::InvalidResponse, message), is_final: false }
}

#[cfg(test)]
mod tests;
