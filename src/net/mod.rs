//! The real outside: sockets, time and chance behind the [`World`] trait.

mod dns_client;
#[cfg(feature = "upstream")]
pub mod health;
mod hosts;
#[cfg(feature = "tls")]
mod http_client;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "upstream")]
pub mod upstream;

pub use hosts::own_name;

use crate::error::Error;
use crate::os;
use crate::world::{Question, Request, Response, World};
use std::net::IpAddr;
use std::time::Duration;

/// The network as it is.
pub struct Outside {
    http_seconds: u32,
}

impl Outside {
    /// `http_seconds`: how long one HTTP request may take.
    pub fn new(http_seconds: u32) -> Outside {
        Outside { http_seconds }
    }
}

impl World for Outside {
    #[cfg(feature = "tls")]
    fn http(&mut self, request: &Request) -> Result<Response, Error> {
        http_client::send(request, self.http_seconds)
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
        std::thread::sleep(Duration::from_millis(milliseconds.into()));
        Ok(())
    }
}
