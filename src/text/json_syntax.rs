//! The position of the first syntax error in JSON (RFC 8259), for files written by hand.

use super::json_read::DEPTH_MAX;

/// Longest number, in bytes, and longest exponent that are accepted.
const NUMBER_BYTES_MAX: usize = 40;
const EXPONENT_DIGITS_MAX: usize = 2;
/// Bytes of `\\uXXXX`.
const ESCAPE_BYTES: usize = 6;

/// What is expected next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    /// A value, or the end of an empty array.
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    Nothing,
}

/// Line and column (both from 1, in characters) of the first error, and what was expected there;
/// None if the text is valid.
pub fn find(text: &str) -> Option<(usize, usize, &'static str)> {
    let mut walk = Walk { rest: text.as_bytes(), nested: Vec::new() };
    let expected = walk.all()?;
    let good = text.len() - walk.rest.len();
    let before = text.get(..good).unwrap_or(text);
    let line_begin = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count() + 1;
    let column = before.get(line_begin..).unwrap_or_default().chars().count() + 1;
    Some((line, column, expected))
}

/// A non-recursive parser: each level of nesting costs one byte.
struct Walk<'a> {
    rest: &'a [u8],
    /// The closing bracket of each open array or object.
    nested: Vec<u8>,
}

impl Walk<'_> {
    /// What was expected at the error, if there is one.
    fn all(&mut self) -> Option<&'static str> {
        let mut expect = Expect::Value;
        loop {
            let blank = self.rest.iter().take_while(|b| b" \t\r\n".contains(b)).count();
            self.skip(blank);
            let Some(&byte) = self.rest.first() else {
                return (expect != Expect::Nothing).then(|| message(expect));
            };
            let closes = self.nested.last() == Some(&byte);
            expect = match (expect, byte) {
                (Expect::ValueOrEnd | Expect::KeyOrEnd | Expect::CommaOrEnd, _) if closes => {
                    self.skip(1);
                    self.nested.pop();
                    self.after_value()
                }
                (Expect::Value | Expect::ValueOrEnd, b'{' | b'[')
                    if self.nested.len() >= DEPTH_MAX as usize =>
                {
                    return Some("fewer levels of nesting");
                }
                (Expect::Value | Expect::ValueOrEnd, b'{' | b'[') => {
                    self.skip(1);
                    // In ASCII the closing brackets are the opening ones plus two.
                    self.nested.push(byte + 2);
                    if byte == b'{' { Expect::KeyOrEnd } else { Expect::ValueOrEnd }
                }
                (Expect::Value | Expect::ValueOrEnd, _) => {
                    if let Err(expected) = self.scalar(byte) {
                        return Some(expected);
                    }
                    self.after_value()
                }
                (Expect::Key | Expect::KeyOrEnd, b'"') => {
                    if let Err(expected) = self.string() {
                        return Some(expected);
                    }
                    Expect::Colon
                }
                (Expect::Colon, b':') => {
                    self.skip(1);
                    Expect::Value
                }
                (Expect::CommaOrEnd, b',') => {
                    self.skip(1);
                    if self.nested.last() == Some(&b'}') { Expect::Key } else { Expect::Value }
                }
                _ => return Some(message(expect)),
            };
        }
    }

    fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    fn after_value(&self) -> Expect {
        if self.nested.is_empty() { Expect::Nothing } else { Expect::CommaOrEnd }
    }

    fn scalar(&mut self, byte: u8) -> Result<(), &'static str> {
        if byte == b'"' {
            return self.string();
        }
        for word in ["true", "false", "null"] {
            if self.rest.starts_with(word.as_bytes()) {
                self.skip(word.len());
                return Ok(());
            }
        }
        if byte == b'-' || byte.is_ascii_digit() {
            return self.number();
        }
        Err("a value")
    }

    fn digits(&mut self) -> Result<(), &'static str> {
        let count = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        self.skip(count);
        if count == 0 { Err("a digit") } else { Ok(()) }
    }

    fn number(&mut self) -> Result<(), &'static str> {
        let begin = self.rest;
        self.parts_of_number()?;
        let number = begin.get(..begin.len() - self.rest.len()).unwrap_or_default();
        let digits = number.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let is_power = number.iter().any(|b| b"eE".contains(b));
        if number.len() > NUMBER_BYTES_MAX || (is_power && digits > EXPONENT_DIGITS_MAX) {
            self.rest = begin;
            return Err("a shorter number");
        }
        Ok(())
    }

    fn parts_of_number(&mut self) -> Result<(), &'static str> {
        if self.rest.first() == Some(&b'-') {
            self.skip(1);
        }
        if self.rest.first() == Some(&b'0') {
            self.skip(1);
        } else {
            self.digits()?;
        }
        if self.rest.first() == Some(&b'.') {
            self.skip(1);
            self.digits()?;
        }
        if matches!(self.rest.first(), Some(b'e' | b'E')) {
            self.skip(1);
            if matches!(self.rest.first(), Some(b'+' | b'-')) {
                self.skip(1);
            }
            self.digits()?;
        }
        Ok(())
    }

    /// `\\uXXXX`, or a surrogate pair of them (RFC 8259 section 7).
    fn escaped(&mut self) -> Result<(), &'static str> {
        let Some(unit) = unit(self.rest) else { return Err("four hexadecimal digits after \\u") };
        match unit {
            0xd800..=0xdbff => {
                let second = unit_after(self.rest);
                if !second.is_some_and(|second| (0xdc00..=0xdfff).contains(&second)) {
                    return Err("a complete surrogate pair");
                }
                self.skip(2 * ESCAPE_BYTES);
            }
            0xdc00..=0xdfff => return Err("a complete surrogate pair"),
            _ => self.skip(ESCAPE_BYTES),
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), &'static str> {
        let begin = self.rest;
        self.skip(1);
        loop {
            match self.rest {
                [b'"', ..] => {
                    self.skip(1);
                    return Ok(());
                }
                [b'\\', b'u', ..] => self.escaped()?,
                [b'\\', escaped, ..] if b"\"\\/bfnrt".contains(escaped) => self.skip(2),
                [b'\\', ..] => return Err("a valid escape sequence"),
                [0..0x20, ..] => return Err("the string's closing quote"),
                [] => {
                    // Report the opening quote rather than the end of the file.
                    self.rest = begin;
                    return Err("a terminated string");
                }
                _ => self.skip(1),
            }
        }
    }
}

