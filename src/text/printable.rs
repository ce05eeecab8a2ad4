//! Makes untrusted text fit for display: one line, bounded, without control characters.

/// The character, or U+FFFD if it could control a terminal or forge a line.
pub fn shown(c: char) -> char {
    // Bidirectional overrides reorder the text, and zero-width characters (such as a byte order
    // mark at a token's start) are invisible; both count as control characters.
    match c {
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => '\u{fffd}',
        '\u{2066}'..='\u{2069}' | '\u{feff}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

/// The whole text on one line, each character by [`shown`].
pub fn all(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    let mut rest = text;
    // Copy the longest plain parts at once.
    while let Some(at) = rest.find(|c| shown(c) != c) {
        let (plain, behind) = rest.split_at_checked(at).unwrap_or((rest, ""));
        all.push_str(plain);
        let mut behind = behind.chars();
        all.extend(behind.next().map(shown));
        rest = behind.as_str();
    }
    all.push_str(rest);
    all
}

/// At most `max` characters of `text` on one line; `…` marks a truncation.
pub fn line(text: &str, max: usize) -> String {
    let mut characters = text.trim().chars();
    let mut shown_text: String = characters.by_ref().take(max).map(shown).collect();
    if characters.next().is_some() {
        shown_text.push('…');
    }
    shown_text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_pass() {
        assert_eq!(
            line("a\u{1b}[31m\nERROR: b\u{202e}", 80),
            "a\u{fffd}[31m\u{fffd}ERROR: b\u{fffd}"
        );
        // What has no width would not be seen.
        assert_eq!(line("\u{feff}a\u{200b}b\u{200f}", 80), "\u{fffd}a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn all_of_it() {
        assert_eq!(all("a\nb\u{1b}ä\r"), "a\u{fffd}b\u{fffd}ä\u{fffd}");
        assert_eq!(
            (all(""), all("plain"), all("\n")),
            ("".into(), "plain".into(), "\u{fffd}".into())
        );
    }

    #[test]
    fn long_text_is_cut_at_characters() {
        assert_eq!(line("ääää", 2), "ää…");
        assert_eq!(line("ää", 2), "ää");
    }
}
