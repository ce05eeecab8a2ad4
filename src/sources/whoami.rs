//! The public address of an interface by our own query, bound to the interface itself.

use super::{Heard, Origin};
use crate::env::{Env, Question, Transport, Via};
use crate::error::{Error, Kind};
use crate::wire::whoami;
use std::net::SocketAddrV4;

/// How long one try may take, in seconds, and how many there are.
const TRY_SECONDS: u32 = 3;
const TRIES: u32 = 3;

/// Asks from each of `from` (none: as routing decides) side by side; the answers are in their
/// order.
///
/// # Errors
/// [`Kind::Local`]: this machine is short of something it needs to ask.
pub fn look(
    env: &mut dyn Env,
    from: &[Option<Origin>],
    server: SocketAddrV4,
) -> Result<Vec<Heard>, Error> {
    let mut questions = Vec::with_capacity(from.len());
    for from in from {
        let mut id = [0; 2];
        env.random(&mut id);
        let via = from.as_ref().map_or(Via::Any, |from| Via::Interface {
            name: from.interface.clone(),
            source: from.address,
        });
        let bytes = whoami::query(id);
        questions.push(Question {
            server: server.into(),
            bytes,
            via,
            transport: Transport::Datagram,
            seconds: TRY_SECONDS,
            tries: TRIES,
        });
    }
    let replies = env.dns(&questions);
    let mut all = Vec::new();
    for (question, reply) in questions.iter().zip(replies) {
        let mut heard = Heard { address: None, notes: vec![] };
        match reply {
            Err(error) if error.kind == Kind::Local => return Err(error),
            Err(error) => heard.notes.push(format!("whoami: {}.", error.message)),
            Ok(reply) => match whoami::answer(&question.bytes, &reply) {
                Ok(address) => heard.address = Some(address),
                Err(why) => {
                    let server = question.server;
                    heard.notes.push(format!("whoami: the answer of {server} {why}."));
                }
            },
        }
        all.push(heard);
    }
    Ok(all)
}
