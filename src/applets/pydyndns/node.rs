//! One object of the configuration with the way to it, and its values by type.

use crate::log::logger;
use crate::text::json_read::{Json, Kind};
use crate::text::printable;

/// What is wrong with the configuration, and where; a pointer, as it is handed on at many places.
pub type Fault = Box<Place>;

/// What a [`Fault`] says.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// The keys to it from the outermost, with dots.
    pub path: String,
    /// What it should be.
    pub message: String,
}

/// One run reads one configuration: what is made for it stays until the process ends.
pub struct Node<'a> {
    path: &'static str,
    object: Json<'a>,
}

/// A key or value from the file, fit for a line.
pub fn shown(text: &str) -> String {
    printable::line(text, 80)
}

#[inline(never)]
pub fn fault_at(path: String, message: String) -> Fault {
    Box::new(Place { path, message })
}

impl<'a> Node<'a> {
    pub fn new(path: String, value: Json<'a>) -> Result<Node<'a>, Fault> {
        match value.object() {
            Some(object) => Ok(Node { path: path.leak(), object }),
            None => Err(fault_at(path, "must be an object".into())),
        }
    }

    pub fn fault(&self, key: &str, message: impl Into<String>) -> Fault {
        fault_at(self.path_of(key), message.into())
    }

    fn path_of(&self, key: &str) -> String {
        let key = if key.is_empty() { "\"\"" } else { key };
        match self.path {
            "" => shown(key),
            path => format!("{path}.{}", shown(key)),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.object.members().is_empty()
    }

    /// Refuses all keys but these; `or_null` may also be null, which then means nothing.
    pub fn only(&self, keys: &[&str], or_null: &[&str]) -> Result<(), Fault> {
        for (key, value) in self.object.members() {
            if or_null.contains(&key) {
                continue;
            }
            if !keys.contains(&key) {
                let known = [keys, or_null].concat().join(", ");
                return Err(self.fault(key, format!("is not known here (known: {known})")));
            }
            if value.kind() == Kind::Null {
                return Err(self.fault(key, "must not be null"));
            }
        }
        Ok(())
    }

    /// None where it is absent or null.
    pub fn value(&self, key: &str) -> Option<Json<'a>> {
        self.object.field(key)
    }

    pub fn text(&self, key: &str) -> Result<Option<&'a str>, Fault> {
        match self.value(key) {
            None => Ok(None),
            Some(value) => match value.text() {
                None => Err(self.fault(key, "must be a string")),
                text => Ok(text),
            },
        }
    }

    /// As [`Node::text`]; absent and empty are faults.
    pub fn needed_text(&self, key: &str) -> Result<&'a str, Fault> {
        match self.text(key)? {
            None => Err(self.fault(key, "is missing")),
            Some("") => Err(self.fault(key, "must not be empty")),
            Some(text) => Ok(text),
        }
    }

    /// Python takes 0 and 1 for these as well.
    pub fn truth(&self, key: &str, default: bool) -> Result<bool, Fault> {
        let Some(value) = self.value(key) else { return Ok(default) };
        let number = value.number().filter(|&number| number <= 1).map(|number| number == 1);
        let truth = value.truth().or(number);
        truth.ok_or_else(|| self.fault(key, "must be true or false"))
    }

    /// As [`Node::truth`], but it has to be there, and to be a truth value.
    pub fn needed_truth(&self, key: &str) -> Result<bool, Fault> {
        let value = self.value(key).ok_or_else(|| self.fault(key, "is missing"))?;
        value.truth().ok_or_else(|| self.fault(key, "must be true or false"))
    }

    pub fn whole(&self, key: &str, max: u64) -> Result<Option<u64>, Fault> {
        let Some(value) = self.value(key) else { return Ok(None) };
        match value.whole().filter(|&number| number <= max) {
            None if max == u64::MAX => Err(self.fault(key, "must be a whole number, 0 or more")),
            None => Err(self.fault(key, format!("must be a whole number from 0 to {max}"))),
            number => Ok(number),
        }
    }

    /// A level by name or number, as the least number that passes.
    pub fn level(&self, key: &str) -> Result<Option<u32>, Fault> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let found = match value.text() {
            Some(name) => logger::threshold(name),
            // However large, above all levels is above all levels.
            None => value.number().map(|number| u32::try_from(number).unwrap_or(u32::MAX)),
        };
        let message =
            "must be DEBUG, INFO, WARN, WARNING, ERROR, CRITICAL, FATAL, NOTSET or a whole number";
        found.map(Some).ok_or_else(|| self.fault(key, message))
    }

    /// A list of strings; an absent one is empty.
    pub fn texts(&self, key: &str) -> Result<Vec<&'a str>, Fault> {
        let message = "must be a list of strings";
        let mut texts = Vec::new();
        if let Some(value) = self.value(key) {
            for value in value.list().ok_or_else(|| self.fault(key, message))? {
                texts.push(value.text().ok_or_else(|| self.fault(key, message))?);
            }
        }
        Ok(texts)
    }

    pub fn child(&self, key: &str) -> Result<Option<Node<'a>>, Fault> {
        self.value(key).map(|value| Node::new(self.path_of(key), value)).transpose()
    }

    /// The objects within an object, with their keys in order; an absent one has none. What is no
    /// object is left out, and added to `faults`.
    pub fn children(&self, key: &str, faults: &mut Vec<Fault>) -> Vec<(&'a str, Node<'a>)> {
        let mut children = Vec::new();
        match self.child(key) {
            Ok(None) => {}
            Ok(Some(node)) => {
                for (name, value) in node.object.members() {
                    match Node::new(node.path_of(name), value) {
                        Ok(child) => children.push((name, child)),
                        Err(fault) => faults.push(fault),
                    }
                }
            }
            Err(fault) => faults.push(fault),
        }
        children
    }
}
