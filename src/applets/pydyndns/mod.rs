//! `pydyndns`: this machine registers its own addresses at a DNS server, signed with TSIG.

mod addresses;
mod config;
mod logging;
mod register;
mod settings;
mod usage;

use super::{DONE, FAILED, startup};
use crate::log::Log;
use crate::net::RealEnv;
use std::ffi::OsString;
use std::mem::ManuallyDrop;

/// Runs the applet and returns its exit status.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let settings = match startup::settings(|| settings::read(arguments), usage::USAGE) {
        // Kept to the end of the process, as in `register`: drop code costs flash.
        Ok(settings) => ManuallyDrop::new(settings),
        Err(status) => return status,
    };
    let (config, file) = match config::read(&settings.config) {
        Ok((config, file)) => (ManuallyDrop::new(config), file),
        Err(message) => {
            Log::new(false).error(&message);
            return FAILED;
        }
    };
    for message in &config.warnings {
        Log::new(false).warning(message);
    }
    match register::register(&settings, &config, file, &mut RealEnv::new(0)) {
        Ok(()) => DONE,
        Err(error) => {
            config.log.error(&error.message);
            FAILED
        }
    }
}