/// The code unit of `\\uXXXX` at the beginning of `text`.
fn unit(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit * 16 + char::from(digit).to_digit(16)?))
}

fn unit_after(text: &[u8]) -> Option<u32> {
    unit(text.get(ESCAPE_BYTES..)?)
}

fn message(expect: Expect) -> &'static str {
    match expect {
        Expect::Value => "a value",
        Expect::ValueOrEnd => "a value or ]",
        Expect::Key => "a key in double quotes",
        Expect::KeyOrEnd => "a key in double quotes or }",
        Expect::Colon => "a colon",
        Expect::CommaOrEnd => "a comma or the closing bracket",
        Expect::Nothing => "the end of the file",
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn good() {
        for text in [
            "{}",
            " [ ] ",
            "{\"a\": [1, -0.5e+3, true, false, null, \"x\\n\\u00e4\\\"\"], \"b\": {\"c\": {}}}",
            "\"\"",
            "[\"\\ud83d\\ude00\", 1e99]",
            "0",
            &("[".repeat(100) + &"]".repeat(100)),
        ] {
            assert_eq!(find(text), None, "{text:.60}");
        }
    }

    #[test]
    fn bad() {
        for (text, line, column, expected) in [
            ("", 1, 1, "a value"),
            ("{\n  \"a\": 1,\n}", 3, 1, "a key in double quotes"),
            ("{\"ä\": tru}", 1, 7, "a value"),
            ("[1, ]", 1, 5, "a value"),
            ("[1 2]", 1, 4, "a comma or the closing bracket"),
            ("[1}", 1, 3, "a comma or the closing bracket"),
            ("{\"a\" 1}", 1, 6, "a colon"),
            ("{a: 1}", 1, 2, "a key in double quotes or }"),
            ("{'a': 1}", 1, 2, "a key in double quotes or }"),
            ("{} {}", 1, 4, "the end of the file"),
            ("[01]", 1, 3, "a comma or the closing bracket"),
            ("[1.]", 1, 4, "a digit"),
            ("[-]", 1, 3, "a digit"),
            ("[+1]", 1, 2, "a value"),
            ("{\"a\": \"b\n\"}", 1, 9, "the string's closing quote"),
            ("[\n\"abc", 2, 1, "a terminated string"),
            ("[\"\\x\"]", 1, 3, "a valid escape sequence"),
            ("[\"\\u12g4\"]", 1, 3, "four hexadecimal digits after \\u"),
            ("[\"\\ud800\"]", 1, 3, "a complete surrogate pair"),
            ("[\"\\udc00\\ud800\"]", 1, 3, "a complete surrogate pair"),
            ("[1e+999]", 1, 2, "a shorter number"),
            ("{\"a\": 1", 1, 8, "a comma or the closing bracket"),
            ("\u{feff}{}", 1, 1, "a value"),
            ("// x\n{}", 1, 1, "a value"),
            ("[1]\0", 1, 4, "the end of the file"),
            (&"[".repeat(100_000), 1, 101, "fewer levels of nesting"),
        ] {
            assert_eq!(find(text), Some((line, column, expected)), "{text}");
        }
    }
}
