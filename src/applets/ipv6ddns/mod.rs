//! `ipv6ddns`: one AAAA record at Cloudflare follows this machine's IPv6 address.

mod daemon;
mod health;
mod settings;
mod usage;

use super::{DONE, FAILED, child, startup};
use crate::daemon::privileges;
use crate::log::Log;
use std::ffi::OsString;

/// Runs the applet and gives back its exit status.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let settings = match startup::settings(|| settings::read(arguments), usage::USAGE) {
        Ok(settings) => settings,
        Err(status) => return status,
    };
    privileges::start_logging();
    let log = Log::new(settings.verbose);
    for message in &settings.warnings {
        log.warning(message);
    }
    match daemon::run(&settings, child::variables(), &log) {
        Ok(()) => DONE,
        Err(error) => {
            log.error(&error.message);
            FAILED
        }
    }
}
