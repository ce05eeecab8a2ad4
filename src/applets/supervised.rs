//! How a failed daemon ends where procd would restart it within seconds, without limit.

use super::privileges::SYSLOG_VARIABLE;
use super::{DONE, WRONG_USAGE};
use crate::log::Log;
use crate::triggers;

/// How long a daemon with invalid settings waits before it exits, in milliseconds: the log is not
/// filled with the same error, and corrected settings come with a new process.
const WRONG_SETTINGS_MS: u64 = 600_000;
/// The same after a failure that may be transient, such as an address that is not assigned yet.
const FAILED_MS: u64 = 30_000;

/// Returns the exit status; after a failure, under procd, only after a pause or a signal. The pause
/// is announced by a status line.
pub fn end(status: u8) -> u8 {
    let is_asked_for = std::env::var_os(SYSLOG_VARIABLE).is_some_and(|tag| !tag.is_empty());
    if status != DONE && is_asked_for {
        let (pause, line) = if status == WRONG_USAGE {
            (WRONG_SETTINGS_MS, "== restart in 600 s")
        } else {
            (FAILED_MS, "== restart in 30 s")
        };
        Log::new(false).warning(line);
        if let Ok(signals) = triggers::signals() {
            // However the wait ends, the process does.
            let _ = triggers::wait(&[signals.descriptor()], triggers::now() + pause);
        }
    }
    status
}
