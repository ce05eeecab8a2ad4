//! What is asked of `update-dns`: command line over environment; all checked before it runs.

#[cfg(test)]
mod tests;

use crate::applets::command_line::{self, Flag, HELP, OPERAND, Takes, VERSION};
use crate::applets::{credentials, files, values};
use crate::os::file;
use crate::text::secret::Secret;
use crate::text::{dns_name, printable, url};
use std::ffi::OsString;
use std::fs::File;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

const INTERVAL_SECONDS: u32 = 60;
/// What the backend has behind its base URL.
const UPDATE: &str = "/update";
/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 4096;
/// How much of a value that is none is shown, in characters.
const VALUE_CHARACTERS_MAX: usize = 80;

/// Everything a run needs to know.
pub struct Settings {
    /// Of the very call.
    pub url: String,
    /// Lower case, without a trailing dot.
    pub name: String,
    /// None: that which the call comes from.
    pub address: Option<IpAddr>,
    /// Fit for a header field.
    pub key: Secret,
    /// 0: once.
    pub interval_seconds: u32,
    /// A file that can be read; none: the system's certificates.
    pub ca_bundle: Option<String>,
    /// Whether anyone may answer for the backend.
    pub is_unverified: bool,
    /// A program that runs the one that talks to the backend (an emulator).
    pub upstream_via: Option<PathBuf>,
    /// To be told before the run.
    pub warnings: Vec<String>,
}

/// Largest file of certificates, in bytes, and how a certificate begins in it (RFC 7468).
const BUNDLE_BYTES_MAX: u64 = 4 * 1024 * 1024;
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// What is to be known where the server is not verified.
const UNVERIFIED: &str = "VERIFY_SSL=0: the server is not verified; whoever answers gets the key";

/// What is asked for.
pub type Asked = command_line::Asked<Settings>;

/// How a variable is looked up.
type Variable<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Reads the arguments behind the applet's name, and the environment.
pub fn read(arguments: Vec<OsString>) -> Asked {
    read_in(arguments, &|name| std::env::var_os(name))
}

fn read_in(arguments: Vec<OsString>, variable: Variable) -> Asked {
    const FLAGS: &[Flag] = &[
        HELP,
        VERSION,
        OPERAND,
        ("key-file", None, Takes::Filled),
        ("upstream-via", None, Takes::Filled),
    ];
    let mut line = CommandLine::default();
    let mut take = |flag: &str, value: OsString| {
        match flag {
            "key-file" => line.key_file = Some(value.into()),
            "upstream-via" => line.upstream_via = Some(value.into()),
            _ => return line.operand(value),
        }
        Ok(())
    };
    if let Err(stop) = command_line::read(arguments, FLAGS, &mut take) {
        return stop.into();
    }
    if line.url.is_some() && line.name.is_none() {
        return Asked::Wrong("FQDN is missing after BACKEND_URL".into());
    }
    match line.complete(variable) {
        Ok(settings) => Asked::Run(Box::new(settings)),
        Err(why) => Asked::Bad(why),
    }
}

/// What stands on the command line.
#[derive(Default)]
struct CommandLine {
    url: Option<OsString>,
    name: Option<OsString>,
    address: Option<OsString>,
    key_file: Option<PathBuf>,
    upstream_via: Option<PathBuf>,
}

impl CommandLine {
    /// Takes one that is no option.
    fn operand(&mut self, value: OsString) -> Result<(), String> {
        let places = [&mut self.url, &mut self.name, &mut self.address];
        match places.into_iter().find(|place| place.is_none()) {
            Some(place) => *place = Some(value),
            None => {
                return Err("too many arguments: only BACKEND_URL, FQDN and IP are taken".into());
            }
        }
        Ok(())
    }

