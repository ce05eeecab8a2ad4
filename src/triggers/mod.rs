//! Where daemons wait: for descriptors, for time, for signals, for addresses that change.

pub mod address_watch;

pub use crate::os::poll::Wait;
pub use crate::os::signal::{Signal, Signals};

use crate::error::Error;
use crate::os::{clock, poll};
use std::os::fd::RawFd;
use std::time::{Duration, Instant};

/// Milliseconds of a clock that only goes forward.
pub fn now() -> u64 {
    clock::forward()
}

/// Signals as messages. To be called before anything else: one that comes from then on waits to be
/// read.
///
/// # Errors
/// Local: the kernel has no way to tell of them.
pub fn signals() -> Result<Signals, Error> {
    Signals::open().map_err(|why| Error::local("cannot wait for signals", why))
}

/// Waits until one of `descriptors` can be read or it is `until` (as [`now`] counts), and says
/// which can.
///
/// # Errors
/// Local: the kernel will not let us wait.
pub fn wait(descriptors: &[RawFd], until: u64) -> Result<Vec<bool>, Error> {
    let left = Duration::from_millis(until.saturating_sub(now()));
    poll::readable(descriptors, Instant::now() + left)
        .map_err(|why| Error::local("cannot wait for events", why))
}

/// The same for reading and for writing.
///
/// # Errors
/// Local: the kernel will not let us wait.
pub fn wait_for(waits: &[Wait], until: u64) -> Result<Vec<bool>, Error> {
    let left = Duration::from_millis(until.saturating_sub(now()));
    poll::ready(waits, Instant::now() + left)
        .map_err(|why| Error::local("cannot wait for events", why))
}
