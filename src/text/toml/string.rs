//! Text in quotes: basic and literal, on one line or on several.

use super::{Failed, Reader, failure};

impl Reader<'_> {
    /// Reads the text that begins here, with its quotes.
    pub(super) fn string(&mut self) -> Result<String, Failed> {
        let begin = self.rest.len();
        let quote = if self.rest.starts_with('"') { '"' } else { '\'' };
        let (three, one) = if quote == '"' { ("\"\"\"", "\"") } else { ("'''", "'") };
        let several = self.rest.starts_with(three);
        let fence = if several { three } else { one };
        self.rest = self.rest.strip_prefix(fence).unwrap_or_default();
        if several {
            self.take_line_end();
        }
        let mut text = String::new();
        loop {
            if let Some(after) = self.rest.strip_prefix(fence) {
                self.rest = after;
                // The last two of up to five quotes in a row belong to the text.
                for _ in 0..if several { 2 } else { 0 } {
                    if self.take(quote) {
                        text.push(quote);
                    }
                }
                return Ok(text);
            }
            let Some(c) = self.rest.chars().next() else {
                let message = "unterminated string".into();
                return Err(failure(begin, message));
            };
            if self.rest.starts_with('\n') || self.rest.starts_with("\r\n") {
                if !several {
                    return Err(self.error("string not closed on its line"));
                }
                self.take_line_end();
                text.push('\n');
                continue;
            }
            if c.is_ascii_control() && c != '\t' {
                return Err(self.error(&format!("unexpected {c:?} in a string")));
            }
            self.take(c);
            if c == '\\' && quote == '"' {
                text.extend(self.escape(several)?);
            } else {
                text.push(c);
            }
        }
    }

    /// What follows a backslash: a character, or the line's end and all blanks after it.
    fn escape(&mut self, several: bool) -> Result<Option<char>, Failed> {
        let mut behind = self.rest;
        loop {
            behind = behind.trim_start_matches([' ', '\t', '\n']);
            // Alone it ends no line.
            let Some(after) = behind.strip_prefix("\r\n") else { break };
            behind = after;
        }
        let blank = self.rest.get(..self.rest.len() - behind.len()).unwrap_or_default();
        if several && blank.as_bytes().contains(&b'\n') {
            self.rest = behind;
            return Ok(None);
        }
        // The end of the text, or of its line, is an error that is found there.
        let Some(c) = self.rest.chars().next().filter(|c| !"\r\n".contains(*c)) else {
            return Ok(None);
        };
        let plain = match c {
            'b' => '\u{8}',
            't' => '\t',
            'n' => '\n',
            'f' => '\u{c}',
            'r' => '\r',
            'e' => '\u{1b}',
            '"' | '\\' => c,
            'x' => return self.numbered(c, 2),
            'u' => return self.numbered(c, 4),
            'U' => return self.numbered(c, 8),
            _ => return Err(self.error(&format!("unknown escape {c:?}"))),
        };
        self.take(c);
        Ok(Some(plain))
    }

    /// A character by its number, in so many hexadecimal digits after `letter`.
    fn numbered(&mut self, letter: char, digits: usize) -> Result<Option<char>, Failed> {
        let begin = self.rest.len();
        self.take(letter);
        let mut number = 0_u32;
        for _ in 0..digits {
            let Some(c) = self.rest.chars().next() else { return Ok(None) };
            let digit = c.to_digit(16);
            let digit =
                digit.ok_or_else(|| self.error(&format!("{c:?} is not a hexadecimal digit")))?;
            number = number << 4 | digit;
            self.take(c);
        }
        let message = "not a Unicode scalar value";
        let found = char::from_u32(number);
        found.map(Some).ok_or_else(|| failure(begin, message.into()))
    }
}
