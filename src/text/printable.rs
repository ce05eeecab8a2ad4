//! Makes foreign text fit to be shown: one line, bounded, without control characters.

/// The character itself, or a replacement where it could drive a terminal or forge a line.
pub fn shown(c: char) -> char {
    // Bidirectional overrides reorder what an operator reads; treat them like control characters.
    match c {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

/// At most `max` characters of `text` on one line; what is cut off shows as `…`.
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
    }

    #[test]
    fn long_text_is_cut_at_characters() {
        assert_eq!(line("ääää", 2), "ää…");
        assert_eq!(line("ää", 2), "ää");
    }
}
