//! Host names in configurations: letters, digits, hyphen, underscore, wildcard.

use super::punycode;

/// Longest name in characters without the trailing dot (RFC 1035 section 2.3.4 in text form).
pub const NAME_CHARACTERS_MAX: usize = 253;
/// Longest label in characters (RFC 1035 section 2.3.4).
const LABEL_CHARACTERS_MAX: usize = 63;

/// The name in lower case without a trailing dot.
///
/// Allowed are LDH labels (RFC 5890 section 2.3.1) with `_`, and a leading `*.` (RFC 4592). So a
/// name is also safe as a file name.
///
/// # Errors
/// What is wrong with it, as the rest of a sentence.
pub fn normalize(text: &str) -> Result<String, String> {
    let name = text.strip_suffix('.').unwrap_or(text);
    if !name.is_ascii() {
        return Err(not_ascii(name));
    }
    if name.is_empty() {
        return Err("is empty".into());
    }
    if name.len() > NAME_CHARACTERS_MAX {
        return Err(format!("is longer than {NAME_CHARACTERS_MAX} characters"));
    }
    if name.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err("is an address, not a name".into());
    }
    for label in name.strip_prefix("*.").unwrap_or(name).split('.') {
        check_label(label)?;
    }
    Ok(name.to_ascii_lowercase())
}

/// The message for a non-ASCII name, with its A-label form if there is one. Combining marks would
/// have to be normalized first, so names with them get none.
fn not_ascii(name: &str) -> String {
    let is_composed = !name.chars().any(|c| ('\u{300}'..='\u{36f}').contains(&c));
    let form = punycode::a_labels(name).filter(|_| is_composed);
    let mut message = String::from("has non-ASCII characters; use the xn-- form");
    if let Some(form) = form.and_then(|form| normalize(&form).ok()) {
        message.push_str(": ");
        message.push_str(&form);
    }
    message
}

fn check_label(label: &str) -> Result<(), String> {
    if label.is_empty() {
        return Err("has an empty label".into());
    }
    if label.len() > LABEL_CHARACTERS_MAX {
        return Err(format!("has a label longer than {LABEL_CHARACTERS_MAX} characters"));
    }
    let foreign = |b: &u8| !(b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_');
    if let Some(byte) = label.bytes().find(|b| foreign(b)) {
        return Err(format!("has a character a host name cannot have: {:?}", char::from(byte)));
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err("has a label that starts or ends with a hyphen".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::normalize;

    #[test]
    fn good_names() {
        assert_eq!(normalize("Host1.Example.COM").unwrap(), "host1.example.com");
        assert_eq!(normalize("host.example.com.").unwrap(), "host.example.com");
        assert_eq!(normalize("*.example.com").unwrap(), "*.example.com");
        assert_eq!(
            normalize("_dmarc.xn--bcher-kva.example").unwrap(),
            "_dmarc.xn--bcher-kva.example"
        );
        let longest = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61));
        assert_eq!(normalize(&longest).unwrap().len(), 253);
    }

    #[test]
    fn bad_names() {
        let label = format!("{}.example", "a".repeat(64));
        let name = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(62));
        for bad in [
            "",
            ".",
            "..",
            "a..b",
            ".a",
            "a/b",
            "../a",
            "a b",
            "-a.b",
            "a-.b",
            "a.*.b",
            "*",
            "*a.b",
            "bücher.example",
            "1.2.3.4",
            "a\0.b",
            "a.b..",
            &label,
            &name,
        ] {
            assert!(normalize(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_form_to_write_is_shown() {
        const WORDS: &str = "has non-ASCII characters; use the xn-- form";
        for name in ["bücher.example", "Bücher.Example.", "BÜCHER.example"] {
            assert_eq!(normalize(name), Err(format!("{WORDS}: xn--bcher-kva.example")), "{name}");
        }
        // Names that would still be wrong, and one that is not composed.
        for name in ["bü cher.example", "ü..example", "bu\u{308}cher.example", &"ü".repeat(64)] {
            assert_eq!(normalize(name), Err(WORDS.into()), "{name}");
        }
    }
}
