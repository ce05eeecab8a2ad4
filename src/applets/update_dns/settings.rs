//! The settings of `update-dns`: command line over environment, checked before it runs.

#[cfg(test)]
mod tests;

use super::usage;
use crate::config::values::Mode;
use crate::config::{self, Stop, Syntax, UPSTREAM_VIA, Values, Variable, convert};
use crate::config::{credentials, file};
use crate::text::secret::Secret;
use crate::text::{dns_name, printable, url};
use std::ffi::OsString;
use std::fs::File;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

const SYNTAX: Syntax = Syntax::new(usage::HELP, UPSTREAM_VIA, &["BACKEND_URL", "FQDN", "IP"]);
/// The path of the backend's call, after its base URL.
const UPDATE: &str = "/update";
/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 4096;
/// How much of a wrong value is shown, in characters.
const VALUE_CHARACTERS_MAX: usize = 80;

/// Everything a run needs to know.
pub struct Settings {
    /// Of the call itself.
    pub url: String,
    /// Lower case, without a trailing dot.
    pub name: String,
    /// None: the source address of the call.
    pub address: Option<IpAddr>,
    /// Fit for a header field.
    pub key: Secret,
    /// 0: once.
    pub interval_seconds: u32,
    /// A file that can be read; none: the system's certificates.
    pub ca_bundle: Option<String>,
    /// Whether the backend's certificate is not verified.
    pub is_unverified: bool,
    /// A program that runs the upstream helper (an emulator).
    pub upstream_via: Option<PathBuf>,
    /// To be logged before the run.
    pub warnings: Vec<String>,
}

/// Largest file of certificates, in bytes, and how a certificate begins in it (RFC 7468).
const BUNDLE_BYTES_MAX: u64 = 4 * 1024 * 1024;
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// The warning if the server is not verified.
const UNVERIFIED: &str =
    "VERIFY_SSL=0: the server is not verified; the key goes to any server that answers";

/// Reads the arguments after the applet's name, and the environment.
///
/// # Errors
/// There is nothing to run.
pub fn read(arguments: Vec<OsString>) -> Result<Settings, Stop> {
    read_in(arguments, &config::variable)
}

fn read_in(arguments: Vec<OsString>, variable: Variable) -> Result<Settings, Stop> {
    let mut values = Values::read(&SYNTAX, arguments, Mode::Lenient);
    values.add_environment(variable);
    if values.has_argument("BACKEND_URL") && !values.has_argument("FQDN") {
        values.fail(Stop::UsageError("FQDN is missing after BACKEND_URL".into()));
    }
    let backend = values.parsed("BACKEND_URL", &backend);
    let (url, is_plain) = values.required("BACKEND_URL", backend);
    let name = values.parsed("FQDN", &|text| dns_name::normalize(&text));
    let name = values.required("FQDN", name);
    let address = values.parsed("IP", &address);
    let interval_seconds = values.integer("INTERVAL", 0..=u32::MAX, 60);
    let ca_bundle = values.parsed("CA_BUNDLE", &bundle);
    let is_off = is_off(&mut values);
    let is_unverified = is_off && ca_bundle.is_none();
    if is_off {
        values.warnings.push(String::from(match is_unverified {
            true => UNVERIFIED,
            false => "VERIFY_SSL=0 has no effect: CA_BUNDLE is set, and the server is verified",
        }));
    }
    let key = key(&mut values);
    let key = values.required("PRE_SHARED_KEY (or --key-file)", key);
    let upstream_via = values.path("--upstream-via");
    if let Some(missing) = values.missing() {
        values.fail(format!("{missing} not set").into());
    }
    if is_plain {
        values.warnings.push("BACKEND_URL is http: the key is sent unencrypted".into());
    }
    let mut settings = Settings {
        url: call_url(url),
        name,
        address,
        key,
        interval_seconds,
        ca_bundle,
        is_unverified,
        upstream_via,
        warnings: Vec::new(),
    };
    settings.warnings = values.finish()?;
    Ok(settings)
}

/// The base URL of the backend, and whether the key would leave this machine unencrypted.
fn backend(text: String) -> Result<(String, bool), String> {
    url::any_base(&text).map_err(|why| match text.contains('@') {
        // There may be a password before it.
        true => why,
        false => format!("{}: {why}", shown(&text)),
    })
}

fn address(text: String) -> Result<IpAddr, String> {
    text.parse().map_err(|_| format!("{} is not an address", shown(&text)))
}

/// Whether VERIFY_SSL turns verification off: nothing but `0` does.
fn is_off(values: &mut Values) -> bool {
    let Some(text) = values.string("VERIFY_SSL") else { return false };
    if text != "0" && convert::boolean(&text) != Some(true) {
        let shown = shown(&text);
        let message = format!("VERIFY_SSL: {shown} is not exactly 0; the server is verified");
        values.warnings.push(message);
    }
    text == "0"
}

/// The URL of the call at a base, which may be the call's already.
fn call_url(base: String) -> String {
    // A host may be called the same.
    let path = base.splitn(4, '/').nth(3).map(|path| format!("/{path}"));
    if path.is_some_and(|path| path.ends_with(UPDATE)) { base } else { base + UPDATE }
}

/// The key of the file, if one is named, or of the variable.
fn key(values: &mut Values) -> Option<Secret> {
    match values.path("--key-file") {
        Some(path) => credentials::secret_in(values, "--key-file", &path, "key", &checked_key),
        None => values.parsed("PRE_SHARED_KEY", &checked_key),
    }
}

/// A key that can be sent in a header. The message does not show it.
fn checked_key(text: String) -> Result<Secret, String> {
    if text.len() > KEY_BYTES_MAX {
        return Err(format!("is longer than {KEY_BYTES_MAX} bytes"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let why = "is not a key that can be sent: only visible ASCII characters can be in one";
        return Err(why.into());
    }
    Ok(Secret::new(text))
}

/// The path of a file that has certificates.
fn bundle(path: String) -> Result<String, String> {
    let about = |why: String| format!("{}: {why}", file::shown(Path::new(&path)));
    let mut opened = File::open(&path).map_err(|error| about(error.to_string()))?;
    let bytes = file::bytes(&mut opened, BUNDLE_BYTES_MAX).map_err(about)?;
    match bytes.windows(CERTIFICATE.len()).any(|some| some == CERTIFICATE) {
        true => Ok(path),
        false => Err(about("holds no certificate in PEM".into())),
    }
}

fn shown(text: &str) -> String {
    format!("'{}'", printable::line(text, VALUE_CHARACTERS_MAX))
}
