//! Writing JSON: objects member by member, so that absent ones can be left out.

/// An object under construction, in compact form.
pub struct Object(String);

impl Object {
    pub fn new() -> Object {
        Object("{".into())
    }

    /// Adds a member with a value that is JSON already.
    pub fn raw(mut self, name: &str, value: &str) -> Object {
        self.begin(name);
        self.0.push_str(value);
        self
    }

    pub fn text(mut self, name: &str, value: &str) -> Object {
        self.begin(name);
        quote(value, &mut self.0);
        self
    }

    /// Adds a member unless it is None.
    pub fn optional(self, name: &str, value: Option<&str>) -> Object {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    pub fn number(self, name: &str, value: u32) -> Object {
        self.raw(name, &value.to_string())
    }

    /// Adds a member unless it is None.
    pub fn optional_number(self, name: &str, value: Option<u32>) -> Object {
        match value {
            Some(value) => self.number(name, value),
            None => self,
        }
    }

    fn begin(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        quote(name, &mut self.0);
        self.0.push(':');
    }

    /// The finished object.
    pub fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// An array of strings.
pub fn list(texts: &[String]) -> String {
    let mut list = String::from("[");
    for text in texts {
        if list.len() > 1 {
            list.push(',');
        }
        quote(text, &mut list);
    }
    list.push(']');
    list
}

/// A JSON string with quotes and escapes.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    quote(text, &mut quoted);
    quoted
}

/// As [`quoted`], appended to `to`.
pub fn quote(text: &str, to: &mut String) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    to.push('"');
    for character in text.chars() {
        let letter = match character {
            '"' | '\\' => character,
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\0'..' ' => {
                let code = u32::from(character) as usize;
                to.push_str(if code < 16 { "\\u000" } else { "\\u001" });
                to.extend(DIGITS.get(code % 16));
                continue;
            }
            _ => {
                to.push(character);
                continue;
            }
        };
        to.push('\\');
        to.push(letter);
    }
    to.push('"');
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
        let numbers = Object::new().optional_number("a", None).optional_number("b", Some(1));
        assert_eq!(numbers.end(), r#"{"b":1}"#);
    }

    #[test]
    fn every_character_is_written_as_a_library_writes_it() {
        let all: String = ('\0'..'\u{180}').chain(['\u{2028}', '家', '😀']).collect();
        assert_eq!(quoted(&all), miniserde::json::to_string(&all));
    }
}
