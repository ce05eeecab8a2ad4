//! TXT data in zone file form: quoted character-strings (RFC 1035 section 5.1).

use super::decimal;

/// Longest character-string, in bytes (RFC 1035 section 3.3).
const STRING_BYTES_MAX: usize = 255;

/// A value as character-strings separated by spaces: its own, or its plain text in quotes.
pub fn quoted(value: &str) -> String {
    let mut written = String::with_capacity(value.len() + 2);
    match strings(value) {
        Some(all) => all.iter().for_each(|one| push(one, &mut written)),
        None => push(value.as_bytes(), &mut written),
    }
    written
}

/// The joined plain text of character-strings. A value that is not quoted from end to end is plain
/// already.
pub fn plain(written: &str) -> String {
    let joined = strings(written).map(|all| all.concat());
    joined.and_then(|all| String::from_utf8(all).ok()).unwrap_or_else(|| written.into())
}

/// A value for APIs that take plain text; quoted only if it would be mistaken for quoted otherwise.
pub fn bare(value: &str) -> String {
    let text = plain(value);
    if looks_quoted(&text) { quoted(value) } else { text }
}

/// Whether a value is either plain text or well-formed character-strings.
pub fn is_well_formed(value: &str) -> bool {
    !looks_quoted(value) || strings(value).is_some()
}

fn looks_quoted(value: &str) -> bool {
    value.len() > 1 && value.starts_with('"') && value.ends_with('"')
}

/// Appends one character-string, or several if it is too long.
fn push(string: &[u8], written: &mut String) {
    written.push_str(if written.is_empty() { "\"" } else { " \"" });
    let mut length = 0;
    let mut make_room = |bytes: usize, written: &mut String| {
        if length + bytes > STRING_BYTES_MAX {
            written.push_str("\" \"");
            length = 0;
        }
        length += bytes;
    };
    for chunk in string.utf8_chunks() {
        for c in chunk.valid().chars() {
            // Do not split characters, for servers that decode each string separately.
            make_room(c.len_utf8(), written);
            match c {
                '"' | '\\' => written.extend(['\\', c]),
                '\0'..' ' | '\x7f' => decimal(u32::from(c), written),
                c => written.push(c),
            }
        }
        for &byte in chunk.invalid() {
            make_room(1, written);
            decimal(byte.into(), written);
        }
    }
    written.push('"');
}

fn decimal(byte: u32, written: &mut String) {
    written.push_str(&format!("\\{byte:03}"));
}

/// The character-strings of a value that is quoted from end to end.
fn strings(written: &str) -> Option<Vec<Vec<u8>>> {
    let mut rest = written.bytes();
    let mut all = Vec::new();
    loop {
        match rest.next() {
            None => return Some(all).filter(|all| !all.is_empty()),
            Some(b' ' | b'\t') => {}
            Some(b'"') => {
                let mut text = Vec::new();
                string(&mut rest, &mut text)?;
                all.push(text);
            }
            _ => return None,
        }
    }
}

/// Reads one string after its opening quote, and the closing one.
fn string(rest: &mut std::str::Bytes, text: &mut Vec<u8>) -> Option<()> {
    loop {
        text.push(match rest.next()? {
            b'"' => return Some(()),
            b'\\' => match rest.next()? {
                digit @ b'0'..=b'9' => {
                    let digits = [digit, rest.next()?, rest.next()?];
                    decimal::number(std::str::from_utf8(&digits).ok()?)?.try_into().ok()?
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
        ] {
            assert_eq!(quoted(text), written);
            assert_eq!(plain(written), text);
            assert_eq!((quoted(written), bare(written)), (written.into(), text.into()));
        }
    }

    #[test]
    fn what_is_written_in_quotes_is_not_quoted_again() {
        for (value, written, text) in [
            (r#""v=spf1 -all""#, r#""v=spf1 -all""#, "v=spf1 -all"),
            (r#""aaa" "bbb""#, r#""aaa" "bbb""#, "aaabbb"),
            (r#""aaa""bbb""#, r#""aaa" "bbb""#, "aaabbb"),
            ("\"a\"\t \"b\"", r#""a" "b""#, "ab"),
            (r#""\097""#, r#""a""#, "a"),
            (r#""\"abc\"""#, r#""\"abc\"""#, r#""abc""#),
            (r#""\255""#, r#""\255""#, r#""\255""#),
            // These are not quoted from end to end.
            (r#"a "b""#, r#""a \"b\"""#, r#"a "b""#),
            (r#"""#, r#""\"""#, r#"""#),
        ] {
            assert_eq!((quoted(value).as_str(), plain(value).as_str()), (written, text), "{value}");
            assert!(is_well_formed(value), "{value}");
            // What is sent without quotes is read as it was meant.
            assert_eq!(plain(&bare(value)), plain(value), "{value}");
        }
        for value in [r#""a" b "c""#, r#""a\""#, r#""a"b""#, r#""\2""#] {
            assert!(!is_well_formed(value), "{value}");
        }
        let long = format!("\"{}\"", "a".repeat(300));
        assert_eq!(quoted(&long), format!("\"{}\" \"{}\"", "a".repeat(255), "a".repeat(45)));
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