    fn complete(self, variable: Variable) -> Result<Settings, String> {
        let mut warnings = Vec::new();
        let text = |name: &str, operand: Option<OsString>| {
            // procd and container files hand over empty variables for what is left open.
            let given = operand.or_else(|| variable(name).filter(|given| !given.is_empty()));
            let not_text = |_| format!("{name}: is not valid UTF-8");
            given.map(OsString::into_string).transpose().map_err(not_text)
        };
        let url = text("BACKEND_URL", self.url)?;
        let name = text("FQDN", self.name)?;
        let key = text("PRE_SHARED_KEY", None);
        let has_key = self.key_file.is_some() || !matches!(key, Ok(None));
        let all = [
            ("BACKEND_URL", url.is_some()),
            ("FQDN", name.is_some()),
            ("PRE_SHARED_KEY (or --key-file)", has_key),
        ];
        let missing: Vec<&str> =
            all.iter().filter(|(_, is_set)| !is_set).map(|(name, _)| *name).collect();
        if missing.len() > 1 {
            return Err(format!("{} are not set", missing.join(", ")));
        }
        let (url, is_plain) = backend(&url.ok_or("BACKEND_URL is not set")?)?;
        if is_plain {
            let message = "BACKEND_URL is http: the key is sent unencrypted";
            warnings.push(message.into());
        }
        let name = name.ok_or("FQDN is not set")?;
        let name = dns_name::normalize(&name).map_err(|why| format!("FQDN: {why}"))?;
        let address = match text("IP", self.address)? {
            None => None,
            Some(text) => {
                let why = || format!("IP: {} is not an address", shown(&text));
                Some(text.parse().map_err(|_| why())?)
            }
        };
        let interval_seconds = interval(text("INTERVAL", None)?, &mut warnings);
        let ca_bundle = text("CA_BUNDLE", None)?;
        if let Some(path) = &ca_bundle {
            let path = Path::new(path);
            check_bundle(path).map_err(|why| format!("CA_BUNDLE {}: {why}", files::shown(path)))?;
        }
        let is_off = is_off(text("VERIFY_SSL", None)?, &mut warnings);
        let is_unverified = is_off && ca_bundle.is_none();
        if is_off {
            warnings.push(String::from(match is_unverified {
                true => UNVERIFIED,
                false => "VERIFY_SSL=0 has no effect: CA_BUNDLE is set, and the server is verified",
            }));
        }
        let key = self::key(key, self.key_file.as_deref(), &mut warnings)?;
        Ok(Settings {
            url: call_url(url),
            name,
            address,
            key,
            interval_seconds,
            ca_bundle,
            is_unverified,
            upstream_via: self.upstream_via,
            warnings,
        })
    }
}

/// The base URL of the backend, and whether the key would leave this machine unencrypted.
fn backend(text: &str) -> Result<(String, bool), String> {
    url::any_base(text).map_err(|why| match text.contains('@') {
        // There may be a password before it.
        true => format!("BACKEND_URL: {why}"),
        false => format!("BACKEND_URL {}: {why}", shown(text)),
    })
}

/// Seconds between calls; the default, with a warning, where it is no number.
fn interval(given: Option<String>, warnings: &mut Vec<String>) -> u32 {
    let Some(text) = given else { return INTERVAL_SECONDS };
    let digits = text.trim_ascii();
    let number = values::number(digits).filter(|_| !digits.is_empty());
    number.unwrap_or_else(|| {
        let shown = shown(&text);
        warnings.push(format!(
            "INTERVAL: {shown} is not a whole number of seconds; using {INTERVAL_SECONDS}"
        ));
        INTERVAL_SECONDS
    })
}

/// Whether VERIFY_SSL turns verification off: nothing but `0` does.
fn is_off(given: Option<String>, warnings: &mut Vec<String>) -> bool {
    let Some(text) = given else { return false };
    if text != "0" && values::truth(&text) != Some(true) {
        let shown = shown(&text);
        warnings.push(format!("VERIFY_SSL: {shown} is not 0; the server is verified"));
    }
    text == "0"
}

/// The URL of the call at a base, which may be the call's already.
fn call_url(base: String) -> String {
    // A host may be called the same.
    let path = base.splitn(4, '/').nth(3).map(|path| format!("/{path}"));
    if path.is_some_and(|path| path.ends_with(UPDATE)) { base } else { base + UPDATE }
}

/// The key of the file, if one is named, or of the variable; it is never shown, not even a wrong
/// one.
fn key(
    variable: Result<Option<String>, String>,
    file: Option<&Path>,
    warnings: &mut Vec<String>,
) -> Result<Secret, String> {
    let (origin, text) = match file {
        Some(path) => ("--key-file", credentials::token_file("--key-file", path, warnings)?),
        None => {
            let missing = "the key is not set: set PRE_SHARED_KEY, or name a file with --key-file";
            ("PRE_SHARED_KEY", variable?.ok_or(missing)?)
        }
    };
    if text.len() > KEY_BYTES_MAX {
        return Err(format!("{origin}: is longer than {KEY_BYTES_MAX} bytes"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let why = "is not a key that can be sent: only visible ASCII characters can be in one";
        return Err(format!("{origin}: {why}"));
    }
    Ok(Secret::new(text))
}

/// Whether a file of certificates can be read and has one.
fn check_bundle(path: &Path) -> Result<(), String> {
    let mut bytes = Vec::new();
    let read =
        File::open(path).and_then(|mut from| file::read(&mut from, BUNDLE_BYTES_MAX, &mut bytes));
    read.map_err(|error| error.to_string())?;
    let is_there = bytes.windows(CERTIFICATE.len()).any(|some| some == CERTIFICATE);
    if is_there { Ok(()) } else { Err("holds no certificate in PEM".into()) }
}

fn shown(text: &str) -> String {
    format!("'{}'", printable::line(text, VALUE_CHARACTERS_MAX))
}
