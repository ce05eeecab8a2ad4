//! `ddns-gateway`: HTTP requests of routers become records at Cloudflare, Aliyun or Tencent.

mod settings;
mod usage;

use super::{DONE, FAILED, child, startup};
use crate::apis::gateway::{Gateway, Rules};
use crate::daemon::pool::Pool;
use crate::daemon::serving::{self, Serving};
use crate::daemon::{event_loop, privileges};
use crate::error::Error;
use crate::log::Log;
use crate::log::logger::Logger;
use crate::log::sink::Rotation;
use crate::net::http_server::Limits;
use crate::os::privilege::User;
use settings::Settings;
use std::ffi::OsString;
use std::net::SocketAddr;

/// The look of a line.
const NAME: &str = "ddns_gateway.server";
const FORMAT: &str = "%(asctime)s %(levelname)-5s [%(name)s] %(message)s";
/// The bound of its log file: 1 MiB, and as much three times more in old ones.
const ROTATION: Rotation = Rotation { bytes_max: 1024 * 1024, backups: 3 };

/// Runs the applet and gives back its exit status.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let settings = match startup::settings(|| settings::read(arguments), usage::USAGE) {
        Ok(settings) => settings,
        Err(status) => return status,
    };
    privileges::start_logging();
    match serve(settings) {
        Ok(()) => DONE,
        Err(error) => {
            Log::new(false).error(&error.message);
            FAILED
        }
    }
}

fn serve(settings: Settings) -> Result<(), Error> {
    let user = privileges::target_user()?;
    let signals = event_loop::signals()?;
    let log = logger(&settings, user.as_ref())?;
    for message in &settings.warnings {
        log.warning(message);
    }
    let address = SocketAddr::new(settings.host, settings.port);
    let limits = Limits {
        connections: settings.connections as usize,
        body_bytes: settings.body_bytes as usize,
        request_milliseconds: serving::REQUEST_MILLISECONDS,
        keeps_alive: true,
    };
    let workers = settings.workers as usize;
    let server = serving::open(address, limits, workers, &log)?;
    for (index, token) in settings.tokens.iter().flatten().enumerate() {
        serving::warn_if_short(&format!("[auth] tokens: number {}", index + 1), token, &log);
    }
    let descriptors_max = settings.connections as usize + serving::own_descriptors(workers);
    privileges::drop_privileges_but_log(user.as_ref(), descriptors_max, &log);
    let methods = [("GET", settings.get), ("POST", settings.post)];
    let methods: Vec<&str> = methods.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect();
    let methods = methods.join(", ");
    log.info(&format!("DDNS Gateway starting on \"{address}\" (Methods: {methods})."));
    let pool = Pool::new(workers, true, settings.upstream_via.clone(), &child::variables());
    let mut api = Gateway::new(rules(settings));
    Serving::new(&mut api, server, pool, None, &log).run(&signals)?;
    log.info("DDNS Gateway stopped.");
    Ok(())
}

fn rules(settings: Settings) -> Rules {
    Rules {
        tokens: settings.tokens,
        get: settings.get,
        post: settings.post,
        health: settings.health,
        providers: settings.providers,
        seconds: settings.timeout_seconds,
    }
}

/// # Errors
/// Local: the log file cannot be opened.
fn logger(settings: &Settings, user: Option<&User>) -> Result<Logger, Error> {
    let path = settings.log_file.as_deref();
    let file = path.map(|path| (path, ROTATION));
    serving::logger(NAME, FORMAT, settings.level, file, user).map_err(|why| {
        let path = path.unwrap_or_default();
        Error::local(format_args!("cannot log to {path}"), why)
    })
}
