//! The one error every room speaks: what kind of failure, and words for the operator.

use std::fmt;
use std::ops::{Deref, DerefMut};

/// What a caller may do about a failure; the words are for people only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The other side understood and said no; `code` is its own number for the reason.
    Refused { code: Option<i64> },
    /// It was done, but at another name than was asked for: each further try would do it again.
    OtherName,
    /// Asked too often; wait this many seconds where it said how long.
    Throttled { after_seconds: Option<u32> },
    /// No usable answer: no connection, a cut one, or a server that says it is out of order.
    Unreachable,
    /// No complete answer within the time allowed.
    Timeout,
    /// An answer that cannot be trusted or understood.
    InvalidResponse,
    /// This machine cannot do its part: no child, no descriptor, no memory, no file.
    Local,
    /// Nothing is wrong, but this is not the moment: clock not set, another run at work.
    Unavailable,
}

/// A failure with its kind and a sentence (later lines say what to do about it).
///
/// It is handed on at hundreds of places, each of which would copy all of it: so it is a pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Failure>);

/// What an [`Error`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub kind: Kind,
    pub message: String,
}

impl Deref for Error {
    type Target = Failure;

    fn deref(&self) -> &Failure {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Failure {
        &mut self.0
    }
}

impl Error {
    pub fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error::made(kind, message.into())
    }

    #[inline(never)]
    fn made(kind: Kind, message: String) -> Error {
        Error(Box::new(Failure { kind, message }))
    }

    /// The words alone.
    pub fn into_message(self) -> String {
        self.0.message
    }

    /// A failure of this machine, told as "WHAT: REASON".
    pub fn local(what: impl fmt::Display, why: impl fmt::Display) -> Error {
        Error::new(Kind::Local, format!("{what}: {why}"))
    }
}
