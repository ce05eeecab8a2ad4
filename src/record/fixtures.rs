//! For tests: a record that is wanted, with the RRset it belongs to.

use super::*;

/// An address, whichever family it is of.
pub fn address(text: &str) -> Value {
    text.parse::<IpAddr>().unwrap().into()
}

/// One value at one name; `value` is spelled as a caller would.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Empty: unknown.
    pub zone: String,
    pub record: String,
    pub kind: RecordType,
    pub value: String,
    pub ttl: Option<u32>,
    pub comment: Option<String>,
}

impl Entry {
    pub fn set(&self) -> RrSet {
        let zone = match self.zone.as_str() {
            "" => Zone::Unknown,
            name => Zone::Name(name.into()),
        };
        RrSet { zone, name: self.record.clone(), kind: self.kind }
    }

    pub fn spec(&self) -> RecordSpec {
        let value = Value::parse(self.kind, &self.value).unwrap();
        RecordSpec { ttl: self.ttl, comment: self.comment.clone(), ..RecordSpec::of(value) }
    }

    /// The record that makes this entry.
    pub fn inserted(&self) -> SetChanges {
        SetChanges {
            set: self.set(),
            changes: vec![Change::Insert(self.spec())],
            policy: Policy::All,
        }
    }

    /// What makes this entry of a record.
    pub fn updated(&self, record: &Record) -> SetChanges {
        let change = Change::Update { record: record.clone(), to: self.spec() };
        SetChanges { set: self.set(), changes: vec![change], policy: Policy::All }
    }
}
