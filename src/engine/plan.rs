//! The difference between the records of an RRset and what is wanted of it: pure.

use crate::record::{Attributes, Change, Policy, Record, RecordSpec, Value};

/// Which records are meant is for their owner to say: there are several where one was expected, or
/// on several lines where one set of values was.
#[derive(Debug, PartialEq, Eq)]
pub struct Ambiguous;

/// What makes of the `existing` records what is `wanted`, changing as little as possible.
///
/// `wanted` has each value once; for the policies that choose one, the best first (at least one).
/// `owned` are values that may go under [`Policy::KeepForeign`]. All records that stay are among
/// the changes, as [`Change::Keep`].
///
/// # Errors
/// There are several records, and the policy is [`Policy::OnlyOne`]; or they are on several lines,
/// and it is one that wants several values.
pub fn plan(
    wanted: &[RecordSpec],
    owned: &[Value],
    existing: &[Record],
    policy: Policy,
    attributes: Attributes,
) -> Result<Vec<Change>, Ambiguous> {
    match policy {
        Policy::Mirror | Policy::KeepForeign if !are_on_one_line(existing) => Err(Ambiguous),
        Policy::Mirror | Policy::KeepForeign => {
            let (mut own, mut foreign) = (Vec::new(), Vec::new());
            for record in Record::in_order(existing) {
                let is_own = policy == Policy::Mirror
                    || wanted.iter().any(|one| one.value.matches(&record.value))
                    || owned.iter().any(|one| one.matches(&record.value));
                if is_own { own.push(record) } else { foreign.push(record) }
            }
            let mut changes = mirror(wanted, own, attributes);
            set_line(&mut changes, existing);
            for record in foreign {
                changes.push(Change::Keep(record.clone()));
            }
            Ok(changes)
        }
        Policy::OnlyOne if existing.len() > 1 => Err(Ambiguous),
        Policy::OnlyOne | Policy::First | Policy::All => {
            Ok(choose(wanted, existing, policy, attributes))
        }
    }
}

fn are_on_one_line(records: &[Record]) -> bool {
    records.iter().all(|one| records.first().is_none_or(|first| one.kept.line == first.kept.line))
}

/// What makes the records mirror `wanted` exactly: one record for each value, no others.
///
/// A wanted value without a record is paired with a record that is not wanted, both in order, so
/// that a record whose value changes keeps what its owner set on it. First come the wanted values
/// in order (kept, updated, inserted), then what is left over and goes, in order.
fn mirror(wanted: &[RecordSpec], existing: Vec<&Record>, attributes: Attributes) -> Vec<Change> {
    // No provider takes two records of one value.
    let mut distinct: Vec<&RecordSpec> = Vec::new();
    for spec in wanted {
        if !distinct.iter().any(|one| one.value.means(&spec.value)) {
            distinct.push(spec);
        }
    }
    let mut wanted = distinct;
    // They are few: a sort would be three times the code.
    for end in 1..wanted.len() {
        for at in (1..=end).rev() {
            if let Some([one, other]) = wanted.get_mut(at - 1..=at)
                && other.value < one.value
            {
                std::mem::swap(one, other);
            }
        }
    }
    // Of two records with one value the second is not wanted.
    let mut kept: Vec<(&RecordSpec, &Record)> = Vec::new();
    let mut spare: Vec<&Record> = Vec::new();
    for record in existing {
        let spec = wanted.iter().find(|one| one.value.matches(&record.value));
        match spec.filter(|spec| kept.iter().all(|(other, _)| other.value != spec.value)) {
            Some(spec) => kept.push((spec, record)),
            None => spare.push(record),
        }
    }
    let mut spare = spare.into_iter();
    let mut changes = Vec::new();
    for one in wanted {
        changes.push(match kept.iter().find(|(spec, _)| spec.value == one.value) {
            Some((_, record)) => kept_or_corrected(record, one, attributes),
            None => match spare.next() {
                Some(record) => updated(record, one, attributes),
                None => Change::Insert(one.clone()),
            },
        });
    }
    changes.extend(spare.map(|record| Change::Delete(record.clone())));
    changes
}

/// New records go where the others of the set are: on another line they would take their place.
fn set_line(changes: &mut [Change], existing: &[Record]) {
    let line = existing.first().and_then(|record| record.kept.line.as_ref());
    for change in changes {
        if let Change::Insert(spec) = change {
            spec.line = line.cloned();
        }
    }
}

/// What leaves one of the `wanted` values, where the policy may leave several records alone: a
/// record that has any of them is right as it is.
fn choose(
    wanted: &[RecordSpec],
    existing: &[Record],
    policy: Policy,
    attributes: Attributes,
) -> Vec<Change> {
    let Some(best) = wanted.first() else { return Vec::new() };
    if existing.is_empty() {
        return vec![Change::Insert(best.clone())];
    }
    // The better the value, the rather its record stays.
    let holding = wanted.iter().find_map(|spec| {
        let at = existing.iter().position(|record| spec.value.matches(&record.value))?;
        Some((at, spec))
    });
    let chosen = holding.map_or(0, |(at, _)| at);
    // Where others go, the set is written in any case.
    let is_written = policy == Policy::All && existing.len() > 1;
    let attributes = match attributes {
        Attributes::WithValue if is_written => Attributes::Always,
        _ => attributes,
    };
    let mut changes = Vec::new();
    for (number, record) in existing.iter().enumerate() {
        changes.push(match holding {
            Some((_, spec)) if number == chosen => kept_or_corrected(record, spec, attributes),
            None if number == chosen => updated(record, best, attributes),
            _ if policy == Policy::All => Change::Delete(record.clone()),
            _ => Change::Keep(record.clone()),
        });
    }
    changes
}

/// The change of a record that has the right value.
fn kept_or_corrected(record: &Record, spec: &RecordSpec, attributes: Attributes) -> Change {
    let fits = spec.fits_ttl(record.ttl) && spec.fits_comment(record.comment.as_deref());
    match attributes {
        Attributes::Always if !fits => updated(record, spec, attributes),
        _ => Change::Keep(record.clone()),
    }
}

fn updated(record: &Record, spec: &RecordSpec, attributes: Attributes) -> Change {
    let to = match attributes {
        Attributes::OfNew => RecordSpec::of(spec.value.clone()),
        Attributes::WithValue | Attributes::Always => spec.clone(),
    };
    Change::Update { record: record.clone(), to }
}

#[cfg(test)]
mod tests;
