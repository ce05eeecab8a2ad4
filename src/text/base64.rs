//! Base64 (RFC 4648 sections 4 and 5) for keys and credentials.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};

/// Decodes base64 with padding; None if it is malformed. In constant time, as the data is secret.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    Base64::decode_vec(text).ok()
}

/// Encodes to base64 with padding, in constant time.
pub fn encode(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// Encodes to base64url (section 5) without padding: safe in URLs, file names and headers.
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
