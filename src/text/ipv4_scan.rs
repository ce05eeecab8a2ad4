//! Finds the first IPv4 address in arbitrary bytes: one pass, no memory, no backtracking.
//!
//! It matches what the regular expression `((25[0-5]|(2[0-4]|1\d|[1-9]|)\d)\.?\b){4}` of the
//! original tool matches. That is: four numbers of 0 to 255 without leading zeros and with a dot
//! between each two; the first may begin inside a run of digits (`256.1.1.1` holds `56.1.1.1`); the
//! last must not be followed by a letter, digit or underscore. The pattern would also include one
//! dot after the fourth number; here it is dropped.

use std::net::Ipv4Addr;

/// A run of digits: their count, and the last three.
#[derive(Clone, Copy, Default)]
struct Run {
    digits: usize,
    last: [u8; 3],
}

impl Run {
    fn push(&mut self, digit: u8) {
        let [_, b, c] = self.last;
        self.last = [b, c, digit];
        self.digits += 1;
    }

    /// The longest suffix of the run that is an octet (the leftmost position where the pattern can
    /// begin), and whether that is the whole run, which is required of all but the first number.
    fn octet(self) -> (u8, bool) {
        let [a, b, c] = self.last.map(u16::from);
        let (three, two) = (a * 100 + b * 10 + c, b * 10 + c);
        if self.digits >= 3 && (100..=255).contains(&three) {
            (three as u8, self.digits == 3)
        } else if self.digits >= 2 && two >= 10 {
            (two as u8, self.digits == 2)
        } else {
            (c as u8, self.digits == 1)
        }
    }
}

/// The first address in `bytes`, by the rules above.
pub fn first_ipv4(bytes: &[u8]) -> Option<Ipv4Addr> {
    let mut found = [0u8; 3];
    let mut count = 0;
    let mut run = Run::default();
    // The end of the text is a word boundary, too.
    for &byte in bytes.iter().chain(b"\n") {
        if byte.is_ascii_digit() {
            run.push(byte - b'0');
            continue;
        }
        let (octet, whole) = run.octet();
        let word = byte.is_ascii_alphanumeric() || byte == b'_';
        if count == found.len() && whole && !word {
            let [a, b, c] = found;
            return Some(Ipv4Addr::new(a, b, c, octet));
        }
        if byte != b'.' || run.digits == 0 {
            count = 0;
        } else {
            if !whole || count == found.len() {
                count = 0;
            }
            if let Some(place) = found.get_mut(count) {
                *place = octet;
            }
            count += 1;
        }
        run = Run::default();
    }
    None
}

#[cfg(test)]
mod tests;
