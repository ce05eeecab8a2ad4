//! DNS records as every room speaks of them: what stands at a name, what is wanted, what changes.

use crate::text::{punycode, txt_strings};
use std::cmp::Ordering;
use std::net::IpAddr;

/// The types of record ddnsbox manages (RFC 1035 section 3.2.2, RFC 3596).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordType {
    A,
    Aaaa,
    Cname,
    Txt,
}

impl RecordType {
    /// The mnemonic used in APIs and zone files.
    pub fn as_str(self) -> &'static str {
        match self {
            RecordType::A => "A",
            RecordType::Aaaa => "AAAA",
            RecordType::Cname => "CNAME",
            RecordType::Txt => "TXT",
        }
    }

    /// The type of that mnemonic, in capitals.
    pub fn from_text(text: &str) -> Option<RecordType> {
        use RecordType::{A, Aaaa, Cname, Txt};
        [A, Aaaa, Cname, Txt].into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether an address belongs into a record of this type.
    pub fn holds(self, address: IpAddr) -> bool {
        match self {
            RecordType::A => address.is_ipv4(),
            RecordType::Aaaa => address.is_ipv6(),
            RecordType::Cname | RecordType::Txt => false,
        }
    }
}

/// One address record as its provider described it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The provider's own identifier, opaque.
    pub id: String,
    /// Fully qualified, without a trailing dot, as the provider spells it.
    pub name: String,
    pub kind: RecordType,
    pub address: IpAddr,
    /// Seconds; 1 means "automatic" at Cloudflare.
    pub ttl: u32,
    pub proxied: Option<bool>,
    pub comment: Option<String>,
    pub tags: Vec<String>,
}

impl Record {
    /// The order of lists of records: by address, then by id, so that it never depends on the
    /// provider's.
    pub fn order(&self, other: &Record) -> Ordering {
        (self.address, &self.id).cmp(&(other.address, &other.id))
    }

    /// Those of a list in their order. (Each kind of list that is sorted costs flash: this one
    /// serves all.)
    pub fn in_order(records: &[Record]) -> Vec<&Record> {
        let mut sorted: Vec<&Record> = records.iter().collect();
        sorted.sort_unstable_by(|one, other| one.order(other));
        sorted
    }

    /// As [`Record::in_order`], as a list of its own.
    pub fn sorted(records: &[Record]) -> Vec<Record> {
        Record::in_order(records).into_iter().cloned().collect()
    }
}

/// The RRset that is kept in step: one name and type in one zone.
pub struct Target {
    /// The provider's identifier of the zone.
    pub zone: String,
    /// Fully qualified, lower case, without a trailing dot.
    pub name: String,
    pub kind: RecordType,
}

/// One address that should stand at the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub address: IpAddr,
    /// Seconds; none: a record that is there keeps its own, a new one gets the provider's usual.
    pub ttl: Option<u32>,
}

/// An address of this machine that may stand at a name, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub address: IpAddr,
    pub interface: String,
}

/// One step that brings the records nearer to what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The record is right as it is.
    Keep(Record),
    /// This record gets another address.
    Update { record: Record, to: Wanted },
    /// A new record.
    Insert(Wanted),
    /// This record goes.
    Delete(Record),
}

impl Change {
    /// Whether carrying it out needs a request to the provider.
    pub fn is_write(&self) -> bool {
        !matches!(self, Change::Keep(_))
    }
}

/// A change that has been carried out, with the record as it stands now (none after a delete, or
/// where the provider did not show it).
pub struct Done {
    pub change: Change,
    pub record: Option<Record>,
}

/// One record of any type as it should stand in a zone that is known by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Lower case, without a trailing dot; empty while it is not known which zone it is.
    pub zone: String,
    /// Below the zone, lower case, `@` for its apex; where the zone is empty the whole name.
    pub record: String,
    pub kind: RecordType,
    /// An address as its type prints it, a name in lower case without a trailing dot, or text:
    /// plain, or character-strings in quotes (RFC 1035 section 5.1).
    pub value: String,
    /// Seconds; none: a record that is there keeps its own, a new one gets the provider's usual.
    pub ttl: Option<u32>,
    /// None: as with the ttl.
    pub comment: Option<String>,
}

impl Entry {
    /// The whole name, without a trailing dot.
    pub fn fqdn(&self) -> String {
        full_name(&self.record, &self.zone)
    }

    /// Whether a record's value means this one; its text is plain.
    pub fn has_value(&self, other: &str) -> bool {
        match self.kind {
            RecordType::A | RecordType::Aaaa => {
                let address = other.trim_ascii().parse::<IpAddr>().ok();
                address.is_some() && address == self.value.parse().ok()
            }
            RecordType::Cname => punycode::is_same(other, &self.value),
            RecordType::Txt => other == txt_strings::plain(&self.value),
        }
    }

    /// Whether a record's time to live is as asked for, if it was.
    pub fn fits_ttl(&self, other: Option<u32>) -> bool {
        self.ttl.is_none_or(|ttl| other == Some(ttl))
    }

    /// Whether a record's comment is as asked for, if it was; none is an empty one.
    pub fn fits_comment(&self, other: Option<&str>) -> bool {
        self.comment.as_deref().is_none_or(|text| other.unwrap_or_default() == text)
    }
}

/// The whole name of what is called `record` in `zone`.
pub fn full_name(record: &str, zone: &str) -> String {
    match record {
        "@" => zone.into(),
        record => format!("{record}.{zone}"),
    }
}

/// One record as it stands at a provider, whatever its type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The provider's own identifier, opaque.
    pub id: String,
    /// As in [`Entry::value`], as far as the provider's spelling allows, but text is plain.
    pub value: String,
    /// Seconds.
    pub ttl: Option<u32>,
    /// None: the provider did not show one.
    pub comment: Option<String>,
    /// What a write that does not repeat it would reset: the line a record is answered on, its
    /// weight, and whether it is switched off.
    pub line: Option<String>,
    pub weight: Option<u32>,
    pub status: Option<String>,
}

/// What was seen on the way of a job: for those who have to find it again, and for the next job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseMeta {
    pub record_id: Option<String>,
    pub zone_id: Option<String>,
    /// Of the last request the provider named.
    pub request_id: Option<String>,
    /// Cloudflare's name for it.
    pub ray: Option<String>,
    /// All zones of the account by name, where they were listed.
    pub zones: Option<Vec<String>>,
    /// Words for whoever asked: what was not done, though the job was.
    pub warnings: Vec<String>,
}
