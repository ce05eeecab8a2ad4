//! The difference between the records that stand and the addresses that are wanted: pure.

use crate::record::{Change, Record, Wanted};

/// What makes the records mirror `wanted` exactly: one record for each address, no others.
///
/// `wanted` in any order, each address once. A wanted address without a record is paired with a
/// record that is not wanted, both in the order of addresses, so that a record whose address
/// changes keeps what its owner set on it. First come the wanted addresses in order (kept, updated,
/// inserted), then what is left over and goes, in order.
pub fn mirror(wanted: &[Wanted], existing: &[Record]) -> Vec<Change> {
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable_by_key(|one| one.address);
    let mut existing: Vec<&Record> = existing.iter().collect();
    existing.sort_unstable_by(|one, other| one.order(other));
    // Of two records with one address the second is not wanted.
    let mut kept: Vec<&Record> = Vec::new();
    let mut spare: Vec<&Record> = Vec::new();
    for record in existing {
        let is_wanted = wanted.iter().any(|one| one.address == record.address);
        if is_wanted && kept.last().is_none_or(|last| last.address != record.address) {
            kept.push(record);
        } else {
            spare.push(record);
        }
    }
    let mut spare = spare.into_iter();
    let mut changes = Vec::new();
    for one in wanted {
        changes.push(match kept.iter().find(|record| record.address == one.address) {
            Some(record) => Change::Keep((*record).clone()),
            None => match spare.next() {
                Some(record) => Change::Update { record: record.clone(), to: one },
                None => Change::Insert(one),
            },
        });
    }
    changes.extend(spare.map(|record| Change::Delete(record.clone())));
    changes
}

#[cfg(test)]
mod tests;
