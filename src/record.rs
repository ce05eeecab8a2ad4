//! DNS records as every room speaks of them: zones, RRsets, records, and changes to them.

use crate::text::{punycode, txt_strings};
use std::cmp::Ordering;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether this build manages records that hold no address; if not, their code is left out.
const HAS_OTHER: bool = cfg!(feature = "other-records");

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
    pub const fn as_str(self) -> &'static str {
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
        let all: &[RecordType] = if HAS_OTHER { &[A, Aaaa, Cname, Txt] } else { &[A, Aaaa] };
        all.iter().copied().find(|kind| kind.as_str() == text)
    }
}

/// The data of a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    /// A host name.
    Cname(String),
    /// As it is wanted: plain text, or character-strings in quotes (RFC 1035 section 5.1). As a
    /// provider shows it: plain text.
    Txt(String),
}

impl Value {
    /// The value that `text` spells; nothing where it is no address of that type.
    pub fn parse(kind: RecordType, text: &str) -> Option<Value> {
        Some(match kind {
            RecordType::A => Value::A(text.trim_ascii().parse().ok()?),
            RecordType::Aaaa => Value::Aaaa(text.trim_ascii().parse().ok()?),
            RecordType::Cname => Value::Cname(text.into()),
            RecordType::Txt => Value::Txt(text.into()),
        })
    }

    /// As [`Value::parse`], from an answer: a name may end with a dot, text may be in quotes.
    pub fn shown(kind: RecordType, text: &str) -> Option<Value> {
        match kind {
            _ if !HAS_OTHER => Value::parse(kind, text),
            RecordType::Cname => Value::parse(kind, text.strip_suffix('.').unwrap_or(text)),
            RecordType::Txt => Some(Value::Txt(txt_strings::plain(text))),
            RecordType::A | RecordType::Aaaa => Value::parse(kind, text),
        }
    }

    pub fn kind(&self) -> RecordType {
        match self {
            Value::A(_) => RecordType::A,
            Value::Aaaa(_) => RecordType::Aaaa,
            Value::Cname(_) => RecordType::Cname,
            Value::Txt(_) => RecordType::Txt,
        }
    }

    pub fn address(&self) -> Option<IpAddr> {
        match *self {
            Value::A(address) => Some(address.into()),
            Value::Aaaa(address) => Some(address.into()),
            Value::Cname(_) | Value::Txt(_) => None,
        }
    }

    /// Whether a record with the value `shown` by its provider holds this one.
    pub fn matches(&self, shown: &Value) -> bool {
        match (self, shown) {
            _ if !HAS_OTHER => self == shown,
            (Value::Cname(wanted), Value::Cname(shown)) => punycode::is_same(shown, wanted),
            (Value::Txt(wanted), Value::Txt(shown)) => *shown == txt_strings::plain(wanted),
            _ => self == shown,
        }
    }

    /// Whether a record with the one value would hold the other: both as they are wanted.
    pub fn means(&self, wanted: &Value) -> bool {
        match wanted {
            Value::Txt(text) => self.matches(&Value::Txt(txt_strings::plain(text))),
            _ => self.matches(wanted),
        }
    }

    /// The value in the form of a zone file, as far as its type needs one: text in quotes.
    pub fn quoted(&self) -> String {
        match self {
            Value::Txt(text) if HAS_OTHER => txt_strings::quoted(text),
            _ => self.to_string(),
        }
    }

    /// The value for providers that take text as it is, without quotes.
    pub fn bare(&self) -> String {
        match self {
            Value::Txt(text) if HAS_OTHER => txt_strings::bare(text),
            _ => self.to_string(),
        }
    }
}

impl From<IpAddr> for Value {
    fn from(address: IpAddr) -> Value {
        match address {
            IpAddr::V4(address) => Value::A(address),
            IpAddr::V6(address) => Value::Aaaa(address),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Value::A(address) => fmt::Display::fmt(address, to),
            Value::Aaaa(address) => fmt::Display::fmt(address, to),
            Value::Cname(text) | Value::Txt(text) => to.write_str(text),
        }
    }
}

