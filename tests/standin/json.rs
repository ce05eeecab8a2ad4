//! Short names for the few things the stand-in does with JSON values.
pub use miniserde::json::{Array, Number, Object, Value};

/// The document in `text`, or nothing if it is not JSON.
pub fn parse(text: &[u8]) -> Option<Value> {
    miniserde::json::from_str(std::str::from_utf8(text).ok()?).ok()
}

/// `value` as compact text; the keys of objects come out sorted, so equal values give equal text.
pub fn text(value: &Value) -> String {
    miniserde::json::to_string(value)
}

pub fn string(text: &str) -> Value {
    Value::String(text.to_owned())
}

pub fn number(value: u64) -> Value {
    Value::Number(Number::U64(value))
}

pub fn array(items: Vec<Value>) -> Value {
    Value::Array(items.into_iter().collect())
}

pub fn object<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    let mut made = Object::new();
    for (key, value) in pairs {
        made.insert(key.to_owned(), value);
    }
    Value::Object(made)
}

pub fn field<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Object(object) => object.get(key),
        _ => None,
    }
}

pub fn as_str(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

pub fn as_u64(value: &Value) -> Option<u64> {
    match value {
        Value::Number(Number::U64(n)) => Some(*n),
        _ => None,
    }
}

pub fn as_array(value: &Value) -> Option<&Array> {
    match value {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

/// The text at `key`, or an empty one.
pub fn str_of<'a>(value: &'a Value, key: &str) -> &'a str {
    field(value, key).and_then(as_str).unwrap_or("")
}
