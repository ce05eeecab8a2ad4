//! What is asked of `ipv6ddns`: command line, environment, configuration; all checked before it
//! runs.

mod layer;
mod sources;
#[cfg(test)]
mod tests;

use crate::applets::command_line::{self, Flag, HELP, Takes, VERSION};
use crate::applets::credentials;
use crate::applets::values::CLOUDFLARE_URL;
use crate::text::secret::Secret;
use layer::Token;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

const CONFIG: &str = "/etc/ipv6ddns/config.toml";
const TIMEOUT_SECONDS: u32 = 30;
const POLL_INTERVAL_SECONDS: u32 = 60;
/// Which is automatic.
const TTL: u32 = 1;

/// What is done where the name has several records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MultiRecord {
    /// Nothing.
    Error,
    /// The one listed first is changed.
    First,
    /// One is left, and that is right.
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
    /// How often to look where the kernel tells nothing.
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
    /// A program that runs the one that talks to the API (an emulator).
    pub upstream_via: Option<PathBuf>,
    /// To be told before the run.
    pub warnings: Vec<String>,
}

/// What is asked for.
pub type Asked = command_line::Asked<Settings>;

/// What settings come from besides the command line.
struct Surroundings<'a> {
    variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// The configuration where none is named.
    config: &'a Path,
}

/// Reads the arguments behind the applet's name, the environment and the configuration.
pub fn read(arguments: Vec<OsString>) -> Asked {
    let variable = |name: &str| std::env::var_os(name);
    read_in(arguments, &Surroundings { variable: &variable, config: Path::new(CONFIG) })
}

fn read_in(arguments: Vec<OsString>, surroundings: &Surroundings) -> Asked {
    const FLAGS: &[Flag] = &[
        HELP,
        VERSION,
        ("verbose", Some('v'), Takes::Nothing),
        ("config", Some('c'), Takes::Filled),
        ("upstream-via", None, Takes::Filled),
    ];
    let mut line = CommandLine::default();
    let mut take = |flag: &str, value: OsString| {
        match flag {
            "verbose" => line.verbose = true,
            "config" => line.config = Some(value.into()),
            _ => line.upstream_via = Some(value.into()),
        }
        Ok(())
    };
    if let Err(stop) = command_line::read(arguments, FLAGS, &mut take) {
        return stop.into();
    }
    match line.complete(surroundings) {
        Ok(settings) => Asked::Run(Box::new(settings)),
        Err(why) => Asked::Bad(why),
    }
}

/// The flags as they were given.
#[derive(Default)]
struct CommandLine {
    config: Option<PathBuf>,
    verbose: bool,
    upstream_via: Option<PathBuf>,
}

impl CommandLine {
    fn complete(self, surroundings: &Surroundings) -> Result<Settings, String> {
        let mut warnings = Vec::new();
        let config = self.config.as_deref().unwrap_or(surroundings.config);
        let environment = sources::environment(surroundings.variable)?;
        let file = sources::file(config, self.config.is_some(), &mut warnings)?;
        let layer = environment.over(file);
        let missing = |what: &str, variables: &str, keys: &str| {
            let file = crate::applets::files::shown(config);
            format!("{what} is not set: set {variables}, or {keys} in {file}")
        };
        let token = match layer.token {
            Some(Token::Itself(token)) => token,
            Some(Token::In { path, origin }) => {
                credentials::token_in(&origin, &path, &mut warnings)?
            }
            None => {
                let variables = "CLOUDFLARE_API_TOKEN or CLOUDFLARE_API_TOKEN_FILE";
                return Err(missing("the API token", variables, "api_token or api_token_file"));
            }
        };
        let zone = layer.zone.ok_or_else(|| missing("the zone", "CLOUDFLARE_ZONE_ID", "zone_id"));
        let record_name = layer
            .record_name
            .ok_or_else(|| missing("the record's name", "CLOUDFLARE_RECORD_NAME", "record_name"));
        Ok(Settings {
            token,
            zone: zone?,
            record_name: record_name?,
            timeout_seconds: layer.timeout.unwrap_or(TIMEOUT_SECONDS),
            poll_interval_seconds: layer.poll_interval.unwrap_or(POLL_INTERVAL_SECONDS),
            verbose: self.verbose || layer.verbose.unwrap_or(false),
            multi_record: layer.multi_record.unwrap_or(MultiRecord::Error),
            allow_loopback: layer.allow_loopback.unwrap_or(false),
            allow_ula: layer.allow_ula.unwrap_or(false),
            health_port: layer.health_port.filter(|&port| port != 0),
            interfaces: layer.interfaces.unwrap_or_default(),
            ttl: layer.ttl.unwrap_or(TTL),
            api_url: layer.api_url.unwrap_or_else(|| CLOUDFLARE_URL.into()),
            upstream_via: self.upstream_via,
            warnings,
        })
    }
}
