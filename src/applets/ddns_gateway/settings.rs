//! The settings of `ddns-gateway`: flags over a TOML file over defaults, checked before it listens.

#[cfg(test)]
mod tests;

use super::usage;
use crate::apis::gateway::Endpoint;
use crate::config::convert;
use crate::config::values::Mode;
use crate::config::{self, Stop, Syntax, UPSTREAM_VIA, Values};
use crate::log::logger::Level;
use crate::providers::{PROVIDERS, Row};
use crate::text::secret::Secret;
use crate::text::toml::{self, Value};
use crate::text::url;
use std::ffi::{OsStr, OsString};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The default configuration, in the working directory.
const CONFIG: &str = "config.toml";
const LOG_FILE: &str = "/var/log/ddns-gateway.log";
/// Longest token that a request can carry, in bytes.
const TOKEN_BYTES_MAX: usize = 512;
const LEVELS: [Level; 5] =
    [Level::Debug, Level::Info, Level::Warning, Level::Error, Level::Critical];
const SYNTAX: Syntax = Syntax::new(usage::HELP, UPSTREAM_VIA, &[]);
/// A warning if tokens are set and authentication is not enabled.
const TOKENS_UNUSED: &str = "the tokens are not asked for: authentication is disabled; set \
    enabled = true in [auth], or give --auth-enabled";

/// Everything a run needs to know.
pub struct Settings {
    pub host: IpAddr,
    pub port: u16,
    /// None: no authentication.
    pub tokens: Option<Vec<Secret>>,
    pub get: bool,
    pub post: bool,
    pub health: bool,
    pub level: Level,
    pub log_file: Option<String>,
    pub providers: Vec<Endpoint>,
    /// For a whole job upstream.
    pub timeout_seconds: u32,
    pub connections: u32,
    pub body_bytes: u32,
    pub workers: u32,
    /// A program that runs the upstream helper (an emulator).
    pub upstream_via: Option<PathBuf>,
    /// To be logged before the run.
    pub warnings: Vec<String>,
}

/// Reads the arguments after the applet's name, and the configuration.
///
/// # Errors
/// There is nothing to run.
pub fn read(arguments: Vec<OsString>) -> Result<Settings, Stop> {
    let home = config::variable("HOME").map(PathBuf::from);
    read_in(arguments, home.as_deref(), Path::new(CONFIG))
}

fn read_in(
    arguments: Vec<OsString>,
    home: Option<&Path>,
    default: &Path,
) -> Result<Settings, Stop> {
    let mut values = Values::read(&SYNTAX, arguments, Mode::Converting);
    let upstream_via = values.path("--upstream-via");
    let config = values.path("--config").map(|path| at_home(&path, home));
    let path = config.as_deref().unwrap_or(default);
    values.read_toml(path, config.is_some(), toml::read_tables, "auth.tokens");

    let host = values.parsed("--host server.host", &host);
    let host = host.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    let port = values.integer("--port server.port", 1..=65_535, 38_080) as u16;
    let tokens = tokens(&mut values, &host);
    let (get, post) = methods(&mut values);
    let health = switch(&mut values, "--health-enabled", "--health-disabled", "health.enabled");
    let level = level(&mut values);
    let log_file = log_file(&mut values, home);
    let mut providers = Vec::new();
    for &Row { name, url, has_id, locks_zone, is_served, .. } in PROVIDERS {
        if is_served {
            let given = values.parsed(&format!("upstream.{name}_url"), &api_url);
            let url = given.unwrap_or_else(|| url.into());
            providers.push(Endpoint { name, url, has_id, locks_zone });
        }
    }
    let timeout_seconds = values.integer("upstream.timeout", 1..=300, 30);
    let connections = values.integer("limits.connections", 1..=900, 256);
    let body_bytes = values.integer("limits.body_bytes", 256..=65_536, 16_384);
    let workers = values.integer("limits.workers", 1..=16, 4);
    refuse_unknown(&mut values);
    let mut settings = Settings {
        host,
        port,
        tokens,
        get,
        post,
        health,
        level,
        log_file,
        providers,
        timeout_seconds,
        connections,
        body_bytes,
        workers,
        upstream_via,
        warnings: Vec::new(),
    };
    settings.warnings = values.finish()?;
    Ok(settings)
}

/// An address to listen on.
fn host(text: String) -> Result<IpAddr, String> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    convert::address(&text).ok_or_else(|| "must be an IPv4 or IPv6 address".into())
}

fn api_url(text: String) -> Result<String, String> {
    url::api_base(&text)
}

/// The value of a key, and of two flags that exclude each other and go before it.
fn switch(values: &mut Values, on: &str, off: &str, key: &str) -> bool {
    let in_file = values.bool(key, false);
    let (is_on, is_off) = (values.flag(on), values.flag(off));
    if is_on && is_off {
        values.fail(Stop::UsageError(format!("{on} and {off} exclude each other")));
    }
    is_on || (in_file && !is_off)
}

