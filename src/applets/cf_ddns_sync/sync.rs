//! Steps 2 and 3: the records as cache or API know them, and what makes them right.

use super::addresses;
use super::settings::Settings;
use crate::applets::run_lock::{self, LockResult};
use crate::applets::unset_clock;
use crate::engine::{plan, reconcile};
use crate::env::Env;
use crate::error::{Error, Kind};
use crate::log::Log;
use crate::os;
use crate::providers::cloudflare::Cloudflare;
use crate::record::{Change, Record, RecordType, Target, Wanted};
use crate::store::lock_file::{Lock, LockFile};
use crate::store::whole_file::{Stamp, WholeFile};
use crate::wire::record_cache;
use std::net::{IpAddr, Ipv4Addr};

/// How long another run for the same name is waited for.
const LOCK_SECONDS_MAX: u32 = 30;

/// One whole run: look, compare, change, remember.
pub fn sync(settings: &Settings, env: &mut dyn Env, log: &Log) -> Result<(), Error> {
    // A run ends with its process: to give back what it holds on each of the ways out costs flash.
    let cache: &WholeFile =
        Box::leak(Box::new(WholeFile::new(&settings.cache_dir, &settings.target)));
    let stamp_before = cache.stamp();
    let mut addresses = addresses::look(settings, env, log)?.leak();
    let _lock = if settings.dry_run { None } else { lock(settings, env, log)? };
    let document = cache.read().map(|(text, stamp)| (&*text.leak(), stamp));
    let stopped = document
        .as_ref()
        .and_then(|(text, _)| record_cache::decode_stop(text, &zone_settings(settings)));
    if let Some(why) = stopped {
        return Err(Error::new(Kind::OtherName, why));
    }
    let remembered = remember(document, settings);
    if let Some((records, stamp)) = &remembered
        && Some(stamp) != stamp_before.as_ref()
        && !agrees(records, addresses)
    {
        // Another run looked and wrote while this one waited: it may know better than our look.
        addresses = addresses::look(settings, env, log)?.leak();
    }
    let target: &Target = Box::leak(Box::new(Target {
        zone: settings.zone.clone(),
        name: settings.target.clone(),
        kind: RecordType::A,
    }));
    if let Some((records, _)) = remembered
        && !settings.force
        && agrees(records, addresses)
    {
        tell_records(target, records, " (Cached)", log);
        tell_plan(plan::mirror(wanted(addresses, settings.ttl), records).leak(), target, log);
        return Ok(());
    }
    check_clock(env)?;
    os::memory::limit_address_space();
    with_api(settings, env, log, target, addresses, cache)
}

/// Reads the records from the API, changes what is wrong, and writes down how they then are.
fn with_api(
    settings: &Settings,
    env: &mut dyn Env,
    log: &Log,
    target: &Target,
    addresses: &[Ipv4Addr],
    cache: &WholeFile,
) -> Result<(), Error> {
    // However this run ends from here on, by an error, an alarm or a power cut, the next one looks
    // again.
    let removed = if settings.dry_run { Ok(()) } else { cache.remove() };
    let provider = Cloudflare { base: &settings.api_url, token: &settings.token };
    let records = reconcile::look(env, &provider, target)?.leak();
    tell_records(target, records, "", log);
    let changes = plan::mirror(wanted(addresses, settings.ttl), records).leak();
    if settings.force {
        changes.iter_mut().for_each(|change| correct_ttl(change, settings.ttl));
    }
    tell_plan(changes, target, log);
    if settings.dry_run {
        return Ok(());
    }
    if changes.iter().any(Change::is_write) {
        // It would lie about the records as they are then, and still be believed.
        removed.map_err(|error| {
            let path = cache.path().display();
            Error::local(format_args!("nothing changed, cannot remove the cache {path}"), error)
        })?;
    }
    let after = reconcile::apply(env, &provider, target, changes);
    let after = after.map_err(|error| match error.kind {
        Kind::OtherName => stop(settings, env, log, cache, error),
        _ => error,
    })?;
    let Some(after) = after else {
        log.warning("The API did not show the changed records; the next run reads them again.");
        return Ok(());
    };
    write(cache, &record_cache::encode(env.now(), &after), log);
    Ok(())
}

fn write(cache: &WholeFile, document: &str, log: &Log) {
    if let Err(error) = cache.write(document.as_bytes()) {
        log.warning(&format!(
            "Cannot write the cache {}: {error}; choose another directory with --cacheDir.",
            cache.path().display()
        ));
    }
}

