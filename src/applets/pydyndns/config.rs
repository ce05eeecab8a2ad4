//! The configuration file: JSON, checked key by key before anything is sent.

use crate::config::file;
use crate::config::json::{self, Object, ParseError};
use crate::log::logger::Logger;
use crate::os::alarm::Alarm;
use crate::text::json_read::Document;
use crate::text::{base64, json_syntax};
use crate::wire::dns::name::Name;
use crate::wire::dns::tsig::{ALGORITHMS, Key};
use std::fs::File;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

/// How long reading may take, in seconds.
const READ_SECONDS_MAX: u32 = 60;
/// Longest TTL (RFC 2181 section 8), in seconds.
const TTL_SECONDS_MAX: u64 = 2_147_483_647;
/// Where the cache is if the configuration only says that there shall be one.
const CACHE_NAME: &str = "pydyndns.cache";

/// What the file says.
pub struct Config {
    pub cache: Option<PathBuf>,
    pub ipv4: bool,
    pub ipv6: bool,
    pub teredo: bool,
    /// Seconds.
    pub ttl: u32,
    pub key: Option<Key>,
    pub keep_others: bool,
    pub log: Logger,
    /// What in `logging` is wrong or not supported.
    pub warnings: Vec<String>,
}

/// Reads the file, and gives it back open.
///
/// # Errors
/// The file, the place in it, and what was expected there.
pub fn read(path: &Path) -> Result<(Config, File), String> {
    // What is named may be a FIFO that nobody writes to.
    let _alarm = Alarm::arm(READ_SECONDS_MAX, "reading the configuration and opening its logs");
    let shown = file::shown(path);
    let (text, file) = content(path).map_err(|why| format!("{shown}: {why}"))?;
    let located = |error: ParseError| match error.path.as_str() {
        "" => format!("{shown}: {}", error.message),
        at => format!("{shown}: {at}: {}", error.message),
    };
    let mut errors = Vec::new();
    let mut config = parse(&text, &mut errors).map_err(located)?;
    config.warnings = errors.into_iter().map(located).collect();
    Ok((config, file))
}

fn content(path: &Path) -> Result<(String, File), String> {
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    Ok((file::text(&mut file)?, file))
}

fn parse(text: &str, errors: &mut Vec<ParseError>) -> Result<Config, ParseError> {
    let about_file = |message: String| json::error_at(String::new(), message);
    if let Some((line, column, expected)) = json_syntax::find(text) {
        return Err(about_file(format!("line {line}, column {column}: expected {expected}")));
    }
    // Not dropped: it happens once, and drop code on every exit costs flash.
    let document = Document::read(text).ok_or_else(|| about_file("cannot be read".into()))?;
    let document: &Document = Box::leak(Box::new(document));
    let top = Object::new(String::new(), document.top())
        .map_err(|_| about_file("must be an object, with its keys in braces".into()))?;
    let top = ManuallyDrop::new(top);
    top.only(
        &["cache", "ipv4", "ipv6", "ttl", "tsig", "preserve_other_records"],
        // Nothing in it stops an update.
        &["logging"],
    )?;
    let ipv4 = top.required_bool("ipv4")?;
    let v6 = top.child("ipv6")?.ok_or_else(|| top.error("ipv6", "is missing"))?;
    let v6 = ManuallyDrop::new(v6);
    v6.only(&["enable", "teredo"], &[])?;
    let ipv6 = v6.required_bool("enable")?;
    let teredo = v6.value("teredo").is_some() && v6.required_bool("teredo")?;
    if !ipv4 && !ipv6 {
        return Err(about_file("ipv4 and ipv6.enable are both false: nothing to register".into()));
    }
    Ok(Config {
        cache: cache(&top)?,
        ipv4,
        ipv6,
        teredo,
        ttl: ttl(&top)?,
        key: key(&top)?,
        keep_others: top.value("preserve_other_records").is_some()
            && top.required_bool("preserve_other_records")?,
        // Last, since it opens files.
        log: super::logging::read(top.value("logging"), errors),
        warnings: Vec::new(),
    })
}

fn cache(top: &Object) -> Result<Option<PathBuf>, ParseError> {
    let Some(value) = top.value("cache") else { return Ok(None) };
    match (value.bool(), value.text()) {
        (Some(false), _) => Ok(None),
        (Some(true), _) => {
            let run = Path::new("/run");
            let directory = if run.is_dir() { run } else { Path::new("/var/run") };
            Ok(Some(directory.join(CACHE_NAME)))
        }
        (_, Some(path))
            if Path::new(path).file_name().is_some() && !path.as_bytes().contains(&b'\0') =>
        {
            Ok(Some(path.into()))
        }
        _ => Err(top.error("cache", "must be the path of a file, true or false")),
    }
}

fn ttl(top: &Object) -> Result<u32, ParseError> {
    let message = || format!("must be a whole number of seconds from 0 to {TTL_SECONDS_MAX}");
    let value = top.value("ttl").ok_or_else(|| top.error("ttl", "is missing"))?;
    let fits = value.integer().filter(|&seconds| seconds <= TTL_SECONDS_MAX);
    fits.map(|seconds| seconds as u32).ok_or_else(|| top.error("ttl", message()))
}

fn key(top: &Object) -> Result<Option<Key>, ParseError> {
    let Some(object) = top.child("tsig")?.map(ManuallyDrop::new) else { return Ok(None) };
    object.only(&["algorithm", "key", "keyname"], &[])?;
    let name = object.required_string("algorithm")?;
    let algorithm = ALGORITHMS.iter().find(|one| one.name == name).ok_or_else(|| {
        let known: Vec<&str> = ALGORITHMS.iter().map(|one| one.name).collect();
        object.error("algorithm", format!("must be one of {}", known.join(", ")))
    })?;
    // What it is stays out of the message.
    let text: String =
        object.required_string("key")?.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let secret = base64::decode(&text)
        .filter(|secret| !secret.is_empty())
        .ok_or_else(|| object.error("key", "must be in base 64 (RFC 4648 section 4)"))?;
    let name = Name::from_text(object.required_string("keyname")?)
        .map_err(|why| object.error("keyname", why))?;
    if name.is_root() {
        return Err(object.error("keyname", "must be a name, not the root"));
    }
    Ok(Some(Key { name, algorithm, secret }))
}
