//! A parsed DNS message: header, questions and records, validated to its last byte.

use super::HEADER_BYTES;
use super::name::Name;
use super::reader::Reader;

/// Most records of a message that is parsed: real answers have a handful.
const RECORDS_MAX: usize = 1000;

/// The section of a record (RFC 1035 section 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// In updates: prerequisites.
    Answer,
    /// In updates: the changes.
    Authority,
    Additional,
}

/// One question, or the zone of an update.
#[derive(Debug, PartialEq, Eq)]
pub struct Question {
    pub name: Name,
    pub kind: u16,
    pub class: u16,
}

/// One record; its data begins at `data_at`.
pub struct Record<'a> {
    pub section: Section,
    pub owner: Name,
    pub kind: u16,
    pub class: u16,
    pub ttl: u32,
    pub data: &'a [u8],
    /// Offset of the data in the message, in which names may be compressed.
    pub data_at: usize,
    /// Offset of the record in the message.
    pub begins_at: usize,
}

/// A message and its parts.
pub struct Message<'a> {
    pub flags: u16,
    pub questions: Vec<Question>,
    pub records: Vec<Record<'a>>,
}

impl<'a> Message<'a> {
    /// Parses a message; None if it is truncated, has an invalid name, or has bytes after its last
    /// record.
    pub fn read(bytes: &'a [u8]) -> Option<Message<'a>> {
        let mut reader = Reader::new(bytes);
        let _id = reader.u16()?;
        let flags = reader.u16()?;
        let questions = reader.u16()?;
        let counts = [reader.u16()?, reader.u16()?, reader.u16()?];
        if counts.iter().map(|&count| usize::from(count)).sum::<usize>() > RECORDS_MAX {
            return None;
        }
        let mut message = Message { flags, questions: Vec::new(), records: Vec::new() };
        for _ in 0..questions {
            let (name, kind, class) = (reader.name()?, reader.u16()?, reader.u16()?);
            message.questions.push(Question { name, kind, class });
            if message.questions.len() > RECORDS_MAX {
                return None;
            }
        }
        let sections = [Section::Answer, Section::Authority, Section::Additional];
        for (section, count) in sections.into_iter().zip(counts) {
            for _ in 0..count {
                message.records.push(Record::read(&mut reader, section)?);
            }
        }
        reader.is_at_end().then_some(message)
    }

    /// The response code of the header (RFC 1035 section 4.1.1).
    pub fn rcode(&self) -> u16 {
        self.flags & 0x000f
    }

    /// 0 for queries, 5 for updates.
    pub fn opcode(&self) -> u16 {
        self.flags >> 11 & 0x000f
    }
}

impl<'a> Record<'a> {
    fn read(reader: &mut Reader<'a>, section: Section) -> Option<Record<'a>> {
        let begins_at = reader.position();
        let owner = reader.name()?;
        let (kind, class, ttl) = (reader.u16()?, reader.u16()?, reader.u32()?);
        let length = reader.u16()?;
        let data_at = reader.position();
        let data = reader.bytes(length.into())?;
        Some(Record { section, owner, kind, class, ttl, data, data_at, begins_at })
    }
}

/// A query with one question in class IN; `recursive` sets the RD bit.
pub fn query(id: [u8; 2], name: &Name, kind: u16, recursive: bool) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER_BYTES + name.0.len() + 5);
    message.extend(id);
    message.extend([u8::from(recursive), 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    name.write(&mut message);
    message.extend(kind.to_be_bytes());
    message.extend(super::IN.to_be_bytes());
    message
}
