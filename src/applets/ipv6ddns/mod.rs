//! `ipv6ddns`: one AAAA record at Cloudflare follows this machine's IPv6 address.

mod daemon;
mod settings;
mod usage;

use super::{DONE, FAILED, child, command_line};
use crate::log::Log;
use crate::os::alarm::Alarm;
use settings::Settings;
use std::ffi::OsString;

/// How long reading the settings may take, in seconds.
const READ_SECONDS_MAX: u32 = 60;

/// Runs the applet and gives back its exit status.
pub fn run(arguments: Vec<OsString>) -> u8 {
    // What is named may be a FIFO that nobody writes to.
    let alarm = Alarm::arm(READ_SECONDS_MAX, "reading the settings");
    let asked = settings::read(arguments);
    drop(alarm);
    let usage = [usage::HELP, usage::VERSION, usage::SHORT];
    // It is needed until the process ends.
    let settings: &Settings = match command_line::begun(asked, usage) {
        Ok(settings) => Box::leak(settings),
        Err(status) => return status,
    };
    let log = Log::new(settings.verbose);
    for words in &settings.warnings {
        log.warning(words);
    }
    match daemon::run(settings, child::variables(), &log) {
        Ok(()) => DONE,
        Err(error) => {
            log.error(&error.words);
            FAILED
        }
    }
}
