//! Base 64 (RFC 4648 sections 4 and 5), as keys and credentials are written.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};

/// The bytes that `text` stands for; nothing where it is anything else than base 64 with its
/// padding. In constant time, as what is decoded here are secrets.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    Base64::decode_vec(text).ok()
}

/// Base 64 with its padding; in constant time, too.
pub fn encode(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// The alphabet of section 5, without padding: it fits into URLs, names of files, and headers.
pub fn encode_for_url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets() {
        assert_eq!(encode(&[0xfb, 0xff, 0xbf, 0]), "+/+/AA==");
        assert_eq!(encode_for_url(&[0xfb, 0xff, 0xbf, 0]), "-_-_AA");
        assert_eq!((encode(b""), encode_for_url(b"")), (String::new(), String::new()));
        assert_eq!(encode_for_url(&[0; 32]).len(), 43);
    }

    #[test]
    fn strict() {
        assert_eq!(decode("AAECAwQ=").unwrap(), [0, 1, 2, 3, 4]);
        assert_eq!(decode("+/+/").unwrap(), [0xfb, 0xff, 0xbf]);
        for bad in ["AAECAwQ", "AAE CAw=", "AAECAwQ=\n", "A", "====", "AA-_", "AAECAwR="] {
            assert_eq!(decode(bad), None, "{bad:?}");
        }
    }
}
