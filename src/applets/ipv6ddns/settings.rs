//! The settings of `ipv6ddns`: environment over a TOML file over defaults, checked before it runs.

#[cfg(test)]
mod tests;

use super::usage;
use crate::config::convert;
use crate::config::values::Mode;
use crate::config::{self, Stop, Syntax, UPSTREAM_VIA, Values, Variable, credentials};
use crate::providers;
use crate::text::secret::Secret;
use crate::text::{dns_name, toml, url};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

const CONFIG: &str = "/etc/ipv6ddns/config.toml";
/// The four ways to set the token, for a message.
const TOKEN: &str =
    "api_token (or api_token_file, CLOUDFLARE_API_TOKEN, CLOUDFLARE_API_TOKEN_FILE)";
const SYNTAX: Syntax = Syntax::new(usage::HELP, UPSTREAM_VIA, &[]);

/// What is done if the name has several records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MultiRecord {
    /// Nothing.
    Error,
    /// The first one listed is changed.
    First,
    /// One is made right, the others are removed.
    All,
}

/// Everything a run needs to know.
pub struct Settings {
    pub token: Secret,
    pub zone: String,
    /// Lower case, without a trailing dot.
    pub record_name: String,
    /// For each request.
    pub timeout_seconds: u32,
    /// How often to look if netlink is unavailable.
    pub poll_interval_seconds: u32,
    pub verbose: bool,
    pub multi_record: MultiRecord,
    pub allow_loopback: bool,
    pub allow_ula: bool,
    /// Never 0.
    pub health_port: Option<u16>,
    /// Each once, in the order given; empty: all.
    pub interfaces: Vec<String>,
    /// Of new records: 1, which is automatic, or seconds.
    pub ttl: u32,
    pub api_url: String,
    /// A program that runs the upstream helper (an emulator).
    pub upstream_via: Option<PathBuf>,
    /// To be logged before the run.
    pub warnings: Vec<String>,
}

/// Reads the arguments after the applet's name, the environment and the configuration.
///
/// # Errors
/// There is nothing to run.
pub fn read(arguments: Vec<OsString>) -> Result<Settings, Stop> {
    read_in(arguments, &config::variable, Path::new(CONFIG))
}

fn read_in(arguments: Vec<OsString>, variable: Variable, default: &Path) -> Result<Settings, Stop> {
    let mut values = Values::read(&SYNTAX, arguments, Mode::Strict);
    values.add_environment(variable);
    let upstream_via = values.path("--upstream-via");
    let config = values.path("--config");
    let path = config.as_deref().unwrap_or(default);
    values.read_toml(path, config.is_some(), toml::read, "api_token");
    let token = credentials::token_from(
        &mut values,
        "CLOUDFLARE_API_TOKEN api_token",
        "CLOUDFLARE_API_TOKEN_FILE api_token_file",
    );
    let token = values.required(TOKEN, token);
    let zone = values.parsed("CLOUDFLARE_ZONE_ID zone_id", &credentials::zone);
    let zone = values.required("zone_id (or CLOUDFLARE_ZONE_ID)", zone);
    let record_name = values.parsed("CLOUDFLARE_RECORD_NAME record_name", &name);
    let record_name = values.required("record_name (or CLOUDFLARE_RECORD_NAME)", record_name);
    values.choice("IPV6DDNS_PROVIDER_TYPE provider_type", &["cloudflare"]);
    let api_url = values.parsed("CLOUDFLARE_API_URL api_url", &api_url);
    let multi_record = multi_record(&mut values);
    let timeout_seconds = values.integer("timeout", 1..=300, 30);
    let poll_interval_seconds = values.integer("poll_interval", 10..=3600, 60);
    let ttl = values.integer_or("ttl", 30..=86_400, (1, "automatic"), 1);
    let health_port =
        values.integer_or("IPV6DDNS_HEALTH_PORT health_port", 1..=65_535, (0, "none"), 0);
    let verbose = values.bool("verbose", false) | values.flag("--verbose");
    let allow_loopback = values.bool("IPV6DDNS_ALLOW_LOOPBACK allow_loopback", false);
    let allow_ula = values.bool("allow_ula", false);
    let mut interfaces = Vec::new();
    values.each_of_list("interface", &mut |name| convert::add_interface(&mut interfaces, name));
    if let Some((origin, _)) = values.unknown().first() {
        values.fail(format!("{origin}: unknown key").into());
    }
    if let Some(missing) = values.missing() {
        let file = values.file();
        values.fail(format!("{missing} not set in {file} or the environment").into());
    }
    let mut settings = Settings {
        token,
        zone,
        record_name,
        timeout_seconds,
        poll_interval_seconds,
        verbose,
        multi_record,
        allow_loopback,
        allow_ula,
        health_port: u16::try_from(health_port).ok().filter(|&port| port != 0),
        interfaces,
        ttl,
        api_url: api_url.unwrap_or_else(|| providers::default_url("cloudflare").into()),
        upstream_via,
        warnings: Vec::new(),
    };
    settings.warnings = values.finish()?;
    Ok(settings)
}

fn name(text: String) -> Result<String, String> {
    dns_name::normalize(&text)
}

fn api_url(text: String) -> Result<String, String> {
    url::api_base(&text)
}

fn multi_record(values: &mut Values) -> MultiRecord {
    // The other spellings are the original program's.
    let words = ["error|fail|reject", "first|update_first|updatefirst", "all|update_all|updateall"];
    let found = values.choice_in_any_case("CLOUDFLARE_MULTI_RECORD multi_record", &words);
    match found {
        None | Some(0) => MultiRecord::Error,
        Some(1) => MultiRecord::First,
        Some(_) => MultiRecord::All,
    }
}
