//! Status lines: what a supervising script reads of a run, independent of messages and log formats.

use crate::log::Log;
use crate::os::environment;

/// Set to `1` by the supervising script.
const VARIABLE: &str = "DDNSBOX_STATUS_LINES";
/// What a status line begins with; no message does.
pub const MARK: &str = "== ";

/// The addresses a run publishes, separated by `, `; a later line replaces an earlier one.
pub const ADDRESSES: &str = "addresses";
/// Why a source gave no address.
pub const REASON: &str = "reason";

/// Writes `== KEY VALUE` to standard error if the supervising script has asked for it.
pub fn write(key: &str, value: &str) {
    if environment::variable(VARIABLE).is_some_and(|value| value == "1") {
        Log::new(false).text(&format!("{MARK}{key} {value}"));
    }
}
