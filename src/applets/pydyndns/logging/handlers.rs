//! The formatters and handlers of the configuration, each with the arguments of its class.

use super::note;
use crate::config::json::{Object, ParseError, shown};
use crate::log::format::{Format, Style};
use crate::log::sink::{Address, LogFile, Rotation, Sink, Stream, Syslog, Target, facility};
use crate::log::sink::{Timed, Unit};
use crate::text::json_read::Json;

const CLASSES: &str = "logging.StreamHandler, logging.FileHandler, logging.NullHandler, and of \
                       logging.handlers SysLogHandler, WatchedFileHandler, RotatingFileHandler, \
                       TimedRotatingFileHandler";

/// Python's default address of the syslog.
const SYSLOG_HOST: &str = "localhost";
const SYSLOG_PORT: u16 = 514;
const SYSLOG_FACILITY: u8 = 1; // user
const FACILITY_MAX: u8 = 23;

/// Longest interval of rotation, in units.
const INTERVAL_MAX: u64 = 100_000;
/// Most backups: each rotation has to look for all of them.
const BACKUPS_MAX: u64 = 9999;

/// All formatters by name; None for one with a error.
pub fn formatters<'a>(
    top: &Object<'a>,
    errors: &mut Vec<ParseError>,
) -> Vec<(&'a str, Option<&'static Format>)> {
    let all = top.children("formatters", errors);
    all.into_iter()
        .map(|(name, object)| (name, note(formatter(&object).map_err(replaced), errors)))
        .collect()
}

/// Adds the consequence to the error of a handler or formatter.
fn replaced(mut error: ParseError) -> ParseError {
    error.message.push_str("; standard error is used instead");
    error
}

fn formatter(object: &Object) -> Result<&'static Format, ParseError> {
    object.only(&["style", "validate", "class"], &["format", "datefmt"])?;
    let style = match object.string("style")? {
        None | Some("%") => Style::Percent,
        Some("{") => Style::Brace,
        Some("$") => Style::Dollar,
        Some(_) => return Err(object.error("style", "must be %, { or $")),
    };
    if object.string("class")?.is_some_and(|class| class != "logging.Formatter") {
        return Err(object.error("class", "only logging.Formatter is supported"));
    }
    Format::in_style(object.string("format")?.unwrap_or_default(), style)
        .map_err(|message| object.error("format", message))?
        .with_date(object.string("datefmt")?.unwrap_or_default())
        .map(Into::into)
        .map_err(|message| object.error("datefmt", message))
}

