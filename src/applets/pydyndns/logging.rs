//! The key `logging` of the configuration: a logger from the supported part of Python's dictConfig.

mod handlers;

use crate::config::json::{self, Object, ParseError};
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
/// to `errors` and replaced by standard error: logging must not prevent an update.
pub fn read(value: Option<Json>, errors: &mut Vec<ParseError>) -> Logger {
    let Some(value) = value else {
        return to_standard_error(Level::Debug, BASIC_FORMAT);
    };
    let top = match Object::new("logging".to_string(), value) {
        Ok(top) => top,
        Err(error) => {
            errors.push(error);
            return to_standard_error(Level::Warning, BASIC_FORMAT);
        }
    };
    // Faults in these affect nothing else.
    note(check(&top), errors);
    let formatters = handlers::formatters(&top, errors);
    let mut handlers = handlers::handlers(&top, &formatters, errors);

    let mut root_level = Level::Warning.number();
    let mut root_handlers = Vec::new();
    let mut own = LoggerSettings { level: None, handlers: Vec::new(), propagates: true };
    for (name, object) in top.children("loggers", errors) {
        note(object.only(&[], &["level", "handlers", "propagate", "filters"]), errors);
        let settings = logger_settings(&object, &handlers, errors);
        match name {
            NAME => own = settings,
            // Python accepts these names for the root logger, too.
            "" | "root" => {
                root_level = settings.level.unwrap_or(root_level);
                root_handlers = settings.handlers;
            }
            _ => {}
        }
    }
    // An empty object counts as absent.
    let root = note(top.child("root"), errors).flatten();
    if let Some(object) = root.filter(|object| !object.is_empty()) {
        note(object.only(&[], &["level", "handlers", "filters"]), errors);
        let settings = logger_settings(&object, &handlers, errors);
        root_level = settings.level.unwrap_or(root_level);
        root_handlers = settings.handlers;
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
            let path = format!("logging.handlers.{}.filename", json::shown(name));
            let message = format!("cannot be opened: {error}; standard error is used instead");
            errors.push(json::error_at(path, message));
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

fn check(top: &Object) -> Result<(), ParseError> {
    top.only(
        &["version", "formatters", "filters", "handlers", "loggers"],
        &["disable_existing_loggers", "root"],
    )?;
    if top.integer("version", u64::MAX)? != Some(1) {
        return Err(top.error("version", "must be 1"));
    }
    top.bool("disable_existing_loggers", true).map(drop)
}

/// The value, or None after adding its error.
fn note<T>(result: Result<T, ParseError>, errors: &mut Vec<ParseError>) -> Option<T> {
    result.map_err(|error| errors.push(error)).ok()
}

fn to_standard_error(level: Level, format: &str) -> Logger {
    Logger::new(NAME, level.number(), vec![standard_error(format)], vec![0])
}

fn standard_error(format: &str) -> Sink {
    let format = Format::new(format).unwrap_or_else(|_| Format::message_only());
    Sink::new(0, format, Target::Stream(Stream::Error))
}

fn logger_settings(
    object: &Object,
    handlers: &[(&str, Option<Sink>)],
    errors: &mut Vec<ParseError>,
) -> LoggerSettings {
    note(handlers::check_filters(object), errors);
    let mut places = Vec::new();
    for name in note(object.strings("handlers"), errors).unwrap_or_default() {
        let found = handlers.iter().position(|(one, _)| *one == name);
        let at = found.unwrap_or_else(|| {
            let message = format!("'{}' is not defined in logging.handlers", json::shown(name));
            errors.push(object.error("handlers", message));
            handlers.len()
        });
        // A logger has each handler only once.
        if !places.contains(&at) {
            places.push(at);
        }
    }
    let level = note(object.level("level"), errors).flatten();
    LoggerSettings {
        level,
        handlers: places,
        propagates: note(object.bool("propagate", true), errors) != Some(false),
    }
}

#[cfg(test)]
mod tests;
