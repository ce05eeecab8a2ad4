//! Configurations in JSON: an object with the path that leads to it, and its values by type.

use crate::log::logger;
use crate::text::json_read::{Json, Kind};
use crate::text::printable;

/// How much of a key or value is shown, in characters.
const SHOWN_CHARACTERS_MAX: usize = 80;

/// What is wrong with the configuration, and where; a pointer, as it is handed on in many places.
pub type ParseError = Box<Wrong>;

/// What a [`ParseError`] says.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The keys from the outermost one, with dots between.
    pub path: String,
    /// What the value should be.
    pub message: String,
}

/// One object of the configuration.
pub struct Object<'a> {
    path: String,
    object: Json<'a>,
}

/// A key or value from the file, safe to print.
pub fn shown(text: &str) -> String {
    printable::line(text, SHOWN_CHARACTERS_MAX)
}

#[inline(never)]
pub fn error_at(path: String, message: String) -> ParseError {
    Box::new(Wrong { path, message })
}

impl<'a> Object<'a> {
    pub fn new(path: String, value: Json<'a>) -> Result<Object<'a>, ParseError> {
        match value.object() {
            Some(object) => Ok(Object { path, object }),
            None => Err(error_at(path, "must be an object".into())),
        }
    }

    pub fn error(&self, key: &str, message: impl Into<String>) -> ParseError {
        error_at(self.path_of(key), message.into())
    }

    fn path_of(&self, key: &str) -> String {
        let key = if key.is_empty() { "\"\"" } else { key };
        match self.path.as_str() {
            "" => shown(key),
            path => format!("{path}.{}", shown(key)),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.object.members().is_empty()
    }

    /// Refuses all other keys; those of `or_null` may be null, which then counts as absent.
    pub fn only(&self, keys: &[&str], or_null: &[&str]) -> Result<(), ParseError> {
        for (key, value) in self.object.members() {
            if or_null.contains(&key) {
                continue;
            }
            if !keys.contains(&key) {
                let known = [keys, or_null].concat().join(", ");
                return Err(self.error(key, format!("unknown key (known keys: {known})")));
            }
            if value.kind() == Kind::Null {
                return Err(self.error(key, "must not be null"));
            }
        }
        Ok(())
    }

    /// None where it is absent or null.
    pub fn value(&self, key: &str) -> Option<Json<'a>> {
        self.object.field(key)
    }

    pub fn string(&self, key: &str) -> Result<Option<&'a str>, ParseError> {
        match self.value(key) {
            None => Ok(None),
            Some(value) => match value.text() {
                None => Err(self.error(key, "must be a string")),
                text => Ok(text),
            },
        }
    }

    /// As [`Object::string`], but absent and empty are errors.
    pub fn required_string(&self, key: &str) -> Result<&'a str, ParseError> {
        match self.string(key)? {
            None => Err(self.error(key, "is missing")),
            Some("") => Err(self.error(key, "must not be empty")),
            Some(text) => Ok(text),
        }
    }

    /// A truth value; as in Python, 0 and 1 are as well.
    pub fn bool(&self, key: &str, default: bool) -> Result<bool, ParseError> {
        let Some(value) = self.value(key) else { return Ok(default) };
        let number = value.number().filter(|&number| number <= 1).map(|number| number == 1);
        let truth = value.bool().or(number);
        truth.ok_or_else(|| self.error(key, "must be true or false"))
    }

    /// As [`Object::bool`], but it has to be there, and to be `true` or `false`.
    pub fn required_bool(&self, key: &str) -> Result<bool, ParseError> {
        let value = self.value(key).ok_or_else(|| self.error(key, "is missing"))?;
        value.bool().ok_or_else(|| self.error(key, "must be true or false"))
    }

    pub fn integer(&self, key: &str, max: u64) -> Result<Option<u64>, ParseError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        match value.integer().filter(|&number| number <= max) {
            None if max == u64::MAX => Err(self.error(key, "must be a whole number, 0 or more")),
            None => Err(self.error(key, format!("must be a whole number from 0 to {max}"))),
            number => Ok(number),
        }
    }

    /// A level by name or number, as the least number that passes.
    pub fn level(&self, key: &str) -> Result<Option<u32>, ParseError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let found = match value.text() {
            Some(name) => logger::threshold(name),
            // However large, above all levels is above all levels.
            None => value.number().map(|number| u32::try_from(number).unwrap_or(u32::MAX)),
        };
        let message =
            "must be DEBUG, INFO, WARN, WARNING, ERROR, CRITICAL, FATAL, NOTSET or a whole number";
        found.map(Some).ok_or_else(|| self.error(key, message))
    }

    /// A list of strings; an absent one is empty.
    pub fn strings(&self, key: &str) -> Result<Vec<&'a str>, ParseError> {
        let message = "must be a list of strings";
        let mut texts = Vec::new();
        if let Some(value) = self.value(key) {
            for value in value.list().ok_or_else(|| self.error(key, message))? {
                texts.push(value.text().ok_or_else(|| self.error(key, message))?);
            }
        }
        Ok(texts)
    }

    pub fn child(&self, key: &str) -> Result<Option<Object<'a>>, ParseError> {
        self.value(key).map(|value| Object::new(self.path_of(key), value)).transpose()
    }

    /// The objects within an object, with their keys in order; an absent one has none. What is no
    /// object is left out, and added to `errors`.
    pub fn children(&self, key: &str, errors: &mut Vec<ParseError>) -> Vec<(&'a str, Object<'a>)> {
        let mut children = Vec::new();
        match self.child(key) {
            Ok(None) => {}
            Ok(Some(object)) => {
                for (name, value) in object.object.members() {
                    match Object::new(object.path_of(name), value) {
                        Ok(child) => children.push((name, child)),
                        Err(error) => errors.push(error),
                    }
                }
            }
            Err(error) => errors.push(error),
        }
        children
    }
}
