//! Providers whose records are written one by one: changes in their order, and what to do where
//! somebody else has changed the set since it was listed.

use super::RecordStore;
use super::failure::{Failure, Reason};
use crate::env::Env;
use crate::error::Error;
use crate::record::{Change, Record, ResponseMeta, RrSet, SetChanges};

/// Makes one change: gives the record back as it is then, one that is kept as it was, or nothing
/// after a removal.
pub type Write<'a> =
    &'a dyn Fn(&mut dyn Env, &RrSet, &Change, &mut ResponseMeta) -> Result<Option<Record>, Failure>;

/// See [`RecordStore::apply`].
pub fn apply(
    store: &dyn RecordStore,
    write: Write,
    env: &mut dyn Env,
    work: &[SetChanges],
    done: &mut Vec<Option<Record>>,
    meta: &mut ResponseMeta,
) -> Result<(), Error> {
    for one in work {
        let SetChanges { set, changes, .. } = one;
        for change in changes {
            let record = match write(env, set, change, meta) {
                Ok(record) => record,
                Err(failure) => {
                    let is_alone = one.is_one_record();
                    let conflict = Conflict { set, change, is_alone, recreates: false };
                    conflict.resolve(store, write, env, failure, meta)?
                }
            };
            done.push(record);
        }
    }
    Ok(())
}

/// A change that was refused.
pub struct Conflict<'a> {
    pub set: &'a RrSet,
    pub change: &'a Change,
    /// Whether it is the only change of its set, so that any single record found is meant.
    pub is_alone: bool,
    /// Whether a record that is gone is made again.
    pub recreates: bool,
}

impl Conflict<'_> {
    /// Looks at the set again where the refusal came of somebody else's change: that may have been
    /// what was wanted, or may need another write. Only one more is tried.
    pub fn resolve(
        &self,
        store: &dyn RecordStore,
        write: Write,
        env: &mut dyn Env,
        failure: Failure,
        meta: &mut ResponseMeta,
    ) -> Result<Option<Record>, Error> {
        let is_duplicate = failure.reason == Reason::Duplicate;
        if !is_duplicate && failure.reason != Reason::Stale {
            return Err(failure.error);
        }
        let wanted = match self.change {
            Change::Update { to, .. } | Change::Insert(to) => to,
            // That it is gone was wanted.
            Change::Delete(_) if !is_duplicate => return Ok(None),
            Change::Delete(_) | Change::Keep(_) => return Err(failure.error),
        };
        let Ok(Some(found)) = store.list(env, self.set, meta) else { return Err(failure.error) };
        let record = match found.as_slice() {
            [one] if self.is_alone && !is_duplicate => Some(one),
            all => all.iter().find(|one| wanted.is_held_by(one)),
        };
        let to = wanted.clone();
        let again = match record.cloned() {
            Some(record) => Change::Update { record, to },
            None if found.is_empty() && self.recreates && !is_duplicate => Change::Insert(to),
            None => return Err(failure.error),
        };
        Ok(write(env, self.set, &again, meta)?)
    }
}
