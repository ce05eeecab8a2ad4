//! UPDATE messages (RFC 2136): one zone, prerequisites, and changes that are applied atomically.

use super::name::Name;
use super::{A, AAAA, ANY, ANY_TYPE, IN, NONE, SOA};
use std::net::IpAddr;

/// Flags of an update request: opcode 5, all else 0 (RFC 2136 section 2.2).
const FLAGS: u16 = 5 << 11;

/// An update under construction.
pub struct Update {
    zone: Name,
    prerequisites: Section,
    changes: Section,
}

/// A section with its record count.
#[derive(Default)]
pub struct Section {
    count: u16,
    bytes: Vec<u8>,
}

impl Section {
    /// Appends one record; RFC 2136 sections 2.4 and 2.5 define the meaning of class, TTL and data.
    pub fn record(&mut self, name: &Name, kind: u16, class: u16, ttl: u32, data: &[u8]) {
        name.write(&mut self.bytes);
        self.bytes.extend(kind.to_be_bytes());
        self.bytes.extend(class.to_be_bytes());
        self.bytes.extend(ttl.to_be_bytes());
        self.bytes.extend((data.len() as u16).to_be_bytes());
        self.bytes.extend_from_slice(data);
        self.count += 1;
    }
}

impl Update {
    pub fn new(zone: &Name) -> Update {
        let (prerequisites, changes) = (Section::default(), Section::default());
        Update { zone: zone.clone(), prerequisites, changes }
    }

    /// The prerequisite section, for what [`Update::require_absent`] does not cover.
    #[cfg(test)]
    pub fn prerequisites(&mut self) -> &mut Section {
        &mut self.prerequisites
    }

    /// The update section, for what the other methods do not cover.
    #[cfg(test)]
    pub fn changes(&mut self) -> &mut Section {
        &mut self.changes
    }

    /// Requires that `name` has no RRset of this type; else the answer is YXRRSET.
    pub fn require_absent(&mut self, name: &Name, kind: u16) {
        self.prerequisites.record(name, kind, NONE, 0, &[]);
    }

    /// Deletes all RRsets of `name`; at the apex SOA and NS remain (RFC 2136 section 3.4.2.3).
    pub fn delete_name(&mut self, name: &Name) {
        self.changes.record(name, ANY_TYPE, ANY, 0, &[]);
    }

    /// Deletes the RRset of this type.
    pub fn delete_rrset(&mut self, name: &Name, kind: u16) {
        self.changes.record(name, kind, ANY, 0, &[]);
    }

    /// Adds an A or AAAA record; `ttl` in seconds.
    pub fn add(&mut self, name: &Name, ttl: u32, address: IpAddr) {
        match address {
            IpAddr::V4(v4) => self.changes.record(name, A, IN, ttl, &v4.octets()),
            IpAddr::V6(v6) => self.changes.record(name, AAAA, IN, ttl, &v6.octets()),
        }
    }

    /// The whole message with this id.
    pub fn message(&self, id: [u8; 2]) -> Vec<u8> {
        let mut message = Vec::with_capacity(512);
        message.extend(id);
        for word in [FLAGS, 1, self.prerequisites.count, self.changes.count, 0] {
            message.extend(word.to_be_bytes());
        }
        self.zone.write(&mut message);
        message.extend(SOA.to_be_bytes());
        message.extend(IN.to_be_bytes());
        message.extend_from_slice(&self.prerequisites.bytes);
        message.extend_from_slice(&self.changes.bytes);
        message
    }
}
