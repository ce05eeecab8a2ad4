//! DNS records as every room speaks of them: what stands at a name, what is wanted, what changes.

use std::cmp::Ordering;
use std::net::IpAddr;

/// The types of record ddnsbox manages (RFC 1035 section 3.2.2, RFC 3596).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordType {
    A,
    Aaaa,
}

impl RecordType {
    /// The mnemonic used in APIs and zone files.
    pub fn as_str(self) -> &'static str {
        match self {
            RecordType::A => "A",
            RecordType::Aaaa => "AAAA",
        }
    }

    /// Whether an address belongs into a record of this type.
    pub fn holds(self, address: IpAddr) -> bool {
        match self {
            RecordType::A => address.is_ipv4(),
            RecordType::Aaaa => address.is_ipv6(),
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
