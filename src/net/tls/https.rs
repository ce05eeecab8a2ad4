//! A connection over TLS, and requests over it, one at a time; rustls driven by hand.

use crate::env::Request;
use crate::error::{Error, Kind};
use crate::net::http::answer::{self, HttpError, explain_io};
use crate::net::http::request::compose;
use crate::net::http::socket::{Bounded, connect};
use crate::os::poll;
use crate::text::url;
use crate::wire::http_answer::{Answer, Reader};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::Instant;

const PORT: u16 = 443;
/// How much of an answer is read in one go, in bytes.
const PIECE_BYTES: usize = 4096;
/// How many pieces an idle connection may have received: session tickets, mostly.
const IDLE_PIECES_MAX: u32 = 8;

/// A connection, and what is known of it.
pub struct Connection {
    tls: ClientConnection,
    socket: Bounded,
    /// Scheme, host and port, as URLs have them.
    origin: String,
    is_verified: bool,
    has_answered: bool,
    is_reusable: bool,
}

impl Connection {
    /// Connects to the server of a URL of https; the handshake is the first exchange's.
    ///
    /// # Errors
    /// Unreachable, Timeout; InvalidResponse: no roots, or the URL cannot be used.
    pub fn open(url: &str, until: Instant, is_verified: bool) -> Result<Connection, HttpError> {
        let configuration = super::configuration(is_verified).map_err(of_tls)?;
        Connection::open_with(configuration, url, until, is_verified)
    }

    /// The same with a configuration of the caller's.
    pub(super) fn open_with(
        configuration: Arc<ClientConfig>,
        url: &str,
        until: Instant,
        is_verified: bool,
    ) -> Result<Connection, HttpError> {
        let invalid = || (Kind::InvalidResponse, "that is no URL".to_string());
        let (host, port, _) = url::split_https(url).ok_or_else(invalid)?;
        let name = ServerName::try_from(host.to_string()).map_err(|_| invalid())?;
        let mut tls = ClientConnection::new(configuration, name).map_err(of_tls)?;
        tls.set_buffer_limit(None);
        let socket = connect(host, port.unwrap_or(PORT), until)?;
        let origin = origin(url).to_string();
        let (has_answered, is_reusable) = (false, false);
        Ok(Connection { tls, socket, origin, is_verified, has_answered, is_reusable })
    }

    /// Whether it leads to the server of this URL and the server has not closed it.
    pub fn is_usable_for(&mut self, url: &str, is_verified: bool) -> bool {
        self.origin == origin(url) && self.is_verified == is_verified && self.is_alive()
    }

    /// Session tickets may have come since; anything else that has come ends it.
    fn is_alive(&mut self) -> bool {
        let fd = [self.socket.socket.as_raw_fd()];
        for _ in 0..IDLE_PIECES_MAX {
            match self.tls.process_new_packets() {
                Ok(state) if state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed() => {}
                _ => return false,
            }
            match poll::readable(&fd, Instant::now()) {
                Ok(ready) if ready.contains(&true) => {}
                Ok(_) => return true,
                Err(_) => return false,
            }
            if !matches!(self.tls.read_tls(&mut self.socket), Ok(1..)) {
                return false;
            }
        }
        false
    }

    /// Whether any byte of the last answer has come.
    pub fn has_answered(&self) -> bool {
        self.has_answered
    }

    /// Whether another request may follow the last one.
    pub fn is_reusable(&self) -> bool {
        self.is_reusable
    }

    /// Sends `request` and reads the whole answer until then; nothing of the first request is sent
    /// before the server has been verified. `closes`: no other request follows.
    ///
    /// # Errors
    /// Unreachable, Timeout; InvalidResponse: not TLS, not HTTP, or too large.
    pub fn exchange(
        &mut self,
        request: &Request,
        until: Instant,
        closes: bool,
    ) -> Result<Answer, HttpError> {
        (self.has_answered, self.is_reusable) = (false, false);
        self.socket.until = until;
        let written = self.tls.writer().write_all(compose(request, closes).as_bytes());
        written.map_err(|error| explain_io(&error))?;
        let mut reader = Reader::new();
        let done = self.converse(&mut reader);
        self.is_reusable = done.is_ok() && reader.allows_another();
        done.and_then(|()| reader.end().map_err(of_reader))
            .map_err(|(kind, why)| (kind, why + &answer::ray(reader.field(answer::RAY))))
    }

    /// Moves bytes until the answer is complete or the connection ends. What is to be sent waits in
    /// `tls` already.
    fn converse(&mut self, reader: &mut Reader) -> Result<(), HttpError> {
        let of_io = |error: io::Error| explain_io(&error);
        loop {
            while self.tls.wants_write() {
                self.tls.write_tls(&mut self.socket).map_err(of_io)?;
            }
            self.tls.read_tls(&mut self.socket).map_err(of_io)?;
            if let Err(error) = self.tls.process_new_packets() {
                // Sends the alert.
                let _ = self.tls.write_tls(&mut self.socket);
                return Err(of_tls(error));
            }
            let mut piece = [0; PIECE_BYTES];
            loop {
                match self.tls.reader().read(&mut piece) {
                    Ok(count) => {
                        self.has_answered |= count > 0;
                        let come = piece.get(..count).unwrap_or_default();
                        if reader.take(come).map_err(of_reader)? || count == 0 {
                            return Ok(());
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    // The end of the connection without close_notify: it may be an attacker's.
                    Err(error) => return Err(of_io(error)),
                }
            }
        }
    }
}

/// Scheme, host and port of a URL.
fn origin(url: &str) -> &str {
    let (authority, _) = url::place(url);
    url.get(.."https://".len() + authority.len()).unwrap_or(url)
}

fn of_reader(error: Error) -> HttpError {
    (error.kind, error.into_message())
}

fn of_tls(error: rustls::Error) -> HttpError {
    (Kind::InvalidResponse, super::explain(&error))
}

#[cfg(test)]
mod tests;
