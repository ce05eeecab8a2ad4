//! `pydyndns`: this machine registers its own addresses at a DNS server, signed with TSIG.

mod config;
mod logging;
mod node;
mod register;
mod settings;
mod usage;

use super::{DONE, FAILED, WRONG_USAGE, print};
use crate::log::Log;
use crate::net::Outside;
use settings::Asked;
use std::ffi::OsString;

/// Runs the applet and gives back its exit status.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let settings = match settings::read(arguments) {
        Asked::Run(settings) => settings,
        Asked::Help => return print(usage::HELP),
        Asked::Version => return print(usage::VERSION),
        Asked::Wrong(words) => {
            let log = Log::new(false);
            log.error(&words);
            log.text(usage::SHORT);
            return WRONG_USAGE;
        }
    };
    let (config, file) = match config::read(&settings.config) {
        Ok(read) => read,
        Err(words) => {
            Log::new(false).error(&words);
            return FAILED;
        }
    };
    match register::register(&settings, &config, file, &mut Outside::new(0)) {
        Ok(()) => DONE,
        Err(error) => {
            config.log.error(&error.words);
            FAILED
        }
    }
}
