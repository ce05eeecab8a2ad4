//! The settings of `cf-ddns-sync`: its command line, checked before anything runs.

use super::usage;
use crate::config::convert::{self, INTERFACES_MAX};
use crate::config::values::Mode;
use crate::config::{self, Stop, Syntax, Values, credentials};
use crate::providers;
use crate::text::secret::Secret;
use crate::text::{decimal, dns_name, url};
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;

const CACHE_DIR: &str = "/var/cache/cf-ddns";
const TOKEN_VARIABLE: &str = "CF_API_TOKEN";
const RESOLVER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(1, 1, 1, 1), 53);
const SYNTAX: Syntax = Syntax::new(usage::HELP, "", &[]);

/// How the public address is looked up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Whoami {
    /// `dig` if it is installed, else our own query.
    Auto,
    Dig,
    Builtin,
}

/// Everything a run needs to know.
pub struct Settings {
    pub token: Secret,
    pub zone: String,
    /// Lower case, without a trailing dot.
    pub target: String,
    /// Each once, in the order given.
    pub sources: Vec<String>,
    pub ttl: u32,
    pub verbose: bool,
    pub whoami: Whoami,
    pub resolver: SocketAddrV4,
    pub allow_private: bool,
    pub force: bool,
    pub dry_run: bool,
    pub api_url: String,
    pub cache_dir: PathBuf,
    pub timeout_seconds: u32,
    /// Where `ip` and `dig` are searched.
    pub search_path: OsString,
    /// To be logged before the run.
    pub warnings: Vec<String>,
}

/// Reads the arguments after the applet's name, and the environment.
///
/// # Errors
/// There is nothing to run.
pub fn read(mut arguments: Vec<OsString>) -> Result<Settings, Stop> {
    // Later versions of the original have commands; this is the one that it always had.
    if arguments.first().is_some_and(|first| first == "sync") {
        arguments.remove(0);
    }
    let mut values = Values::read(&SYNTAX, arguments, Mode::Strict);
    let token = token(&mut values);
    let token = values.required("--apiTokenFile (or --apiToken, or CF_API_TOKEN)", token);
    let zone = values.parsed("--zoneId", &credentials::zone);
    let zone = values.required("--zoneId", zone);
    let target = values.parsed("--target", &|text| dns_name::normalize(&text));
    let target = values.required("--target", target);
    let sources = sources(&mut values);
    let ttl = values.integer_or("--ttl", 30..=86_400, (1, "automatic"), 60);
    let whoami = values.parsed("--whoami", &whoami);
    let resolver = values.parsed("--resolver", &resolver);
    let api_url = values.parsed("--apiUrl", &|text| url::api_base(&text));
    let cache_dir = values.path("--cacheDir");
    let timeout_seconds = values.integer("--timeout", 1..=300, 10);
    let verbose = values.flag("--verbose --debug");
    let allow_private = values.flag("--allowPrivate");
    let force = values.flag("--force");
    let dry_run = values.flag("--dryRun");
    if let Some(missing) = values.missing() {
        values.fail(Stop::UsageError(format!("{missing} required")));
    }
    let mut settings = Settings {
        token,
        zone,
        target,
        sources,
        ttl,
        verbose,
        whoami: whoami.unwrap_or(Whoami::Auto),
        resolver: resolver.unwrap_or(RESOLVER),
        allow_private,
        force,
        dry_run,
        api_url: api_url.unwrap_or_else(|| providers::default_url("cloudflare").into()),
        cache_dir: cache_dir.unwrap_or_else(|| CACHE_DIR.into()),
        timeout_seconds,
        search_path: config::variable("PATH").unwrap_or_default(),
        warnings: Vec::new(),
    };
    settings.warnings = values.finish()?;
    Ok(settings)
}

/// The token of the command line, else of the environment.
fn token(values: &mut Values) -> Option<Secret> {
    if values.has_argument("--apiToken") || values.has_argument("--apiTokenFile") {
        return credentials::token_from(values, "--apiToken", "--apiTokenFile");
    }
    // Set but empty is a mistake in a script, and not the same as not set.
    let text = config::variable(TOKEN_VARIABLE)?;
    let token = credentials::token(text.to_string_lossy().into_owned());
    let stop = |why| values.fail(Stop::UsageError(format!("{TOKEN_VARIABLE} {why}")));
    token.map_err(stop).ok()
}

fn sources(values: &mut Values) -> Vec<String> {
    let mut sources = Vec::new();
    values.each("--source", &mut |text| {
        let source = convert::interface(text)?;
        if !sources.contains(&source) {
            sources.push(source);
        }
        // Each is up to two children at work at the same time.
        match sources.len() <= INTERFACES_MAX {
            true => Ok(()),
            false => Err(format!("cannot be given more than {INTERFACES_MAX} times")),
        }
    });
    sources
}

fn whoami(text: String) -> Result<Whoami, String> {
    match text.as_str() {
        "auto" => Ok(Whoami::Auto),
        "dig" => Ok(Whoami::Dig),
        "builtin" => Ok(Whoami::Builtin),
        _ => Err(format!("must be auto, dig or builtin, not {text:?}")),
    }
}

fn resolver(text: String) -> Result<SocketAddrV4, String> {
    let (address, port) = text.split_once(':').unwrap_or((&text, "53"));
    match (address.parse(), decimal::port(port).filter(|&port| port != 0)) {
        (Ok(address), Some(port)) => Ok(SocketAddrV4::new(address, port)),
        _ => Err(format!("must be an IPv4 address, with :PORT if not 53, not {text:?}")),
    }
}
