//! Syslog as Python's SysLogHandler sends it: a datagram of `<PRI>`, the line and a NUL.

use crate::log::record::Level;
use crate::text::printable;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

/// How long to wait for a syslog that does not read, once in a run.
const SEND_TIMEOUT: Duration = Duration::from_secs(2);

/// Facility codes by the names of Python's handler.
const FACILITIES: [(&str, u8); 24] = [
    ("kern", 0),
    ("user", 1),
    ("mail", 2),
    ("daemon", 3),
    ("auth", 4),
    ("syslog", 5),
    ("lpr", 6),
    ("news", 7),
    ("uucp", 8),
    ("cron", 9),
    ("authpriv", 10),
    ("ftp", 11),
    ("ntp", 12),
    ("security", 13),
    ("console", 14),
    ("solaris-cron", 15),
    ("local0", 16),
    ("local1", 17),
    ("local2", 18),
    ("local3", 19),
    ("local4", 20),
    ("local5", 21),
    ("local6", 22),
    ("local7", 23),
];

/// The code of a facility.
pub fn facility(name: &str) -> Option<u8> {
    FACILITIES.iter().find(|(one, _)| *one == name).map(|(_, code)| *code)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A Unix datagram socket.
    Path(String),
    /// A host and its UDP port.
    Host(String, u16),
}

enum Socket {
    Unix(UnixDatagram),
    Udp(UdpSocket),
}

pub struct Syslog {
    address: Address,
    facility: u8,
    socket: Option<Socket>,
    /// Why it is not tried again: every attempt would take as long as the first.
    given_up: Option<io::ErrorKind>,
}

impl Syslog {
    pub fn new(address: Address, facility: u8) -> Syslog {
        Syslog { address, facility, socket: None, given_up: None }
    }

    pub fn name(&self) -> String {
        match &self.address {
            Address::Path(path) => printable::line(path, 200),
            Address::Host(host, port) => format!("{} port {port}", printable::line(host, 200)),
        }
    }

    pub fn write(&mut self, level: Level, line: &str) -> io::Result<()> {
        if let Some(kind) = self.given_up {
            return Err(kind.into());
        }
        let priority = u32::from(self.facility) * 8 + level.severity();
        let datagram = format!("<{priority}>{line}\0");
        match self.send(datagram.as_bytes()) {
            // A failed path is tried again: the syslog may have been started since.
            Err(error)
                if matches!(self.address, Address::Host(..))
                    || error.kind() == io::ErrorKind::WouldBlock =>
            {
                self.given_up = Some(error.kind());
                Err(error)
            }
            result => result,
        }
    }

    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        match self.socket.as_ref().map(|socket| socket.send(datagram)) {
            Some(Ok(())) => return Ok(()),
            Some(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
            // After a restart another socket has the same path.
            Some(Err(_)) | None => self.socket = None,
        }
        self.socket = Some(match &self.address {
            Address::Path(path) => first_to_path(path, datagram)?,
            Address::Host(host, port) => first_to_host(host, *port, datagram)?,
        });
        Ok(())
    }
}

impl Socket {
    fn send(&self, datagram: &[u8]) -> io::Result<()> {
        match self {
            Socket::Unix(socket) => socket.send(datagram).map(drop),
            Socket::Udp(socket) => {
                socket.send(datagram)?;
                // A closed local port has been reported by ICMP by now.
                socket.take_error()?.map_or(Ok(()), Err)
            }
        }
    }
}

fn first_to_path(path: &str, datagram: &[u8]) -> io::Result<Socket> {
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(SEND_TIMEOUT))?;
    socket.connect(path)?;
    let socket = Socket::Unix(socket);
    socket.send(datagram)?;
    Ok(socket)
}

/// Sends to the first of the host's addresses that does not refuse it.
fn first_to_host(host: &str, port: u16, datagram: &[u8]) -> io::Result<Socket> {
    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    for address in (host, port).to_socket_addrs()? {
        match udp(address).and_then(|socket| socket.send(datagram).map(|()| socket)) {
            Ok(socket) => return Ok(socket),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn udp(address: SocketAddr) -> io::Result<Socket> {
    let socket = match address {
        SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?,
        SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))?,
    };
    socket.connect(address)?;
    Ok(Socket::Udp(socket))
}

#[cfg(test)]
mod tests;
