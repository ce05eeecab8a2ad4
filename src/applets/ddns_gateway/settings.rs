//! What is asked of `ddns-gateway`: flags over a TOML file over defaults, all checked before it
//! listens.

mod convert;
mod layer;
#[cfg(test)]
mod tests;

use crate::applets::command_line::{self, Flag, HELP, Takes, VERSION};
use crate::applets::toml_file;
use crate::log::logger::Level;
use crate::text::secret::Secret;
use crate::text::toml::{self, Entry, Value};
use layer::Layer;
use std::ffi::{OsStr, OsString};
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The configuration where none is named, in the working directory.
const CONFIG: &str = "config.toml";
const HOST: &str = "0.0.0.0";
const PORT: u16 = 38080;
const LOG_FILE: &str = "/var/log/ddns-gateway.log";
const CLOUDFLARE_URL: &str = crate::applets::values::CLOUDFLARE_URL;
const ALIYUN_URL: &str = "https://alidns.aliyuncs.com";
const TENCENT_URL: &str = "https://dnspod.tencentcloudapi.com";
const TIMEOUT_SECONDS: u32 = 30;
const CONNECTIONS: u32 = 256;
const BODY_BYTES: u32 = 16_384;
const WORKERS: u32 = 4;
/// What is to be known where tokens are set and authentication is not enabled.
const TOKENS_UNUSED: &str = "the tokens are not asked for: authentication is disabled; set \
    enabled = true in [auth], or give --auth-enabled";

/// Everything a run needs to know.
pub struct Settings {
    pub host: IpAddr,
    pub port: u16,
    /// None: everybody may ask.
    pub tokens: Option<Vec<Secret>>,
    pub get: bool,
    pub post: bool,
    pub health: bool,
    pub level: Level,
    pub log_file: Option<String>,
    pub cloudflare_url: String,
    pub aliyun_url: String,
    pub tencent_url: String,
    /// For a whole job upstream.
    pub timeout_seconds: u32,
    pub connections: u32,
    pub body_bytes: u32,
    pub workers: u32,
    /// A program that runs the one that talks to the providers (an emulator).
    pub upstream_via: Option<PathBuf>,
    /// To be told before the run.
    pub warnings: Vec<String>,
}

/// What is asked for.
pub type Asked = command_line::Asked<Settings>;

/// Reads the arguments behind the applet's name, and the configuration.
pub fn read(arguments: Vec<OsString>) -> Asked {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    read_in(arguments, home.as_deref(), Path::new(CONFIG))
}

fn read_in(arguments: Vec<OsString>, home: Option<&Path>, config: &Path) -> Asked {
    let mut line = CommandLine::default();
    if let Err(stop) =
        command_line::read(arguments, FLAGS, &mut |flag, value| line.take(flag, value))
    {
        return stop.into();
    }
    match line.complete(home, config) {
        Ok(settings) => Asked::Run(Box::new(settings)),
        Err(why) => Asked::Bad(why),
    }
}

const FLAGS: &[Flag] = &[
    HELP,
    VERSION,
    ("config", None, Takes::Filled),
    ("upstream-via", None, Takes::Filled),
    ("host", None, Takes::Filled),
    ("port", None, Takes::Filled),
    ("log-level", None, Takes::Filled),
    ("log-file-path", None, Takes::Filled),
    ("methods", None, Takes::Filled),
    ("auth-tokens", None, Takes::Values),
    ("auth-enabled", None, Takes::Nothing),
    ("auth-disabled", None, Takes::Nothing),
    ("log-file-enabled", None, Takes::Nothing),
    ("log-file-disabled", None, Takes::Nothing),
    ("health-enabled", None, Takes::Nothing),
    ("health-disabled", None, Takes::Nothing),
];

/// The flags as they were given.
#[derive(Default)]
struct CommandLine {
    config: Option<PathBuf>,
    upstream_via: Option<PathBuf>,
    layer: Layer,
}

impl CommandLine {
    /// Takes a flag and its value, if it has one.
    fn take(&mut self, flag: &str, value: OsString) -> Result<(), String> {
        let wrong = |why: String| format!("--{flag}: {why}");
        match flag {
            "config" => self.config = Some(value.into()),
            "upstream-via" => self.upstream_via = Some(value.into()),
            _ if flag.ends_with("abled") => return self.switch(flag),
            _ => {
                let text = value.into_string().map_err(|_| wrong("is not valid UTF-8".into()))?;
                self.take_text(flag, text).map_err(wrong)?;
            }
        }
        Ok(())
    }

