//! What was asked of `cf-ddns-sync`: its command line, checked before anything runs.

use crate::applets::command_line::{self, Flag, HELP, Takes};
use crate::applets::values::{CLOUDFLARE_URL, INTERFACES_MAX, interface, is_ttl, number};
use crate::applets::{credentials, credentials::zone};
use crate::text::secret::Secret;
use crate::text::{dns_name, url};
use std::ffi::OsString;
use std::mem;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::{Path, PathBuf};

const CACHE_DIR: &str = "/var/cache/cf-ddns";
const TOKEN_VARIABLE: &str = "CF_API_TOKEN";
const RESOLVER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(1, 1, 1, 1), 53);
const TTL_SECONDS: u32 = 60;
const TIMEOUT_SECONDS: u32 = 10;

/// How the public address is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Whoami {
    /// `dig` where it is installed, else our own query.
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
    /// Where `ip` and `dig` are looked for.
    pub search_path: OsString,
    /// To be told before the run.
    pub warnings: Vec<String>,
}

/// What the command line asks for.
pub type Asked = command_line::Asked<Settings>;

const FLAGS: &[Flag] = &[
    HELP,
    ("version", None, Takes::Nothing),
    ("verbose", Some('v'), Takes::Nothing),
    ("debug", None, Takes::Nothing),
    ("allowPrivate", None, Takes::Nothing),
    ("force", None, Takes::Nothing),
    ("dryRun", None, Takes::Nothing),
    ("apiToken", None, Takes::Value),
    ("apiTokenFile", None, Takes::Filled),
    ("zoneId", None, Takes::Value),
    ("target", None, Takes::Value),
    ("source", None, Takes::Value),
    ("ttl", None, Takes::Value),
    ("whoami", None, Takes::Value),
    ("resolver", None, Takes::Value),
    ("apiUrl", None, Takes::Value),
    ("cacheDir", None, Takes::Filled),
    ("timeout", None, Takes::Value),
];

/// The flags as they were given, checked one by one but not yet against each other.
#[derive(Default)]
struct Given {
    token: Option<String>,
    token_file: Option<PathBuf>,
    zone: Option<String>,
    target: Option<String>,
    sources: Vec<String>,
    ttl: Option<u32>,
    verbose: bool,
    whoami: Option<Whoami>,
    resolver: Option<SocketAddrV4>,
    allow_private: bool,
    force: bool,
    dry_run: bool,
    api_url: Option<String>,
    cache_dir: Option<PathBuf>,
    timeout: Option<u32>,
    warnings: Vec<String>,
}

/// Reads the arguments after the applet's name, and the environment.
pub fn read(mut arguments: Vec<OsString>) -> Asked {
    // Later versions of the original have commands; this is the one that it always had.
    if arguments.first().is_some_and(|first| first == "sync") {
        arguments.remove(0);
    }
    // It stays until the process ends.
    let given: &mut Given = Box::leak(Box::default());
    let mut take = |flag: &str, value: OsString| given.take(flag, value);
    if let Err(stop) = command_line::read(arguments, FLAGS, &mut take) {
        return stop.into();
    }
    match given.complete() {
        Ok(settings) => Asked::Run(Box::new(settings)),
        Err(why) => Asked::Wrong(why),
    }
}

impl Given {
    /// Takes a flag, with its value if it has one. The error names the flag.
    fn take(&mut self, flag: &str, value: OsString) -> Result<(), String> {
        match flag {
            "verbose" | "debug" => self.verbose = true,
            "allowPrivate" => self.allow_private = true,
            "force" => self.force = true,
            "dryRun" => self.dry_run = true,
            "apiTokenFile" => self.token_file = Some(value.into()),
            "cacheDir" => self.cache_dir = Some(value.into()),
            _ => {
                let text = value.into_string();
                let text = text.map_err(|_| format!("--{flag} is not valid UTF-8"))?;
                self.take_text(flag, text).map_err(|why| match why.strip_prefix('\'') {
                    Some(_) => format!("--{flag}: {why}"),
                    None => format!("--{flag} {why}"),
                })?;
            }
        }
        Ok(())
    }

