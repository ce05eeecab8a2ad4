//! The small grammar inside the lines of a case: quoted words, escapes, places, wild cards.
use std::ops::RangeInclusive;

/// Whether another program than the one cargo built is tested, such as the one for MIPS.
pub const UNDER_TEST: &str = "DDNSBOX_UNDER_TEST";

/// Splits at white space; `"…"` holds words together, and a backslash escapes (see [`unescape`]).
pub fn split(text: &str) -> Result<Vec<Vec<u8>>, String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<Vec<u8>>, false);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b' ' if !quoted => words.extend(word.take()),
            b'"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            b'\\' => word.get_or_insert_default().push(escaped(&mut bytes)?),
            _ => word.get_or_insert_default().push(byte),
        }
    }
    if quoted {
        return Err(format!("a quotation mark is left open: {text}"));
    }
    words.extend(word);
    Ok(words)
}

/// The same as text, for words that cannot hold odd bytes.
pub fn split_text(text: &str) -> Result<Vec<String>, String> {
    let words = split(text)?.into_iter().map(String::from_utf8);
    words.collect::<Result<_, _>>().map_err(|_| format!("not UTF-8: {text}"))
}

/// Resolves `\\`, `\"`, `\n`, `\r`, `\t` and `\xNN`.
pub fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = text.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        plain.push(if byte == b'\\' { escaped(&mut bytes)? } else { byte });
    }
    Ok(plain)
}

fn escaped(bytes: &mut std::str::Bytes<'_>) -> Result<u8, String> {
    let hex = |byte: Option<u8>| char::from(byte.unwrap_or(0)).to_digit(16);
    match bytes.next() {
        Some(b'\\') => Ok(b'\\'),
        Some(b'"') => Ok(b'"'),
        Some(b'n') => Ok(b'\n'),
        Some(b'r') => Ok(b'\r'),
        Some(b't') => Ok(b'\t'),
        Some(b'x') => match (hex(bytes.next()), hex(bytes.next())) {
            (Some(high), Some(low)) => Ok((high * 16 + low) as u8),
            _ => Err("\\x needs two hex digits".to_owned()),
        },
        other => Err(format!("unknown escape \\{:?}", other.map(char::from))),
    }
}

/// What stands for paths, ports and the like that differ from run to run.
pub struct Places(pub Vec<(&'static str, String)>);

/// Stay in the text for [`fits`].
const WILD: &[&str] = &["number", "any"];

impl Places {
    /// Puts the values in for `{name}`; an unknown name is an error, other braces are plain text.
    pub fn fill(&self, text: &str) -> Result<String, String> {
        let (mut full, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            full.push_str(before);
            let name = after.split_once('}').map_or("", |(name, _)| name);
            let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase());
            rest = after;
            if !is_name || WILD.contains(&name) {
                full.push('{');
                continue;
            }
            let known = self.0.iter().find(|(one, _)| *one == name);
            let (_, value) = known.ok_or_else(|| format!("unknown place {{{name}}}"))?;
            full.push_str(value);
            rest = &after[name.len() + 1..];
        }
        full.push_str(rest);
        Ok(full)
    }
}

/// Whether a line is as expected: `{number}` stands for digits, `{any}` for one or more characters,
/// `{os TEXT}` for an error of the system and its number.
///
/// A program under qemu-user can be handed the host's numbers, whose text is then another one; so
/// the text of `{os TEXT}` counts only for the program that cargo built.
pub fn fits(expected: &str, line: &str) -> bool {
    let wild = expected.match_indices('{').find_map(|(at, _)| {
        let (name, after) = expected[at + 1..].split_once('}')?;
        let known = WILD.contains(&name) || name.starts_with("os ");
        known.then_some((&expected[..at], name, after))
    });
    let Some((before, name, after)) = wild else { return expected == line };
    let Some(rest) = line.strip_prefix(before) else { return false };
    if let Some(text) = name.strip_prefix("os ") {
        let text = if std::env::var_os(UNDER_TEST).is_some() { "{any}" } else { text };
        return fits(&format!("{text} (os error {{number}}){after}"), rest);
    }
    rest.char_indices().any(|(at, c)| {
        let (taken, left) = rest.split_at(at + c.len_utf8());
        let good = name == "any" || taken.bytes().all(|b| b.is_ascii_digit());
        good && fits(after, left)
    })
}

/// How late a busy machine may be with anything, in seconds; what hangs is later still.
const BUSY_SECONDS_MAX: f64 = 60.0;

/// `1..4`, `1..` or `..4`, in seconds on an idle machine: the upper end tells a wait from a hang.
pub fn seconds(text: &str) -> Result<RangeInclusive<f64>, String> {
    let wrong = || format!("not a time, such as 1..4: {text}");
    let (least, most) = text.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str, otherwise: f64| match text {
        "" => Ok(otherwise),
        _ => text.parse::<f64>().map_err(|_| wrong()),
    };
    Ok(number(least, 0.0)?..=number(most, f64::INFINITY)? + BUSY_SECONDS_MAX)
}

/// The two lists side by side: ` ` both, `-` expected but missing, `+` came but not expected.
/// Nothing where they fit.
pub fn difference(expected: &[String], came: &[String]) -> Option<String> {
    if expected.len() == came.len() && expected.iter().zip(came).all(|(e, c)| fits(e, c)) {
        return None;
    }
    let (rows, columns) = (expected.len(), came.len());
    // longest[i][j]: length of the longest common part of expected[i..] and came[j..].
    let mut longest = vec![vec![0_usize; columns + 1]; rows + 1];
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            longest[i][j] = if fits(&expected[i], &came[j]) {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut text) = (0, 0, String::new());
    while i < rows || j < columns {
        let (sign, line) = if i < rows && j < columns && fits(&expected[i], &came[j]) {
            (i, j) = (i + 1, j + 1);
            (' ', &came[j - 1])
        } else if j == columns || (i < rows && longest[i + 1][j] >= longest[i][j + 1]) {
            i += 1;
            ('-', &expected[i - 1])
        } else {
            j += 1;
            ('+', &came[j - 1])
        };
        text.push_str(&format!("      {sign} {line}\n"));
    }
    Some(text)
}

#[test]
fn a_line_fits_only_what_it_should() {
    assert!(fits("a {number} b {any}.", "a 12 b cd."));
    assert!(!fits("a {number} b", "a x b"));
    assert!(!fits("a", "a "));
    assert!(fits("x: {os Gone}.", "x: Gone (os error 111).") || std::env::var(UNDER_TEST).is_ok());
    assert!(!fits("x: {os Gone}.", "x: Gone."));
    assert!(Places(vec![]).fill("{what}").is_err());
    assert_eq!(split_text(r#"a "b c" "" d\x41"#).unwrap(), ["a", "b c", "", "dA"]);
    assert!(split("\"a").is_err() && split(r"\q").is_err());
    let (one, two) = (["a".to_owned(), "b".to_owned()], ["b".to_owned(), "c".to_owned()]);
    assert_eq!(difference(&one, &two).unwrap(), "      - a\n        b\n      + c\n");
}