/// How a zone is addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Zone {
    /// By the provider's identifier.
    Id(String),
    /// By its name: lower case, without a trailing dot.
    Name(String),
    /// The longest of the account's zones that the names are in.
    Unknown,
}

/// One name and type in one zone (RFC 2181 section 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RrSet {
    pub zone: Zone,
    /// Lower case, without a trailing dot: relative to a zone that is known by its name, `@` for
    /// its apex; else fully qualified.
    pub name: String,
    pub kind: RecordType,
}

impl RrSet {
    /// The fully qualified name, without a trailing dot.
    pub fn fqdn(&self) -> String {
        full_name(&self.name, self.zone_name())
    }

    /// The name of the zone; empty where it is not known by its name.
    pub fn zone_name(&self) -> &str {
        match &self.zone {
            Zone::Name(name) => name,
            Zone::Id(_) | Zone::Unknown => "",
        }
    }
}

/// The fully qualified name of `name` in `zone`; with no zone it is that already.
pub fn full_name(name: &str, zone: &str) -> String {
    match (name, zone) {
        (_, "") => name.into(),
        ("@", _) => zone.into(),
        _ => format!("{name}.{zone}"),
    }
}

/// One record as its provider shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The provider's own identifier, opaque.
    pub id: String,
    /// As the provider spells it; empty where its answer did not repeat it.
    pub name: String,
    pub value: Value,
    /// Seconds; 1 means "automatic" at Cloudflare.
    pub ttl: Option<u32>,
    /// None: the provider did not show one.
    pub comment: Option<String>,
    pub kept: Kept,
}

/// What a write has to repeat so that it stays as it is, or has to respect.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// The line a record is answered on.
    pub line: Option<String>,
    pub weight: Option<u32>,
    /// Whether it is switched off.
    pub status: Option<String>,
    pub proxied: Option<bool>,
    pub tags: Vec<String>,
    /// The value in the provider's own spelling, where it is to be repeated or is not ours.
    pub written: Option<String>,
}

impl Kept {
    /// What is kept of an address that is not spelled as we would.
    pub fn spelled(text: String, value: &Value) -> Kept {
        let is_other = value.address().is_some() && value.to_string() != text;
        Kept { written: is_other.then_some(text), ..Kept::default() }
    }
}

impl Record {
    /// A record of which only its identifier and value are known.
    pub fn new(id: String, value: Value) -> Record {
        let (name, kept) = (String::new(), Kept::default());
        Record { id, name, value, ttl: None, comment: None, kept }
    }

    /// The value for messages: addresses as the provider spells them.
    pub fn spelling(&self) -> String {
        match &self.kept.written {
            Some(written) if self.value.address().is_some() => written.clone(),
            _ => self.value.to_string(),
        }
    }

    /// By value, then by id, so that the order of lists never depends on the provider's.
    pub fn order(&self, other: &Record) -> Ordering {
        (&self.value, &self.id).cmp(&(&other.value, &other.id))
    }

    /// The records in their order. (They are few: the standard library's sort costs flash.)
    pub fn in_order(records: &[Record]) -> Vec<&Record> {
        let mut sorted: Vec<&Record> = Vec::new();
        for record in records {
            let at = sorted.partition_point(|one| one.order(record).is_le());
            sorted.insert(at, record);
        }
        sorted
    }

    /// As [`Record::in_order`], as a list of its own.
    pub fn sorted(records: &[Record]) -> Vec<Record> {
        Record::in_order(records).into_iter().cloned().collect()
    }
}

