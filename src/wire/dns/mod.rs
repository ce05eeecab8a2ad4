//! DNS messages (RFC 1035 section 4): reading them without trust, and writing queries.

pub mod reader;

/// Bytes of a message header.
pub const HEADER_BYTES: usize = 12;
/// The type TXT.
pub const TXT: u16 = 16;
/// The class CHAOS.
pub const CHAOS: u16 = 3;

/// Whether `reply` is meant as an answer to `query`: same identifier, and the QR bit set. Anything
/// else that arrives is ignored by whoever waits.
pub fn is_reply_to(query: &[u8], reply: &[u8]) -> bool {
    let id = query.first_chunk::<2>();
    id.is_some()
        && reply.first_chunk::<2>() == id
        && reply.get(2).is_some_and(|flags| flags & 0x80 != 0)
}
