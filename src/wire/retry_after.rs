//! The `Retry-After` field (RFC 9110 section 10.2.3): seconds, or a date.

use crate::text::decimal;

/// How many seconds to wait from `now` (seconds since 1970); None if it is malformed.
pub fn seconds(value: &str, now: u64) -> Option<u32> {
    let value = value.trim_ascii();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // Saturates: an overflow still means a long wait.
        return Some(value.parse().unwrap_or(u32::MAX));
    }
    let wait = imf_fixdate(value)?.saturating_sub(now);
    Some(u32::try_from(wait).unwrap_or(u32::MAX))
}

/// Parses `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7); obsolete forms are not
/// supported.
fn imf_fixdate(text: &str) -> Option<u64> {
    let mut parts = text.split_once(", ")?.1.split(' ');
    let day = decimal::number32(parts.next()?).filter(|day| (1..=31).contains(day))?;
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let name = parts.next().filter(|name| name.len() == 3)?;
    let month = MONTHS.find(name).filter(|at| at % 3 == 0)? / 3 + 1;
    let year = decimal::number32(parts.next()?).filter(|year| (1970..=9999).contains(year))?;
    let mut clock = parts.next()?.split(':').map(decimal::number32);
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    if hour > 23
        || minute > 59
        || second > 60
        || clock.next().is_some()
        || parts.next() != Some("GMT")
    {
        return None;
    }
    let seconds = u64::from(hour * 3600 + minute * 60 + second);
    Some(u64::from(days_since_1970(year, u32::try_from(month).ok()?, day)) * 86_400 + seconds)
}

/// Days from 1970-01-01 in the Gregorian calendar. Years are counted from March, so that a leap day
/// is the last of its year.
fn days_since_1970(year: u32, month: u32, day: u32) -> u32 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn both_forms() {
        assert_eq!(seconds(" 120 ", 0), Some(120));
        assert_eq!(seconds("99999999999999", 0), Some(u32::MAX));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_770), Some(7));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_780), Some(0));
        assert_eq!(seconds("Thu, 01 Jan 1970 00:00:00 GMT", 0), Some(0));
        assert_eq!(seconds("Thu, 29 Feb 2024 23:59:60 GMT", 1_709_251_199), Some(1));
    }

    #[test]
    fn nonsense() {
        for text in [
            "",
            "-1",
            "1.5",
            "soon",
            "Sun, 06 Nov 1994",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 anF 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 0000 08:49:37 GMT",
        ] {
            assert_eq!(seconds(text, 0), None, "{text}");
        }
    }
}
