//! A cursor over a DNS message; every step can fail, none panics.

use super::HEADER_BYTES;
use super::name::{NAME_BYTES_MAX, Name};

/// Most compression pointers followed within one name: a name has no more labels.
const POINTERS_MAX: u32 = 128;

/// A position in a message.
#[derive(Clone)]
pub struct Reader<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// At the first byte.
    pub fn new(message: &'a [u8]) -> Reader<'a> {
        Reader { message, at: 0 }
    }

    /// At byte number `at`.
    pub fn at(message: &'a [u8], at: usize) -> Reader<'a> {
        Reader { message, at }
    }

    /// How many bytes have been read.
    pub fn position(&self) -> usize {
        self.at
    }

    pub fn is_at_end(&self) -> bool {
        self.at >= self.message.len()
    }

    fn u8(&mut self) -> Option<u8> {
        let byte = *self.message.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    pub fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(*self.bytes(2)?.first_chunk()?))
    }

    pub fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(*self.bytes(4)?.first_chunk()?))
    }

    /// The next `count` bytes.
    pub fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let bytes = self.message.get(self.at..end)?;
        self.at = end;
        Some(bytes)
    }

    /// A name, following compression pointers (RFC 1035 section 4.1.4). Each pointer must go
    /// further back than the last, so this terminates; [`POINTERS_MAX`] bounds the work.
    pub fn name(&mut self) -> Option<Name> {
        let mut name = Vec::new();
        let mut walk = self.clone();
        let mut end = None;
        let mut before = self.at;
        let mut pointers = 0;
        loop {
            let length = walk.u8()?;
            match length & 0xc0 {
                0x00 if length == 0 => break,
                0x00 => {
                    let label = walk.bytes(length.into())?;
                    name.push(length);
                    name.extend(label.iter().map(u8::to_ascii_lowercase));
                    if name.len() + 1 > NAME_BYTES_MAX {
                        return None;
                    }
                }
                0xc0 => {
                    let target = usize::from(length & 0x3f) << 8 | usize::from(walk.u8()?);
                    end.get_or_insert(walk.at);
                    pointers += 1;
                    if target < HEADER_BYTES || target >= before || pointers > POINTERS_MAX {
                        return None;
                    }
                    before = target;
                    walk.at = target;
                }
                _ => return None,
            }
        }
        self.at = end.unwrap_or(walk.at);
        Some(Name(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_at(message: &[u8], at: usize) -> Option<(Name, usize)> {
        let mut reader = Reader { message, at };
        let name = reader.name()?;
        Some((name, reader.at))
    }

    #[test]
    fn names_with_and_without_pointers() {
        let message = b"0123456789ab\x01A\x00\x03bCd\xc0\x0c\xc0\x0f";
        assert_eq!(name_at(message, 12), Some((Name(b"\x01a".to_vec()), 15)));
        assert_eq!(name_at(message, 15), Some((Name(b"\x03bcd\x01a".to_vec()), 21)));
        assert_eq!(name_at(message, 21), Some((Name(b"\x03bcd\x01a".to_vec()), 23)));
    }

    #[test]
    fn loops_chains_and_edges() {
        assert_eq!(name_at(b"0123456789ab\xc0\x0c", 12), None);
        assert_eq!(name_at(b"0123456789ab\xc0\x0e\xc0\x0c", 14), None);
        assert_eq!(name_at(b"0123456789ab\xc0\x00", 12), None);
        assert_eq!(name_at(b"0123456789ab\x40x\x00", 12), None);
        assert_eq!(name_at(b"0123456789ab\x05abc", 12), None);
        assert_eq!(name_at(b"", 12), None);
        // A chain of pointers as long as a message can hold: each leads one step back.
        let mut chain = b"0123456789ab\x00\x00".to_vec();
        while chain.len() < 0x3ffe {
            let to = chain.len() - 2;
            chain.extend([0xc0 | (to >> 8) as u8, to as u8]);
        }
        assert_eq!(name_at(&chain, chain.len() - 2), None);
        assert_eq!(name_at(&chain, 14 + 127 * 2), Some((Name(vec![]), 14 + 128 * 2)));
        assert_eq!(name_at(&chain, 14 + 128 * 2), None);
    }

    #[test]
    fn a_name_has_at_most_255_bytes() {
        let mut message = vec![0; HEADER_BYTES];
        for _ in 0..3 {
            message.push(63);
            message.extend([b'a'; 63]);
        }
        let mut longest = message.clone();
        longest.push(61);
        longest.extend([b'a'; 61]);
        longest.push(0);
        assert_eq!(name_at(&longest, 12).unwrap().0.0.len(), 254);
        message.push(62);
        message.extend([b'a'; 62]);
        message.push(0);
        assert_eq!(name_at(&message, 12), None);
    }
}
