//! One DNS exchange over TCP (RFC 7766): a connection of its own, and a deadline for all of it.

use super::explain;
use crate::env::Question;
use crate::error::{Error, Kind};
use crate::net::deadline::left;
use crate::wire::dns;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Sends the question and gives back the answer to it.
pub fn ask(question: &Question) -> Result<Vec<u8>, Error> {
    let until = Instant::now() + Duration::from_secs(question.seconds.into());
    let reply = exchange(question, until).map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            Error::with(Kind::Timeout, format_args!("no answer from {}", question.server))
        }
        io::ErrorKind::UnexpectedEof => Error::with(
            Kind::Unreachable,
            format_args!("{} closed the connection {error}", question.server),
        ),
        _ => explain(question, &error),
    })?;
    if !dns::answers(&question.bytes, &reply) {
        return Err(Error::with(
            Kind::InvalidResponse,
            format_args!("what {} sent is not an answer to our message", question.server),
        ));
    }
    Ok(reply)
}

fn exchange(question: &Question, until: Instant) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&question.server, left(until)?)?;
    let too_long =
        |_| io::Error::new(io::ErrorKind::InvalidInput, "that is more than one message can hold");
    let length = u16::try_from(question.bytes.len()).map_err(too_long)?;
    // One write: some servers want the length and the message in one segment.
    let mut framed = length.to_be_bytes().to_vec();
    framed.extend_from_slice(&question.bytes);
    stream.set_write_timeout(Some(left(until)?))?;
    stream.write_all(&framed)?;
    let mut length = [0; 2];
    fill(&mut stream, &mut length, until, "without an answer")?;
    let mut reply = vec![0; u16::from_be_bytes(length).into()];
    fill(&mut stream, &mut reply, until, "in the middle of its answer")?;
    Ok(reply)
}

/// `where_it_ends`: what an end of the stream before `into` is full means.
fn fill(
    stream: &mut TcpStream,
    mut into: &mut [u8],
    until: Instant,
    where_it_ends: &str,
) -> io::Result<()> {
    while !into.is_empty() {
        stream.set_read_timeout(Some(left(until)?))?;
        match stream.read(into) {
            Ok(0) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, where_it_ends)),
            Ok(count) => into = into.get_mut(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
