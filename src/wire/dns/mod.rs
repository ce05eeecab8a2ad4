//! DNS messages (RFC 1035 section 4): reading them without trust, and writing queries and updates.

#[cfg(test)]
mod garbage;
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

/// Whether `reply` is meant as an answer to `query`: same identifier, and the QR bit set. Anything
/// else that arrives is ignored by whoever waits.
pub fn is_reply_to(query: &[u8], reply: &[u8]) -> bool {
    let id = query.first_chunk::<2>();
    id.is_some()
        && reply.first_chunk::<2>() == id
        && reply.get(2).is_some_and(|flags| flags & 0x80 != 0)
}

/// Whether the TC bit says that the answer was too long for its way.
pub fn is_truncated(reply: &[u8]) -> bool {
    reply.get(2).is_some_and(|flags| flags & 0x02 != 0)
}

/// The name of a response code or TSIG error (RFC 6895 section 2.3), or nothing for unknown ones.
pub fn code_name(code: u16) -> Option<&'static str> {
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

/// The name of a code for messages; unknown ones by number.
pub fn code_words(code: u16) -> String {
    code_name(code).map_or_else(|| format!("code {code}"), str::to_string)
}
