//! `cf-ddns-sync`: the A records of one name at Cloudflare follow the public addresses of the WANs.

mod addresses;
mod settings;
mod sync;
mod usage;

use super::{DONE, FAILED, WRONG_USAGE, command_line};
use crate::log::Log;
use crate::net::RealEnv;
use settings::Asked;
use std::ffi::OsString;

/// Runs the applet and gives back its exit status.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let settings = match command_line::in_time(|| settings::read(arguments)) {
        // It is needed until the process ends.
        Asked::Run(settings) => Box::leak(settings),
        Asked::Help => {
            Log::new(false).text(usage::HELP);
            return DONE;
        }
        Asked::Version => {
            Log::new(false).text(usage::VERSION);
            return DONE;
        }
        Asked::Wrong(message) | Asked::Bad(message) => {
            let log = Log::new(false);
            log.error(&message);
            log.text(usage::SHORT);
            return WRONG_USAGE;
        }
    };
    // What a dry run is for is to be read.
    let log = Log::new(settings.verbose || settings.dry_run);
    for message in &settings.warnings {
        log.warning(message);
    }
    let mut env = RealEnv::new(settings.timeout_seconds);
    match sync::sync(settings, &mut env, &log) {
        Ok(()) => DONE,
        Err(error) => {
            log.error(&error.message);
            FAILED
        }
    }
}
