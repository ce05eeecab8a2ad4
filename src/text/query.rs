//! Names and values of a URL's query or a form (the URL standard, `x-www-form-urlencoded`).

/// Most pairs taken.
const PAIRS_MAX: usize = 64;

/// The pairs in their order, decoded: `+` is a blank, `%XX` a byte.
///
/// # Errors
/// What is wrong: an escape that is none, bytes that are no UTF-8, too many pairs.
pub fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    for part in text.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        if pairs.len() == PAIRS_MAX {
            return Err(format!("more than {PAIRS_MAX} parameters"));
        }
        pairs.push((decoded(name)?, decoded(value)?));
    }
    Ok(pairs)
}

/// The value of the first pair of that name.
pub fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
}

fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (rest.next().and_then(digit), rest.next().and_then(digit)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err("a % that does not begin an escape".into()),
            },
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| "escapes that are no UTF-8".into())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok())
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
    fn what_is_none() {
        for text in ["a=%", "a=%4", "a=%g0", "%=1", "a=%ff", "a=%c3%28", "a=%+1"] {
            assert!(pairs(text).is_err(), "{text}");
        }
        assert!(pairs(&"a&".repeat(64)).is_ok() && pairs(&"a&".repeat(65)).is_err());
    }
}
