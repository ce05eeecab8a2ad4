//! Looks and applies: reads are tried again within reason, writes are sent once.

use super::backoff;
use crate::env::Env;
use crate::error::{Error, Kind};
use crate::providers::Provider;
use crate::record::{Change, Record, Target};

/// The records that stand at the target, sorted by address.
///
/// # Errors
/// Those of the provider, after [`backoff::READ_TRIES_MAX`] tries where trying again could help.
pub fn look(
    env: &mut dyn Env,
    provider: &dyn Provider,
    target: &Target,
) -> Result<Vec<Record>, Error> {
    let records = retried(env, |_| true, &mut |env| provider.list(env, target))?;
    Ok(Record::sorted(&records))
}

/// Tries a read again, up to [`backoff::READ_TRIES_MAX`] times, where that could help and the
/// caller has patience with such an error.
pub fn retried<T>(
    env: &mut dyn Env,
    has_patience: fn(Kind) -> bool,
    read: &mut dyn FnMut(&mut dyn Env) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut tries = 0;
    loop {
        let error = match read(env) {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        tries += 1;
        let mut chance = [0; 2];
        env.random(&mut chance);
        let wait = backoff::before_retry(error.kind, tries, u16::from_ne_bytes(chance));
        match wait.filter(|_| has_patience(error.kind)) {
            Some(milliseconds) if env.pause(milliseconds).is_ok() => {}
            _ => return Err(error),
        }
    }
}

/// Carries out `changes` and gives back the records as they stand then, or nothing where the
/// provider did not show all of them.
///
/// A write is never sent twice: whether one that failed has happened is for the next look to find.
///
/// # Errors
/// Those of the provider; how much has been done is then unknown.
pub fn apply(
    env: &mut dyn Env,
    provider: &dyn Provider,
    target: &Target,
    changes: &[Change],
) -> Result<Option<Vec<Record>>, Error> {
    let mut after: Vec<Record> = Vec::new();
    for change in changes {
        if let Change::Keep(record) = change {
            after.push(record.clone());
        }
    }
    let mut complete = true;
    provider.apply(env, target, changes, &mut |done| match (done.change, done.record) {
        (Change::Delete(_), _) => {}
        (_, Some(record)) => after.push(record),
        (_, None) => complete = false,
    })?;
    Ok(complete.then_some(after))
}

#[cfg(test)]
mod tests;
