//! RRsets made what a job wants: find their zone, list, plan, write once.

use super::plan::{self, Ambiguous};
use super::reconcile::retried;
use crate::env::Env;
use crate::error::{Error, Kind};
use crate::providers::RecordStore;
use crate::record::{
    Attributes, Change, Record, RecordSpec, ResponseMeta, RrSet, SetChanges, Zone,
};
use crate::wire::job::{Action, Answer, Deadline, Job, Outcome, SetJob, Stage, Step};

/// How many of several records are named.
const SHOWN_MAX: usize = 5;
const TTL_WARNING: &str = "ttl_automatic: ttl is automatic while the record is proxied";
const PAUSED_WARNING: &str = "record_paused: the record is paused at the provider";

/// A set of a job as it was listed.
struct Listed {
    set: RrSet,
    specs: Vec<RecordSpec>,
    records: Vec<Record>,
}

/// Does a job: the sets of one zone are listed, then all that has to be changed is handed to the
/// store at once. A list that fails never leads to a write, and a write is not sent twice.
pub fn ensure(env: &mut dyn Env, store: &dyn RecordStore, job: &Job) -> Answer {
    let mut meta = ResponseMeta::default();
    let (outcome, steps) = run(env, store, job, &mut meta);
    Answer { outcome, steps, meta }
}

fn run(
    env: &mut dyn Env,
    store: &dyn RecordStore,
    job: &Job,
    meta: &mut ResponseMeta,
) -> (Outcome, Vec<Step>) {
    let listed = match list_all(env, store, job, meta) {
        Ok(Some(listed)) => listed,
        Ok(None) => return (Outcome::NoZone, Vec::new()),
        Err(error) => return (Outcome::Failed(Stage::Looking, error), Vec::new()),
    };
    let mut work = Vec::new();
    for (set_job, Listed { set, specs, records }) in job.sets.iter().zip(listed) {
        note(&records, meta);
        let SetJob { owned, policy, attributes, .. } = set_job;
        match plan::plan(&specs, owned, &records, *policy, *attributes) {
            Ok(changes) => work.push(SetChanges { set, changes, policy: *policy }),
            Err(Ambiguous) => return (several(&records), Vec::new()),
        }
    }
    let mut done = Vec::new();
    let mut result = Ok(());
    if work.iter().any(|one| one.changes.iter().any(Change::is_write)) {
        result = store.apply(env, &work, &mut done, meta);
    } else {
        for change in work.iter().flat_map(|one| &one.changes) {
            if let Change::Keep(record) = change {
                done.push(Some(record.clone()));
            }
        }
    }
    let (steps, are_all_shown) = steps_of(&job.sets, &work, &done, meta);
    let outcome = match result {
        Ok(()) if are_all_shown => Outcome::Done,
        Ok(()) => {
            let message = "the API does not show the record as it was to be; it has to be read \
                again";
            Outcome::Failed(Stage::Writing, Error::new(Kind::InvalidResponse, message))
        }
        Err(error) => Outcome::Failed(Stage::Writing, error),
    };
    (outcome, steps)
}

/// What was done, and whether the provider showed every record that it should have.
fn steps_of(
    sets: &[SetJob],
    work: &[SetChanges],
    done: &[Option<Record>],
    meta: &mut ResponseMeta,
) -> (Vec<Step>, bool) {
    let mut steps = Vec::new();
    let mut are_all_shown = true;
    let mut done = done.iter();
    for (number, (set_job, one)) in (0..).zip(sets.iter().zip(work)) {
        for change in &one.changes {
            // What is after the last one has not been done, or nobody knows.
            let Some(record) = done.next() else { return (steps, are_all_shown) };
            are_all_shown &= record.is_some() || change.value().is_none();
            let mut previous = None;
            let (action, value) = match change {
                Change::Keep(kept) => (Action::Unchanged, &kept.value),
                Change::Insert(spec) => (Action::Created, &spec.value),
                Change::Update { record, to } => {
                    previous = Some(record.spelling());
                    (Action::Updated, &to.value)
                }
                Change::Delete(record) => (Action::Removed, &record.value),
            };
            if action == Action::Unchanged && !set_job.wanted.iter().any(|one| one.matches(value)) {
                continue;
            }
            let mut ttl = None;
            if let Some(record) = record {
                ttl = record.ttl;
                if !record.id.is_empty() {
                    meta.record_id = Some(record.id.clone());
                }
            }
            steps.push(Step { set: number, action, value: value.clone(), previous, ttl });
        }
    }
    (steps, are_all_shown)
}

/// Keeps what is worth knowing of the records whatever becomes of them.
fn note(records: &[Record], meta: &mut ResponseMeta) {
    if let Some(first) = records.first() {
        meta.record_id = Some(first.id.clone()).filter(|id| !id.is_empty());
    }
    if let [one] = records
        && one.kept.status.as_ref().is_some_and(|status| status.eq_ignore_ascii_case("disable"))
    {
        meta.warnings.push(PAUSED_WARNING.into());
    }
}

