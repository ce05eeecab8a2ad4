//! One record made right for somebody who asked: find its zone, look, compare, write once.

use super::reconcile::retried;
use crate::error::{Error, Kind};
use crate::providers::Editor;
use crate::record::{Entry, Standing, Traces};
use crate::wire::job::{CREATED, Outcome, Stage, UNCHANGED, UPDATED};
use crate::world::World;

/// What is known of an account's zones, and how far it is to be relied on.
pub struct Known<'a> {
    /// By name; none: they have never been listed.
    pub zones: Option<&'a [String]>,
    pub are_old: bool,
}

/// Makes the entry stand.
///
/// An entry without a zone has its whole name as `record` and gets the longest zone it is in. With
/// `replaces` all other values go, and only those are compared; without, several records are left
/// as they are, and a ttl and a comment that were asked for are made so, too.
pub fn settle(
    world: &mut dyn World,
    editor: &dyn Editor,
    entry: &mut Entry,
    known: &Known,
    replaces: bool,
    traces: &mut Traces,
) -> Outcome {
    let failed = |error| Outcome::Failed(Stage::Looking, error);
    if entry.zone.is_empty() {
        match zone_of(world, editor, &entry.record, known, traces) {
            Ok(Some((zone, record))) => (entry.zone, entry.record) = (zone, record),
            Ok(None) => return Outcome::NoZone,
            Err(error) => return failed(error),
        }
    }
    let found = retried(world, has_patience, &mut |world| editor.find(world, entry, traces));
    let standing = match found {
        Ok(Some(standing)) => standing,
        Ok(None) => return Outcome::NoZone,
        Err(error) => return failed(error),
    };
    let Some(first) = standing.first() else {
        return done(CREATED, None, editor.insert(world, entry, traces), traces);
    };
    traces.record_id = Some(first.id.clone()).filter(|id| !id.is_empty());
    match standing.as_slice() {
        [one] if is_right(entry, one, replaces) => {
            Outcome::Done { action: UNCHANGED.into(), ttl: one.ttl, previous_value: None }
        }
        [_, _, ..] if !replaces => {
            Outcome::Several(u32::try_from(standing.len()).unwrap_or(u32::MAX))
        }
        all => {
            let before = all.iter().find(|one| !entry.has_value(&one.value)).unwrap_or(first);
            let before = Some(before.value.clone());
            done(UPDATED, before, editor.change(world, entry, all, traces), traces)
        }
    }
}

/// Whoever asked waits, and is rather told than kept waiting when the provider wants to be left
/// alone.
fn has_patience(kind: Kind) -> bool {
    matches!(kind, Kind::Unreachable)
}

/// Whether a record that stands is what was asked for.
fn is_right(entry: &Entry, one: &Standing, only_value: bool) -> bool {
    let fits = entry.ttl.is_none_or(|ttl| one.ttl == Some(ttl))
        && entry.comment.as_deref().is_none_or(|text| one.comment.as_deref() == Some(text));
    entry.has_value(&one.value) && (only_value || fits)
}

fn done(
    action: &str,
    previous_value: Option<String>,
    written: Result<Standing, Error>,
    traces: &mut Traces,
) -> Outcome {
    match written {
        Ok(Standing { id, ttl, .. }) => {
            if !id.is_empty() {
                traces.record_id = Some(id);
            }
            Outcome::Done { action: action.into(), ttl, previous_value }
        }
        Err(error) => Outcome::Failed(Stage::Writing, error),
    }
}

/// The longest zone a name is in, and the name below it. What is known serves while it has one and
/// is not old; an old list serves where a new one cannot be had.
fn zone_of(
    world: &mut dyn World,
    editor: &dyn Editor,
    name: &str,
    known: &Known,
    traces: &mut Traces,
) -> Result<Option<(String, String)>, Error> {
    let old = known.zones.and_then(|zones| longest(zones, name));
    if old.is_some() && !known.are_old {
        return Ok(old);
    }
    match retried(world, has_patience, &mut |world| editor.zones(world, traces)) {
        Ok(zones) => {
            let found = longest(&zones, name);
            traces.zones = Some(zones);
            Ok(found)
        }
        Err(_) if old.is_some() => Ok(old),
        Err(error) => Err(error),
    }
}

fn longest(zones: &[String], name: &str) -> Option<(String, String)> {
    let within = |zone: &String| {
        let rest = name.strip_suffix(zone.as_str())?;
        let record = if rest.is_empty() { "@" } else { rest.strip_suffix('.')? };
        (!zone.is_empty() && !record.is_empty()).then(|| (zone.clone(), record.to_string()))
    };
    zones.iter().filter_map(within).max_by_key(|(zone, _)| zone.len())
}

#[cfg(test)]
mod tests;
