//! What a daemon and the child that talks for it say to each other: one line of JSON each way.
//!
//! A job's line has credentials in it and is for the pipe between the two only.

mod call;
mod edit;
mod follow;
mod line;
#[cfg(test)]
mod tests;

pub use call::{Call, Called};
pub use edit::{Edit, EditAnswer, Outcome, Stage};
pub use follow::{Follow, Report};

use line::Reader;

/// The action of a job that wrote nothing, or only removed.
pub const UNCHANGED: &str = "unchanged";
pub const CREATED: &str = "created";
pub const UPDATED: &str = "updated";

/// What the child is to do.
pub enum Job {
    /// Make one of some addresses stand at a name.
    Follow(Follow),
    /// Make one record of any type right.
    Edit(Edit),
    /// Send one request and tell what was answered.
    Call(Call),
}

/// The line for a job, with its end.
pub fn encode_job(job: Job) -> String {
    match job {
        Job::Follow(follow) => follow.encode(),
        Job::Edit(edit) => edit.encode(),
        Job::Call(call) => call.encode(),
    }
}

/// Nothing where the line is not one of [`encode_job`].
pub fn decode_job(line: &str) -> Option<Job> {
    let (what, reader) = Reader::new(line)?;
    match what.as_str() {
        follow::NAME => Follow::read(reader).map(Job::Follow),
        edit::NAME => Edit::read(reader).map(Job::Edit),
        call::NAME => Call::read(reader).map(Job::Call),
        _ => None,
    }
}

/// The first field of an answer.
const DONE: &str = "done";
const FAILED: &str = "failed";
