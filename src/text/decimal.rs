//! Unsigned decimal numbers as peers send them: ASCII digits alone, where `parse` would also take a
//! `+`.

/// The number, if the text is nothing but its digits and it fits.
pub fn number(text: &str) -> Option<u64> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_digits)
}

/// As [`number`], in 32 bits.
pub fn number32(text: &str) -> Option<u32> {
    number(text).and_then(|number| u32::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_alone() {
        assert_eq!((number("0"), number("007")), (Some(0), Some(7)));
        assert_eq!(number("18446744073709551615"), Some(u64::MAX));
        assert_eq!((number32("4294967295"), number32("4294967296")), (Some(u32::MAX), None));
        for bad in
            ["", "+5", "-5", " 5", "5 ", "5.0", "0x5", "\u{a0}5", "٥", "18446744073709551616"]
        {
            assert_eq!(number(bad), None, "{bad:?}");
        }
    }
}
