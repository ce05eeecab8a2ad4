//! Decimal numbers in protocols: ASCII digits only, where `parse` would also accept a `+`.

/// The number, if the text is digits only and the number fits.
pub fn number(text: &str) -> Option<u64> {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits { in_base(10, text) } else { None }
}

/// The number made of the digits of this base, ignoring all other characters, if it fits.
pub fn in_base(base: u32, text: &str) -> Option<u64> {
    let mut number = 0_u64;
    for digit in text.chars().filter_map(|c| c.to_digit(base)) {
        number = number.checked_mul(base.into())?.checked_add(digit.into())?;
    }
    Some(number)
}

/// The number, negated if `is_negative`, if it fits.
pub fn with_sign(is_negative: bool, number: u64) -> Option<i64> {
    if is_negative { 0_i64.checked_sub_unsigned(number) } else { number.try_into().ok() }
}

/// As [`number`], with an optional minus sign.
pub fn signed(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-');
    with_sign(digits.is_some(), number(digits.unwrap_or(text))?)
}

/// As [`number`], for a port.
pub fn port(text: &str) -> Option<u16> {
    number(text).and_then(|port| u16::try_from(port).ok())
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
