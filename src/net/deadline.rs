//! What is left of the time an exchange may take.

use std::io;
use std::time::{Duration, Instant};

/// At least a millisecond: no time at all would mean no limit to a socket.
///
/// # Errors
/// TimedOut: nothing is left.
pub fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(left.max(Duration::from_millis(1)))
}