/// All handlers by name, not opened yet; None for one with a error.
pub fn handlers<'a>(
    top: &Object<'a>,
    formatters: &[(&str, Option<&'static Format>)],
    errors: &mut Vec<ParseError>,
) -> Vec<(&'a str, Option<Sink>)> {
    let mut handlers = Vec::new();
    for (name, object) in top.children("handlers", errors) {
        let sink = note(handler(&object, formatters).map_err(replaced), errors).flatten();
        handlers.push((name, sink));
    }
    handlers
}

/// None if its formatter has a error, which has been reported.
fn handler(
    object: &Object,
    formatters: &[(&str, Option<&'static Format>)],
) -> Result<Option<Sink>, ParseError> {
    let target = target(object)?;
    check_filters(object)?;
    let level = object.level("level")?.unwrap_or(0);
    let format = match object.string("formatter")? {
        None => Some(Format::message_only().into()),
        Some(asked) => match formatters.iter().find(|(one, _)| *one == asked) {
            Some((_, format)) => *format,
            None => {
                let message = format!("'{}' is not defined in logging.formatters", shown(asked));
                return Err(object.error("formatter", message));
            }
        },
    };
    Ok(format.map(|format| Sink::new(level, format, target)))
}

fn target(object: &Object) -> Result<Target, ParseError> {
    match object.required_string("class")? {
        "logging.StreamHandler" => {
            only(object, &[], &["stream"])?;
            match object.string("stream")? {
                None | Some("ext://sys.stderr") => Ok(Target::Stream(Stream::Error)),
                Some("ext://sys.stdout") => Ok(Target::Stream(Stream::Output)),
                Some(_) => {
                    Err(object.error("stream", "must be ext://sys.stdout or ext://sys.stderr"))
                }
            }
        }
        // A run is too short for a rotation by another program.
        "logging.FileHandler" | "logging.handlers.WatchedFileHandler" => {
            only(object, &["filename", "mode"], &["encoding", "delay", "errors"])?;
            file(object, Rotation { bytes_max: 0, backups: 0 })
        }
        "logging.handlers.RotatingFileHandler" => {
            let keys = ["filename", "mode", "maxBytes", "backupCount"];
            only(object, &keys, &["encoding", "delay", "errors"])?;
            let bytes_max = object.integer("maxBytes", u64::MAX)?.unwrap_or(0);
            let backups = object.integer("backupCount", BACKUPS_MAX)?.unwrap_or(0);
            file(object, Rotation { bytes_max, backups: backups as u32 })
        }
        "logging.handlers.TimedRotatingFileHandler" => timed(object),
        "logging.handlers.SysLogHandler" => {
            only(object, &["address", "facility"], &["socktype"])?;
            syslog(object)
        }
        "logging.NullHandler" => {
            only(object, &[], &[])?;
            Ok(Target::Null)
        }
        "logging.handlers.NTEventLogHandler" => {
            Err(object.error("class", "NTEventLogHandler is Windows only"))
        }
        class => {
            let message = format!("unknown class '{}' (known: {CLASSES})", shown(class));
            Err(object.error("class", message))
        }
    }
}

/// Rejects all keys but the common ones and these of the class.
fn only(object: &Object, keys: &[&str], or_null: &[&str]) -> Result<(), ParseError> {
    object
        .only(&[&["class"], keys].concat(), &[&["level", "formatter", "filters"], or_null].concat())
}

/// Filters select loggers, of which there is only one.
pub fn check_filters(object: &Object) -> Result<(), ParseError> {
    match object.value("filters").and_then(Json::list).is_none_or(|mut list| list.next().is_none())
    {
        true => Ok(()),
        false => Err(object.error("filters", "are not supported")),
    }
}

fn file(object: &Object, rotation: Rotation) -> Result<Target, ParseError> {
    let path = object.required_string("filename")?;
    if path.as_bytes().contains(&b'\0') {
        return Err(object.error("filename", "must not contain NUL"));
    }
    let truncates = match object.string("mode")? {
        None | Some("a") => false,
        Some("w") => true,
        Some(_) => return Err(object.error("mode", "must be a or w")),
    };
    let encoding = object.string("encoding")?.unwrap_or("utf-8");
    if !["utf-8", "utf8"].iter().any(|one| encoding.eq_ignore_ascii_case(one)) {
        return Err(object.error("encoding", "must be utf-8"));
    }
    // The text is valid UTF-8 already, so it has no effect.
    object.string("errors")?;
    let is_delayed = object.bool("delay", false)?;
    Ok(Target::File(LogFile::new(path, truncates, is_delayed, rotation)))
}

fn timed(object: &Object) -> Result<Target, ParseError> {
    let keys = ["filename", "when", "interval", "backupCount", "utc"];
    only(object, &keys, &["encoding", "delay", "errors", "atTime"])?;
    if object.value("atTime").is_some() {
        return Err(object.error("atTime", "is not supported"));
    }
    let Some(unit) = Unit::from_name(object.string("when")?.unwrap_or("H")) else {
        return Err(object.error("when", "must be S, M, H, D, MIDNIGHT or W0 to W6"));
    };
    let interval = object.integer("interval", INTERVAL_MAX)?.unwrap_or(1);
    let backups = object.integer("backupCount", BACKUPS_MAX)?.unwrap_or(0);
    let is_utc = object.bool("utc", false)?;
    let timed = Timed { unit, interval, backups: backups as usize, is_utc };
    file(object, Rotation { bytes_max: 0, backups: 0 }).map(|target| match target {
        Target::File(file) => Target::File(file.rotated_by_time(timed)),
        other => other,
    })
}

fn syslog(object: &Object) -> Result<Target, ParseError> {
    if object.string("socktype")?.is_some_and(|socktype| socktype != "ext://socket.SOCK_DGRAM") {
        let message = "must be ext://socket.SOCK_DGRAM";
        return Err(object.error("socktype", message));
    }
    let address = match object.value("address") {
        None => Some(Address::Host(SYSLOG_HOST.to_string(), SYSLOG_PORT)),
        Some(value) => match value.text() {
            Some(path) => Some(Address::Path(path.into())),
            None => host(value),
        },
    };
    let Some(address) = address.filter(is_complete) else {
        return Err(object.error("address", "must be the path of a socket, or [host, UDP port]"));
    };
    let code = match object.value("facility") {
        None => Some(SYSLOG_FACILITY),
        Some(value) => match value.text() {
            Some(name) => facility(name),
            None => {
                let code = value.number().and_then(|code| u8::try_from(code).ok());
                code.filter(|&code| code <= FACILITY_MAX)
            }
        },
    };
    let Some(code) = code else {
        let message = format!(
            "must be a name, such as daemon or local0, or a number from 0 to {FACILITY_MAX}"
        );
        return Err(object.error("facility", message));
    };
    Ok(Target::Syslog(Syslog::new(address, code)))
}

/// A host and port pair.
fn host(pair: Json) -> Option<Address> {
    let mut pair = pair.list()?;
    let (host, port) = (pair.next()?.text()?, pair.next()?.number()?);
    let address = Address::Host(host.into(), u16::try_from(port).ok()?);
    pair.next().is_none().then_some(address)
}

fn is_complete(address: &Address) -> bool {
    match address {
        Address::Path(path) => !path.is_empty(),
        Address::Host(host, port) => !host.is_empty() && *port != 0,
    }
}
