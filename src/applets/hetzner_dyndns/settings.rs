//! What is asked of `hetzner-dyndns`: command line and variables; all checked before it runs.

mod sources;
#[cfg(test)]
mod tests;

use crate::apis::caller::Network;
use crate::applets::command_line::{self, Flag, HELP, Takes, VERSION};
use crate::applets::credentials;
use crate::notify;
use crate::store::key_file;
use crate::text::secret::Secret;
use crate::text::{dns_name, printable, url};
use sources::Sources;
use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

const KEY_FILE: &str = "/pre-shared-key";
const API_URL: &str = "https://api.hetzner.cloud/v1";
const LISTEN_HOST: &str = "0.0.0.0";
const LISTEN_PORT: u32 = 80;
const LOG_BYTES_MAX: u32 = 1024 * 1024;
const LOG_BACKUPS: u32 = 3;
/// More old files than anybody reads; each rotation looks for all of them.
const LOG_BACKUPS_MAX: u32 = 9999;
/// Seconds.
const RECORD_TTL: u32 = 21_600;
/// Hetzner takes no less, and no more.
const RECORD_TTL_MIN: u32 = 60;
const RECORD_TTL_MAX: u32 = i32::MAX as u32;
const ZONE_CACHE_SECONDS: u32 = 86_400;
const REQUEST_CACHE_SECONDS: u32 = 300;
const LOST_SECONDS: u32 = 10_800;
const CHECK_SECONDS: u32 = 60;
/// Most networks that can be named.
const NETWORKS_MAX: usize = 64;
/// What could stand in a list of hosts, and how much of one is shown, in characters.
const EXAMPLE: &str = "home.example.com";
const LIST_CHARACTERS_MAX: usize = 200;
/// How much of a wrong value is shown, in characters.
const SHOWN_CHARACTERS_MAX: usize = 80;

/// Where failures are told.
pub struct Ntfy {
    /// Of the topic.
    pub url: String,
    /// The user may be empty.
    pub credentials: Option<(String, Secret)>,
}

/// Where lines go that are not for standard error.
pub struct LogSettings {
    pub path: String,
    /// 0: never a new one.
    pub bytes_max: u64,
    pub backups: u32,
}

/// Everything a run needs to know.
pub struct Settings {
    pub token: Option<Secret>,
    pub api_url: String,
    /// Names in lower case, each once.
    pub registered: Vec<String>,
    pub allowed: Vec<String>,
    pub key_file: PathBuf,
    /// Whether keys are made and that is all.
    pub makes_keys: bool,
    pub listen: SocketAddr,
    pub proxies: Option<Vec<Network>>,
    /// A user and a password that open every host.
    pub master: Option<(String, Secret)>,
    /// All in seconds.
    pub record_ttl: u32,
    pub zone_cache: u32,
    pub request_cache: u32,
    pub lost_after: u32,
    pub check_every: u32,
    pub ntfy: Option<Ntfy>,
    pub log: Option<LogSettings>,
    pub debug: bool,
    /// A program that runs the one that talks to the API (an emulator).
    pub upstream_via: Option<PathBuf>,
    /// To be told before the run.
    pub warnings: Vec<String>,
}

/// What is asked for.
pub type Asked = command_line::Asked<Settings>;

/// Reads the arguments behind the applet's name, the environment and the file of variables.
pub fn read(arguments: Vec<OsString>) -> Asked {
    read_in(arguments, &|name| std::env::var_os(name))
}

fn read_in(arguments: Vec<OsString>, variable: &dyn Fn(&str) -> Option<OsString>) -> Asked {
    const FLAGS: &[Flag] = &[
        HELP,
        VERSION,
        ("make-keys", None, Takes::Nothing),
        ("env-file", None, Takes::Filled),
        ("upstream-via", None, Takes::Filled),
    ];
    let mut line = CommandLine::default();
    let mut take = |flag: &str, value: OsString| {
        match flag {
            "make-keys" => line.makes_keys = true,
            "env-file" => line.env_file = Some(value.into()),
            _ => line.upstream_via = Some(value.into()),
        }
        Ok(())
    };
    if let Err(stop) = command_line::read(arguments, FLAGS, &mut take) {
        return stop.into();
    }
    match line.complete(variable) {
        Ok(settings) => Asked::Run(Box::new(settings)),
        Err(why) => Asked::Bad(why),
    }
}

