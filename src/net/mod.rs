//! The real outside: sockets, time and chance behind the [`World`] trait; servers and children.

mod deadline;
mod dns_client;
#[cfg(feature = "http-server")]
pub mod guesses;
#[cfg(feature = "upstream")]
pub mod health;
mod hosts;
#[cfg(feature = "tls")]
mod http_client;
#[cfg(feature = "http-server")]
pub mod http_server;
#[cfg(feature = "http-server")]
pub mod peer;
#[cfg(feature = "http-server")]
pub mod pool;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "upstream")]
pub mod upstream;

pub use hosts::{OwnName, own_name};

use crate::error::{Error, Kind};
use crate::os;
use crate::world::{Question, Request, Response, World};
use std::net::IpAddr;
use std::time::Duration;

/// The network as it is.
pub struct Outside {
    http_seconds: u32,
    /// When nothing may go on any longer, as [`os::clock::forward`] counts.
    until: Option<u64>,
    /// Whether a server over TLS need not prove who it is.
    is_unverified: bool,
}

impl Outside {
    /// `http_seconds`: how long one HTTP request may take.
    pub fn new(http_seconds: u32) -> Outside {
        Outside { http_seconds, until: None, is_unverified: false }
    }

    /// `seconds`: how long all requests and pauses together may take.
    pub fn within(seconds: u32) -> Outside {
        let until = os::clock::forward() + u64::from(seconds) * 1000;
        Outside { http_seconds: seconds, until: Some(until), is_unverified: false }
    }

    /// The same, and whoever answers over TLS is believed to be the one that was meant.
    pub fn unverified(seconds: u32) -> Outside {
        Outside { is_unverified: true, ..Outside::within(seconds) }
    }

    /// Milliseconds left.
    fn left(&self) -> u64 {
        self.until.map_or(u64::MAX, |until| until.saturating_sub(os::clock::forward()))
    }
}

impl World for Outside {
    #[cfg(feature = "tls")]
    fn http(&mut self, request: &Request) -> Result<Response, Error> {
        let left = u32::try_from(self.left().div_ceil(1000)).unwrap_or(u32::MAX);
        if left == 0 {
            let words = format!("{}: no time is left for it", request.subject());
            return Err(Error::new(Kind::TooSlow, words));
        }
        let seconds = self.http_seconds.min(left);
        // Without this feature nobody has use for it, and every server is verified.
        let is_unverified = cfg!(feature = "unverified") && self.is_unverified;
        http_client::send(request, seconds, !is_unverified)
    }

    #[cfg(not(feature = "tls"))]
    fn http(&mut self, request: &Request) -> Result<Response, Error> {
        Err(Error::local(request.subject(), "this build has no HTTP client"))
    }

    fn dns(&mut self, questions: &[Question]) -> Vec<Result<Vec<u8>, Error>> {
        dns_client::ask_all(questions)
    }

    fn addresses(&mut self, host: &str) -> Result<Vec<IpAddr>, Error> {
        hosts::addresses(host)
    }

    fn now(&mut self) -> u64 {
        os::clock::now()
    }

    fn random(&mut self, into: &mut [u8]) {
        os::random::fill(into);
    }

    fn pause(&mut self, milliseconds: u32) -> Result<(), Error> {
        if u64::from(milliseconds) >= self.left() {
            return Err(Error::new(Kind::NotNow, "no time is left"));
        }
        std::thread::sleep(Duration::from_millis(milliseconds.into()));
        Ok(())
    }
}
