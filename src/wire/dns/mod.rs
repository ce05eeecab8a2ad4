//! DNS messages (RFC 1035 section 4): parsing untrusted ones, and writing queries and updates.

#[cfg(test)]
mod garbage_tests;
pub mod message;
pub mod name;
pub mod reader;
pub mod soa;
pub mod tsig;
pub mod update;

/// Bytes of a message header.
pub const HEADER_BYTES: usize = 12;

/// The type A (RFC 1035 section 3.2.2).
pub const A: u16 = 1;
/// The type CNAME.
pub const CNAME: u16 = 5;
/// The type SOA.
pub const SOA: u16 = 6;
/// The type TXT.
pub const TXT: u16 = 16;
/// The type AAAA (RFC 3596).
pub const AAAA: u16 = 28;
/// The type TSIG (RFC 8945 section 4.1).
pub const TSIG: u16 = 250;
/// The type ANY, which in updates means all types (RFC 2136 section 2.5.3).
pub const ANY_TYPE: u16 = 255;

/// The class IN.
pub const IN: u16 = 1;
/// The class CHAOS.
pub const CHAOS: u16 = 3;
/// The class NONE (RFC 2136 section 1.3).
pub const NONE: u16 = 254;
/// The class ANY.
pub const ANY: u16 = 255;

/// Whether `reply` is a response to `query`: same id, and the QR bit set. Anything else is ignored.
pub fn is_reply_to(query: &[u8], reply: &[u8]) -> bool {
    let id = query.first_chunk::<2>();
    id.is_some()
        && reply.first_chunk::<2>() == id
        && reply.get(2).is_some_and(|flags| flags & 0x80 != 0)
}

/// Whether `reply` ends the wait for an answer to `query`: [`is_reply_to`], the same opcode, and if
/// it repeats a question (errors need not), the query's.
pub fn answers(query: &[u8], reply: &[u8]) -> bool {
    let opcode = |message: &[u8]| message.get(2).map(|flags| flags & 0x78);
    if !is_reply_to(query, reply) || opcode(query) != opcode(reply) {
        return false;
    }
    let has_question = reply.get(4..6).is_some_and(|count| count != [0, 0]);
    let asked = |message| {
        let mut reader = reader::Reader::at(message, HEADER_BYTES);
        Some((reader.name()?, reader.u16()?, reader.u16()?))
    };
    // A reply truncated within its question is malformed, which its parser reports.
    !has_question || asked(reply).is_none_or(|question| Some(question) == asked(query))
}

/// Whether the TC bit is set.
pub fn is_truncated(reply: &[u8]) -> bool {
    reply.get(2).is_some_and(|flags| flags & 0x02 != 0)
}

/// The name of a response code or TSIG error (RFC 6895 section 2.3), if known.
fn code_name(code: u16) -> Option<&'static str> {
    const NAMES: &[(u16, &str)] = &[
        (0, "NOERROR"),
        (1, "FORMERR"),
        (2, "SERVFAIL"),
        (3, "NXDOMAIN"),
        (4, "NOTIMP"),
        (5, "REFUSED"),
        (6, "YXDOMAIN"),
        (7, "YXRRSET"),
        (8, "NXRRSET"),
        (9, "NOTAUTH"),
        (10, "NOTZONE"),
        (16, "BADSIG"),
        (17, "BADKEY"),
        (18, "BADTIME"),
        (22, "BADTRUNC"),
    ];
    NAMES.iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}

/// The name of a code for messages, or its number.
pub fn rcode_text(code: u16) -> String {
    code_name(code).map_or_else(|| format!("code {code}"), str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_the_wait() {
        let name = |text| name::Name::from_text(text).unwrap();
        let query = message::query([1, 2], &name("Host.example"), SOA, true);
        let mut reply = query.clone();
        assert!(!answers(&query, &reply));
        reply[2] |= 0x80;
        assert!(answers(&query, &reply));
        assert!(answers(&query, &reply[..12]) && answers(&query, &reply[..20]));
        let mut bare = reply[..12].to_vec();
        bare[5] = 0;
        assert!(answers(&query, &bare));
        for (at, value) in [(0, 9), (2, 0xa8), (14, b'x'), (26, 1), (28, 3)] {
            let mut other = reply.clone();
            other[at] = value;
            assert!(!answers(&query, &other), "{at}");
        }
        let case: Vec<u8> = reply.iter().map(u8::to_ascii_lowercase).collect();
        assert!(answers(&query, &case));
    }
}
