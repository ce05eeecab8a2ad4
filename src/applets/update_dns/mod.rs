//! `update-dns`: has a backend put a name's address right, again and again.

mod client;
mod settings;
mod usage;

use super::{DONE, FAILED, WRONG_USAGE, child, print};
use crate::log::Log;
use crate::os::alarm::Alarm;
use client::End;
use settings::Asked;
use std::ffi::OsString;

/// How long reading the settings may take, in seconds.
const READ_SECONDS_MAX: u32 = 60;

/// Runs the applet and gives back its exit status.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let log = Log::new(false);
    let wrong = |words: &str| {
        log.error(words);
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
            log.text(usage::SHORT);
            return status;
        }
    };
    for words in &settings.warnings {
        log.warning(words);
    }
    let variables = match &settings.ca_bundle {
        Some(file) => child::variables_with(file),
        None => child::variables(),
    };
    match client::run(&settings, variables, &log) {
        Ok(End::Done | End::Asked) => DONE,
        Ok(End::Failed) => FAILED,
        Err(error) => {
            log.error(&error.words);
            FAILED
        }
    }
}
