//! The outside as the pure rooms see it: they ask for requests, time and chance, and touch nothing.

use crate::error::{Error, Kind};
use crate::text::secret::Secret;
use crate::wire::retry_after;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// An HTTP method of the APIs in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// One HTTP request with a JSON body or none.
pub struct Request<'a> {
    pub method: Method,
    /// Checked by [`crate::text::url`] and percent-encoded; holds no secret.
    pub url: String,
    /// Sent as `Authorization: Bearer`.
    pub bearer: Option<&'a Secret>,
    /// Further fields, checked for line ends; they may hold credentials of other kinds.
    pub headers: Vec<(String, String)>,
    /// JSON; empty for no body.
    pub body: String,
}

impl Request<'_> {
    /// Names the request in messages: method and URL without its query.
    pub fn subject(&self) -> String {
        let url = self.url.split_once('?').map_or(self.url.as_str(), |(url, _)| url);
        format!("{} {url}", self.method.as_str())
    }
}

/// A complete answer to a [`Request`].
pub struct Response {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// The value of the first header of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.trim_ascii())
    }

    /// How many seconds it asks to wait from `now` (seconds since 1970), if it does.
    pub fn retry_after(&self, now: u64) -> Option<u32> {
        retry_after::seconds(self.header("retry-after")?, now)
    }
}

/// How a datagram leaves this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// As routing decides.
    Any,
    /// Through this interface, whatever routing says; where the kernel forbids that, from the
    /// interface's own address.
    Interface { name: String, source: Ipv4Addr },
}

/// How a DNS message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// UDP, whatever the answer says.
    Datagram,
    /// UDP, and once more over TCP where the answer was truncated.
    DatagramThenStream,
    /// TCP.
    Stream,
}

/// A DNS message to one server.
pub struct Question {
    pub server: SocketAddr,
    /// The whole message; its first two bytes are the identifier.
    pub bytes: Vec<u8>,
    pub via: Via,
    pub transport: Transport,
    /// For each try, and for the whole exchange over TCP.
    pub seconds: u32,
    /// Over UDP; TCP has one.
    pub tries: u32,
}

/// The way out of the pure rooms. The real one is [`crate::net::RealEnv`]; tests use a fake.
pub trait Env {
    /// Sends a request and gives back the whole answer, whatever its status.
    ///
    /// # Errors
    /// Unreachable, Timeout, Local; InvalidResponse: too large, or a certificate that cannot be
    /// trusted.
    fn http(&mut self, request: &Request) -> Result<Response, Error>;

    /// Asks all questions side by side; the answers are in their order. An answer has the
    /// question's identifier and came from the server asked; nothing else has been checked.
    fn dns(&mut self, questions: &[Question]) -> Vec<Result<Vec<u8>, Error>>;

    /// Asks one question.
    fn dns_one(&mut self, question: Question) -> Result<Vec<u8>, Error> {
        let silent = || Err(Error::new(Kind::Timeout, "no answer"));
        self.dns(&[question]).pop().unwrap_or_else(silent)
    }

    /// The addresses of a host as this system looks them up, in its order; at least one.
    ///
    /// # Errors
    /// Unreachable: it has none, or they cannot be found out.
    fn addresses(&mut self, host: &str) -> Result<Vec<IpAddr>, Error>;

    /// Seconds since 1970.
    fn now(&mut self) -> u64;

    fn random(&mut self, into: &mut [u8]);

    /// # Errors
    /// Unavailable: asked to stop meanwhile, or there is not that much time left.
    fn pause(&mut self, milliseconds: u32) -> Result<(), Error>;
}

#[cfg(test)]
pub mod fake;
