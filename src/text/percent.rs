//! Percent-encoding of all but the unreserved characters (RFC 3986 section 2.3).

/// Appends `text`; every byte but letters, digits and `-_.~` becomes `%XX` in upper case.
pub fn encode(text: &str, into: &mut String) {
    encode_but(b"", text, into);
}

/// As [`encode`], but also keeps these bytes.
pub fn encode_but(stay: &[u8], text: &str, into: &mut String) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or('0');
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || stay.contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_what_is_unreserved_stays() {
        let mut text = String::from(">");
        super::encode("aZ09-_.~ *+/%@\n\0ä家", &mut text);
        assert_eq!(text, ">aZ09-_.~%20%2A%2B%2F%25%40%0A%00%C3%A4%E5%AE%B6");
    }
}
