//! The environment of the pure rooms: network, time and randomness behind one trait.

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
    /// Further fields, without line breaks; they may hold other credentials.
    pub headers: Vec<(String, String)>,
    /// JSON; empty for no body.
    pub body: String,
}

impl Request<'_> {
    /// The request in messages: method and URL without its query.
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

    /// The delay of its Retry-After from `now` (seconds since 1970), in seconds.
    pub fn retry_after(&self, now: u64) -> Option<u32> {
        retry_after::seconds(self.header("retry-after")?, now)
    }
}

/// How a datagram is routed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// By the routing table.
    Any,
    /// Through this interface regardless of routing; if the kernel forbids that, from the
    /// interface's own address.
    Interface { name: String, source: Ipv4Addr },
}

/// The transport of a DNS message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// UDP, even if the answer is truncated.
    Datagram,
    /// UDP, then TCP if the answer is truncated.
    DatagramThenStream,
    /// TCP.
    Stream,
}

/// A DNS message to one server.
pub struct Question {
    pub server: SocketAddr,
    /// The whole message; its first two bytes are the id.
    pub bytes: Vec<u8>,
    pub via: Via,
    pub transport: Transport,
    /// Timeout of each attempt over UDP, and of the whole exchange over TCP.
    pub seconds: u32,
    /// Attempts over UDP; TCP has one.
    pub tries: u32,
}

/// What pure rooms may do to the outside. [`crate::net::RealEnv`] is the real one; tests use a
/// fake.
pub trait Env {
    /// Sends a request and returns the whole answer, whatever its status.
    ///
    /// # Errors
    /// Unreachable, Timeout, Local; InvalidResponse: too large, or an untrusted certificate.
    fn http(&mut self, request: &Request) -> Result<Response, Error>;

    /// Sends all questions concurrently; the answers are in the same order. An answer has the
    /// question's id and comes from its server; nothing else has been checked.
    fn dns(&mut self, questions: &[Question]) -> Vec<Result<Vec<u8>, Error>>;

    /// Sends one question.
    fn dns_one(&mut self, question: Question) -> Result<Vec<u8>, Error> {
        let silent = || Err(Error::new(Kind::Timeout, "no answer"));
        self.dns(&[question]).pop().unwrap_or_else(silent)
    }

    /// The addresses of a host by the system's resolver, in its order; at least one.
    ///
    /// # Errors
    /// Unreachable: it has none, or the look-up failed.
    fn addresses(&mut self, host: &str) -> Result<Vec<IpAddr>, Error>;

    /// Seconds since 1970.
    fn now(&mut self) -> u64;

    fn random(&mut self, into: &mut [u8]);

    /// # Errors
    /// Unavailable: this process was asked to stop, or its deadline comes first.
    fn pause(&mut self, milliseconds: u32) -> Result<(), Error>;
}

#[cfg(test)]
pub mod fake;
