//! The formatters and handlers of the configuration, each with the arguments of its class.

use super::note;
use crate::applets::pydyndns::node::{Fault, Node, shown};
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

/// All formatters by name; None for one with a fault.
pub fn formatters<'a>(
    top: &Node<'a>,
    faults: &mut Vec<Fault>,
) -> Vec<(&'a str, Option<&'static Format>)> {
    let all = top.children("formatters", faults);
    all.into_iter()
        .map(|(name, node)| (name, note(formatter(&node).map_err(replaced), faults)))
        .collect()
}

/// Adds the consequence to the fault of a handler or formatter.
fn replaced(mut fault: Fault) -> Fault {
    fault.message.push_str("; standard error is used instead");
    fault
}

fn formatter(node: &Node) -> Result<&'static Format, Fault> {
    node.only(&["style", "validate", "class"], &["format", "datefmt"])?;
    let style = match node.text("style")? {
        None | Some("%") => Style::Percent,
        Some("{") => Style::Brace,
        Some("$") => Style::Dollar,
        Some(_) => return Err(node.fault("style", "must be %, { or $")),
    };
    if node.text("class")?.is_some_and(|class| class != "logging.Formatter") {
        return Err(node.fault("class", "only logging.Formatter is supported"));
    }
    Format::in_style(node.text("format")?.unwrap_or_default(), style)
        .map_err(|message| node.fault("format", message))?
        .with_date(node.text("datefmt")?.unwrap_or_default())
        .map(Into::into)
        .map_err(|message| node.fault("datefmt", message))
}

