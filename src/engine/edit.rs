//! One record made right for somebody who asked: find its zone, look, compare, write once.

use super::reconcile::retried;
use crate::env::Env;
use crate::error::{Error, Kind};
use crate::providers::Editor;
use crate::record::{Entry, ResponseMeta, Standing};
use crate::wire::job::{CREATED, Outcome, Stage, UNCHANGED, UPDATED};

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
    env: &mut dyn Env,
    editor: &dyn Editor,
    entry: &mut Entry,
    known: &Known,
    replaces: bool,
    meta: &mut ResponseMeta,
) -> Outcome {
    let standing = match look(env, editor, entry, known, meta) {
        Ok(Some(standing)) => standing,
        Ok(None) => return Outcome::NoZone,
        Err(error) => return Outcome::Failed(Stage::Looking, error),
    };
    let Some(first) = standing.first() else {
        return done(CREATED, None, editor.insert(env, entry, meta), meta);
    };
    meta.record_id = Some(first.id.clone()).filter(|id| !id.is_empty());
    if let [one] = standing.as_slice()
        && one.status.as_ref().is_some_and(|status| status.eq_ignore_ascii_case("disable"))
    {
        meta.warnings.push("record_paused: the record is paused at the provider".into());
    }
    match standing.as_slice() {
        [one] if is_right(entry, one, replaces) => {
            Outcome::Done { action: UNCHANGED.into(), ttl: one.ttl, previous_value: None }
        }
        [_, _, ..] if !replaces => {
            let mut lines = Vec::new();
            for line in standing.iter().filter_map(|one| one.line.as_ref()) {
                if !lines.contains(line) {
                    lines.push(line.clone());
                }
            }
            if lines.len() < 2 {
                lines.clear();
            }
            Outcome::Several(u32::try_from(standing.len()).unwrap_or(u32::MAX), lines)
        }
        all => {
            let before = all.iter().find(|one| !entry.has_value(&one.value)).unwrap_or(first);
            let before = Some(before.value.clone());
            done(UPDATED, before, editor.change(env, entry, all, meta), meta)
        }
    }
}

/// What stands at the entry's name and type, whose zone is found first where it has none; nothing
/// where the account has no such zone.
fn look(
    env: &mut dyn Env,
    editor: &dyn Editor,
    entry: &mut Entry,
    known: &Known,
    meta: &mut ResponseMeta,
) -> Result<Option<Vec<Standing>>, Error> {
    if !entry.zone.is_empty() {
        return find(env, editor, entry, meta);
    }
    let name = entry.record.clone();
    let known_zone = known.zones.and_then(|zones| longest(zones, &name));
    if let Some((zone, record)) = known_zone.clone().filter(|_| !known.are_old) {
        (entry.zone, entry.record) = (zone, record);
        let found = find(env, editor, entry, meta)?;
        if found.is_some() {
            return Ok(found);
        }
        // It is gone since, and another may be the longest.
    }
    let listed = retried(env, has_patience, &mut |env| editor.zones(env, meta));
    let found = match listed {
        Ok(zones) => {
            let found = longest(&zones, &name);
            meta.zones = Some(zones);
            found
        }
        Err(_) if known.are_old && known_zone.is_some() => known_zone,
        Err(error) => return Err(error),
    };
    let Some((zone, record)) = found else { return Ok(None) };
    (entry.zone, entry.record) = (zone, record);
    find(env, editor, entry, meta)
}

fn find(
    env: &mut dyn Env,
    editor: &dyn Editor,
    entry: &Entry,
    meta: &mut ResponseMeta,
) -> Result<Option<Vec<Standing>>, Error> {
    retried(env, has_patience, &mut |env| editor.find(env, entry, meta))
}

/// Whoever asked waits, and is rather told than kept waiting when the provider wants to be left
/// alone.
fn has_patience(kind: Kind) -> bool {
    matches!(kind, Kind::Unreachable)
}

/// Whether a record that stands is what was asked for.
fn is_right(entry: &Entry, one: &Standing, only_value: bool) -> bool {
    let fits = || entry.fits_ttl(one.ttl) && entry.fits_comment(one.comment.as_deref());
    entry.has_value(&one.value) && (only_value || fits())
}

fn done(
    action: &str,
    previous_value: Option<String>,
    written: Result<Standing, Error>,
    meta: &mut ResponseMeta,
) -> Outcome {
    match written {
        Ok(Standing { id, ttl, .. }) => {
            if !id.is_empty() {
                meta.record_id = Some(id);
            }
            Outcome::Done { action: action.into(), ttl, previous_value }
        }
        Err(error) => Outcome::Failed(Stage::Writing, error),
    }
}

/// The longest of the zones the name is in, and the name below it, `@` for the zone's own.
fn longest(zones: &[String], name: &str) -> Option<(String, String)> {
    let within = |zone: &str| {
        let rest = name.strip_suffix(zone)?;
        let record = if rest.is_empty() { "@" } else { rest.strip_suffix('.')? };
        (!zone.is_empty() && !record.is_empty()).then_some(record)
    };
    let mut found: Option<(&str, &str)> = None;
    for zone in zones {
        let is_longer = found.is_none_or(|(other, _)| zone.len() >= other.len());
        if let Some(record) = within(zone).filter(|_| is_longer) {
            found = Some((zone, record));
        }
    }
    found.map(|(zone, record)| (zone.into(), record.into()))
}

#[cfg(test)]
mod tests;
