//! `ipv6ddns`: one AAAA record at Cloudflare follows this machine's IPv6 address.

mod daemon;
mod settings;
mod usage;

use super::{DONE, FAILED, WRONG_USAGE, child, print};
use crate::log::Log;
use crate::os::alarm::Alarm;
use settings::Asked;
use std::ffi::OsString;

/// How long reading the settings may take, in seconds.
const READ_SECONDS_MAX: u32 = 60;

/// Runs the applet and gives back its exit status.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let wrong = |words: &str| {
        Log::new(false).error(words);
        WRONG_USAGE
    };
    // What is named may be a FIFO that nobody writes to.
    let alarm = Alarm::arm(READ_SECONDS_MAX, "reading the settings");
    let asked = settings::read(arguments);
    drop(alarm);
    let settings = match asked {
        Asked::Run(settings) => settings,
        Asked::Help => return print(usage::HELP),
        Asked::Version => return print(usage::VERSION),
        Asked::Bad(words) => return wrong(&words),
        Asked::Wrong(words) => {
            let status = wrong(&words);
            Log::new(false).text(usage::SHORT);
            return status;
        }
    };
    let log = Log::new(settings.verbose);
    for words in &settings.warnings {
        log.warning(words);
    }
    match daemon::run(&settings, child::variables(), &log) {
        Ok(()) => DONE,
        Err(error) => {
            log.error(&error.words);
            FAILED
        }
    }
}