    fn take_text(&mut self, flag: &str, text: String) -> Result<(), String> {
        let layer = &mut self.layer;
        match flag {
            "host" => layer.host = Some(convert::host(&text)?),
            "port" => layer.port = Some(convert::port(&text)?),
            "log-level" => layer.level = Some(convert::level(&text)?),
            "log-file-path" => layer.file_path = Some(text),
            "methods" => {
                let (get, post) = convert::methods(&text)?;
                (layer.get, layer.post) = (Some(get), Some(post));
            }
            "auth-tokens" => {
                layer.tokens.get_or_insert_default().push(convert::token(text)?);
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes one of two flags that exclude each other.
    fn switch(&mut self, flag: &str) -> Result<(), String> {
        let (name, word) = flag.rsplit_once('-').unwrap_or_default();
        let slot = match name {
            "auth" => &mut self.layer.auth,
            "log-file" => &mut self.layer.file_enabled,
            _ => &mut self.layer.health,
        };
        let on = word == "enabled";
        if slot.replace(on) == Some(!on) {
            return Err(format!("--{name}-enabled and --{name}-disabled cannot be given together"));
        }
        Ok(())
    }

    fn complete(self, home: Option<&Path>, default: &Path) -> Result<Settings, String> {
        let mut warnings = Vec::new();
        let config = self.config.as_deref().map(|path| at_home(path, home));
        let path = config.as_deref().unwrap_or(default);
        let mut layer = self.layer;
        from_file(path, config.is_some(), &mut layer, &mut warnings)?;
        let get = layer.get.unwrap_or(true);
        let post = layer.post.unwrap_or(true);
        if !get && !post {
            let keys = "methods.get_enabled and methods.post_enabled";
            return Err(format!("{keys}: at least one must be true"));
        }
        let host = layer.host.or_else(|| HOST.parse().ok());
        let host = host.ok_or_else(|| "server.host: is no address".to_string())?;
        let has_tokens = layer.tokens.as_ref().is_some_and(|tokens| !tokens.is_empty());
        let tokens = layer.auth.unwrap_or(false).then(|| layer.tokens.unwrap_or_default());
        if tokens.is_none() && has_tokens {
            warnings.push(TOKENS_UNUSED.into());
        }
        match &tokens {
            None if !host.is_loopback() => warnings.push(format!(
                "authentication is disabled, and everybody who reaches {host} may ask"
            )),
            Some(tokens) if tokens.is_empty() => warnings.push(
                "authentication is enabled, but there are no tokens: all requests are refused"
                    .into(),
            ),
            _ => {}
        }
        let log_file = layer.file_path.unwrap_or_else(|| LOG_FILE.into());
        let log_file = at_home(Path::new(&log_file), home).to_string_lossy().into_owned();
        Ok(Settings {
            host,
            port: layer.port.unwrap_or(PORT),
            tokens,
            get,
            post,
            health: layer.health.unwrap_or(false),
            level: layer.level.unwrap_or(Level::Info),
            log_file: layer.file_enabled.unwrap_or(false).then_some(log_file),
            cloudflare_url: layer.cloudflare_url.unwrap_or_else(|| CLOUDFLARE_URL.into()),
            aliyun_url: layer.aliyun_url.unwrap_or_else(|| ALIYUN_URL.into()),
            tencent_url: layer.tencent_url.unwrap_or_else(|| TENCENT_URL.into()),
            timeout_seconds: layer.timeout.unwrap_or(TIMEOUT_SECONDS),
            connections: layer.connections.unwrap_or(CONNECTIONS),
            body_bytes: layer.body_bytes.unwrap_or(BODY_BYTES),
            workers: layer.workers.unwrap_or(WORKERS),
            upstream_via: self.upstream_via,
            warnings,
        })
    }
}

/// The path with a `~` in front replaced.
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

/// Adds what the file says where the command line says nothing; only one that was `named` must be
/// there. Errors begin with its path.
fn from_file(
    path: &Path,
    named: bool,
    layer: &mut Layer,
    warnings: &mut Vec<String>,
) -> Result<(), String> {
    let entries = toml_file::read(path, named, toml::read_tables, "auth.tokens", warnings)?;
    for (origin, Entry { key, value, .. }) in entries {
        let misread = misread(&key, &value);
        let is_taken = layer.take(&key, value).map_err(|why| format!("{origin}: {why}"))?;
        match misread {
            _ if is_taken => {}
            Some(why) => return Err(format!("{origin}: {why}")),
            None => warnings.push(format!("{origin}: there is no such key")),
        }
    }
    Ok(())
}

/// Why a key that is not known must not be passed over, if so: it could be one of ours in another
/// form, and a door be left open. Nothing is read after a value of a form that is not known.
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
        Some(&"auth") => Some("there is no such key in [auth], only enabled and tokens".into()),
        _ => None,
    }
}
