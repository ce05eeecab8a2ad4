//! `hetzner-dyndns`: hosts tell their addresses over HTTP, and their records at Hetzner follow.

mod settings;
mod usage;

use super::{FAILED, WRONG_USAGE, files, print};
use crate::apis::host_update::{HostUpdate, Rules};
use crate::log::Log;
use crate::log::format::Format;
use crate::log::logger::{Level, Logger};
use crate::log::sink::{LogFile, Rotation, Sink, Stream, Target};
use crate::notify::Notifier;
use crate::os::alarm::Alarm;
use crate::store::key_file::{self, Keys};
use settings::{Asked, Ntfy, Settings};
use std::ffi::OsString;

/// How long reading the settings may take, in seconds.
const READ_SECONDS_MAX: u32 = 60;
const NAME: &str = "hetzner-dyndns";
const LOG_FORMAT: &str = "%(asctime)s %(levelname)s %(message)s";
const DATE_FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// Runs the applet and gives back its exit status.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let told = Log::new(false);
    let fail = |status: u8, words: &str| {
        told.error(words);
        status
    };
    // What is named may be a FIFO that nobody writes to.
    let alarm = Alarm::arm(READ_SECONDS_MAX, "reading the settings");
    let settings = match settings::read(arguments) {
        Asked::Run(settings) => *settings,
        Asked::Help => return print(usage::HELP),
        Asked::Version => return print(usage::VERSION),
        Asked::Bad(words) => return fail(WRONG_USAGE, &words),
        Asked::Wrong(words) => {
            let status = fail(WRONG_USAGE, &words);
            told.text(usage::SHORT);
            return status;
        }
    };
    let keys = match key_file::complete(&settings.key_file, &settings.registered) {
        Ok(keys) => keys,
        Err(why) => {
            return fail(FAILED, &format!("{}: {why}", files::shown(&settings.key_file)));
        }
    };
    drop(alarm);
    if settings.makes_keys {
        return print(&made(&keys));
    }
    match logger(&settings) {
        Ok(log) => serve(settings, keys, &log),
        Err(words) => fail(FAILED, &words),
    }
}

/// A line for each key that was made, without it.
fn made(keys: &Keys) -> String {
    keys.made.iter().map(|name| format!("made a key for {name}\n")).collect()
}

fn serve(settings: Settings, keys: Keys, log: &Logger) -> u8 {
    for words in &settings.warnings {
        log.warning(words);
    }
    if keys.is_exposed {
        let file = files::shown(&settings.key_file);
        log.warning(&format!("{file}: others can get at the keys; chmod 600 it"));
    }
    for line in made(&keys).lines() {
        log.info(line);
    }
    let milliseconds = |seconds: u32| u64::from(seconds) * 1000;
    let mut api = HostUpdate::new(Rules {
        api_url: settings.api_url,
        token: settings.token,
        keys: keys.hosts,
        registered: settings.registered,
        allowed: settings.allowed,
        master: settings.master,
        proxies: settings.proxies,
        ttl: settings.record_ttl,
        zones_age_max: milliseconds(settings.zone_cache),
        address_age_max: milliseconds(settings.request_cache),
        silence_max: milliseconds(settings.lost_after),
        look_every: milliseconds(settings.check_every),
        tells_success: settings.debug,
    });
    let mut notifier = settings
        .ntfy
        .map(|Ntfy { base, topic, credentials }| Notifier::new(&base, &topic, NAME, credentials));
    // TO BE WIRED: serving::run(&mut api, notifier.as_mut(), settings.listen,
    // settings.upstream_via, log), whose error is logged and gives FAILED.
    let _ = (&mut api, &mut notifier, settings.listen, settings.upstream_via);
    log.error("serving is to be wired");
    FAILED
}

/// # Errors
/// The log file cannot be opened.
fn logger(settings: &Settings) -> Result<Logger, String> {
    let level = if settings.debug { Level::Debug } else { Level::Info }.number();
    let target = match &settings.log {
        None => Target::Stream(Stream::Error),
        Some(log) => {
            let rotation = Rotation { bytes_max: log.bytes_max, backups: log.backups };
            Target::File(LogFile::new(&log.path, false, false, rotation))
        }
    };
    let format = Format::new(LOG_FORMAT).and_then(|format| format.with_date(DATE_FORMAT))?;
    let mut sink = Sink::new(0, format, target);
    let path = settings.log.as_ref().map_or("", |log| log.path.as_str());
    sink.open().map_err(|error| format!("LOG_FILE: {}: {error}", files::shown(path.as_ref())))?;
    Ok(Logger::new(NAME, level, vec![sink], vec![0]))
}