fn several(records: &[Record]) -> Outcome {
    let (mut lines, mut values) = (Vec::new(), Vec::new());
    for record in records {
        if let Some(line) = &record.kept.line
            && !lines.contains(line)
        {
            lines.push(line.clone());
        }
        if values.len() < SHOWN_MAX {
            values.push(record.value.clone());
        }
    }
    if lines.len() < 2 {
        lines.clear();
    }
    Outcome::Several { count: u32::try_from(records.len()).unwrap_or(u32::MAX), lines, values }
}

/// All sets of the job, whose zone is found first where it is not known; nothing where the account
/// has no such zone.
fn list_all(
    env: &mut dyn Env,
    store: &dyn RecordStore,
    job: &Job,
    meta: &mut ResponseMeta,
) -> Result<Option<Vec<Listed>>, Error> {
    if job.zone != Zone::Unknown {
        return list_in(env, store, job, &job.zone, meta);
    }
    let Some(name) = job.sets.first().map(|set| set.name.as_str()) else {
        return Ok(Some(Vec::new()));
    };
    let known = job.zones.as_deref().and_then(|zones| longest(zones, name));
    if let Some(zone) = known.filter(|_| !job.zones_are_old) {
        let found = list_in(env, store, job, &Zone::Name(zone.into()), meta)?;
        if found.is_some() {
            return Ok(found);
        }
        // It is gone since, and another may be the longest.
    }
    let mut zones = Vec::new();
    let listed = retried(env, patience(job), &mut |env| {
        zones = store.zones(env, meta)?;
        Ok(())
    });
    let found = match listed {
        Ok(()) => {
            let found = longest(&zones, name).map(String::from);
            meta.zones = Some(zones);
            found
        }
        Err(_) if job.zones_are_old && known.is_some() => known.map(String::from),
        Err(error) => return Err(error),
    };
    let Some(zone) = found else { return Ok(None) };
    list_in(env, store, job, &Zone::Name(zone), meta)
}

/// All sets of the job in that zone.
fn list_in(
    env: &mut dyn Env,
    store: &dyn RecordStore,
    job: &Job,
    zone: &Zone,
    meta: &mut ResponseMeta,
) -> Result<Option<Vec<Listed>>, Error> {
    let mut all = Vec::new();
    for set_job in &job.sets {
        let mut name = set_job.name.as_str();
        if let (Zone::Unknown, Zone::Name(zone)) = (&job.zone, zone) {
            let outside = || Error::local(name, "is not in the zone of the other names");
            name = below(zone, name).ok_or_else(outside)?;
        }
        let set = RrSet { zone: zone.clone(), name: name.into(), kind: set_job.kind };
        let mut found = None;
        retried(env, patience(job), &mut |env| {
            found = store.list(env, &set, meta)?;
            Ok(())
        })?;
        let Some(mut records) = found else { return Ok(None) };
        let mut specs = Vec::new();
        for value in &set_job.wanted {
            let SetJob { ttl, comment, proxied, .. } = set_job;
            let (ttl, comment, proxied) = (*ttl, comment.clone(), *proxied);
            specs.push(RecordSpec { ttl, comment, proxied, ..RecordSpec::of(value.clone()) });
        }
        if set_job.attributes == Attributes::Always {
            accept_automatic(&mut records, set_job.ttl, meta);
        }
        all.push(Listed { set, specs, records });
    }
    Ok(Some(all))
}

/// The ttl of a proxied record is always automatic: it counts as the one that is wanted, so that it
/// is not tried again each time.
fn accept_automatic(records: &mut [Record], ttl: Option<u32>, meta: &mut ResponseMeta) {
    const AUTOMATIC: Option<u32> = Some(1);
    let Some(wanted) = ttl.filter(|_| ttl != AUTOMATIC) else { return };
    for record in records {
        if record.kept.proxied == Some(true) && record.ttl == AUTOMATIC {
            record.ttl = Some(wanted);
            if meta.warnings.iter().all(|one| one != TTL_WARNING) {
                meta.warnings.push(TTL_WARNING.into());
            }
        }
    }
}

/// A caller that waits learns at once that the provider wants to be left alone; one that comes back
/// does so at its own time.
fn patience(job: &Job) -> fn(Kind) -> bool {
    match job.deadline {
        Deadline::Job(_) => |kind| matches!(kind, Kind::Unreachable),
        Deadline::Request(_) => |_| false,
    }
}

/// The name relative to a zone it is in, `@` for the zone's own.
fn below<'a>(zone: &str, name: &'a str) -> Option<&'a str> {
    let rest = name.strip_suffix(zone)?;
    let name = if rest.is_empty() { "@" } else { rest.strip_suffix('.')? };
    (!zone.is_empty() && !name.is_empty()).then_some(name)
}

/// The longest of the zones the name is in.
fn longest<'a>(zones: &'a [String], name: &str) -> Option<&'a str> {
    let mut found: Option<&str> = None;
    for zone in zones {
        let is_longer = found.is_none_or(|other| zone.len() >= other.len());
        if is_longer && below(zone, name).is_some() {
            found = Some(zone);
        }
    }
    found
}

#[cfg(test)]
mod tests;
