//! The key `logging` of the configuration: what is understood of Python's dictConfig, as a logger.

mod handlers;

use super::node::{self, Fault, Node};
use crate::log::format::Format;
use crate::log::logger::{Level, Logger};
use crate::log::sink::{Sink, Stream, Target};
use crate::text::json_read::Json;

/// The name of the logger; Python's has it from the program.
const NAME: &str = "pydyndns";
/// What Python's `basicConfig` writes.
const BASIC_FORMAT: &str = "%(levelname)s:%(name)s:%(message)s";

/// What is said of one logger.
struct Told {
    level: Option<u32>,
    /// Places in the list of all handlers.
    handlers: Vec<usize>,
    propagates: bool,
}

/// The logger that the value of `logging` describes; without one, all goes to standard error. What
/// in it is wrong or not supported is added to `faults`, and standard error takes its place: a log
/// is no reason not to update.
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
    // So little depends on these that they go wrong alone.
    note(check(&top), faults);
    let formatters = handlers::formatters(&top, faults);
    let mut handlers = handlers::handlers(&top, &formatters, faults);

    let mut root_level = Level::Warning.number();
    let mut root_handlers = Vec::new();
    let mut own = Told { level: None, handlers: Vec::new(), propagates: true };
    for (name, node) in top.children("loggers", faults) {
        note(node.only(&[], &["level", "handlers", "propagate", "filters"]), faults);
        let told = told(&node, &handlers, faults);
        match name {
            NAME => own = told,
            // Python knows the root logger by these names, too.
            "" | "root" => {
                root_level = told.level.unwrap_or(root_level);
                root_handlers = told.handlers;
            }
            _ => {}
        }
    }
    // An empty one says nothing, not even that there are no handlers.
    let root = note(top.child("root"), faults).flatten();
    if let Some(node) = root.filter(|node| !node.is_empty()) {
        note(node.only(&[], &["level", "handlers", "filters"]), faults);
        let told = told(&node, &handlers, faults);
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
    // Once is enough, however much it takes the place of.
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

/// The value, or nothing after its fault was noted.
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

fn told(node: &Node, handlers: &[(&str, Option<Sink>)], faults: &mut Vec<Fault>) -> Told {
    note(handlers::check_filters(node), faults);
    let mut places = Vec::new();
    for name in note(node.texts("handlers"), faults).unwrap_or_default() {
        let found = handlers.iter().position(|(one, _)| *one == name);
        let at = found.unwrap_or_else(|| {
            let message = format!("'{}' is not defined in logging.handlers", node::shown(name));
            faults.push(node.fault("handlers", message));
            handlers.len()
        });
        // A logger has a handler once, however often it is named.
        if !places.contains(&at) {
            places.push(at);
        }
    }
    let level = note(node.level("level"), faults).flatten();
    Told {
        level,
        handlers: places,
        propagates: note(node.truth("propagate", true), faults) != Some(false),
    }
}

#[cfg(test)]
mod tests;
