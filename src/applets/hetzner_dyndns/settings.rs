//! The settings of `hetzner-dyndns`: variables of the environment over those of a file.

#[cfg(test)]
mod tests;

use super::usage;
use crate::apis::caller::Network;
use crate::config::values::Mode;
use crate::config::{self, Stop, Syntax, UPSTREAM_VIA, Values, Variable, convert, credentials};
use crate::notify;
use crate::providers;
use crate::store::key_file;
use crate::text::secret::Secret;
use crate::text::{dns_name, printable, url};
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

const SYNTAX: Syntax = Syntax::new(usage::HELP, UPSTREAM_VIA, &[]);
const KEY_FILE: &str = "/pre-shared-key";
/// The lowest TTL that Hetzner takes, in seconds.
const RECORD_TTL_MIN: u32 = 60;
/// Most networks that can be named.
const NETWORKS_MAX: usize = 64;
/// An example of a list of hosts, and how much of one is shown, in characters.
const EXAMPLE: &str = "home.example.com";
const LIST_CHARACTERS_MAX: usize = 200;
/// How much of a wrong value is shown, in characters.
const SHOWN_CHARACTERS_MAX: usize = 80;

/// Where failures are reported.
pub struct Ntfy {
    /// Of the topic.
    pub url: String,
    /// The user may be empty.
    pub credentials: Option<(String, Secret)>,
}

/// The log file besides standard error.
pub struct LogSettings {
    pub path: String,
    /// 0: never rotated.
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
    /// Whether to generate missing keys and exit.
    pub makes_keys: bool,
    pub listen: SocketAddr,
    pub proxies: Option<Vec<Network>>,
    /// A user and a password that may update every host.
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
    /// A program that runs the upstream helper (an emulator).
    pub upstream_via: Option<PathBuf>,
    /// To be logged before the run.
    pub warnings: Vec<String>,
}

/// Reads the arguments after the applet's name, the environment and the file of variables.
///
/// # Errors
/// There is nothing to run.
pub fn read(arguments: Vec<OsString>) -> Result<Settings, Stop> {
    read_in(arguments, &config::variable)
}

/// The value of a variable without blanks around it; in a password they mean something.
fn trimmed(name: &str, value: OsString) -> OsString {
    match value.to_str() {
        Some(text) if !name.ends_with("_PASSWORD") => text.trim().into(),
        _ => value,
    }
}

fn read_in(arguments: Vec<OsString>, variable: Variable) -> Result<Settings, Stop> {
    let variable = |name: &str| Some(trimmed(name, variable(name)?));
    let mut values = Values::read(&SYNTAX, arguments, Mode::Lenient);
    values.add_environment(&variable);
    let upstream_via = values.path("--upstream-via");
    if let Some(path) = values.path("--env-file") {
        values.read_variables(&path);
    }
    let registered = values.parsed("REGISTERED_FQDNS", &hosts).unwrap_or_default();
    let allowed = values.parsed("ALLOWED_FQDNS", &hosts).unwrap_or_default();
    let warnings = &mut values.warnings;
    compare("REGISTERED_FQDNS", &registered, "ALLOWED_FQDNS", &allowed, warnings);
    compare("ALLOWED_FQDNS", &allowed, "REGISTERED_FQDNS", &registered, warnings);
    let token = values.parsed("HETZNER_TOKEN", &credentials::token);
    if token.is_none() {
        values.warnings.push("HETZNER_TOKEN is not set; every update will be refused".into());
    }
    let api_url = values.parsed("HETZNER_API_URL", &|text| url::api_base(&text));
    let key_file = values.path("PRE_SHARED_KEY_FILE");
    let host = values.parsed("LISTEN_HOST", &listen_host);
    let port = values.integer("LISTEN_PORT", 1..=65_535, 80);
    let proxies = values.parsed("TRUSTED_PROXIES", &networks);
    let record_ttl = values.integer("RECORD_TTL", 0..=2_147_483_647, 21_600);
    if record_ttl < RECORD_TTL_MIN {
        let message = format!("RECORD_TTL is less than {RECORD_TTL_MIN}; using {RECORD_TTL_MIN}");
        values.warnings.push(message);
    }
    let zone_cache = values.integer("ZONE_CACHE_TTL", 0..=u32::MAX, 86_400);
    let request_cache = values.integer("REQUEST_CACHE_TTL", 0..=u32::MAX, 300);
    let lost_after = values.integer("LOST_CONNECTION_TIMEOUT", 0..=u32::MAX, 10_800);
    let check_every = values.integer("CONNECTION_CHECK_INTERVAL", 0..=u32::MAX, 60);
    let master = master(&mut values);
    let ntfy = ntfy(&mut values);
    let log = log(&mut values);
    let debug = values.bool("DEBUG_LOGGING", false);
    let makes_keys = values.flag("--make-keys");
    for (origin, _) in values.unknown() {
        values.warnings.push(format!("{origin}: unknown variable"));
    }
    let mut settings = Settings {
        token,
        api_url: api_url.unwrap_or_else(|| providers::default_url("hetzner").into()),
        registered,
        allowed,
        key_file: key_file.unwrap_or_else(|| KEY_FILE.into()),
        makes_keys,
        listen: SocketAddr::new(host.unwrap_or(Ipv4Addr::UNSPECIFIED.into()), port as u16),
        proxies,
        master,
        record_ttl: record_ttl.max(RECORD_TTL_MIN),
        zone_cache,
        request_cache,
        lost_after,
        check_every,
        ntfy,
        log,
        debug,
        upstream_via,
        warnings: Vec::new(),
    };
    settings.warnings = values.finish()?;
    Ok(settings)
}

