//! The query `whoami.cloudflare CH TXT`, which is answered with its source address.

use super::dns::name::Name;
use super::dns::reader::Reader;
use super::dns::{CHAOS, TXT, is_reply_to};
use std::net::Ipv4Addr;

/// The name in wire form.
const NAME: &[u8] = b"\x06whoami\x0acloudflare\x00";

/// The whole query with this id: recursion desired, one question, nothing else.
pub fn query(id: [u8; 2]) -> Vec<u8> {
    let mut message = Vec::with_capacity(35);
    message.extend(id);
    message.extend([0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]);
    message.extend(NAME);
    message.extend(TXT.to_be_bytes());
    message.extend(CHAOS.to_be_bytes());
    message
}

/// The address in a reply to `query`, or why there is none.
///
/// Strict, since intercepting resolvers may answer instead of the server: the reply must repeat the
/// question and have exactly one TXT of class CHAOS with an address. Whether the address may be
/// published is for the caller to decide.
pub fn answer(query: &[u8], reply: &[u8]) -> Result<Ipv4Addr, &'static str> {
    if !is_reply_to(query, reply) {
        return Err("is not a reply to our query");
    }
    let mut reader = Reader::new(reply);
    let [_id, flags, questions, answers, _authority, _additional] =
        header(&mut reader).ok_or("is cut short")?;
    match flags & 0x000f {
        _ if flags & 0x7800 != 0 => return Err("is not a reply to a query"),
        _ if flags & 0x0200 != 0 => return Err("is truncated"),
        0 => {}
        1 => return Err("is FORMERR"),
        2 => return Err("is SERVFAIL"),
        3 => return Err("is NXDOMAIN; something in between answers in the server's stead"),
        4 => return Err("is NOTIMP; something in between answers in the server's stead"),
        5 => return Err("is REFUSED; something in between answers in the server's stead"),
        _ => return Err("has an error code"),
    }
    let asked = question(&mut Reader::new(query)).ok_or("has no question")?;
    if questions != 1 || plain_question(&mut reader).as_ref() != Some(&asked) {
        return Err("is about another question");
    }
    let mut found = None;
    for _ in 0..answers {
        let address = txt_address(&mut reader, &asked.0)?;
        if found.is_some_and(|other| other != address) {
            return Err("names two addresses");
        }
        found = Some(address);
    }
    found.ok_or("is empty")
}

type Question = (Name, u16, u16);

fn header(reader: &mut Reader) -> Option<[u16; 6]> {
    let mut message = [0; 6];
    for word in &mut message {
        *word = reader.u16()?;
    }
    Some(message)
}

fn question(reader: &mut Reader) -> Option<Question> {
    header(reader)?;
    plain_question(reader)
}

fn plain_question(reader: &mut Reader) -> Option<Question> {
    Some((reader.name()?, reader.u16()?, reader.u16()?))
}

/// Reads one record, which must be a TXT of class CHAOS at `owner` with one address.
fn txt_address(reader: &mut Reader, owner: &Name) -> Result<Ipv4Addr, &'static str> {
    let cut = "has a broken record";
    let name = reader.name().ok_or(cut)?;
    let (kind, class) = (reader.u16().ok_or(cut)?, reader.u16().ok_or(cut)?);
    let _ttl = reader.u32().ok_or(cut)?;
    let length = reader.u16().ok_or(cut)?;
    let data = reader.bytes(length.into()).ok_or(cut)?;
    if name != *owner || kind != TXT || class != CHAOS {
        return Err("holds a record that was not asked for");
    }
    let Some((&count, text)) = data.split_first() else { return Err(cut) };
    if usize::from(count) != text.len() {
        return Err("has not exactly one text");
    }
    let text = std::str::from_utf8(text).map_err(|_| "is not an address")?;
    text.parse().map_err(|_| "is not an IPv4 address")
}

#[cfg(test)]
mod tests;