/// Remembers that each further run with these settings would make one more stray record.
fn stop(
    settings: &Settings,
    env: &mut dyn Env,
    log: &Log,
    cache: &WholeFile,
    mut error: Error,
) -> Error {
    let path = cache.path().display();
    error.message.push_str(&format!(
        "\nNothing more is sent for this name until --target or --zoneId changes, or {path} is \
         removed."
    ));
    write(
        cache,
        &record_cache::encode_stop(env.now(), &zone_settings(settings), &error.message),
        log,
    );
    error
}

/// What a name's place depends on, besides the name itself.
fn zone_settings(settings: &Settings) -> String {
    format!("{} {}", settings.zone, settings.api_url)
}

/// Makes a change of a record that is right but for its ttl. That of a proxied one is always
/// automatic.
fn correct_ttl(change: &mut Change, ttl: u32) {
    if let Change::Keep(record) = change
        && record.ttl != ttl
        && record.proxied != Some(true)
    {
        let to = Wanted { address: record.address, ttl: Some(ttl) };
        *change = Change::Update { record: record.clone(), to };
    }
}

fn wanted(addresses: &[Ipv4Addr], ttl: u32) -> &'static [Wanted] {
    let wanted = |&address| Wanted { address: IpAddr::V4(address), ttl: Some(ttl) };
    addresses.iter().map(wanted).collect::<Vec<_>>().leak()
}

/// The cache serves if it holds as many records as there are addresses, and each address.
fn agrees(records: &[Record], addresses: &[Ipv4Addr]) -> bool {
    let holds = |&address: &Ipv4Addr| records.iter().any(|one| one.address == IpAddr::V4(address));
    records.len() == addresses.len() && addresses.iter().all(holds)
}

/// The records in the cache, and which writing of it they are from.
fn remember(
    document: Option<(&[u8], Stamp)>,
    settings: &Settings,
) -> Option<(&'static [Record], Stamp)> {
    let (document, stamp) = document?;
    let records = record_cache::decode(document, RecordType::A, &settings.target)?;
    Some((records.leak(), stamp))
}

/// Waits until no other run for the same name is at work. Without a lock file it goes on: better
/// a record too many for one run than a name that never follows.
fn lock(settings: &Settings, env: &mut dyn Env, log: &Log) -> Result<Option<Lock>, Error> {
    let warn = |error: std::io::Error| {
        let directory = settings.cache_dir.display();
        log.warning(&format!(
            "Cannot lock {directory}/{}.lock: {error}; choose another directory with --cacheDir.",
            settings.target
        ));
        Ok(None)
    };
    let file = match LockFile::open(&settings.cache_dir, &settings.target) {
        Ok(file) => file,
        Err(error) => return warn(error),
    };
    match run_lock::acquire(file, LOCK_SECONDS_MAX, env)? {
        LockResult::Acquired(lock) => Ok(Some(lock)),
        LockResult::Failed(error) => warn(error),
        LockResult::Busy => {
            let name = &settings.target;
            let message =
                format!("another run for '{name}' is still at work after {LOCK_SECONDS_MAX} s.");
            Err(Error::new(Kind::Unavailable, message))
        }
    }
}

/// A router boots with its clock in the past, where no certificate can be judged.
fn check_clock(env: &mut dyn Env) -> Result<(), Error> {
    match unset_clock(env.now()) {
        Some(why) => Err(Error::new(Kind::Unavailable, why + ".")),
        None => Ok(()),
    }
}

fn tell_records(target: &Target, records: &[Record], suffix: &str, log: &Log) {
    let list: Vec<String> = records.iter().map(|record| record.address.to_string()).collect();
    let list = list.join(", ");
    log.detail_of(format_args!("DNS A records for '{}' = [{list}]{suffix}", target.name));
}

fn tell_plan(changes: &[Change], target: &Target, log: &Log) {
    let name = &target.name;
    for change in changes {
        let (what, address, at) = match change {
            Change::Keep(record) => ("Skipping", record.address, None),
            Change::Insert(wanted) => ("Adding", wanted.address, Some("to")),
            Change::Update { to, .. } => ("Updating", to.address, Some("in")),
            Change::Delete(record) => ("Removing", record.address, Some("from")),
        };
        match at {
            Some(at) => log.detail_of(format_args!("{what} '{address}' {at} '{name}'.")),
            None => log.detail_of(format_args!("{what} '{address}'.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applets::BUILT;
    use crate::env::fake::FakeEnv;

    #[test]
    fn a_clock_before_the_build_is_not_set() {
        let check = |now| check_clock(&mut FakeEnv { now, ..FakeEnv::default() });
        let error = check(96_094_657).unwrap_err();
        assert_eq!(error.kind, Kind::Unavailable);
        assert_eq!(
            error.message,
            "system clock is not set (it says 1973-01-17, before this program was built)."
        );
        assert!(check(BUILT - 1).is_err());
        assert!(check(BUILT).is_ok());
    }
}
