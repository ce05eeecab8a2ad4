//! The formatters and handlers of the configuration, each with the arguments of its class.

use crate::applets::pydyndns::node::{Fault, Node, shown};
use crate::log::format::Format;
use crate::log::sink::{Address, LogFile, Rotation, Sink, Stream, Syslog, Target, facility};
use crate::text::json_read::Json;

const CLASSES: &str = "logging.StreamHandler, logging.FileHandler, logging.NullHandler, \
                       logging.handlers.SysLogHandler, logging.handlers.RotatingFileHandler";

/// Where the syslog is if nothing is said: Python's default.
const SYSLOG_HOST: &str = "localhost";
const SYSLOG_PORT: u16 = 514;
const SYSLOG_FACILITY: u8 = 1; // user
const FACILITY_MAX: u8 = 23;

/// More old files than anybody reads; each rotation looks for all of them.
const BACKUPS_MAX: u64 = 9999;

/// All formatters by name.
pub fn formatters<'a>(top: &Node<'a>) -> Result<Vec<(&'a str, Format)>, Fault> {
    let mut formatters = Vec::new();
    for (name, node) in top.children("formatters")? {
        node.only(&["style"], &["format", "datefmt"])?;
        if node.text("style")?.is_some_and(|style| style != "%") {
            return Err(node.fault("style", "must be %, the only one known here"));
        }
        let format = Format::new(node.text("format")?.unwrap_or_default())
            .map_err(|words| node.fault("format", words))?
            .with_date(node.text("datefmt")?.unwrap_or_default())
            .map_err(|words| node.fault("datefmt", words))?;
        formatters.push((name, format));
    }
    Ok(formatters)
}

/// All handlers by name, not opened yet.
pub fn handlers<'a>(
    top: &Node<'a>,
    formatters: &[(&str, Format)],
) -> Result<Vec<(&'a str, Sink)>, Fault> {
    let mut handlers = Vec::new();
    for (name, node) in top.children("handlers")? {
        let target = target(&node)?;
        let format = match node.text("formatter")? {
            None => Format::message_only(),
            Some(asked) => match formatters.iter().find(|(one, _)| *one == asked) {
                Some((_, format)) => format.clone(),
                None => {
                    let words = format!("'{}' is not defined in logging.formatters", shown(asked));
                    return Err(node.fault("formatter", words));
                }
            },
        };
        let level = node.level("level")?.unwrap_or(0);
        handlers.push((name, Sink::new(level, format, target)));
    }
    Ok(handlers)
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
        "logging.FileHandler" => {
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
            let words = format!("'{}' is not known here (known: {CLASSES})", shown(class));
            Err(node.fault("class", words))
        }
    }
}

/// Refuses all keys but those of every handler and these of its class.
fn only(node: &Node, keys: &[&str], or_null: &[&str]) -> Result<(), Fault> {
    node.only(&[&["class"], keys].concat(), &[&["level", "formatter"], or_null].concat())
}

fn file(node: &Node, rotation: Rotation) -> Result<Target, Fault> {
    let path = node.needed_text("filename")?;
    if path.contains('\0') {
        return Err(node.fault("filename", "must be without NUL"));
    }
    let begins_anew = match node.text("mode")? {
        None | Some("a") => false,
        Some("w") => true,
        Some(_) => return Err(node.fault("mode", "must be a or w")),
    };
    let encoding = node.text("encoding")?.unwrap_or("utf-8");
    if !["utf-8", "utf8"].iter().any(|one| encoding.eq_ignore_ascii_case(one)) {
        return Err(node.fault("encoding", "must be utf-8, the only one known here"));
    }
    // What is written here is UTF-8 already, so there is nothing for it to do.
    node.text("errors")?;
    let is_delayed = node.truth("delay", false)?;
    Ok(Target::File(LogFile::new(path, begins_anew, is_delayed, rotation)))
}

fn syslog(node: &Node) -> Result<Target, Fault> {
    if node.text("socktype")?.is_some_and(|socktype| socktype != "ext://socket.SOCK_DGRAM") {
        let words = "must be ext://socket.SOCK_DGRAM, the only one known here";
        return Err(node.fault("socktype", words));
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
        let words = format!(
            "must be a name, such as daemon or local0, or a number from 0 to {FACILITY_MAX}"
        );
        return Err(node.fault("facility", words));
    };
    Ok(Target::Syslog(Syslog::new(address, code)))
}

/// A pair of a host and a port.
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
