//! Lists and applies: reads are tried again within reason, writes are sent once.

use super::backoff;
use crate::env::Env;
use crate::error::{Error, Kind};
use crate::providers::RecordStore;
use crate::record::{Record, ResponseMeta, RrSet, SetChanges};

/// The records of the set, sorted by value.
///
/// # Errors
/// Those of the provider, after [`backoff::READ_TRIES_MAX`] tries where trying again could help;
/// Local: the account has no such zone.
pub fn list(
    env: &mut dyn Env,
    store: &dyn RecordStore,
    set: &RrSet,
    meta: &mut ResponseMeta,
) -> Result<Vec<Record>, Error> {
    let mut records = None;
    retried(env, |_| true, &mut |env| {
        records = store.list(env, set, meta)?;
        Ok(())
    })?;
    let records = records.ok_or_else(|| Error::local(set.fqdn(), "there is no such zone"))?;
    Ok(Record::sorted(&records))
}

/// Tries a read again, up to [`backoff::READ_TRIES_MAX`] times, where that could help and the
/// caller has patience with such an error.
pub fn retried(
    env: &mut dyn Env,
    has_patience: fn(Kind) -> bool,
    read: &mut dyn FnMut(&mut dyn Env) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut tries = 0;
    loop {
        let error = match read(env) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        tries += 1;
        let mut jitter = [0; 2];
        env.random(&mut jitter);
        let wait = backoff::before_retry(error.kind, tries, u16::from_ne_bytes(jitter));
        match wait.filter(|_| has_patience(error.kind)) {
            Some(milliseconds) if env.pause(milliseconds).is_ok() => {}
            _ => return Err(error),
        }
    }
}

/// Carries out the changes of one set and gives back its records as they are then, or nothing where
/// the provider did not show all of them.
///
/// A write is never sent twice: whether one that failed has happened is for the next list to find.
///
/// # Errors
/// Those of the provider; how much has been done is then unknown.
pub fn apply(
    env: &mut dyn Env,
    store: &dyn RecordStore,
    work: &SetChanges,
    meta: &mut ResponseMeta,
) -> Result<Option<Vec<Record>>, Error> {
    let mut done = Vec::new();
    store.apply(env, std::slice::from_ref(work), &mut done, meta)?;
    let mut after = Vec::new();
    for (change, record) in work.changes.iter().zip(done) {
        match record {
            Some(record) => after.push(record),
            None if change.value().is_none() => {}
            None => return Ok(None),
        }
    }
    Ok(Some(after))
}

#[cfg(test)]
mod tests;
