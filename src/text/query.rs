//! Parameters of a URL's query or a form (WHATWG URL standard, `x-www-form-urlencoded`).

/// Most parameters accepted.
const PAIRS_MAX: usize = 64;

/// Decodes the parameters in order: `+` is a space, `%XX` a byte.
///
/// # Errors
/// Names an invalid escape, invalid UTF-8 or too many parameters.
pub fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    read(text, b' ', true)
}

/// As [`pairs`], for clients that insert values without escaping, such as FRITZ!Boxes with
/// passwords: a `%` that begins no escape is literal, invalid UTF-8 becomes U+FFFD, and `plus` is
/// the meaning of `+`.
///
/// # Errors
/// Too many parameters.
pub fn lenient(text: &str, plus: u8) -> Result<Vec<(String, String)>, String> {
    read(text, plus, false)
}

fn read(text: &str, plus: u8, is_strict: bool) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    for part in text.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        if pairs.len() == PAIRS_MAX {
            return Err(format!("more than {PAIRS_MAX} parameters"));
        }
        pairs.push((decoded(name, plus, is_strict)?, decoded(value, plus, is_strict)?));
    }
    Ok(pairs)
}

/// The value of the first parameter of that name.
pub fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
}

fn decoded(text: &str, plus: u8, is_strict: bool) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        bytes.push(match (byte, escaped(rest)) {
            (b'+', _) => plus,
            (b'%', Some(value)) => {
                rest = rest.get(2..).unwrap_or_default();
                value
            }
            (b'%', None) if is_strict => return Err("invalid percent escape".into()),
            (byte, _) => byte,
        });
    }
    match String::from_utf8(bytes) {
        Err(error) if !is_strict => Ok(String::from_utf8_lossy(error.as_bytes()).into_owned()),
        text => text.map_err(|_| "escapes are not UTF-8".into()),
    }
}

/// The byte of the two hexadecimal digits at the beginning.
fn escaped(text: &[u8]) -> Option<u8> {
    let digit = |at| text.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    u8::try_from(digit(0)? << 4 | digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_holds() {
        let text = "a=1&b=x+y%20z&&c&d=&a=2&%c3%a4=%E4%BD%A0&e==";
        let owned = |(name, value): (&str, &str)| (name.to_string(), value.to_string());
        let all =
            [("a", "1"), ("b", "x y z"), ("c", ""), ("d", ""), ("a", "2"), ("ä", "你"), ("e", "=")];
        let pairs = pairs(text).unwrap();
        assert_eq!(pairs, all.map(owned));
        assert_eq!((value(&pairs, "a"), value(&pairs, "z")), (Some("1"), None));
    }

    #[test]
    fn what_was_not_escaped() {
        for (text, with_blank, with_plus) in [
            ("a=50%", "50%", "50%"),
            ("a=%", "%", "%"),
            ("a=%%41%4", "%A%4", "%A%4"),
            ("a=x%zz+%2b", "x%zz +", "x%zz++"),
            ("a=%e4%c3%a4", "\u{fffd}ä", "\u{fffd}ä"),
            ("a=%ä", "%ä", "%ä"),
        ] {
            let value = |plus| lenient(text, plus).unwrap().remove(0).1;
            assert_eq!((&*value(b' '), &*value(b'+')), (with_blank, with_plus), "{text}");
        }
        assert!(lenient(&"a&".repeat(65), b' ').is_err());
    }

    #[test]
    fn what_is_none() {
        for text in ["a=%", "a=%4", "a=%g0", "%=1", "a=%ff", "a=%c3%28", "a=%+1"] {
            assert!(pairs(text).is_err(), "{text}");
        }
        assert!(pairs(&"a&".repeat(64)).is_ok() && pairs(&"a&".repeat(65)).is_err());
    }
}
