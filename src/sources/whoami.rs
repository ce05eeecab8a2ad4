//! The public address of an interface by a built-in whoami query, bound to that interface.

use super::{Answer, Origin};
use crate::env::{Env, Question, Transport, Via};
use crate::error::{Error, Kind};
use crate::wire::whoami;
use std::net::SocketAddrV4;

/// Timeout of one attempt, in seconds, and the number of attempts.
const TRY_SECONDS: u32 = 3;
const TRIES: u32 = 3;

/// Queries from each of `from` (None: as routing decides) concurrently; the answers are in the same
/// order.
///
/// # Errors
/// [`Kind::Local`]: this machine lacks a resource for the query.
pub fn look(
    env: &mut dyn Env,
    from: &[Option<Origin>],
    server: SocketAddrV4,
) -> Result<Vec<Answer>, Error> {
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
        let mut answer = Answer { address: None, notes: vec![] };
        match reply {
            Err(error) if error.kind == Kind::Local => return Err(error),
            Err(error) => answer.notes.push(format!("whoami: {}.", error.message)),
            Ok(reply) => match whoami::answer(&question.bytes, &reply) {
                Ok(address) => answer.address = Some(address),
                Err(why) => {
                    let server = question.server;
                    answer.notes.push(format!("whoami: the answer of {server} {why}."));
                }
            },
        }
        all.push(answer);
    }
    Ok(all)
}
