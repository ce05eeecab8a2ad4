//! One request over TLS, and its answer: one connection, every step of which ends in time.

use super::super::deadline::left;
use super::super::http_client::{self, Why, explain_io};
use crate::env::Request;
use crate::error::{Error, Kind};
use crate::text::{decimal, url};
use crate::wire::http_answer::{Answer, Reader};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Most addresses tried of one host.
const ADDRESSES_MAX: usize = 8;
/// The ports of https and http.
const PORT: u16 = 443;
const PLAIN_PORT: u16 = 80;
/// How much of an answer is looked at in one go, in bytes.
const PIECE_BYTES: usize = 4096;

/// Sends `request`, whose URL is one of https, and reads the whole answer until then; nothing of
/// the request leaves before the server has been believed.
///
/// The time cannot be held against the look-up of the host's name, which needs an alarm.
pub fn exchange(request: &Request, until: Instant, is_verified: bool) -> Result<Answer, Why> {
    let configuration = super::configuration(is_verified).map_err(of_tls)?;
    exchange_by(configuration, request, until)
}

/// The same with a configuration of the caller's.
pub(super) fn exchange_by(
    configuration: Arc<ClientConfig>,
    request: &Request,
    until: Instant,
) -> Result<Answer, Why> {
    let nowhere = || (Kind::InvalidResponse, "that is no URL".to_string());
    let (host, port, path) = url::split_https(&request.url).ok_or_else(nowhere)?;
    let name = ServerName::try_from(host.to_string()).map_err(|_| nowhere())?;
    let mut tls = ClientConnection::new(configuration, name).map_err(of_tls)?;
    tls.set_buffer_limit(None);
    let written = tls.writer().write_all(compose(request, path).as_bytes());
    written.map_err(|error| explain_io(&error))?;
    let socket = connect(host, port.unwrap_or(PORT), until)?;
    let mut reader = Reader::new();
    converse(&mut tls, &mut Bounded { socket, until }, &mut reader)
        .map_err(|(kind, why)| (kind, why + &http_client::ray(reader.field(http_client::RAY))))
}

/// The same without TLS: for hosts that the plain client cannot be given, IPv6 addresses.
pub fn exchange_plainly(request: &Request, until: Instant) -> Result<Answer, Why> {
    let (authority, path) = url::place(&request.url);
    let (host, port) = url::split_port(authority);
    let port = port.and_then(decimal::port).unwrap_or(PLAIN_PORT);
    let mut socket = Bounded { socket: connect(host, port, until)?, until };
    let written = socket.write_all(compose(request, path).as_bytes());
    written.map_err(|error| explain_io(&error))?;
    let mut reader = Reader::new();
    let mut piece = [0; PIECE_BYTES];
    loop {
        let count = socket.read(&mut piece).map_err(|error| explain_io(&error))?;
        let come = piece.get(..count).unwrap_or_default();
        if reader.take(come).map_err(of_reader)? || count == 0 {
            return reader.end().map_err(of_reader);
        }
    }
}

fn of_reader(error: Error) -> Why {
    (error.kind, error.into_message())
}

fn of_tls(error: rustls::Error) -> Why {
    (Kind::InvalidResponse, super::explain(&error))
}

/// Moves bytes until the answer is there. What is to be sent waits in `tls` already.
fn converse(
    tls: &mut ClientConnection,
    socket: &mut Bounded,
    reader: &mut Reader,
) -> Result<Answer, Why> {
    let of_io = |error: io::Error| explain_io(&error);
    loop {
        while tls.wants_write() {
            tls.write_tls(socket).map_err(of_io)?;
        }
        tls.read_tls(socket).map_err(of_io)?;
        if let Err(error) = tls.process_new_packets() {
            // The server is told, too.
            let _ = tls.write_tls(socket);
            return Err(of_tls(error));
        }
        let mut piece = [0; PIECE_BYTES];
        loop {
            match tls.reader().read(&mut piece) {
                Ok(count) => {
                    let come = piece.get(..count).unwrap_or_default();
                    if reader.take(come).map_err(of_reader)? || count == 0 {
                        return reader.end().map_err(of_reader);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // The end of the connection, but nobody has signed that it is the answer's.
                Err(error) => return Err(of_io(error)),
            }
        }
    }
}

fn connect(host: &str, port: u16, until: Instant) -> Result<TcpStream, Why> {
    let mut last = (Kind::Unreachable, "the server's name has no address".to_string());
    let found = (host, port).to_socket_addrs().map_err(|error| explain_io(&error))?;
    let mut untried = found.len().min(ADDRESSES_MAX) as u32;
    for address in found.take(ADDRESSES_MAX) {
        // One that says nothing leaves their share to the others.
        let left = left(until).map_err(|error| explain_io(&error))?;
        let share = left / untried;
        untried -= 1;
        match TcpStream::connect_timeout(&address, share.max(Duration::from_millis(1))) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = explain_io(&error),
        }
    }
    Err(last)
}

/// The whole request; the URL's authority is what `Host` wants to have (RFC 9112 section 3.2).
fn compose(request: &Request, path: &str) -> String {
    let (authority, _) = url::place(&request.url);
    let mut text = format!("{} {path} HTTP/1.1\r\nHost: {authority}\r\n", request.method.as_str());
    http_client::each_field(request, &mut |name, value| {
        text.push_str(&format!("{name}: {value}\r\n"));
    });
    if !request.body.is_empty() {
        text.push_str(&format!("Content-Length: {}\r\n", request.body.len()));
    }
    text.push_str("\r\n");
    text.push_str(&request.body);
    text
}

/// A socket whose every step ends in time.
struct Bounded {
    socket: TcpStream,
    until: Instant,
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

#[cfg(test)]
mod tests;
