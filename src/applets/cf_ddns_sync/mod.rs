//! `cf-ddns-sync`: the A records of one name at Cloudflare follow the public addresses of the WANs.

mod addresses;
mod settings;
mod sync;
mod usage;

use super::{DONE, FAILED, WRONG_USAGE, startup};
use crate::config::Stop;
use crate::log::Log;
use crate::net::RealEnv;
use std::ffi::OsString;

/// Runs the applet and gives back its exit status.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let settings = match startup::in_time(|| settings::read(arguments)) {
        // Leaked on purpose, see `sync`.
        Ok(settings) => &*Box::leak(Box::new(settings)),
        Err(stop) => return end(stop),
    };
    // A dry run is of no use unless it prints.
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

/// Nothing goes to standard output, as in the original.
fn end(stop: Stop) -> u8 {
    let log = Log::new(false);
    match stop {
        Stop::Help => log.text(usage::HELP),
        Stop::Version => log.text(usage::VERSION),
        Stop::UsageError(message) | Stop::ConfigError(message) => {
            log.error(&message);
            log.text(usage::SHORT);
            return WRONG_USAGE;
        }
    }
    DONE
}
