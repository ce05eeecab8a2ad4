//! `hetzner-dyndns`: hosts tell their addresses over HTTP, and their records at Hetzner follow.

mod settings;
mod usage;

use super::{DONE, FAILED, child, print, startup};
use crate::apis::host_update::{Rules, UpdateApi};
use crate::config::file;
use crate::daemon::pool::Pool;
use crate::daemon::serving::{self, NtfySender, Serving};
use crate::daemon::{event_loop, privileges};
use crate::error::Error;
use crate::log::Log;
use crate::log::logger::{Level, Logger};
use crate::log::sink::Rotation;
use crate::net::http_server::Limits;
use crate::notify::Notifier;
use crate::os::alarm::Alarm;
use crate::os::privilege::User;
use crate::store::key_file::{self, Keys};
use settings::{Ntfy, Settings};
use std::ffi::OsString;

/// How long others may have the key file, in seconds.
const KEYS_SECONDS_MAX: u32 = 60;
/// Most connections, and the longest body in bytes.
const CONNECTIONS_MAX: usize = 256;
const BODY_BYTES_MAX: usize = 16_384;
/// How many hosts' updates are upstream at a time. Hetzner locks the zone for each change, so more
/// would only be in each other's way.
const WORKERS: usize = 3;
const NAME: &str = "hetzner-dyndns";
const LOG_FORMAT: &str = "%(asctime)s %(levelname)s %(message)s";

/// Runs the applet and gives back its exit status.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let log = Log::new(false);
    let fail = |message: &str| {
        log.error(message);
        FAILED
    };
    let settings = match startup::settings(|| settings::read(arguments), usage::USAGE) {
        Ok(settings) => settings,
        Err(status) => return status,
    };
    // Another one may be making keys, and have it locked.
    let alarm = Alarm::arm(KEYS_SECONDS_MAX, "waiting for the key file");
    let keys = match key_file::complete(&settings.key_file, &settings.registered) {
        Ok(keys) => keys,
        Err(why) => {
            return fail(&format!("{}: {why}", file::shown(&settings.key_file)));
        }
    };
    drop(alarm);
    if settings.makes_keys {
        return print(&made(&keys));
    }
    privileges::start_logging();
    let user = match privileges::target_user() {
        Ok(user) => user,
        Err(error) => return fail(&error.message),
    };
    let log = match logger(&settings, user.as_ref()) {
        Ok(log) => log,
        Err(message) => return fail(&message),
    };
    match serve(settings, keys, user.as_ref(), &log) {
        Ok(()) => DONE,
        Err(error) => {
            log.error(&error.message);
            FAILED
        }
    }
}

/// A line for each key that was made, without it.
fn made(keys: &Keys) -> String {
    keys.made.iter().map(|name| format!("made a key for {name}\n")).collect()
}

fn serve(
    mut settings: Settings,
    keys: Keys,
    user: Option<&User>,
    log: &Logger,
) -> Result<(), Error> {
    let signals = event_loop::signals()?;
    for message in &settings.warnings {
        log.warning(message);
    }
    if keys.is_exposed {
        let file = file::shown(&settings.key_file);
        log.warning(&format!("{file}: others can get at the keys; chmod 600 it"));
    }
    for line in made(&keys).lines() {
        log.info(line);
    }
    let address = settings.listen;
    let limits = Limits {
        connections: CONNECTIONS_MAX,
        body_bytes: BODY_BYTES_MAX,
        request_milliseconds: serving::REQUEST_MILLISECONDS,
        keeps_alive: true,
    };
    let server = serving::open(address, limits, WORKERS, log)?;
    if let Some((_, password)) = &settings.master {
        serving::warn_if_short("BASIC_AUTH_PASSWORD", password, log);
    }
    let descriptors_max = CONNECTIONS_MAX + serving::own_descriptors(WORKERS);
    privileges::drop_privileges_but_log(user, descriptors_max, log);
    log.info(&format!("listening on {address}"));
    let via = settings.upstream_via.clone();
    let variables = child::variables();
    let pool = Pool::new(WORKERS, false, via.clone(), &variables);
    let ntfy = settings.ntfy.take().map(|Ntfy { url, credentials }| {
        NtfySender::new(Notifier::new(url, NAME, credentials), via, variables)
    });
    let mut api = UpdateApi::new(rules(settings, keys));
    Serving::new(&mut api, server, pool, ntfy, log).run(&signals)?;
    log.info("stopped");
    Ok(())
}

fn rules(settings: Settings, keys: Keys) -> Rules {
    let milliseconds = |seconds: u32| u64::from(seconds) * 1000;
    Rules {
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
        notifies_success: settings.debug,
    }
}

/// # Errors
/// The log file cannot be opened.
fn logger(settings: &Settings, user: Option<&User>) -> Result<Logger, String> {
    let level = if settings.debug { Level::Debug } else { Level::Info };
    let log = settings.log.as_ref();
    let file = log.map(|log| {
        let rotation = Rotation { bytes_max: log.bytes_max, backups: log.backups };
        (log.path.as_str(), rotation)
    });
    serving::logger(NAME, LOG_FORMAT, level, file, user).map_err(|error| {
        let path = log.map_or("", |log| &log.path);
        format!("LOG_FILE: {}: {error}", file::shown(path.as_ref()))
    })
}