/// The tokens that are accepted; None if authentication is disabled.
fn tokens(values: &mut Values, host: &IpAddr) -> Option<Vec<Secret>> {
    let is_enabled = switch(values, "--auth-enabled", "--auth-disabled", "auth.enabled");
    let mut given = Vec::new();
    values.each("--auth-tokens", &mut |text| add_token(&mut given, text));
    let mut in_file = Vec::new();
    values.each_of_list("auth.tokens", &mut |text| add_token(&mut in_file, text));
    let tokens = if given.is_empty() { in_file } else { given };
    if !is_enabled && !tokens.is_empty() {
        values.warnings.push(TOKENS_UNUSED.into());
    }
    if !is_enabled && !host.is_loopback() {
        values
            .warnings
            .push(format!("authentication is disabled, and everybody who reaches {host} may ask"));
    }
    if is_enabled && tokens.is_empty() {
        let message =
            "authentication is enabled, but there are no tokens: all requests are refused";
        values.warnings.push(message.into());
    }
    is_enabled.then_some(tokens)
}

/// Adds a token that callers send; it has to fit into a header.
fn add_token(tokens: &mut Vec<Secret>, text: String) -> Result<(), String> {
    let fits = (1..=TOKEN_BYTES_MAX).contains(&text.len());
    if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        tokens.push(Secret::new(text));
        return Ok(());
    }
    let number = tokens.len() + 1;
    Err(format!(
        "number {number}: a token must be 1 to {TOKEN_BYTES_MAX} ASCII characters without blanks"
    ))
}

/// Whether GET and POST are enabled.
fn methods(values: &mut Values) -> (bool, bool) {
    let get = values.bool("methods.get_enabled", true);
    let post = values.bool("methods.post_enabled", true);
    let given = values.parsed("--methods", &listed_methods);
    let (get, post) = given.unwrap_or((get, post));
    if !get && !post {
        let keys = "methods.get_enabled and methods.post_enabled";
        values.fail(format!("{keys}: at least one must be true").into());
    }
    (get, post)
}

/// Whether GET and POST are in a list with commas.
fn listed_methods(text: String) -> Result<(bool, bool), String> {
    let (mut get, mut post) = (false, false);
    for one in convert::items(&text) {
        get |= one.eq_ignore_ascii_case("get");
        post |= one.eq_ignore_ascii_case("post");
        if !one.eq_ignore_ascii_case("get") && !one.eq_ignore_ascii_case("post") {
            return Err("must be get, post or get,post".into());
        }
    }
    if get || post { Ok((get, post)) } else { Err("names no method".into()) }
}

fn level(values: &mut Values) -> Level {
    let words = LEVELS.map(Level::name);
    let found = values.choice_in_any_case("--log-level logging.level", &words);
    found.and_then(|at| LEVELS.get(at).copied()).unwrap_or(Level::Info)
}

/// The log file, if one is wanted.
fn log_file(values: &mut Values, home: Option<&Path>) -> Option<String> {
    let is_enabled =
        switch(values, "--log-file-enabled", "--log-file-disabled", "logging.file_enabled");
    let path = values.string("--log-file-path logging.file_path");
    let path = path.unwrap_or_else(|| LOG_FILE.into());
    let path = at_home(Path::new(&path), home).to_string_lossy().into_owned();
    is_enabled.then_some(path)
}

/// The path, with `~` at its begin replaced by the home directory.
fn at_home(path: &Path, home: Option<&Path>) -> PathBuf {
    // Taking paths apart by components is another kilobyte of flash.
    let rest = path.as_os_str().as_bytes().strip_prefix(b"~");
    match (rest.filter(|rest| rest.is_empty() || rest.starts_with(b"/")), home) {
        (Some(rest), Some(home)) => {
            let slashes = rest.iter().take_while(|&&byte| byte == b'/').count();
            home.join(OsStr::from_bytes(rest.get(slashes..).unwrap_or_default()))
        }
        _ => path.into(),
    }
}

/// Warns of keys that nobody has pulled, or refuses them.
fn refuse_unknown(values: &mut Values) {
    for (origin, entry) in values.unknown() {
        match misread(&entry.key, &entry.value) {
            Some(why) => values.fail(format!("{origin}: {why}").into()),
            None => values.warnings.push(format!("{origin}: unknown key")),
        }
    }
}

/// Why an unknown key must not be ignored, if so: it could be a misspelled one, and authentication
/// be left off; and nothing is read after a value of an unknown form.
fn misread(key: &str, value: &Value) -> Option<String> {
    const TABLES: &[&str] =
        &["server", "auth", "methods", "logging", "health", "upstream", "limits"];
    let (table, rest) = key.split_once('.').unwrap_or((key, ""));
    let ours = TABLES.iter().find(|one| one.eq_ignore_ascii_case(table));
    match ours {
        Some(&ours) if ours != table => Some(format!("write [{ours}] in small letters")),
        _ if *value == Value::Other || (ours.is_some() && rest.is_empty()) => {
            Some(format!("write [{table}], and its keys on lines of their own below it"))
        }
        Some(&"auth") => Some("unknown key; [auth] has only enabled and tokens".into()),
        _ => None,
    }
}
