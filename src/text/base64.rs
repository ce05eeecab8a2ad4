//! Base 64 (RFC 4648 section 4), as keys are written in settings.

use base64ct::{Base64, Encoding};

/// The bytes that `text` stands for; nothing where it is anything else than base 64 with its
/// padding. In constant time, as what is decoded here are secrets.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    Base64::decode_vec(text).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn strict() {
        assert_eq!(decode("AAECAwQ=").unwrap(), [0, 1, 2, 3, 4]);
        assert_eq!(decode("+/+/").unwrap(), [0xfb, 0xff, 0xbf]);
        for bad in ["AAECAwQ", "AAE CAw=", "AAECAwQ=\n", "A", "====", "AA-_", "AAECAwR="] {
            assert_eq!(decode(bad), None, "{bad:?}");
        }
    }
}
