//! The wall clock, local time, and a clock that never goes back.

use std::ffi::CStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time to the millisecond.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// Since 1970.
    pub seconds: u64,
    pub milliseconds: u32,
}

/// A time of the wall clock in seconds since 1970; not to be mixed with [`monotonic_ms`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub struct UnixSeconds(pub u64);

/// The wall clock in seconds since 1970; 0 before that.
pub fn unix_seconds() -> UnixSeconds {
    UnixSeconds(since_1970().as_secs())
}

/// Milliseconds of a clock that never goes back, and goes on while the machine is suspended
/// (CLOCK_BOOTTIME).
pub fn monotonic_ms() -> u64 {
    // SAFETY: integers may be zero, and a libc for 32 bits has padding that cannot be named. The
    // struct lives through the call. Of this clock no kernel in use is without.
    let time = unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_BOOTTIME, &mut time);
        time
    };
    time.tv_sec as u64 * 1000 + time.tv_nsec as u64 / 1_000_000
}

/// [`unix_seconds`] with its milliseconds.
pub fn moment() -> Moment {
    let since = since_1970();
    Moment { seconds: since.as_secs(), milliseconds: since.subsec_millis() }
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A point in time as the clocks here show it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Local {
    /// Since 1970.
    pub seconds: i64,
    pub year: i32,
    /// From 0, as everything else but the day of the month.
    pub month: i32,
    pub day: i32,
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
    /// From Sunday.
    pub weekday: i32,
    pub day_of_year: i32,
    pub east_of_utc_seconds: i32,
    /// The short name of the time zone.
    pub zone: String,
}

/// `seconds` since 1970 in local time; nothing where the year is too large to be told.
pub fn local(seconds: u64) -> Option<Local> {
    let time = seconds.try_into().ok()?;
    // SAFETY: `tm` is plain data. Both pointers are to what lives through the call; the zone's name
    // is a string of the C library's that is there until the zone is changed, which nobody does.
    let (parts, zone) = unsafe {
        let mut parts: libc::tm = std::mem::zeroed();
        if libc::localtime_r(&time, &mut parts).is_null() {
            return None;
        }
        let zone = (!parts.tm_zone.is_null()).then(|| CStr::from_ptr(parts.tm_zone));
        (parts, zone.map(|zone| zone.to_string_lossy().into_owned()))
    };
    Some(Local {
        seconds: i64::try_from(seconds).ok()?,
        year: parts.tm_year.checked_add(1900)?,
        month: parts.tm_mon,
        day: parts.tm_mday,
        hour: parts.tm_hour,
        minute: parts.tm_min,
        second: parts.tm_sec,
        weekday: parts.tm_wday,
        day_of_year: parts.tm_yday,
        // Of 32 bits where the processor is; it is less than two days.
        #[allow(clippy::unnecessary_cast)]
        east_of_utc_seconds: parts.tm_gmtoff as i32,
        zone: zone.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests;
