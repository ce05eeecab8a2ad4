//! What a daemon does before it ends where procd starts it again after seconds, for ever.

use super::privileges::SYSLOG_VARIABLE;
use super::{DONE, WRONG_USAGE};
use crate::log::Log;
use crate::triggers;

/// How long settings that are wrong keep a daemon waiting, in milliseconds, so that the log is not
/// filled with the same error; new ones come with a new process.
const WRONG_SETTINGS_MS: u64 = 600_000;
/// The same for what may be over soon, such as an address that is not there yet.
const FAILED_MS: u64 = 30_000;

/// Gives back the exit status, where it is one of failure only after a while or a signal.
pub fn end(status: u8) -> u8 {
    let is_asked_for = std::env::var_os(SYSLOG_VARIABLE).is_some_and(|tag| !tag.is_empty());
    if status != DONE && is_asked_for {
        // The init fake's `status` knows these by their end.
        let (pause, message) = if status == WRONG_USAGE {
            (WRONG_SETTINGS_MS, "waiting 10 minutes before the next start")
        } else {
            (FAILED_MS, "waiting 30 seconds before the next start")
        };
        Log::new(false).warning(message);
        if let Ok(signals) = triggers::signals() {
            // However the wait ends, the process does.
            let _ = triggers::wait(&[signals.descriptor()], triggers::now() + pause);
        }
    }
    status
}
