//! One object of the configuration with the way to it, and its values by type.

use crate::log::logger;
use crate::text::printable;
use miniserde::json::{Number, Object, Value};

/// What is wrong with the configuration, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// The keys to it from the outermost, with dots.
    pub path: String,
    /// What it should be.
    pub words: String,
}

pub struct Node<'a> {
    path: String,
    object: &'a Object,
}

/// A key or value from the file, fit for a line.
pub fn shown(text: &str) -> String {
    printable::line(text, 80)
}

impl<'a> Node<'a> {
    pub fn new(path: String, value: &'a Value) -> Result<Node<'a>, Fault> {
        match value {
            Value::Object(object) => Ok(Node { path, object }),
            _ => Err(Fault { path, words: "must be an object".to_string() }),
        }
    }

    pub fn fault(&self, key: &str, words: impl Into<String>) -> Fault {
        Fault { path: self.path_of(key), words: words.into() }
    }

    fn path_of(&self, key: &str) -> String {
        let key = if key.is_empty() { "\"\"" } else { key };
        match self.path.as_str() {
            "" => shown(key),
            path => format!("{path}.{}", shown(key)),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.object.is_empty()
    }

    /// Refuses all keys but these; `or_null` may also be null, which then means nothing.
    pub fn only(&self, keys: &[&str], or_null: &[&str]) -> Result<(), Fault> {
        for (key, value) in self.object {
            if or_null.contains(&key.as_str()) {
                continue;
            }
            if !keys.contains(&key.as_str()) {
                let known = [keys, or_null].concat().join(", ");
                return Err(self.fault(key, format!("is not known here (known: {known})")));
            }
            if matches!(value, Value::Null) {
                return Err(self.fault(key, "must not be null"));
            }
        }
        Ok(())
    }

    /// None where it is absent or null.
    pub fn value(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !matches!(value, Value::Null))
    }

    pub fn text(&self, key: &str) -> Result<Option<&'a str>, Fault> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.fault(key, "must be a string")),
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
        match self.value(key) {
            None => Ok(default),
            Some(Value::Bool(truth)) => Ok(*truth),
            Some(Value::Number(Number::U64(number @ 0..=1))) => Ok(*number == 1),
            Some(_) => Err(self.fault(key, "must be true or false")),
        }
    }

    /// As [`Node::truth`], but it has to be there, and to be a truth value.
    pub fn needed_truth(&self, key: &str) -> Result<bool, Fault> {
        match self.value(key) {
            None => Err(self.fault(key, "is missing")),
            Some(Value::Bool(truth)) => Ok(*truth),
            Some(_) => Err(self.fault(key, "must be true or false")),
        }
    }

    pub fn whole(&self, key: &str, max: u64) -> Result<Option<u64>, Fault> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Number(Number::U64(number))) if *number <= max => Ok(Some(*number)),
            Some(_) if max == u64::MAX => Err(self.fault(key, "must be a whole number, 0 or more")),
            Some(_) => Err(self.fault(key, format!("must be a whole number from 0 to {max}"))),
        }
    }

    /// A level by name or number, as the least number that passes.
    pub fn level(&self, key: &str) -> Result<Option<u32>, Fault> {
        let found = match self.value(key) {
            None => return Ok(None),
            Some(Value::String(name)) => logger::threshold(name),
            // However large, above all levels is above all levels.
            Some(Value::Number(Number::U64(number))) => {
                Some(u32::try_from(*number).unwrap_or(u32::MAX))
            }
            Some(_) => None,
        };
        let words =
            "must be DEBUG, INFO, WARN, WARNING, ERROR, CRITICAL, FATAL, NOTSET or a whole number";
        found.map(Some).ok_or_else(|| self.fault(key, words))
    }

    /// A list of strings; an absent one is empty.
    pub fn texts(&self, key: &str) -> Result<Vec<&'a str>, Fault> {
        let words = "must be a list of strings";
        let mut texts = Vec::new();
        match self.value(key) {
            None => {}
            Some(Value::Array(values)) => {
                for value in values {
                    let Value::String(text) = value else {
                        return Err(self.fault(key, words));
                    };
                    texts.push(text.as_str());
                }
            }
            Some(_) => return Err(self.fault(key, words)),
        }
        Ok(texts)
    }

    pub fn child(&self, key: &str) -> Result<Option<Node<'a>>, Fault> {
        self.value(key).map(|value| Node::new(self.path_of(key), value)).transpose()
    }

    /// The objects within an object, with their keys in order; an absent one has none.
    pub fn children(&self, key: &str) -> Result<Vec<(&'a str, Node<'a>)>, Fault> {
        let mut children = Vec::new();
        if let Some(node) = self.child(key)? {
            for (name, value) in node.object {
                children.push((name.as_str(), Node::new(node.path_of(name), value)?));
            }
        }
        Ok(children)
    }
}
