//! What becomes of an RRset that is written as a whole: pure.

use crate::record::{Change, Record, RrSet};
use crate::wire::hetzner as wire;

/// Whether a change has to do with a value or a comment, not with the ttl alone.
pub fn writes_records(change: &Change) -> bool {
    match change {
        Change::Keep(_) => false,
        Change::Update { record, to } => {
            !to.value.matches(&record.value) || !to.fits_comment(record.comment.as_deref())
        }
        Change::Insert(_) | Change::Delete(_) => true,
    }
}

/// The ttl of the set as a whole: that of any of the records that are wanted.
pub fn wanted_ttl(changes: &[Change]) -> Option<u32> {
    changes.iter().find_map(|change| match change {
        Change::Update { to, .. } | Change::Insert(to) => to.ttl,
        Change::Keep(_) | Change::Delete(_) => None,
    })
}

/// What makes records that somebody else has made meanwhile those that were to be made: values that
/// are there already keep what they have.
pub fn instead_of(from: &[Record], wanted: &[Change]) -> Vec<Change> {
    let mut spare = from.to_vec();
    let mut changes = Vec::new();
    for change in wanted {
        let Change::Insert(to) = change else { continue };
        let held = spare.iter().position(|one| to.value.matches(&one.value));
        let is_spare = |record: &Record| {
            !wanted.iter().filter_map(Change::value).any(|value| value.matches(&record.value))
        };
        let at = held.or_else(|| spare.iter().position(is_spare));
        changes.push(match at.map(|at| spare.remove(at)) {
            Some(record) => Change::Update { record, to: to.clone() },
            None => Change::Insert(to.clone()),
        });
    }
    changes.extend(spare.into_iter().map(Change::Delete));
    changes
}

/// The records of a set that is made anew, as it was removed meanwhile.
pub fn anew(changes: &[Change]) -> Vec<Change> {
    let mut new = Vec::new();
    for change in changes {
        if let Change::Update { to, .. } | Change::Insert(to) = change {
            new.push(Change::Insert(to.clone()));
        }
    }
    new
}

/// The records after the changes, with the ttl of the set; none for those that were removed.
pub fn after(set: &RrSet, changes: &[Change], ttl: Option<u32>) -> Vec<Option<Record>> {
    let mut records = Vec::new();
    for change in changes {
        records.push(change.value().map(|value| {
            let mut record = Record::new(wire::id(set), value.clone());
            record.ttl = ttl;
            record
        }));
    }
    records
}

/// The ttl of the set before the changes.
pub fn known_ttl(changes: &[Change]) -> Option<u32> {
    changes.iter().find_map(|change| match change {
        Change::Keep(record) | Change::Delete(record) | Change::Update { record, .. } => record.ttl,
        Change::Insert(_) => None,
    })
}