fn wrong(value: &str, why: &str) -> String {
    format!("'{}' {why}", printable::line(value, SHOWN_CHARACTERS_MAX))
}

/// The hosts of a list, in lower case, each once.
fn hosts(list: String) -> Result<Vec<String>, String> {
    let mut hosts = Vec::new();
    for item in convert::items(&list) {
        let host = dns_name::normalize(item).map_err(|why| wrong(item, &why))?;
        if !hosts.contains(&host) {
            hosts.push(host);
        }
        if hosts.len() > key_file::HOSTS_MAX {
            return Err(format!("names more than {} hosts", key_file::HOSTS_MAX));
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

fn listen_host(text: String) -> Result<IpAddr, String> {
    convert::address(&text).ok_or_else(|| wrong(&text, "is not an IPv4 or IPv6 address"))
}

fn networks(list: String) -> Result<Vec<Network>, String> {
    let mut networks = Vec::new();
    for item in convert::items(&list) {
        let why = "is not a network such as 10.0.0.0/8 or fd00::/8";
        networks.push(Network::parse(item).ok_or_else(|| wrong(item, why))?);
        if networks.len() > NETWORKS_MAX {
            return Err(format!("names more than {NETWORKS_MAX} networks"));
        }
    }
    Ok(networks)
}

/// The log file, with its rotation, if one is named.
fn log(values: &mut Values) -> Option<LogSettings> {
    let path = values.string("LOG_FILE");
    let bytes_max = values.integer("LOG_MAX_BYTES", 0..=u32::MAX, 1_048_576);
    // More old files than anybody reads; each rotation looks for all of them.
    let backups = values.integer("LOG_BACKUP_COUNT", 0..=9999, 3);
    path.map(|path| LogSettings { path, bytes_max: bytes_max.into(), backups })
}

fn master(values: &mut Values) -> Option<(String, Secret)> {
    match (values.string("BASIC_AUTH_USERNAME"), values.string("BASIC_AUTH_PASSWORD")) {
        (Some(user), Some(password)) => return Some((user, Secret::new(password))),
        (None, None) => {}
        _ => {
            let message = "BASIC_AUTH_USERNAME and BASIC_AUTH_PASSWORD have to be set together; \
                           ignoring both";
            values.warnings.push(message.into());
        }
    }
    None
}

fn ntfy(values: &mut Values) -> Option<Ntfy> {
    let base = values.parsed("NTFY_URL", &|text| url::any_base(&text));
    // Without a URL it is of no use, and only a warning.
    let check = if base.is_some() { topic } else { Ok };
    let topic = values.parsed("NTFY_TOPIC", &check);
    let user = values.string("NTFY_USERNAME").unwrap_or_default();
    let password = values.string("NTFY_PASSWORD");
    let warnings = &mut values.warnings;
    let Some((mut url, is_open)) = base else {
        if topic.is_some() {
            warnings.push("NTFY_TOPIC is set, but NTFY_URL is not; nothing will be sent".into());
        }
        return None;
    };
    match topic {
        Some(topic) => url.extend(["/", &topic]),
        // A URL with a path is that of a topic.
        None if url::place(&url).1 == "/" => {
            let message = "NTFY_URL names no topic; nothing will be sent: set NTFY_TOPIC";
            warnings.push(message.into());
            return None;
        }
        None => {}
    }
    if password.is_none() && !user.is_empty() {
        warnings.push("NTFY_USERNAME is ignored without NTFY_PASSWORD".into());
    }
    if is_open {
        let what = if password.is_some() { "the password and " } else { "" };
        warnings.push(format!("NTFY_URL is not https: {what}messages go unencrypted"));
    }
    let credentials = password.map(|password| (user, Secret::new(password)));
    Some(Ntfy { url, credentials })
}

fn topic(text: String) -> Result<String, String> {
    match notify::is_topic(&text) {
        true => Ok(text),
        false => {
            let why = "is not a topic: 1 to 64 letters, digits, hyphens and underscores";
            Err(wrong(&text, why))
        }
    }
}
