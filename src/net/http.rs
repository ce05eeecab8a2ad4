//! HTTP requests: one client over two transports, ours over TLS and minreq's for plain HTTP, with
//! the same limits and the same errors.

pub mod answer;
#[cfg(feature = "plain-http")]
mod plain;
pub mod request;
pub mod socket;

use super::tls::https::Connection;
use crate::env::{Method, Request, Response};
use crate::error::{Error, Kind};
use crate::os::alarm::Alarm;
use crate::wire::http_answer::Answer;
use answer::HttpError;
use std::time::{Duration, Instant};

/// How much later than the client's own limit the alarm rings, in seconds.
const ALARM_GRACE_SECONDS: u32 = 2;

/// A client, and the connection it may use again.
pub struct Client {
    /// Whether further requests are to be expected, for which a connection is worth keeping.
    keeps_alive: bool,
    kept: Option<Connection>,
}

impl Client {
    pub fn new(keeps_alive: bool) -> Client {
        Client { keeps_alive, kept: None }
    }

    /// Sends `request` and reads the whole answer, whatever its status, within `seconds`. A server
    /// over TLS has to prove its identity if `is_verified`.
    ///
    /// A peer that stalls where the client cannot notice ends the process (see [`Alarm`]).
    ///
    /// # Errors
    /// See [`crate::env::Env::http`]; the message begins with the request's method and URL.
    pub fn send(
        &mut self,
        request: &Request,
        seconds: u32,
        is_verified: bool,
    ) -> Result<Response, Error> {
        let subject = request.subject();
        let until = Instant::now() + Duration::from_secs(seconds.into());
        let _alarm = Alarm::arm(seconds.saturating_add(ALARM_GRACE_SECONDS), &subject);
        let done = match request.url.starts_with("https://") {
            true => self.send_over_tls(request, until, is_verified).and_then(answer::judge),
            false => send_plainly(request, until),
        };
        done.map_err(|(kind, why)| Error::with(kind, format_args!("{subject}: {why}")))
    }

    /// Uses the kept connection where it is certainly alive. One that turns out dead before any
    /// byte of an answer is replaced for a read; a write may have been processed and is never sent
    /// twice.
    fn send_over_tls(
        &mut self,
        request: &Request,
        until: Instant,
        is_verified: bool,
    ) -> Result<Answer, HttpError> {
        if let Some(mut connection) = self.kept.take()
            && connection.is_usable_for(&request.url, is_verified)
        {
            let done = connection.exchange(request, until, !self.keeps_alive);
            let is_dead = matches!(done, Err((Kind::Unreachable, _))) && !connection.has_answered();
            if !is_dead || request.method != Method::Get {
                return self.keep(connection, done);
            }
        }
        let mut connection = Connection::open(&request.url, until, is_verified)?;
        let done = connection.exchange(request, until, !self.keeps_alive);
        self.keep(connection, done)
    }

    fn keep(
        &mut self,
        connection: Connection,
        done: Result<Answer, HttpError>,
    ) -> Result<Answer, HttpError> {
        if self.keeps_alive && connection.is_reusable() {
            self.kept = Some(connection);
        }
        done
    }
}

#[cfg(feature = "plain-http")]
fn send_plainly(request: &Request, until: Instant) -> Result<Response, HttpError> {
    plain::send(request, until)
}

#[cfg(not(feature = "plain-http"))]
fn send_plainly(_request: &Request, _until: Instant) -> Result<Response, HttpError> {
    Err((Kind::InvalidResponse, "this build has no plain HTTP: use https".into()))
}
