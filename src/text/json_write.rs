//! JSON objects written member by member, so that what is absent can be left out.

use miniserde::json;

/// How long an object mostly is, in bytes.
const OBJECT_BYTES_USUAL: usize = 384;

/// An object that is being written, compactly.
pub struct Object(String);

impl Object {
    pub fn new() -> Object {
        let mut text = String::with_capacity(OBJECT_BYTES_USUAL);
        text.push('{');
        Object(text)
    }

    /// Adds a member whose value is JSON already.
    pub fn raw(mut self, name: &str, value: &str) -> Object {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        for part in ["\"", name, "\":", value] {
            self.0.push_str(part);
        }
        self
    }

    pub fn text(self, name: &str, value: &str) -> Object {
        let value = json::to_string(value);
        self.raw(name, &value)
    }

    /// Adds a member, or nothing.
    pub fn optional(self, name: &str, value: Option<&str>) -> Object {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    pub fn number(self, name: &str, value: u32) -> Object {
        self.raw(name, &value.to_string())
    }

    /// The whole object.
    pub fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// A list of texts.
pub fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| json::to_string(text.as_str())).collect();
    format!("[{}]", texts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members() {
        assert_eq!(Object::new().end(), "{}");
        let inner = Object::new().number("n", 7).end();
        let object = Object::new().text("a", "x\"\n").optional("b", None).raw("c", &inner);
        let object = object.optional("d", Some("ä")).raw("e", &list(&["1".into(), "2".into()]));
        let expected = r#"{"a":"x\"\n","c":{"n":7},"d":"ä","e":["1","2"]}"#;
        assert_eq!(object.end(), expected);
        assert_eq!(list(&[]), "[]");
    }
}
