//! The zone that contains a name, and its primary server, by SOA queries.

use crate::env::{Env, Question, Transport, Via};
use crate::error::{Error, Kind};
use crate::wire::dns::message::query;
use crate::wire::dns::name::Name;
use crate::wire::dns::{SOA, soa};
use std::net::SocketAddr;

pub use crate::wire::dns::soa::Zone;

/// Timeout of an attempt, in seconds, and the number of attempts for each server.
const TRY_SECONDS: u32 = 3;
const TRIES: u32 = 2;

/// Queries `servers` in order for the zone that contains `name`: first the name itself, then its
/// parents, until an answer shows it. `recursive` sets the RD bit.
///
/// # Errors
/// Unreachable: no server gives a usable answer. Unavailable: there is no zone but the root.
pub fn find(
    env: &mut dyn Env,
    servers: &[SocketAddr],
    recursive: bool,
    name: &Name,
) -> Result<Zone, Error> {
    let none =
        || Error::with(Kind::Unavailable, format_args!("no zone found that contains {name}"));
    let mut servers = servers.to_vec();
    let mut asked = name.clone();
    while !asked.is_root() {
        let answer = ask_all(env, &mut servers, recursive, &asked)?;
        if let Some(zone) = answer {
            // An update must not be sent to the root servers.
            return if zone.apex.is_root() || zone.primary.is_root() {
                Err(none())
            } else {
                Ok(zone)
            };
        }
        asked = asked.parent().ok_or_else(none)?;
    }
    Err(none())
}

/// The first usable answer; servers that failed are not queried again.
fn ask_all(
    env: &mut dyn Env,
    servers: &mut Vec<SocketAddr>,
    recursive: bool,
    name: &Name,
) -> Result<Option<Zone>, Error> {
    let mut reasons = Vec::new();
    while let Some(&server) = servers.first() {
        match ask(env, server, recursive, name) {
            Ok(answer) => return Ok(answer),
            Err(error) => reasons.push(error.into_message()),
        }
        servers.remove(0);
    }
    let message = format!("cannot find the zone of {name}: {}", reasons.join("; "));
    Err(Error::new(Kind::Unreachable, message))
}

fn ask(
    env: &mut dyn Env,
    server: SocketAddr,
    recursive: bool,
    name: &Name,
) -> Result<Option<Zone>, Error> {
    let mut id = [0; 2];
    env.random(&mut id);
    let bytes = query(id, name, SOA, recursive);
    let question = Question {
        server,
        bytes: bytes.clone(),
        via: Via::Any,
        transport: Transport::DatagramThenStream,
        seconds: TRY_SECONDS,
        tries: TRIES,
    };
    let reply = env.dns_one(question)?;
    soa::covering(&bytes, &reply, name).map_err(|why| {
        Error::with(Kind::InvalidResponse, format_args!("the answer of {server} {why}"))
    })
}