/// The flags as they were given.
#[derive(Default)]
struct CommandLine {
    env_file: Option<PathBuf>,
    makes_keys: bool,
    upstream_via: Option<PathBuf>,
}

impl CommandLine {
    fn complete(self, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Settings, String> {
        let mut warnings = Vec::new();
        let all = Sources::read(variable, self.env_file.as_deref(), &mut warnings)?;
        let registered = hosts(&all, "REGISTERED_FQDNS")?;
        let allowed = hosts(&all, "ALLOWED_FQDNS")?;
        compare("REGISTERED_FQDNS", &registered, "ALLOWED_FQDNS", &allowed, &mut warnings);
        compare("ALLOWED_FQDNS", &allowed, "REGISTERED_FQDNS", &registered, &mut warnings);
        let token = all.text("HETZNER_TOKEN").map(|text| credentials::token(text.into()));
        let token = token.transpose().map_err(|why| format!("HETZNER_TOKEN: {why}"))?;
        if token.is_none() {
            warnings.push("HETZNER_TOKEN is not set; every update will be refused".into());
        }
        let api_url = url::api_base(all.text("HETZNER_API_URL").unwrap_or(API_URL))
            .map_err(|why| format!("HETZNER_API_URL: {why}"))?;
        let mut number =
            |name, usual, least, most| all.number(name, usual, least..=most, &mut warnings);
        let port = number("LISTEN_PORT", LISTEN_PORT, 1, u16::MAX.into());
        let log_bytes = number("LOG_MAX_BYTES", LOG_BYTES_MAX, 0, u32::MAX);
        let backups = number("LOG_BACKUP_COUNT", LOG_BACKUPS, 0, LOG_BACKUPS_MAX);
        let given_ttl = number("RECORD_TTL", RECORD_TTL, 0, RECORD_TTL_MAX);
        let zone_cache = number("ZONE_CACHE_TTL", ZONE_CACHE_SECONDS, 0, u32::MAX);
        let request_cache = number("REQUEST_CACHE_TTL", REQUEST_CACHE_SECONDS, 0, u32::MAX);
        let lost_after = number("LOST_CONNECTION_TIMEOUT", LOST_SECONDS, 0, u32::MAX);
        let check_every = number("CONNECTION_CHECK_INTERVAL", CHECK_SECONDS, 0, u32::MAX);
        let record_ttl = given_ttl.max(RECORD_TTL_MIN);
        if record_ttl != given_ttl {
            warnings.push(format!("RECORD_TTL is less than {RECORD_TTL_MIN}, and taken as that"));
        }
        Ok(Settings {
            token,
            api_url,
            registered,
            allowed,
            key_file: all.text("PRE_SHARED_KEY_FILE").unwrap_or(KEY_FILE).into(),
            makes_keys: self.makes_keys,
            listen: SocketAddr::new(listen_host(&all)?, port as u16),
            proxies: proxies(&all)?,
            master: master(&all, &mut warnings),
            record_ttl,
            zone_cache,
            request_cache,
            lost_after,
            check_every,
            ntfy: ntfy(&all, &mut warnings)?,
            log: all.text("LOG_FILE").map(|path| LogSettings {
                path: path.into(),
                bytes_max: log_bytes.into(),
                backups,
            }),
            debug: all.truth("DEBUG_LOGGING", &mut warnings),
            upstream_via: self.upstream_via,
            warnings,
        })
    }
}

fn wrong(name: &str, value: &str, why: &str) -> String {
    format!("{name}: '{}' {why}", printable::line(value, SHOWN_CHARACTERS_MAX))
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn hosts(all: &Sources, name: &str) -> Result<Vec<String>, String> {
    let mut hosts = Vec::new();
    for item in items(all.text(name).unwrap_or_default()) {
        let host = dns_name::normalize(item).map_err(|why| wrong(name, item, &why))?;
        if !hosts.contains(&host) {
            hosts.push(host);
        }
        if hosts.len() > key_file::HOSTS_MAX {
            return Err(format!("{name}: names more than {} hosts", key_file::HOSTS_MAX));
        }
    }
    Ok(hosts)
}

/// A host has to be in both lists, which is easily overlooked.
fn compare(
    name: &str,
    hosts: &[String],
    other_name: &str,
    others: &[String],
    warnings: &mut Vec<String>,
) {
    if hosts.is_empty() {
        let all = match others {
            [] => EXAMPLE.into(),
            _ => printable::line(&others.join(","), LIST_CHARACTERS_MAX),
        };
        warnings.push(format!("{name} is not set; no host can be updated: set {name}={all}"));
        return;
    }
    let mut lone = hosts.iter().filter(|host| !others.is_empty() && !others.contains(host));
    if let Some(first) = lone.next() {
        let more = match lone.count() {
            0 => String::new(),
            count => format!(" (and {count} more)"),
        };
        let message = "is not in";
        warnings
            .push(format!("{first}{more} of {name} {message} {other_name}, and cannot be updated"));
    }
}

fn listen_host(all: &Sources) -> Result<IpAddr, String> {
    let text = all.text("LISTEN_HOST").unwrap_or(LISTEN_HOST);
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().map_err(|_| wrong("LISTEN_HOST", text, "is not an IPv4 or IPv6 address"))
}

fn proxies(all: &Sources) -> Result<Option<Vec<Network>>, String> {
    const NAME: &str = "TRUSTED_PROXIES";
    let Some(list) = all.text(NAME) else { return Ok(None) };
    let mut networks = Vec::new();
    for item in items(list) {
        let why = "is not a network such as 10.0.0.0/8 or fd00::/8";
        networks.push(Network::parse(item).ok_or_else(|| wrong(NAME, item, why))?);
        if networks.len() > NETWORKS_MAX {
            return Err(format!("{NAME}: names more than {NETWORKS_MAX} networks"));
        }
    }
    Ok(Some(networks))
}

fn master(all: &Sources, warnings: &mut Vec<String>) -> Option<(String, Secret)> {
    match (all.text("BASIC_AUTH_USERNAME"), all.text("BASIC_AUTH_PASSWORD")) {
        (Some(user), Some(password)) => Some((user.into(), Secret::new(password.into()))),
        (None, None) => None,
        _ => {
            let pair = "BASIC_AUTH_USERNAME and BASIC_AUTH_PASSWORD";
            warnings.push(format!("{pair} are of use only together; neither is used"));
            None
        }
    }
}

fn ntfy(all: &Sources, warnings: &mut Vec<String>) -> Result<Option<Ntfy>, String> {
    let topic = all.text("NTFY_TOPIC");
    let Some(base) = all.text("NTFY_URL") else {
        if topic.is_some() {
            warnings.push("NTFY_TOPIC is set, but NTFY_URL is not; nothing will be sent".into());
        }
        return Ok(None);
    };
    let (mut url, is_open) = url::any_base(base).map_err(|why| format!("NTFY_URL: {why}"))?;
    match topic {
        Some(topic) if !notify::is_topic(topic) => {
            let why = "is not a topic: 1 to 64 letters, digits, hyphens and underscores";
            return Err(wrong("NTFY_TOPIC", topic, why));
        }
        Some(topic) => url.extend(["/", topic]),
        // A URL with a path is that of a topic.
        None if url::place(&url).1 == "/" => {
            let message = "NTFY_URL names no topic; nothing will be sent: set NTFY_TOPIC";
            warnings.push(message.into());
            return Ok(None);
        }
        None => {}
    }
    let password = all.text("NTFY_PASSWORD");
    let user = all.text("NTFY_USERNAME").unwrap_or_default();
    if password.is_none() && !user.is_empty() {
        warnings.push("NTFY_USERNAME is of no use without NTFY_PASSWORD".into());
    }
    if is_open {
        let what = if password.is_some() { "the password and " } else { "" };
        warnings.push(format!("NTFY_URL is not https: {what}messages go unencrypted"));
    }
    let credentials = password.map(|text| (user.to_string(), Secret::new(text.into())));
    Ok(Some(Ntfy { url, credentials }))
}
