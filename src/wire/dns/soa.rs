//! Which zone covers a name, read off the answer to a question for its SOA record.

use super::message::{Message, Section};
use super::name::Name;
use super::reader::Reader;
use super::{CNAME, IN, SOA, code_words, is_reply_to};

/// The response codes that can carry an answer.
const NOERROR: u16 = 0;
const NXDOMAIN: u16 = 3;

/// A zone and the server its SOA record names as the one that takes updates.
#[derive(Debug, PartialEq, Eq)]
pub struct Zone {
    pub apex: Name,
    /// MNAME (RFC 1035 section 3.3.13).
    pub primary: Name,
}

/// The zone that covers `name`, as `reply` to `query` (for `name` SOA) tells; none where it does
/// not tell, and the question is to be asked for the name above.
///
/// The SOA record stands in the answer at the apex itself, else among the authority records, and
/// that also where the name does not exist (RFC 2308 section 2). What belongs to the target of a
/// CNAME record says nothing about the name itself.
///
/// # Errors
/// What is wrong with the reply, to be put behind "the answer of SERVER".
pub fn covering(query: &[u8], reply: &[u8], name: &Name) -> Result<Option<Zone>, String> {
    if !is_reply_to(query, reply) {
        return Err("is not a reply to our question".into());
    }
    let message = Message::read(reply).ok_or("is cut short or garbled")?;
    if message.opcode() != 0 {
        return Err("is not a reply to a question".into());
    }
    let rcode = message.rcode();
    if rcode != NOERROR && rcode != NXDOMAIN {
        return Err(format!("is {}", code_words(rcode)));
    }
    let asked = message.questions.first();
    if message.questions.len() != 1
        || !asked.is_some_and(|one| one.name == *name && one.kind == SOA && one.class == IN)
    {
        return Err("is about another question".into());
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
            let primary = primary.ok_or("has a garbled SOA record")?;
            return Ok(Some(Zone { apex: record.owner.clone(), primary }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
