//! The wall clock, and what it shows where this machine stands.

use std::ffi::CStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Room for the text of one character of a format; the longest, of `%c`, are 24 for two.
const BYTES_FOR_EACH: usize = 32;
/// Room for a name of the time zone, which is the operator's choice.
const BYTES_FOR_ZONE: usize = 256;

/// A point in time to the millisecond.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// Since 1970.
    pub seconds: u64,
    pub milliseconds: u32,
}

/// Seconds since 1970; 0 where the clock stands before it.
pub fn now() -> u64 {
    since_1970().as_secs()
}

/// [`now`] with its milliseconds.
pub fn moment() -> Moment {
    let since = since_1970();
    Moment { seconds: since.as_secs(), milliseconds: since.subsec_millis() }
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// `seconds` in local time, as `strftime` writes it; nothing where it cannot (a year too large).
pub fn local(seconds: u64, format: &CStr) -> String {
    let seconds = seconds as libc::time_t;
    let mut text = vec![0_u8; format.count_bytes() * BYTES_FOR_EACH + BYTES_FOR_ZONE];
    // SAFETY: `tm` is plain data. Every pointer is to something that lives through its call, and
    // `strftime` gets the length of its buffer and a struct that `localtime_r` has filled in.
    let length = unsafe {
        let mut parts: libc::tm = std::mem::zeroed();
        if libc::localtime_r(&seconds, &mut parts).is_null() {
            return String::new();
        }
        libc::strftime(text.as_mut_ptr().cast(), text.len(), format.as_ptr(), &parts)
    };
    text.truncate(length);
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests;
