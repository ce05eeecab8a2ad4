//! `ipv6ddns`: one AAAA record at Cloudflare follows this router's IPv6 address.

// Until the daemon stands, only the settings are read.
#[allow(dead_code)]
mod settings;
mod usage;

use super::{DONE, FAILED, WRONG_USAGE};
use crate::log::Log;
use crate::os::file;
use settings::Asked;
use std::ffi::OsString;
use std::io::Write;

/// Runs the applet and gives back its exit status.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let log = Log::new(false);
    match settings::read(arguments) {
        Asked::Run(settings) => {
            settings.warnings.iter().for_each(|words| log.warning(words));
            DONE
        }
        Asked::Help => print(usage::HELP),
        Asked::Version => print(usage::VERSION),
        Asked::Wrong(words) => {
            log.error(&words);
            log.text(usage::SHORT);
            WRONG_USAGE
        }
        Asked::Bad(words) => {
            log.error(&words);
            WRONG_USAGE
        }
    }
}

fn print(text: &str) -> u8 {
    match file::standard_output().write_all(text.as_bytes()) {
        Ok(()) => DONE,
        Err(_) => FAILED,
    }
}
