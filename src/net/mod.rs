//! The real [`Env`]: sockets, time and random numbers; and the HTTP server.

#[cfg(any(feature = "dns", feature = "tls"))]
mod deadline;
#[cfg(feature = "dns")]
mod dns_client;
#[cfg(feature = "http-server")]
pub mod guesses;
#[cfg(feature = "dns")]
mod hosts;
#[cfg(feature = "tls")]
mod http;
#[cfg(feature = "http-server")]
pub mod http_server;
#[cfg(feature = "http-server")]
pub mod peer;
#[cfg(feature = "tls")]
mod tls;

#[cfg(feature = "dns")]
pub use hosts::{OwnName, own_name};

use crate::env::{Env, Question, Request, Response};
use crate::error::{Error, Kind};
use crate::os;
use std::net::IpAddr;
use std::time::Duration;

/// The network as it is.
pub struct RealEnv {
    http_seconds: u32,
    /// When nothing may go on any longer, as [`os::clock::monotonic_ms`] counts.
    until: Option<u64>,
    /// Whether a server over TLS need not prove its identity.
    is_unverified: bool,
    #[cfg(feature = "tls")]
    http: http::Client,
}

impl RealEnv {
    /// `http_seconds`: how long one HTTP request may take. Requests to one server share a
    /// connection where the server allows it; it is closed with this.
    pub fn new(http_seconds: u32) -> RealEnv {
        RealEnv {
            http_seconds,
            until: None,
            is_unverified: false,
            #[cfg(feature = "tls")]
            http: http::Client::new(true),
        }
    }

    /// `seconds`: how long all requests and pauses together may take.
    pub fn within(seconds: u32) -> RealEnv {
        let until = os::clock::monotonic_ms() + u64::from(seconds) * 1000;
        RealEnv { until: Some(until), ..RealEnv::new(seconds) }
    }

    /// For one request, which says that no other follows on its connection.
    pub fn for_one_request(seconds: u32, is_unverified: bool) -> RealEnv {
        RealEnv {
            is_unverified,
            #[cfg(feature = "tls")]
            http: http::Client::new(false),
            ..RealEnv::within(seconds)
        }
    }

    /// Milliseconds left.
    fn left(&self) -> u64 {
        self.until.map_or(u64::MAX, |until| until.saturating_sub(os::clock::monotonic_ms()))
    }
}

impl Env for RealEnv {
    #[cfg(feature = "tls")]
    fn http(&mut self, request: &Request) -> Result<Response, Error> {
        let left = u32::try_from(self.left().div_ceil(1000)).unwrap_or(u32::MAX);
        if left == 0 {
            return Err(Error::with(
                Kind::Timeout,
                format_args!("{}: no time is left for it", request.subject()),
            ));
        }
        let seconds = self.http_seconds.min(left);
        // Without this feature nobody has use for it, and every server is verified.
        let is_unverified = cfg!(feature = "unverified") && self.is_unverified;
        self.http.send(request, seconds, !is_unverified)
    }

    #[cfg(not(feature = "tls"))]
    fn http(&mut self, request: &Request) -> Result<Response, Error> {
        Err(Error::local(request.subject(), "this build has no HTTP client"))
    }

    #[cfg(feature = "dns")]
    fn dns(&mut self, questions: &[Question]) -> Vec<Result<Vec<u8>, Error>> {
        dns_client::ask_all(questions)
    }

    // Without it nothing in the program asks, but the trait's table keeps the code.
    #[cfg(not(feature = "dns"))]
    fn dns(&mut self, _questions: &[Question]) -> Vec<Result<Vec<u8>, Error>> {
        Vec::new()
    }

    #[cfg(feature = "dns")]
    fn addresses(&mut self, host: &str) -> Result<Vec<IpAddr>, Error> {
        hosts::addresses(host)
    }

    #[cfg(not(feature = "dns"))]
    fn addresses(&mut self, host: &str) -> Result<Vec<IpAddr>, Error> {
        Err(Error::local(host, "this build looks up no hosts"))
    }

    fn now(&mut self) -> u64 {
        os::clock::unix_seconds().0
    }

    fn random(&mut self, into: &mut [u8]) {
        os::random::fill(into);
    }

    fn pause(&mut self, milliseconds: u32) -> Result<(), Error> {
        if u64::from(milliseconds) >= self.left() {
            return Err(Error::new(Kind::Unavailable, "no time is left"));
        }
        std::thread::sleep(Duration::from_millis(milliseconds.into()));
        Ok(())
    }
}
