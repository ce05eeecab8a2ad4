//! The zone that contains a name, from the answer to a query for its SOA record.

use super::message::{Message, Section};
use super::name::Name;
use super::reader::Reader;
use super::{CNAME, IN, SOA, is_reply_to, rcode_text};

/// The response codes that can carry an answer.
const NOERROR: u16 = 0;
const NXDOMAIN: u16 = 3;

/// A zone and its primary server.
#[derive(Debug, PartialEq, Eq)]
pub struct Zone {
    pub apex: Name,
    /// MNAME (RFC 1035 section 3.3.13).
    pub primary: Name,
}

/// The zone that contains `name`, from the `reply` to `query` (for `name` SOA); None if the reply
/// does not show it, so that the parent name has to be queried.
///
/// The SOA record is in the answer section at the apex, else in the authority section, also if the
/// name does not exist (RFC 2308 section 2). Records of a CNAME's target say nothing about the
/// name.
///
/// # Errors
/// What is wrong with the reply, to follow "the answer of SERVER".
pub fn covering(query: &[u8], reply: &[u8], name: &Name) -> Result<Option<Zone>, String> {
    if !is_reply_to(query, reply) {
        return Err("does not match the query".into());
    }
    let message = Message::read(reply).ok_or("is malformed")?;
    if message.opcode() != 0 {
        return Err("is not a query response".into());
    }
    let rcode = message.rcode();
    if rcode != NOERROR && rcode != NXDOMAIN {
        return Err(format!("is {}", rcode_text(rcode)));
    }
    let asked = message.questions.first();
    if message.questions.len() != 1
        || !asked.is_some_and(|one| one.name == *name && one.kind == SOA && one.class == IN)
    {
        return Err("has another question".into());
    }
    let is_alias = message
        .records
        .iter()
        .any(|one| one.section == Section::Answer && one.kind == CNAME && one.owner == *name);
    for record in message.records.iter().filter(|one| one.kind == SOA && one.class == IN) {
        let fits = match record.section {
            Section::Answer => record.owner == *name,
            Section::Authority => !is_alias && name.is_within(&record.owner),
            Section::Additional => false,
        };
        if fits {
            let primary = Reader::at(reply, record.data_at).name();
            let primary = primary.ok_or("has a malformed SOA record")?;
            return Ok(Some(Zone { apex: record.owner.clone(), primary }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
