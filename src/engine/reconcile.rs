//! Looks and applies: reads are tried again within reason, writes are sent once.

use super::backoff;
use crate::error::{Error, Kind};
use crate::providers::Provider;
use crate::record::{Change, Record, Target};
use crate::world::World;

/// The records that stand at the target, sorted by address.
///
/// # Errors
/// Those of the provider, after [`backoff::READ_TRIES_MAX`] tries where trying again could help.
pub fn look(
    world: &mut dyn World,
    provider: &dyn Provider,
    target: &Target,
) -> Result<Vec<Record>, Error> {
    let records = retried(world, |_| true, &mut |world| provider.list(world, target))?;
    Ok(Record::sorted(&records))
}

/// Tries a read again, up to [`backoff::READ_TRIES_MAX`] times, where that could help and the
/// caller has patience with such an error.
pub fn retried<T>(
    world: &mut dyn World,
    has_patience: fn(Kind) -> bool,
    read: &mut dyn FnMut(&mut dyn World) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut tries = 0;
    loop {
        let error = match read(world) {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        tries += 1;
        let mut chance = [0; 2];
        world.random(&mut chance);
        let wait = backoff::before_retry(error.kind, tries, u16::from_ne_bytes(chance));
        match wait.filter(|_| has_patience(error.kind)) {
            Some(milliseconds) if world.pause(milliseconds).is_ok() => {}
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
    world: &mut dyn World,
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
    provider.apply(world, target, changes, &mut |done| match (done.change, done.record) {
        (Change::Delete(_), _) => {}
        (_, Some(record)) => after.push(record),
        (_, None) => complete = false,
    })?;
    Ok(complete.then_some(after))
}

#[cfg(test)]
mod tests;
