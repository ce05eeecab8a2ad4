//! A request to a provider that failed, and what that means to the store.

use crate::error::Error;

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The account has no such zone.
    NoZone,
    /// There is no record at that name and type.
    NoRecord,
    /// Just such a record exists already.
    Duplicate,
    /// There is no record of that identifier.
    Stale,
    /// An earlier change of the zone is still under way; this one has not been made.
    Busy,
    /// The request's one-time number was taken for an old one.
    UsedNonce,
    Clock,
    Credentials,
    Permission,
    Other,
}

/// An error, with what it means.
#[derive(Debug)]
pub struct Failure {
    pub reason: Reason,
    pub error: Error,
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        failure.error
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure { reason: Reason::Other, error }
    }
}
