//! What a daemon and the child that talks for it say to each other: one line of JSON each way.
//!
//! A job's line has credentials in it and is for the pipe between the two only.

mod call;
mod edit;
mod follow;
#[cfg(test)]
mod tests;

pub use call::{Call, Called};
pub use edit::{Edit, EditAnswer, Outcome, Stage};
pub use follow::{Follow, Report};

use crate::error::{Error, Kind};
use miniserde::{Deserialize, Serialize, json};

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

#[derive(Serialize, Deserialize)]
struct JobJson {
    follow: Option<Follow>,
    edit: Option<Edit>,
    call: Option<Call>,
}

/// The line for a job, with its end.
pub fn encode_job(job: Job) -> String {
    let mut json = JobJson { follow: None, edit: None, call: None };
    match job {
        Job::Follow(follow) => json.follow = Some(follow),
        Job::Edit(edit) => json.edit = Some(edit),
        Job::Call(call) => json.call = Some(call),
    }
    line(&json)
}

/// Nothing where the line is not one of [`encode_job`].
pub fn decode_job(line: &str) -> Option<Job> {
    match json::from_str(line).ok()? {
        JobJson { follow: Some(follow), edit: None, call: None } => Some(Job::Follow(follow)),
        JobJson { follow: None, edit: Some(edit), call: None } => Some(Job::Edit(edit)),
        JobJson { follow: None, edit: None, call: Some(call) } => Some(Job::Call(call)),
        _ => None,
    }
}

fn line<T: Serialize>(json: &T) -> String {
    let mut line = json::to_string(json);
    line.push('\n');
    line
}

/// An [`Error`] as it goes through the pipe.
#[derive(Serialize, Deserialize)]
struct ErrorJson {
    kind: String,
    code: Option<i64>,
    after_seconds: Option<u32>,
    words: String,
}

impl ErrorJson {
    fn of(error: &Error) -> ErrorJson {
        let (kind, code, after_seconds) = match error.kind {
            Kind::Refused { code } => ("refused", code, None),
            Kind::Throttled { after_seconds } => ("throttled", None, after_seconds),
            Kind::Unreachable => ("unreachable", None, None),
            Kind::TooSlow => ("too slow", None, None),
            Kind::Unreadable => ("unreadable", None, None),
            Kind::Local => ("local", None, None),
            Kind::NotNow => ("not now", None, None),
        };
        ErrorJson { kind: kind.into(), code, after_seconds, words: error.words.clone() }
    }

    fn read(self) -> Option<Error> {
        let kind = match self.kind.as_str() {
            "refused" => Kind::Refused { code: self.code },
            "throttled" => Kind::Throttled { after_seconds: self.after_seconds },
            "unreachable" => Kind::Unreachable,
            "too slow" => Kind::TooSlow,
            "unreadable" => Kind::Unreadable,
            "local" => Kind::Local,
            "not now" => Kind::NotNow,
            _ => return None,
        };
        Some(Error::new(kind, self.words))
    }
}
