//! Domain names: lower-case wire form, as digests and comparisons need it, and text.

use std::fmt;

/// Longest name on the wire in bytes, with its length bytes and the final zero (RFC 1035 section
/// 2.3.4).
pub const NAME_BYTES_MAX: usize = 255;
/// Longest label in bytes (RFC 1035 section 2.3.4).
const LABEL_BYTES_MAX: usize = 63;

/// A name in lower case, in wire form without compression and without the final zero; empty for
/// the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(pub Vec<u8>);

impl Name {
    /// Parses a name in text form; the final dot is optional. Escapes are not supported, as no name
    /// here needs them.
    ///
    /// # Errors
    /// What is wrong with it, as the rest of a sentence.
    pub fn from_text(text: &str) -> Result<Name, String> {
        let mut name = Vec::with_capacity(text.len() + 1);
        if text == "." {
            return Ok(Name(name));
        }
        for label in text.strip_suffix('.').unwrap_or(text).split('.') {
            if label.is_empty() {
                return Err("has an empty label".into());
            }
            if label.len() > LABEL_BYTES_MAX {
                return Err(format!("has a label longer than {LABEL_BYTES_MAX} characters"));
            }
            let foreign = |b: &u8| !b.is_ascii_graphic() || *b == b'\\';
            if label.bytes().any(|b| foreign(&b)) {
                return Err("has a character that is not allowed in a domain name".into());
            }
            name.push(label.len() as u8);
            name.extend(label.bytes().map(|b| b.to_ascii_lowercase()));
        }
        if name.len() + 1 > NAME_BYTES_MAX {
            return Err("is too long".into());
        }
        Ok(Name(name))
    }

    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The name without its first label; none for the root.
    pub fn parent(&self) -> Option<Name> {
        let length = usize::from(*self.0.first()?);
        Some(Name(self.0.get(length + 1..)?.to_vec()))
    }

    /// Whether this name is `zone` itself or below it.
    pub fn is_within(&self, zone: &Name) -> bool {
        let mut rest = self.0.as_slice();
        while rest.len() > zone.0.len() {
            let Some((&length, behind)) = rest.split_first() else { return false };
            rest = behind.get(usize::from(length)..).unwrap_or_default();
        }
        rest == zone.0
    }

    /// Appends the name to a message, uncompressed.
    pub fn write(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.0);
        into.push(0);
    }
}

/// Without the final dot; special bytes as `\DDD` (RFC 1035 section 5.1).
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_slice();
        if rest.is_empty() {
            return f.write_str(".");
        }
        while let Some((&length, behind)) = rest.split_first() {
            let (label, behind) = behind.split_at_checked(length.into()).unwrap_or((behind, &[]));
            for &byte in label {
                if byte.is_ascii_graphic() && !b".\\".contains(&byte) {
                    fmt::Write::write_char(f, char::from(byte))?;
                } else {
                    write!(f, "\\{byte:03}")?;
                }
            }
            if !behind.is_empty() {
                f.write_str(".")?;
            }
            rest = behind;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::from_text(text).unwrap()
    }

    #[test]
    fn text_and_back() {
        assert_eq!(name("Host.Example.com."), Name(b"\x04host\x07example\x03com".to_vec()));
        assert_eq!(name("host.example.com").to_string(), "host.example.com");
        assert_eq!(name(".").to_string(), ".");
        assert_eq!(Name(b"\x03a.\n".to_vec()).to_string(), "a\\046\\010");
    }

    #[test]
    fn what_is_no_name() {
        let long = format!("{}.example", "a".repeat(64));
        let longer = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(62));
        for bad in ["", "..", "a..b", ".a", "a b", "a\\.b", "ä.b", "a\0", &long, &longer] {
            assert!(Name::from_text(bad).is_err(), "{bad:?}");
        }
        let longest = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61));
        assert_eq!(name(&longest).0.len(), NAME_BYTES_MAX - 1);
    }

    #[test]
    fn above_and_below() {
        let host = name("host.example.com");
        for zone in ["host.example.com", "example.com", "com", "."] {
            assert!(host.is_within(&name(zone)), "{zone}");
        }
        for zone in ["a.host.example.com", "ample.com", "example.org", "ost.example.com"] {
            assert!(!host.is_within(&name(zone)), "{zone}");
        }
        // The bytes of the zone within a label are no zone.
        assert!(!Name(b"\x09x\x07example".to_vec()).is_within(&name("example")));
        assert_eq!(host.parent(), Some(name("example.com")));
        assert_eq!(name("com").parent(), Some(name(".")));
        assert_eq!(name(".").parent(), None);
    }
}
