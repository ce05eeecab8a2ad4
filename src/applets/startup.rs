//! The start of every applet: its settings, or the exit status where there are none.

use super::{WRONG_USAGE, print};
use crate::config::Stop;
use crate::log::Log;
use crate::os::alarm::Alarm;

/// How long reading the settings may take, in seconds.
const READ_SECONDS_MAX: u32 = 60;

/// What an applet says about itself.
pub struct Usage {
    /// For `--help`.
    pub help: &'static str,
    /// For `--version`.
    pub version: &'static str,
    /// After a usage error.
    pub short: &'static str,
}

/// What `read` reads, or the exit status where there is nothing to run: help or version was asked
/// for, or the settings are wrong.
pub fn settings<T>(read: impl FnOnce() -> Result<T, Stop>, usage: Usage) -> Result<T, u8> {
    in_time(read).map_err(|stop| end(stop, &usage))
}

/// What reads the settings, with a bound on its time: a file may be a FIFO that nobody writes to.
pub fn in_time<T>(read: impl FnOnce() -> T) -> T {
    let _alarm = Alarm::arm(READ_SECONDS_MAX, "reading the settings");
    read()
}

fn end(stop: Stop, usage: &Usage) -> u8 {
    let (message, is_usage) = match stop {
        Stop::Help => return print(usage.help),
        Stop::Version => return print(usage.version),
        Stop::ConfigError(message) => (message, false),
        Stop::UsageError(message) => (message, true),
    };
    let log = Log::new(false);
    log.error(&message);
    if is_usage {
        log.text(usage.short);
    }
    WRONG_USAGE
}