/// One record as it is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordSpec {
    pub value: Value,
    /// Seconds; none: an existing record keeps its own, a new one gets the provider's default.
    pub ttl: Option<u32>,
    /// None: as with the ttl.
    pub comment: Option<String>,
    /// Whether a new record is proxied, where the provider can do that; an existing one keeps it.
    pub proxied: Option<bool>,
    /// The line a new record is answered on, if not on the provider's default.
    pub line: Option<String>,
}

impl RecordSpec {
    /// The value alone.
    pub fn of(value: Value) -> RecordSpec {
        RecordSpec { value, ttl: None, comment: None, proxied: None, line: None }
    }

    /// Whether a record's ttl is as asked for, if one was.
    pub fn fits_ttl(&self, ttl: Option<u32>) -> bool {
        self.ttl.is_none_or(|wanted| ttl == Some(wanted))
    }

    /// Whether a record's comment is as asked for, if one was; none is an empty one.
    pub fn fits_comment(&self, comment: Option<&str>) -> bool {
        self.comment.as_deref().is_none_or(|wanted| comment.unwrap_or_default() == wanted)
    }

    /// Whether the record has the value and, where one is wanted, the ttl.
    pub fn is_held_by(&self, record: &Record) -> bool {
        self.value.matches(&record.value) && self.fits_ttl(record.ttl)
    }
}

/// What becomes of the records that an RRset has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// It gets all wanted values and no others.
    Mirror,
    /// It gets all wanted values; of the others only those that we own go.
    KeepForeign,
    /// One of the wanted values, the best first, if there is at most one record: which of several
    /// is meant is for their owner to say.
    OnlyOne,
    /// One of the wanted values: the first record gets it unless another has one (no two may be the
    /// same); the others stay.
    First,
    /// One of the wanted values, and no other record.
    All,
}

impl Policy {
    /// Whether records go that nobody has asked for.
    pub fn replaces(self) -> bool {
        matches!(self, Policy::Mirror | Policy::All)
    }
}

/// When ttl and comment are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attributes {
    /// Only with a new record.
    OfNew,
    /// Whenever a value is written.
    WithValue,
    /// Also where only they differ.
    Always,
}

/// An address of this machine that may stand at a name, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub address: IpAddr,
    pub interface: String,
}

/// One step that brings an RRset nearer to what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The record is right as it is.
    Keep(Record),
    /// This record becomes what is wanted.
    Update { record: Record, to: RecordSpec },
    /// A new record.
    Insert(RecordSpec),
    /// This record goes.
    Delete(Record),
}

impl Change {
    /// Whether carrying it out needs a request to the provider.
    pub fn is_write(&self) -> bool {
        !matches!(self, Change::Keep(_))
    }

    /// The value that is there once it is carried out.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Change::Keep(record) => Some(&record.value),
            Change::Update { to, .. } | Change::Insert(to) => Some(&to.value),
            Change::Delete(_) => None,
        }
    }
}

/// An RRset and what is to be done with its records; those that stay are among the changes, too.
#[derive(Debug, PartialEq, Eq)]
pub struct SetChanges {
    pub set: RrSet,
    pub changes: Vec<Change>,
    /// By which they were planned.
    pub policy: Policy,
}

impl SetChanges {
    /// Whether the set is to have one record, so that any single one that is found is meant.
    pub fn is_one_record(&self) -> bool {
        self.changes.len() == 1 && self.policy != Policy::KeepForeign
    }
}

/// What the answers to a job's requests said besides records: for support, and for the next job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseMeta {
    pub record_id: Option<String>,
    pub zone_id: Option<String>,
    /// The provider's identifier of the last request, if it names requests.
    pub request_id: Option<String>,
    /// Cloudflare's identifier of the last request (`cf-ray`).
    pub ray: Option<String>,
    /// The names of all zones of the account, if they were listed.
    pub zones: Option<Vec<String>>,
    /// Messages for the caller about what was not done although the job succeeded.
    pub warnings: Vec<String>,
}

#[cfg(test)]
pub mod fixtures;
