//! Steps 2 and 3: read the records from cache or API, and reconcile them.

use super::addresses;
use super::settings::Settings;
use crate::applets::run_lock::{self, LockResult};
use crate::applets::unset_clock;
use crate::engine::{plan, reconcile};
use crate::env::Env;
use crate::error::{Error, Kind};
use crate::log::Log;
use crate::os;
use crate::providers::Account;
use crate::providers::cloudflare::Cloudflare;
use crate::record::{
    Attributes, Change, Policy, Record, RecordSpec, RecordType, ResponseMeta, RrSet, SetChanges,
    Value, Zone,
};
use crate::store::lock_file::{Lock, LockFile};
use crate::store::whole_file::{Stamp, WholeFile};
use crate::wire::record_cache;
use std::mem::ManuallyDrop;
use std::net::Ipv4Addr;

/// How long to wait for another run for the same name, in seconds.
const LOCK_SECONDS_MAX: u32 = 30;

/// One run: find the addresses, compare, change, update the cache.
pub fn sync(settings: &Settings, env: &mut dyn Env, log: &Log) -> Result<(), Error> {
    // Leaked on purpose: the process ends with the run, and drop code on every exit costs flash.
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
        // Another run wrote the cache while this one waited, and may have newer addresses.
        addresses = addresses::look(settings, env, log)?.leak();
    }
    if let Some((records, _)) = remembered
        && !settings.force
        && agrees(records, addresses)
    {
        log_records(&settings.target, records, " (Cached)", log);
        log_plan(&mirror(addresses, settings.ttl, records), &settings.target, log);
        return Ok(());
    }
    check_clock(env)?;
    os::memory::limit_address_space();
    with_api(settings, env, log, addresses, cache)
}

/// Reads the records from the API, applies the changes, and writes the cache.
fn with_api(
    settings: &Settings,
    env: &mut dyn Env,
    log: &Log,
    addresses: &[Ipv4Addr],
    cache: &WholeFile,
) -> Result<(), Error> {
    // However this run ends from here on (error, alarm, power cut), the next one asks the API.
    let removed = if settings.dry_run { Ok(()) } else { cache.remove() };
    let store = Cloudflare::new(Account {
        base: &settings.api_url,
        id: "",
        secret: &settings.token,
        zone_id: None,
        is_awaited: false,
    });
    let mut meta = ManuallyDrop::new(ResponseMeta::default());
    let (zone, name) = (Zone::Id(settings.zone.clone()), settings.target.clone());
    let set = RrSet { zone, name, kind: RecordType::A };
    // Leaked as well.
    let meta = &mut *meta;
    let work = SetChanges { set, changes: Vec::new(), policy: Policy::Mirror };
    let work = &mut *ManuallyDrop::new(work);
    let records = &*reconcile::list(env, &store, &work.set, meta)?.leak();
    log_records(&settings.target, records, "", log);
    work.changes = mirror(addresses, settings.ttl, records);
    if settings.force {
        work.changes.iter_mut().for_each(|change| correct_ttl(change, settings.ttl));
    }
    log_plan(&work.changes, &settings.target, log);
    if settings.dry_run {
        return Ok(());
    }
    if work.changes.iter().any(Change::is_write) {
        // A stale cache would be trusted by the next run.
        removed.map_err(|error| {
            let path = cache.path().display();
            Error::local(format_args!("nothing changed, cannot remove the cache {path}"), error)
        })?;
    }
    let after = reconcile::apply(env, &store, work, meta);
    let after = after.map_err(|error| match error.kind {
        Kind::OtherName => stop(settings, env, log, cache, error),
        _ => error,
    })?;
    let Some(after) = after else {
        log.warning("The API did not show the changed records; the next run reads them again.");
        return Ok(());
    };
    write(cache, &record_cache::encode(env.now(), after.leak()), log);
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

/// Stores that with these settings each further run would create another stray record.
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

/// The settings that determine where a name is created, besides the name.
fn zone_settings(settings: &Settings) -> String {
    format!("{} {}", settings.zone, settings.api_url)
}

/// Turns Keep into Update for a wrong ttl, except of a proxied record, whose ttl is always
/// automatic.
fn correct_ttl(change: &mut Change, ttl: u32) {
    if let Change::Keep(record) = change
        && record.ttl != Some(ttl)
        && record.kept.proxied != Some(true)
    {
        let to = RecordSpec { ttl: Some(ttl), ..RecordSpec::of(record.value.clone()) };
        *change = Change::Update { record: record.clone(), to };
    }
}

/// What makes the records mirror the addresses.
fn mirror(addresses: &[Ipv4Addr], ttl: u32, records: &[Record]) -> Vec<Change> {
    let mut wanted = Vec::new();
    for &address in addresses {
        wanted.push(RecordSpec { ttl: Some(ttl), ..RecordSpec::of(Value::A(address)) });
    }
    let plan = plan::plan(&wanted, &[], records, Policy::Mirror, Attributes::WithValue);
    // This policy is never in doubt.
    plan.unwrap_or_default()
}

/// Whether the cache has exactly these addresses.
fn agrees(records: &[Record], addresses: &[Ipv4Addr]) -> bool {
    let holds = |&address: &Ipv4Addr| records.iter().any(|one| one.value == Value::A(address));
    records.len() == addresses.len() && addresses.iter().all(holds)
}

/// The records in the cache, and the stamp of that version.
fn remember(
    document: Option<(&[u8], Stamp)>,
    settings: &Settings,
) -> Option<(&'static [Record], Stamp)> {
    let (document, stamp) = document?;
    let records = record_cache::decode(document, RecordType::A, &settings.target)?;
    Some((records.leak(), stamp))
}

/// Locks the name, waiting for other runs. Without a lock file it goes on: a duplicate record for
/// one run is better than a name that is never updated.
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
            Err(Error::with(
                Kind::Unavailable,
                format_args!(
                    "another run for '{name}' is still active after {LOCK_SECONDS_MAX} s."
                ),
            ))
        }
    }
}

/// A router boots with its clock in the past, when certificates cannot be verified.
fn check_clock(env: &mut dyn Env) -> Result<(), Error> {
    match unset_clock(env.now()) {
        Some(why) => Err(Error::new(Kind::Unavailable, why + ".")),
        None => Ok(()),
    }
}

fn log_records(name: &str, records: &[Record], suffix: &str, log: &Log) {
    let mut list = String::new();
    for record in records {
        addresses::add_to_list(&mut list, &record.value);
    }
    log.detail_of(format_args!("DNS A records for '{name}' = [{list}]{suffix}"));
}

fn log_plan(changes: &[Change], name: &str, log: &Log) {
    for change in changes {
        let (what, value, at) = match change {
            Change::Keep(record) => ("Skipping", &record.value, None),
            Change::Insert(spec) => ("Adding", &spec.value, Some("to")),
            Change::Update { to, .. } => ("Updating", &to.value, Some("in")),
            Change::Delete(record) => ("Removing", &record.value, Some("from")),
        };
        match at {
            Some(at) => log.detail_of(format_args!("{what} '{value}' {at} '{name}'.")),
            None => log.detail_of(format_args!("{what} '{value}'.")),
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
