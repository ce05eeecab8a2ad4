//! `ipv6ddns`: one AAAA record at Cloudflare follows this machine's IPv6 address.

mod daemon;
mod health;
mod settings;
mod usage;

use super::{DONE, FAILED, child, command_line};
use crate::daemon::privileges;
use crate::log::Log;
use settings::Settings;
use std::ffi::OsString;

/// Runs the applet and gives back its exit status.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let asked = command_line::in_time(|| settings::read(arguments));
    let usage = [usage::HELP, usage::VERSION, usage::SHORT];
    // It is needed until the process ends.
    let settings: &Settings = match command_line::begun(asked, usage) {
        Ok(settings) => Box::leak(settings),
        Err(status) => return status,
    };
    privileges::start_logging();
    let log = Log::new(settings.verbose);
    for message in &settings.warnings {
        log.warning(message);
    }
    match daemon::run(settings, child::variables(), &log) {
        Ok(()) => DONE,
        Err(error) => {
            log.error(&error.message);
            FAILED
        }
    }
}
