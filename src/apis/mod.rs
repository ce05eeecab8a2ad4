//! HTTP services without sockets: requests in, responses and tasks out.

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

/// The next step of a request.
pub enum Step {
    Answer(Response),
    /// These tasks have to be done first; [`Api::on_reply`] returns the response.
    Tasks(Vec<Task>),
}

/// A job for a worker.
pub struct Task {
    pub job: Job,
    /// Tasks with the same key run one after the other.
    pub lock_key: String,
}

/// An entry for the log.
pub struct LogEvent {
    pub level: Level,
    /// Without secrets.
    pub message: String,
    /// Set if it is also sent as a push notification.
    pub notice: Option<Notice>,
}

/// A service with its paths. Times are milliseconds of a monotonic clock.
pub trait Api {
    /// Handles a request. `number` identifies it in [`Api::on_reply`].
    fn ask(&mut self, number: u64, request: &Request, now: u64) -> Step;

    /// Handles the result of the request's task with that index; returns the response once all are
    /// done.
    fn on_reply(
        &mut self,
        number: u64,
        index: usize,
        answer: Result<Answer, Error>,
        now: u64,
    ) -> Option<Response>;

    /// The response if the request's tasks were refused because the queue is full.
    fn refuse(&mut self, number: u64, now: u64) -> Response;

    /// The response to an invalid request, or to one that timed out.
    fn reject(&self, status: u16, message: &str) -> Response;

    /// The client's address, by which requests are counted and limited.
    fn peer(&self, request: &Request) -> IpAddr {
        request.peer
    }

    /// Whether the last request had wrong credentials.
    fn has_guessed(&self) -> bool {
        false
    }

    /// The response to a request that is not processed because its peer has sent too many wrong
    /// credentials; it may retry after `seconds`.
    fn hold_off(&self, _request: &Request, seconds: u32) -> Response {
        let response = self.reject(429, "Too many wrong credentials from this address");
        response.with("Retry-After", seconds.to_string())
    }

    /// When [`Api::tick`] is due; None: never.
    fn wake_at(&self) -> Option<u64> {
        None
    }

    /// Runs periodic work.
    fn tick(&mut self, _now: u64) {}

    /// The log events since the last call.
    fn take_log_events(&mut self) -> Vec<LogEvent>;
}
