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

/// The logger that the value of `logging` describes; without one, all goes to standard error.
///
/// # Errors
/// The first thing in it that is wrong or not known here. No line has been logged by then.
pub fn read(value: Option<Json>) -> Result<Logger, Fault> {
    let Some(value) = value else {
        return Ok(to_standard_error(Level::Debug, BASIC_FORMAT));
    };
    let top = Node::new("logging".to_string(), value)?;
    top.only(
        &["version", "formatters", "handlers", "loggers"],
        &["disable_existing_loggers", "root"],
    )?;
    if top.whole("version", u64::MAX)? != Some(1) {
        return Err(top.fault("version", "must be 1"));
    }
    top.truth("disable_existing_loggers", true)?;
    let formatters = handlers::formatters(&top)?;
    let mut handlers = handlers::handlers(&top, &formatters)?;

    let mut root_level = Level::Warning.number();
    let mut root_handlers = Vec::new();
    let mut own = Told { level: None, handlers: Vec::new(), propagates: true };
    for (name, node) in top.children("loggers")? {
        node.only(&[], &["level", "handlers", "propagate"])?;
        let told = told(&node, &handlers)?;
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
    if let Some(node) = top.child("root")?.filter(|node| !node.is_empty()) {
        node.only(&[], &["level", "handlers"])?;
        let told = told(&node, &handlers)?;
        root_level = told.level.unwrap_or(root_level);
        root_handlers = told.handlers;
    }

    let mut order = own.handlers;
    if own.propagates {
        order.extend(root_handlers);
    }
    if order.is_empty() {
        // Python's "last resort".
        return Ok(to_standard_error(Level::Warning, ""));
    }
    for &at in &order {
        if let Some((name, sink)) = handlers.get_mut(at) {
            sink.open().map_err(|error| {
                let path = format!("logging.handlers.{}.filename", node::shown(name));
                node::fault_at(path, format!("cannot be opened: {error}"))
            })?;
        }
    }
    let level = own.level.filter(|&level| level != 0).unwrap_or(root_level);
    let sinks = handlers.into_iter().map(|(_, sink)| sink).collect();
    Ok(Logger::new(NAME, level, sinks, order))
}

fn to_standard_error(level: Level, format: &str) -> Logger {
    let format = Format::new(format).unwrap_or_else(|_| Format::message_only());
    let sink = Sink::new(0, format, Target::Stream(Stream::Error));
    Logger::new(NAME, level.number(), vec![sink], vec![0])
}

fn told(node: &Node, handlers: &[(&str, Sink)]) -> Result<Told, Fault> {
    let mut places = Vec::new();
    for name in node.texts("handlers")? {
        let Some(at) = handlers.iter().position(|(one, _)| *one == name) else {
            let words = format!("'{}' is not defined in logging.handlers", node::shown(name));
            return Err(node.fault("handlers", words));
        };
        // A logger has a handler once, however often it is named.
        if !places.contains(&at) {
            places.push(at);
        }
    }
    let level = node.level("level")?;
    Ok(Told { level, handlers: places, propagates: node.truth("propagate", true)? })
}

#[cfg(test)]
mod tests;
