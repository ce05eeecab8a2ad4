//! A TCP connection to a server by name, every step of which ends in time.

use super::answer::{HttpError, explain_io};
use crate::error::Kind;
use crate::net::deadline::left;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// Most addresses tried of one host.
const ADDRESSES_MAX: usize = 8;

/// A socket whose reads and writes end by then.
pub struct Bounded {
    pub socket: TcpStream,
    pub until: Instant,
}

/// Connects to the first address of the host that answers. The look-up of the name cannot be
/// bounded and needs an alarm.
///
/// # Errors
/// Unreachable, Timeout.
pub fn connect(host: &str, port: u16, until: Instant) -> Result<Bounded, HttpError> {
    let mut last = (Kind::Unreachable, "the server's name has no address".to_string());
    let found = (host, port).to_socket_addrs().map_err(|error| explain_io(&error))?;
    let mut untried = found.len().min(ADDRESSES_MAX) as u32;
    for address in found.take(ADDRESSES_MAX) {
        // An address that does not answer leaves their share of the time to the others.
        let left = left(until).map_err(|error| explain_io(&error))?;
        let share = left / untried;
        untried -= 1;
        match TcpStream::connect_timeout(&address, share.max(Duration::from_millis(1))) {
            Ok(socket) => return Ok(Bounded { socket, until }),
            Err(error) => last = explain_io(&error),
        }
    }
    Err(last)
}

impl Read for Bounded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        // A process that was stopped for a while is interrupted when it goes on.
        loop {
            self.socket.set_read_timeout(Some(left(self.until)?))?;
            match self.socket.read(into) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            self.socket.set_write_timeout(Some(left(self.until)?))?;
            match self.socket.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
