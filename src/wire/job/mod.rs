//! What a daemon and its upstream helper say to each other: one line of JSON each way.
//!
//! A job's line has credentials in it and is for the pipe between the two only.

mod call;
mod line;
mod records;
#[cfg(test)]
mod tests;

pub use call::{Call, Called};
pub use records::{Action, Answer, Deadline, Job, Outcome, SetJob, Stage, Step};

use line::Line;

/// What the helper is to do.
pub enum Task {
    /// Make RRsets of one zone what they should be.
    Records(Box<Job>),
    /// Send one request and hand on the answer.
    Call(Box<Call>),
}

/// Nothing where the line is not one of [`Job::encode`] or [`Call::encode`].
pub fn decode(line: &str) -> Option<Task> {
    let (kind, line) = Line::read(line)?;
    match kind.as_str() {
        records::NAME => Job::read(line).map(|job| Task::Records(Box::new(job))),
        call::NAME => Call::read(line).map(|call| Task::Call(Box::new(call))),
        _ => None,
    }
}

/// The kinds of replies.
const DONE: &str = "done";
const FAILED: &str = "failed";