/// All handlers by name, not opened yet; None for one with a fault.
pub fn handlers<'a>(
    top: &Node<'a>,
    formatters: &[(&str, Option<&'static Format>)],
    faults: &mut Vec<Fault>,
) -> Vec<(&'a str, Option<Sink>)> {
    let mut handlers = Vec::new();
    for (name, node) in top.children("handlers", faults) {
        let sink = note(handler(&node, formatters).map_err(replaced), faults).flatten();
        handlers.push((name, sink));
    }
    handlers
}

/// None if its formatter has a fault, which has been reported.
fn handler(
    node: &Node,
    formatters: &[(&str, Option<&'static Format>)],
) -> Result<Option<Sink>, Fault> {
    let target = target(node)?;
    check_filters(node)?;
    let level = node.level("level")?.unwrap_or(0);
    let format = match node.text("formatter")? {
        None => Some(Format::message_only().into()),
        Some(asked) => match formatters.iter().find(|(one, _)| *one == asked) {
            Some((_, format)) => *format,
            None => {
                let message = format!("'{}' is not defined in logging.formatters", shown(asked));
                return Err(node.fault("formatter", message));
            }
        },
    };
    Ok(format.map(|format| Sink::new(level, format, target)))
}

fn target(node: &Node) -> Result<Target, Fault> {
    match node.needed_text("class")? {
        "logging.StreamHandler" => {
            only(node, &[], &["stream"])?;
            match node.text("stream")? {
                None | Some("ext://sys.stderr") => Ok(Target::Stream(Stream::Error)),
                Some("ext://sys.stdout") => Ok(Target::Stream(Stream::Output)),
                Some(_) => {
                    Err(node.fault("stream", "must be ext://sys.stdout or ext://sys.stderr"))
                }
            }
        }
        // A run is too short for a rotation by another program.
        "logging.FileHandler" | "logging.handlers.WatchedFileHandler" => {
            only(node, &["filename", "mode"], &["encoding", "delay", "errors"])?;
            file(node, Rotation { bytes_max: 0, backups: 0 })
        }
        "logging.handlers.RotatingFileHandler" => {
            let keys = ["filename", "mode", "maxBytes", "backupCount"];
            only(node, &keys, &["encoding", "delay", "errors"])?;
            let bytes_max = node.whole("maxBytes", u64::MAX)?.unwrap_or(0);
            let backups = node.whole("backupCount", BACKUPS_MAX)?.unwrap_or(0);
            file(node, Rotation { bytes_max, backups: backups as u32 })
        }
        "logging.handlers.TimedRotatingFileHandler" => timed(node),
        "logging.handlers.SysLogHandler" => {
            only(node, &["address", "facility"], &["socktype"])?;
            syslog(node)
        }
        "logging.NullHandler" => {
            only(node, &[], &[])?;
            Ok(Target::Null)
        }
        "logging.handlers.NTEventLogHandler" => {
            Err(node.fault("class", "NTEventLogHandler is Windows only"))
        }
        class => {
            let message = format!("unknown class '{}' (known: {CLASSES})", shown(class));
            Err(node.fault("class", message))
        }
    }
}

/// Rejects all keys but the common ones and these of the class.
fn only(node: &Node, keys: &[&str], or_null: &[&str]) -> Result<(), Fault> {
    node.only(&[&["class"], keys].concat(), &[&["level", "formatter", "filters"], or_null].concat())
}

/// Filters select loggers, of which there is only one.
pub fn check_filters(node: &Node) -> Result<(), Fault> {
    match node.value("filters").and_then(Json::list).is_none_or(|mut list| list.next().is_none()) {
        true => Ok(()),
        false => Err(node.fault("filters", "are not supported")),
    }
}

fn file(node: &Node, rotation: Rotation) -> Result<Target, Fault> {
    let path = node.needed_text("filename")?;
    if path.contains('\0') {
        return Err(node.fault("filename", "must not contain NUL"));
    }
    let truncates = match node.text("mode")? {
        None | Some("a") => false,
        Some("w") => true,
        Some(_) => return Err(node.fault("mode", "must be a or w")),
    };
    let encoding = node.text("encoding")?.unwrap_or("utf-8");
    if !["utf-8", "utf8"].iter().any(|one| encoding.eq_ignore_ascii_case(one)) {
        return Err(node.fault("encoding", "must be utf-8"));
    }
    // The text is valid UTF-8 already, so it has no effect.
    node.text("errors")?;
    let is_delayed = node.truth("delay", false)?;
    Ok(Target::File(LogFile::new(path, truncates, is_delayed, rotation)))
}

fn timed(node: &Node) -> Result<Target, Fault> {
    let keys = ["filename", "when", "interval", "backupCount", "utc"];
    only(node, &keys, &["encoding", "delay", "errors", "atTime"])?;
    if node.value("atTime").is_some() {
        return Err(node.fault("atTime", "is not supported"));
    }
    let Some(unit) = Unit::from_name(node.text("when")?.unwrap_or("H")) else {
        return Err(node.fault("when", "must be S, M, H, D, MIDNIGHT or W0 to W6"));
    };
    let interval = node.whole("interval", INTERVAL_MAX)?.unwrap_or(1);
    let backups = node.whole("backupCount", BACKUPS_MAX)?.unwrap_or(0);
    let is_utc = node.truth("utc", false)?;
    let timed = Timed { unit, interval, backups: backups as usize, is_utc };
    file(node, Rotation { bytes_max: 0, backups: 0 }).map(|target| match target {
        Target::File(file) => Target::File(file.rotated_by_time(timed)),
        other => other,
    })
}

fn syslog(node: &Node) -> Result<Target, Fault> {
    if node.text("socktype")?.is_some_and(|socktype| socktype != "ext://socket.SOCK_DGRAM") {
        let message = "must be ext://socket.SOCK_DGRAM";
        return Err(node.fault("socktype", message));
    }
    let address = match node.value("address") {
        None => Some(Address::Host(SYSLOG_HOST.to_string(), SYSLOG_PORT)),
        Some(value) => match value.text() {
            Some(path) => Some(Address::Path(path.into())),
            None => host(value),
        },
    };
    let Some(address) = address.filter(is_complete) else {
        return Err(node.fault("address", "must be the path of a socket, or [host, UDP port]"));
    };
    let code = match node.value("facility") {
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
        return Err(node.fault("facility", message));
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