    fn take_text(&mut self, flag: &str, text: String) -> Result<(), String> {
        match flag {
            "apiToken" => self.token = Some(text),
            "zoneId" => self.zone = Some(zone(text)?),
            "target" => self.target = Some(dns_name::normalize(&text)?),
            "source" => {
                let source = interface(text)?;
                if !self.sources.contains(&source) {
                    self.sources.push(source);
                }
                // Each is up to two children at work at the same time.
                if self.sources.len() > INTERFACES_MAX {
                    return Err(format!("cannot be given more than {INTERFACES_MAX} times"));
                }
            }
            "ttl" => self.ttl = Some(ttl(&text)?),
            "whoami" => self.whoami = Some(whoami(&text)?),
            "resolver" => self.resolver = Some(resolver(&text)?),
            "apiUrl" => self.api_url = Some(url::api_base(&text)?),
            _ => self.timeout = Some(timeout(&text)?),
        }
        Ok(())
    }

    fn complete(&mut self) -> Result<Settings, String> {
        let token = token(self.token.take(), self.token_file.as_deref(), &mut self.warnings)?;
        let missing = [
            (token.is_none(), "--apiTokenFile (or --apiToken, or CF_API_TOKEN)"),
            (self.zone.is_none(), "--zoneId"),
            (self.target.is_none(), "--target"),
        ];
        let (Some(token), Some(zone), Some(target)) = (token, &mut self.zone, &mut self.target)
        else {
            let missing: Vec<&str> =
                missing.iter().filter(|(is_missing, _)| *is_missing).map(|(_, one)| *one).collect();
            let verb = if missing.len() == 1 { "is" } else { "are" };
            return Err(format!("{} {verb} required", missing.join(", ")));
        };
        Ok(Settings {
            token,
            zone: mem::take(zone),
            target: mem::take(target),
            sources: mem::take(&mut self.sources),
            ttl: self.ttl.unwrap_or(TTL_SECONDS),
            verbose: self.verbose,
            whoami: self.whoami.unwrap_or(Whoami::Auto),
            resolver: self.resolver.unwrap_or(RESOLVER),
            allow_private: self.allow_private,
            force: self.force,
            dry_run: self.dry_run,
            api_url: self.api_url.take().unwrap_or_else(|| CLOUDFLARE_URL.into()),
            cache_dir: self.cache_dir.take().unwrap_or_else(|| CACHE_DIR.into()),
            timeout_seconds: self.timeout.unwrap_or(TIMEOUT_SECONDS),
            search_path: std::env::var_os("PATH").unwrap_or_default(),
            warnings: mem::take(&mut self.warnings),
        })
    }
}

/// The token from wherever it was given, if anywhere, checked; a token is never shown, not even a
/// wrong one.
fn token(
    given: Option<String>,
    from: Option<&Path>,
    warnings: &mut Vec<String>,
) -> Result<Option<Secret>, String> {
    let (origin, text) = match (given, from) {
        (Some(_), Some(_)) => {
            return Err("--apiToken and --apiTokenFile exclude each other".into());
        }
        (Some(text), None) => ("--apiToken", text),
        (None, Some(path)) => {
            return credentials::token_in("--apiTokenFile", path, warnings).map(Some);
        }
        (None, None) => match std::env::var_os(TOKEN_VARIABLE) {
            Some(text) => (TOKEN_VARIABLE, text.to_string_lossy().into_owned()),
            None => return Ok(None),
        },
    };
    credentials::token(text).map(Some).map_err(|why| format!("{origin} {why}"))
}

fn ttl(text: &str) -> Result<u32, String> {
    number(text)
        .filter(|&seconds| is_ttl(seconds))
        .ok_or_else(|| format!("must be 1 or 30..86400, not {text:?}"))
}

fn timeout(text: &str) -> Result<u32, String> {
    number(text)
        .filter(|seconds| (1..=300).contains(seconds))
        .ok_or_else(|| format!("must be 1..300, not {text:?}"))
}

fn whoami(text: &str) -> Result<Whoami, String> {
    match text {
        "auto" => Ok(Whoami::Auto),
        "dig" => Ok(Whoami::Dig),
        "builtin" => Ok(Whoami::Builtin),
        _ => Err(format!("must be auto, dig or builtin, not {text:?}")),
    }
}

fn resolver(text: &str) -> Result<SocketAddrV4, String> {
    let (address, port) = text.split_once(':').unwrap_or((text, "53"));
    let port = number(port).and_then(|port| u16::try_from(port).ok()).filter(|&port| port != 0);
    match (address.parse(), port) {
        (Ok(address), Some(port)) => Ok(SocketAddrV4::new(address, port)),
        _ => Err(format!("must be an IPv4 address, with :PORT if not 53, not {text:?}")),
    }
}
