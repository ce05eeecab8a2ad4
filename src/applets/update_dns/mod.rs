//! `update-dns`: has a backend put a name's address right, again and again.

mod client;
mod settings;
mod usage;

use super::{DONE, FAILED, child, startup};
use crate::daemon::privileges;
use crate::log::Log;
use client::End;
use std::ffi::OsString;

/// Runs the applet and gives back its exit status.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let log = Log::new(false);
    let settings = match startup::settings(|| settings::read(arguments), usage::USAGE) {
        Ok(settings) => settings,
        Err(status) => return status,
    };
    privileges::start_logging();
    for message in &settings.warnings {
        log.warning(message);
    }
    let variables = match &settings.ca_bundle {
        Some(file) => child::variables_with(file),
        None => child::variables(),
    };
    match client::run(&settings, variables, &log) {
        Ok(End::Done | End::Signalled) => DONE,
        Ok(End::Failed) => FAILED,
        Err(error) => {
            log.error(&error.message);
            FAILED
        }
    }
}
