//! The key `logging` of the configuration: a logger from the supported part of Python's dictConfig.

mod handlers;

use super::node::{self, Fault, Node};
use crate::log::format::Format;
use crate::log::logger::{Level, Logger};
use crate::log::sink::{Sink, Stream, Target};
use crate::text::json_read::Json;

/// The logger's name, as in the original.
const NAME: &str = "pydyndns";
/// The format of Python's `basicConfig`.
const BASIC_FORMAT: &str = "%(levelname)s:%(name)s:%(message)s";

/// The settings of one logger.
struct LoggerSettings {
    level: Option<u32>,
    /// Indices into the list of all handlers.
    handlers: Vec<usize>,
    propagates: bool,
}

/// The configured logger; without a value, standard error. What is invalid or unsupported is added
/// to `faults` and replaced by standard error: logging must not prevent an update.
pub fn read(value: Option<Json>, faults: &mut Vec<Fault>) -> Logger {
    let Some(value) = value else {
        return to_standard_error(Level::Debug, BASIC_FORMAT);
    };
    let top = match Node::new("logging".to_string(), value) {
        Ok(top) => top,
        Err(fault) => {
            faults.push(fault);
            return to_standard_error(Level::Warning, BASIC_FORMAT);
        }
    };
    // Faults in these affect nothing else.
    note(check(&top), faults);
    let formatters = handlers::formatters(&top, faults);
    let mut handlers = handlers::handlers(&top, &formatters, faults);

    let mut root_level = Level::Warning.number();
    let mut root_handlers = Vec::new();
    let mut own = LoggerSettings { level: None, handlers: Vec::new(), propagates: true };
    for (name, node) in top.children("loggers", faults) {
        note(node.only(&[], &["level", "handlers", "propagate", "filters"]), faults);
        let told = logger_settings(&node, &handlers, faults);
        match name {
            NAME => own = told,
            // Python accepts these names for the root logger, too.
            "" | "root" => {
                root_level = told.level.unwrap_or(root_level);
                root_handlers = told.handlers;
            }
            _ => {}
        }
    }
    // An empty object counts as absent.
    let root = note(top.child("root"), faults).flatten();
    if let Some(node) = root.filter(|node| !node.is_empty()) {
        note(node.only(&[], &["level", "handlers", "filters"]), faults);
        let told = logger_settings(&node, &handlers, faults);
        root_level = told.level.unwrap_or(root_level);
        root_handlers = told.handlers;
    }

    let mut order = own.handlers;
    if own.propagates {
        order.extend(root_handlers);
    }
    if order.is_empty() {
        // Python's "last resort".
        return to_standard_error(Level::Warning, "");
    }
    let spare = handlers.len();
    for at in &mut order {
        let Some((name, place)) = handlers.get_mut(*at) else { continue };
        if let Some(sink) = place.as_mut()
            && let Err(error) = sink.open()
        {
            let path = format!("logging.handlers.{}.filename", node::shown(name));
            let message = format!("cannot be opened: {error}; standard error is used instead");
            faults.push(node::fault_at(path, message));
            *place = None;
        }
        if place.is_none() {
            *at = spare;
        }
    }
    // Only one standard error sink, however many handlers it replaces.
    let mut is_spared = false;
    order.retain(|&at| at != spare || !std::mem::replace(&mut is_spared, true));
    let level = own.level.filter(|&level| level != 0).unwrap_or(root_level);
    handlers.push(("", None));
    let sinks = handlers
        .into_iter()
        .map(|(_, sink)| sink.unwrap_or_else(|| standard_error(BASIC_FORMAT)))
        .collect();
    Logger::new(NAME, level, sinks, order)
}

fn check(top: &Node) -> Result<(), Fault> {
    top.only(
        &["version", "formatters", "filters", "handlers", "loggers"],
        &["disable_existing_loggers", "root"],
    )?;
    if top.whole("version", u64::MAX)? != Some(1) {
        return Err(top.fault("version", "must be 1"));
    }
    top.truth("disable_existing_loggers", true).map(drop)
}

/// The value, or None after adding its fault.
fn note<T>(result: Result<T, Fault>, faults: &mut Vec<Fault>) -> Option<T> {
    result.map_err(|fault| faults.push(fault)).ok()
}

fn to_standard_error(level: Level, format: &str) -> Logger {
    Logger::new(NAME, level.number(), vec![standard_error(format)], vec![0])
}

fn standard_error(format: &str) -> Sink {
    let format = Format::new(format).unwrap_or_else(|_| Format::message_only());
    Sink::new(0, format, Target::Stream(Stream::Error))
}

fn logger_settings(
    node: &Node,
    handlers: &[(&str, Option<Sink>)],
    faults: &mut Vec<Fault>,
) -> LoggerSettings {
    note(handlers::check_filters(node), faults);
    let mut places = Vec::new();
    for name in note(node.texts("handlers"), faults).unwrap_or_default() {
        let found = handlers.iter().position(|(one, _)| *one == name);
        let at = found.unwrap_or_else(|| {
            let message = format!("'{}' is not defined in logging.handlers", node::shown(name));
            faults.push(node.fault("handlers", message));
            handlers.len()
        });
        // A logger has each handler only once.
        if !places.contains(&at) {
            places.push(at);
        }
    }
    let level = note(node.level("level"), faults).flatten();
    LoggerSettings {
        level,
        handlers: places,
        propagates: note(node.truth("propagate", true), faults) != Some(false),
    }
}

#[cfg(test)]
mod tests;
