//! The pause before a failed daemon exits where procd would restart it within seconds, without
//! limit.

use super::event_loop;
use super::privileges::SYSLOG_VARIABLE;
use crate::log::Log;
use crate::os::environment;

/// The pause after invalid settings, in milliseconds: the log is not filled with the same error,
/// and corrected settings come with a new process.
const WRONG_SETTINGS_MS: u64 = 600_000;
/// The same after a failure that may be transient, such as an address that is not assigned yet.
const FAILED_MS: u64 = 30_000;

/// Waits a while or for a signal, if this process is one of procd's. The pause is announced by a
/// status line.
pub fn pause_before_exit(has_wrong_settings: bool) {
    if environment::variable(SYSLOG_VARIABLE).is_none_or(|tag| tag.is_empty()) {
        return;
    }
    let (pause, line) = if has_wrong_settings {
        (WRONG_SETTINGS_MS, "== restart in 600 s")
    } else {
        (FAILED_MS, "== restart in 30 s")
    };
    Log::new(false).warning(line);
    if let Ok(signals) = event_loop::signals() {
        event_loop::pause(&signals, pause);
    }
}
