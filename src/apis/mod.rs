//! What an HTTP caller may ask for: requests in, answers out, no sockets; upstream is for others.

pub mod access;
pub mod caller;
pub mod gateway;
pub mod host_update;

pub use crate::notify::Notice;

use crate::error::Error;
use crate::log::logger::Level;
use crate::wire::http::{Request, Response};
use crate::wire::job::{Answer, Job};
use std::net::IpAddr;

/// What becomes of a request.
pub enum Step {
    Answer(Response),
    /// These have to be done first; the answer comes of [`Api::heard`].
    Tasks(Vec<Task>),
}

/// One job for a child, and what it must not run beside.
pub struct Task {
    pub job: Job,
    /// Of two tasks with the same lane one waits for the other.
    pub lane: String,
}

/// Something to be told to the operator.
pub struct News {
    pub level: Level,
    /// Without any secret.
    pub message: String,
    /// Whether it is to be sent to the operator's phone, too.
    pub notice: Option<Notice>,
}

/// A set of paths with what is behind them. Times are milliseconds of a clock that only goes
/// forward.
pub trait Api {
    /// Takes a request. `number` is its own, for [`Api::heard`].
    fn ask(&mut self, number: u64, request: &Request, now: u64) -> Step;

    /// What has become of the request's task of that index; the answer, once it is complete.
    fn heard(
        &mut self,
        number: u64,
        index: usize,
        answer: Result<Answer, Error>,
        now: u64,
    ) -> Option<Response>;

    /// The request's tasks cannot be done now, as too many wait already: the answer to that.
    fn refuse(&mut self, number: u64, now: u64) -> Response;

    /// The answer to what is no request, or to one that came too slowly.
    fn reject(&self, status: u16, message: &str) -> Response;

    /// In whose name a request was sent: by that address callers are told apart and counted.
    fn peer(&self, request: &Request) -> IpAddr {
        request.peer
    }

    /// Whether the request that was asked last had wrong credentials.
    fn has_guessed(&self) -> bool {
        false
    }

    /// The answer to a request that is not looked at, as its peer has sent too many wrong
    /// credentials; it may come again in so many seconds.
    fn hold_off(&self, _request: &Request, seconds: u32) -> Response {
        let response = self.reject(429, "Too many wrong credentials from this address");
        response.with("Retry-After", seconds.to_string())
    }

    /// When [`Api::tick`] is to be called; none: never.
    fn wake_at(&self) -> Option<u64> {
        None
    }

    /// Does what is due without a request.
    fn tick(&mut self, _now: u64) {}

    /// What there is to tell since the last call.
    fn news(&mut self) -> Vec<News>;
}
