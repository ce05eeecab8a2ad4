//! The data of a TXT record as zone files write it: quoted strings (RFC 1035, section 5.1).

/// Longest character-string, in bytes (RFC 1035 section 3.3).
const STRING_BYTES_MAX: usize = 255;

/// Plain text as character-strings: each in quotes, with a blank between them.
pub fn quoted(text: &str) -> String {
    let mut strings = String::with_capacity(text.len() + 2);
    strings.push('"');
    let mut length = 0;
    for c in text.chars() {
        // A character stays whole, for servers that look at each string by itself.
        if length + c.len_utf8() > STRING_BYTES_MAX {
            strings.push_str("\" \"");
            length = 0;
        }
        length += c.len_utf8();
        match c {
            '"' | '\\' => strings.extend(['\\', c]),
            '\0'..' ' | '\x7f' => strings.push_str(&format!("\\{:03}", u32::from(c))),
            c => strings.push(c),
        }
    }
    strings.push('"');
    strings
}

/// The plain text of character-strings, joined. What is not written in quotes from end to end is
/// plain already.
pub fn plain(written: &str) -> String {
    joined(written.trim_ascii()).unwrap_or_else(|| written.into())
}

fn joined(written: &str) -> Option<String> {
    let mut text = Vec::with_capacity(written.len());
    let mut rest = written.bytes();
    let mut strings = 0;
    loop {
        match rest.next() {
            None if strings > 0 => return String::from_utf8(text).ok(),
            Some(b' ' | b'\t') if strings > 0 => {}
            Some(b'"') => string(&mut rest, &mut text)?,
            _ => return None,
        }
        strings += 1;
    }
}

/// Reads one string behind its opening quote, and the closing one.
fn string(rest: &mut std::str::Bytes, text: &mut Vec<u8>) -> Option<()> {
    loop {
        text.push(match rest.next()? {
            b'"' => return Some(()),
            b'\\' => match rest.next()? {
                digit @ b'0'..=b'9' => {
                    let digits = [digit, rest.next()?, rest.next()?];
                    std::str::from_utf8(&digits).ok()?.parse().ok()?
                }
                byte => byte,
            },
            byte => byte,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (text, written) in [
            ("", r#""""#),
            ("abc", r#""abc""#),
            ("a b", r#""a b""#),
            (r#"say "a\b""#, r#""say \"a\\b\"""#),
            ("ä你", r#""ä你""#),
            ("a\nb\0\x7f", r#""a\010b\000\127""#),
            (r#""abc""#, r#""\"abc\"""#),
        ] {
            assert_eq!(quoted(text), written);
            assert_eq!(plain(written), text);
        }
    }

    #[test]
    fn other_spellings() {
        for (written, text) in [
            (r#""a""b""#, "ab"),
            (" \"a\"\t \"b c\" ", "ab c"),
            (r#""\195\164\a""#, "äa"),
            // Not in quotes from end to end, or nothing that can be text: as it is.
            ("abc", "abc"),
            (" a b ", " a b "),
            ("", ""),
            ("\"", "\""),
            ("\"abc", "\"abc"),
            ("\"abc\\\"", "\"abc\\\""),
            ("\"a\" b", "\"a\" b"),
            ("a \"b\"", "a \"b\""),
            (r#""\999""#, r#""\999""#),
            (r#""\1 2""#, r#""\1 2""#),
            (r#""\1+2""#, r#""\1+2""#),
            (r#""\255""#, r#""\255""#),
        ] {
            assert_eq!(plain(written), text, "{written}");
        }
    }

    #[test]
    fn long_text_is_split() {
        let written = |bytes: usize| quoted(&"a".repeat(bytes));
        assert_eq!(written(255), format!("\"{}\"", "a".repeat(255)));
        assert_eq!(written(256), format!("\"{}\" \"a\"", "a".repeat(255)));
        let wide = format!("{}ä\"{}", "a".repeat(254), "\\".repeat(300));
        assert!(quoted(&wide).starts_with(&format!("\"{}\" \"ä\\\"", "a".repeat(254))));
        assert_eq!(plain(&quoted(&wide)), wide);
    }
}
