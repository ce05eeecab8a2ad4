//! `cf-ddns-sync`: the A records of one name at Cloudflare follow the public addresses of the WANs.

mod addresses;
mod settings;
mod sync;
mod usage;

use super::{DONE, FAILED, WRONG_USAGE, command_line};
use crate::log::Log;
use crate::net::Outside;
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
        Asked::Wrong(words) | Asked::Bad(words) => {
            let log = Log::new(false);
            log.error(&words);
            log.text(usage::SHORT);
            return WRONG_USAGE;
        }
    };
    // What a dry run is for is to be read.
    let log = Log::new(settings.verbose || settings.dry_run);
    for words in &settings.warnings {
        log.warning(words);
    }
    let mut world = Outside::new(settings.timeout_seconds);
    match sync::sync(settings, &mut world, &log) {
        Ok(()) => DONE,
        Err(error) => {
            log.error(&error.words);
            FAILED
        }
    }
}
