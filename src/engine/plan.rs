//! The difference between the records that stand and the addresses that are wanted: pure.

use crate::record::{Change, Record, Wanted};
use std::net::IpAddr;

/// What makes the records mirror `wanted` exactly: one record for each address, no others.
///
/// `wanted` in any order, each address once. A wanted address without a record is paired with a
/// record that is not wanted, both in the order of addresses, so that a record whose address
/// changes keeps what its owner set on it. First come the wanted addresses in order (kept, updated,
/// inserted), then what is left over and goes, in order.
pub fn mirror(wanted: &[Wanted], existing: &[Record]) -> Vec<Change> {
    let mut wanted = wanted.to_vec();
    // They are few: a sort would be three times the code.
    for end in 1..wanted.len() {
        for at in (1..=end).rev() {
            if let Some([one, other]) = wanted.get_mut(at - 1..=at)
                && other.address < one.address
            {
                std::mem::swap(one, other);
            }
        }
    }
    // Of two records with one address the second is not wanted.
    let mut kept: Vec<&Record> = Vec::new();
    let mut spare: Vec<&Record> = Vec::new();
    for record in Record::in_order(existing) {
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

/// What to do where one address shall stand but several records do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Nothing: that is for their owner to say.
    OnlyOne,
    /// The first listed gets it, unless another has it already (no two may be the same); the others
    /// stay.
    First,
    /// All of them become it; as no two records may be the same, one is left.
    All,
}

/// Several records stand where one was expected; how many.
#[derive(Debug, PartialEq, Eq)]
pub struct Several(pub usize);

/// What makes one of `candidates` (the best first, at least one) the address that stands, changing
/// as little as possible: a record that has any of them is right as it is. `ttl` is for a new
/// record only.
///
/// # Errors
/// There are several records, and the policy is [`Policy::OnlyOne`].
pub fn only(
    candidates: &[IpAddr],
    existing: &[Record],
    policy: Policy,
    ttl: u32,
) -> Result<Vec<Change>, Several> {
    let Some(&best) = candidates.first() else { return Ok(Vec::new()) };
    let update = |record: &Record| Change::Update {
        record: record.clone(),
        to: Wanted { address: best, ttl: None },
    };
    let Some(first) = existing.first() else {
        return Ok(vec![Change::Insert(Wanted { address: best, ttl: Some(ttl) })]);
    };
    if policy == Policy::OnlyOne && existing.len() > 1 {
        return Err(Several(existing.len()));
    }
    // The better the candidate, the rather its record stays.
    let holding =
        candidates.iter().find_map(|one| existing.iter().position(|record| record.address == *one));
    let chosen = holding.unwrap_or(0);
    let mut changes = Vec::new();
    for (number, record) in existing.iter().enumerate() {
        if number == chosen && holding.is_some() {
            changes.push(Change::Keep(record.clone()));
        } else if number == chosen {
            changes.push(update(first));
        } else if policy == Policy::All {
            changes.push(Change::Delete(record.clone()));
        }
    }
    Ok(changes)
}

#[cfg(test)]
mod tests;
