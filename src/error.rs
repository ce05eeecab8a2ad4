//! The common error type: a kind for the program and a message for the operator.

use std::fmt;
use std::ops::{Deref, DerefMut};

/// The kind of a failure, by what a caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The server refused the request; `code` is its error number.
    Refused { code: Option<i64> },
    /// The record was created at another name than requested; each retry would create another.
    OtherName,
    /// Too many requests; retry after this many seconds, if known.
    Throttled { after_seconds: Option<u32> },
    /// No connection, a broken one, or a server error.
    Unreachable,
    /// No complete answer before the deadline.
    Timeout,
    /// An answer that is malformed or not trusted.
    InvalidResponse,
    /// A local failure: a child, descriptor, memory or file.
    Local,
    /// Not possible now: the clock is not set, or another run holds the lock.
    Unavailable,
}

/// A failure with its kind and message (lines after the first say what to do).
///
/// It is a pointer, because hundreds of `?` would each copy the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Failure>);

/// The content of an [`Error`].
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

    /// As [`Error::new`], with a message that is put together here and not at each caller.
    #[inline(never)]
    pub fn with(kind: Kind, message: fmt::Arguments) -> Error {
        Error::made(kind, message.to_string())
    }

    /// The message.
    pub fn into_message(self) -> String {
        self.0.message
    }

    /// A local failure with the message "WHAT: REASON".
    pub fn local(what: impl fmt::Display, why: impl fmt::Display) -> Error {
        Error::with(Kind::Local, format_args!("{what}: {why}"))
    }
}
