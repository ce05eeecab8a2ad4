//! PEM certificates (RFC 7468), as in a system's list of authorities.
//!
//! They are not secret, and a list has 200 KB: the constant-time decoder of [`super::base64`] would
//! double the work of a request.

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";
/// The beginning of every line that is not part of a body.
const RULE: &[u8] = b"-----";
/// Longest certificate accepted, in bytes.
const DER_BYTES_MAX: usize = 48 * 1024;

/// Passes each certificate to `take`, in DER. Malformed ones are skipped, as is other text; a
/// truncated one does not affect the next.
pub fn each_certificate(text: &[u8], take: &mut dyn FnMut(&[u8])) {
    let mut body = Body::default();
    let mut is_inside = false;
    for line in text.split(|&byte| byte == b'\n') {
        let line = line.trim_ascii();
        if !line.starts_with(RULE) {
            is_inside = is_inside && body.add(line).is_some();
            continue;
        }
        if is_inside && line == END && body.end().is_some() {
            take(&body.der);
        }
        is_inside = line == BEGIN;
        body.der.clear();
        (body.bits, body.count, body.pads) = (0, 0, 0);
    }
}

/// The value of a character outside of the alphabet; larger than all others.
const NO_VALUE: u32 = 64;

#[inline(always)]
fn value(character: u8) -> u32 {
    let value = match character {
        b'a'..=b'z' => character - b'a' + 26,
        b'A'..=b'Z' => character - b'A',
        b'0'..=b'9' => character - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return NO_VALUE,
    };
    value.into()
}

/// Incremental decoder of base64 with padding (RFC 4648 section 4).
#[derive(Default)]
struct Body {
    der: Vec<u8>,
    /// The bits of the last characters.
    bits: u32,
    /// How many characters were read, and how much padding after them.
    count: usize,
    pads: usize,
}

impl Body {
    fn add(&mut self, line: &[u8]) -> Option<()> {
        let at = self.der.len();
        let fours = if self.count.is_multiple_of(4) && self.pads == 0 { line.len() / 4 } else { 0 };
        if at + line.len() / 4 * 3 > DER_BYTES_MAX {
            return None;
        }
        // The fast path: groups of four.
        self.der.resize(at + 3 * fours, 0);
        let mut done = 0;
        let places = self.der.get_mut(at..)?.chunks_exact_mut(3);
        for (four, place) in line.chunks_exact(4).zip(places) {
            let (&[a, b, c, d], [x, y, z]) = (four, place) else { break };
            let [a, b, c, d] = [value(a), value(b), value(c), value(d)];
            if a | b | c | d >= NO_VALUE {
                break;
            }
            [_, *x, *y, *z] = (a << 18 | b << 12 | c << 6 | d).to_be_bytes();
            done += 1;
        }
        self.der.truncate(at + 3 * done);
        let rest = line.get(4 * done..)?;
        for &character in rest {
            if character == b'=' {
                self.pads += 1;
                continue;
            }
            let value = value(character);
            if value == NO_VALUE || self.pads > 0 {
                return None;
            }
            self.bits = self.bits << 6 | value;
            self.count += 1;
            if self.count.is_multiple_of(4) {
                let [_, bytes @ ..] = self.bits.to_be_bytes();
                self.der.extend_from_slice(&bytes);
            }
        }
        Some(())
    }

    /// Decodes the last group, if it is complete.
    fn end(&mut self) -> Option<()> {
        // Unused bits of the last character have to be zero.
        let (shift, from) = match (self.count % 4, self.pads) {
            (0, 0) => return Some(()),
            (2, 2) => (4, 3),
            (3, 1) => (2, 2),
            _ => return None,
        };
        let bytes = (self.bits >> shift).to_be_bytes();
        self.der.extend_from_slice(bytes.get(from..)?);
        (self.bits & ((1 << shift) - 1) == 0).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::base64;
    use super::*;
    use proptest::prelude::*;

    const FIRST: &str = "-----BEGIN CERTIFICATE-----";
    const LAST: &str = "-----END CERTIFICATE-----";

    fn read(text: impl AsRef<[u8]>) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        each_certificate(text.as_ref(), &mut |der| all.push(der.to_vec()));
        all
    }

    #[test]
    fn whole_ones_are_taken_wherever_they_stand() {
        let one = format!("{FIRST}\nAAEC\nAwQ=\n{LAST}\n");
        let two = format!("{FIRST}\r\n/w==\r\n{LAST}");
        let (first, second) = (vec![0, 1, 2, 3, 4], vec![255]);
        assert_eq!(read(&one), [[0, 1, 2, 3, 4]]);
        assert_eq!(read(format!("# A root\n\n{one}Issuer: x\n \t{two} ")), [first, second]);
        for none in ["", "\n", "no PEM at all", FIRST, LAST, "-----", "\u{fffd}\u{0}"] {
            assert_eq!(read(none), Vec::<Vec<u8>>::new(), "{none:?}");
        }
    }

    #[test]
    fn what_is_bent_is_left_out_and_spoils_nothing() {
        let good = format!("{FIRST}\n/w==\n{LAST}\n");
        let too_long = DER_BYTES_MAX / 3 + 1;
        for bad in [
            format!("{FIRST}\nAAEC\n"),
            format!("{FIRST}\nAAEC\n-----END CERTIFICATE----\n"),
            format!("AAEC\n{LAST}\n"),
            "-----BEGIN RSA PRIVATE KEY-----\nAAEC\n-----END RSA PRIVATE KEY-----\n".into(),
            "-----BEGIN TRUSTED CERTIFICATE-----\nAAEC\n-----END TRUSTED CERTIFICATE-----\n".into(),
            format!("{FIRST}\n{}\n{LAST}\n", "AAEC".repeat(too_long)),
            format!("{FIRST}\n{}\n{LAST}\n", "AAEC\n".repeat(too_long)),
        ] {
            assert_eq!(read(format!("{bad}{good}")), [[255]], "{bad}");
        }
        let line = format!("{}\n", "AAEC".repeat(16));
        let most = format!("{FIRST}\n{}{LAST}\n", line.repeat(DER_BYTES_MAX / 48));
        assert_eq!(read(&most)[0].len(), DER_BYTES_MAX);
    }

    proptest! {
        #[test]
        fn bodies_are_read_as_the_other_decoder_does(
            mut text in "[A-Za-z0-9+/]{0,9}(={0,3}|[=*-_ A]{0,4}[A-Za-z0-9=]{0,3})",
        ) {
            text = text.trim().into();
            let expected: Vec<_> = base64::decode(&text).into_iter().collect();
            prop_assert_eq!(read(format!("{FIRST}\n{text}\n{LAST}\n")), expected);
        }

        #[test]
        fn what_has_been_written_is_read(der: Vec<u8>, at in 0_usize..80) {
            let mut text = base64::encode(&der);
            text.insert(at.min(text.len()), '\n');
            prop_assert_eq!(read(format!("{FIRST}\n{text}\n{LAST}\n")), [der]);
        }
    }
}
