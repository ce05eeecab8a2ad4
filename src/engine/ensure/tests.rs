//! What is decided about a set, with a store that answers from a list; and whole runs.

use super::*;
use crate::env::fake::FakeEnv;
use crate::record::fixtures::Entry;
use crate::record::{Kept, Policy, RecordType, Value};

mod sets;
mod whole;
mod zones;

use std::cell::RefCell;

/// Plays an store: each look takes the next answer, and the last one stays.
#[derive(Default)]
struct Played {
    zones: Vec<Result<Vec<&'static str>, Kind>>,
    found: RefCell<Vec<Result<Option<Vec<Record>>, Kind>>>,
    refuses_writes: bool,
    /// `METHOD RECORD ZONE`, with what a change starts from.
    calls: RefCell<Vec<String>>,
}

impl Played {
    fn finds(records: &[Record]) -> Played {
        Played { found: RefCell::new(vec![Ok(Some(records.to_vec()))]), ..Played::default() }
    }

    fn call(&self, method: &str, set: &RrSet) {
        self.calls.borrow_mut().push(format!("{method} {} {}", set.name, set.zone_name()));
    }

    fn calls(&self, method: &str) -> usize {
        self.calls.borrow().iter().filter(|call| call.starts_with(method)).count()
    }
}

fn failure(kind: Kind) -> Error {
    Error::new(kind, "as told")
}

impl RecordStore for Played {
    fn zones(&self, _: &mut dyn Env, _: &mut ResponseMeta) -> Result<Vec<String>, Error> {
        self.calls.borrow_mut().push("zones".into());
        let at = (self.calls("zones") - 1).min(self.zones.len() - 1);
        let zones = self.zones[at].clone().map_err(failure)?;
        Ok(zones.into_iter().map(String::from).collect())
    }

    fn list(
        &self,
        _: &mut dyn Env,
        set: &RrSet,
        _: &mut ResponseMeta,
    ) -> Result<Option<Vec<Record>>, Error> {
        self.call("find", set);
        let mut found = self.found.borrow_mut();
        let next = if found.len() > 1 { found.remove(0) } else { found[0].clone() };
        next.map_err(failure)
    }

    fn apply(
        &self,
        _: &mut dyn Env,
        work: &[SetChanges],
        done: &mut Vec<Option<Record>>,
        _: &mut ResponseMeta,
    ) -> Result<(), Error> {
        for SetChanges { set, changes, .. } in work {
            let is_old = |change: &&Change| !matches!(change, Change::Insert(_));
            match changes.iter().filter(is_old).count() {
                0 => self.call("insert", set),
                count => self.call(&format!("change {count}"), set),
            }
            for change in changes {
                if change.is_write() && self.refuses_writes {
                    return Err(failure(Kind::Refused { code: None }));
                }
                done.push(match change {
                    Change::Keep(record) => Some(record.clone()),
                    Change::Update { to, .. } | Change::Insert(to) => {
                        Some(record(&to.value.to_string(), to.ttl, None))
                    }
                    Change::Delete(_) => None,
                });
            }
        }
        Ok(())
    }
}

fn record(value: &str, ttl: Option<u32>, comment: Option<&str>) -> Record {
    record_of(RecordType::A, value, ttl, comment)
}

fn record_of(kind: RecordType, value: &str, ttl: Option<u32>, comment: Option<&str>) -> Record {
    let comment = comment.map(String::from);
    let shown = Value::shown(kind, value).unwrap();
    Record { ttl, comment, ..Record::new(format!("id-{value}"), shown) }
}

fn entry() -> Entry {
    let (zone, record, value) = ("example.com".into(), "h".into(), "192.0.2.1".into());
    Entry { zone, record, kind: RecordType::A, value, ttl: None, comment: None }
}

/// The job of making the entry: whatever else there is goes, and only its value is compared; or
/// several records are left alone, and all is compared.
fn job(entry: &Entry, replaces: bool) -> Job {
    let (policy, attributes) = match replaces {
        true => (Policy::All, Attributes::WithValue),
        false => (Policy::OnlyOne, Attributes::Always),
    };
    let RrSet { zone, name, .. } = entry.set();
    let RecordSpec { value, ttl, comment, .. } = entry.spec();
    let set = SetJob { policy, attributes, ttl, comment, ..SetJob::one(name, value) };
    Job {
        provider: String::new(),
        api_url: String::new(),
        id: String::new(),
        secret: String::new(),
        zone,
        zone_id: None,
        zones: None,
        zones_are_old: false,
        sets: vec![set],
        deadline: Deadline::Job(30),
    }
}

/// What came of a job: the action, ttl and previous value of the record that is there now.
#[derive(Debug, PartialEq)]
enum Came {
    Done(&'static str, Option<u32>, Option<String>),
    Otherwise(Outcome),
}

fn came(answer: &Answer) -> Came {
    let mut removed = None;
    let mut main = None;
    for step in &answer.steps {
        match step.action {
            Action::Removed => removed = removed.or(Some(step.value.to_string())),
            _ => main = Some(step),
        }
    }
    match (&answer.outcome, main) {
        (Outcome::Done, Some(step)) => {
            let previous = step.previous.clone().or(removed);
            Came::Done(step.action.as_str(), step.ttl, previous)
        }
        (outcome, _) => Came::Otherwise(outcome.clone()),
    }
}

fn settled(store: &dyn RecordStore, entry: &Entry, replaces: bool) -> (Came, ResponseMeta) {
    let answer = ensure(&mut FakeEnv::default(), store, &job(entry, replaces));
    (came(&answer), answer.meta)
}

fn outcome(action: &'static str, ttl: Option<u32>, before: Option<&str>) -> Came {
    Came::Done(action, ttl, before.map(String::from))
}

fn otherwise(outcome: Outcome) -> Came {
    Came::Otherwise(outcome)
}

fn several(count: u32, lines: Vec<String>, values: &[Record]) -> Came {
    let values = values.iter().map(|one| one.value.clone()).collect();
    otherwise(Outcome::Several { count, lines, values })
}

#[test]
fn none_one_or_several() {
    let (right, wrong) = (record("192.0.2.1", Some(60), None), record("192.0.2.9", None, None));
    for replaces in [false, true] {
        let store = Played::finds(&[]);
        let (result, meta) = settled(&store, &entry(), replaces);
        assert_eq!(result, outcome("created", None, None));
        assert_eq!(meta.record_id.as_deref(), Some("id-192.0.2.1"));
        let store = Played::finds(std::slice::from_ref(&wrong));
        let (result, meta) = settled(&store, &entry(), replaces);
        assert_eq!(result, outcome("updated", None, Some("192.0.2.9")));
        assert_eq!(meta.record_id.as_deref(), Some("id-192.0.2.1"));
        let store = Played::finds(std::slice::from_ref(&right));
        let (result, meta) = settled(&store, &entry(), replaces);
        assert_eq!(result, outcome("unchanged", Some(60), None));
        assert_eq!(meta.record_id.as_deref(), Some("id-192.0.2.1"));
        assert_eq!(*store.calls.borrow(), ["find h example.com"]);
    }
    for two in [[right.clone(), wrong.clone()], [wrong, right]] {
        let store = Played::finds(&two);
        assert_eq!(settled(&store, &entry(), false).0, several(2, vec![], &two));
        assert_eq!(store.calls.borrow().len(), 1);
        let store = Played::finds(&two);
        let (result, _) = settled(&store, &entry(), true);
        assert_eq!(result, outcome("unchanged", Some(60), Some("192.0.2.9")));
        assert_eq!(store.calls("change 2"), 1);
    }
}

#[test]
fn several_lines_are_named_and_a_paused_record_is_warned_of() {
    let on = |line: &str| {
        let kept = Kept { line: Some(line.into()), ..Kept::default() };
        Record { kept, ..record("192.0.2.9", None, None) }
    };
    for (lines, named) in [
        (["unicom", "telecom"], vec!["unicom".to_string(), "telecom".into()]),
        (["telecom", "telecom"], vec![]),
    ] {
        let store = Played::finds(&lines.map(on));
        let result = settled(&store, &entry(), false).0;
        assert_eq!(result, several(2, named, &lines.map(on)));
    }
    for (value, action) in [("192.0.2.1", "unchanged"), ("192.0.2.9", "updated")] {
        let kept = Kept { status: Some("Disable".into()), ..Kept::default() };
        let paused = Record { kept, ..record(value, None, None) };
        let (result, meta) = settled(&Played::finds(&[paused]), &entry(), false);
        assert!(matches!(result, Came::Done(one, ..) if one == action));
        assert_eq!(meta.warnings, ["record_paused: the record is paused at the provider"]);
    }
}

#[test]
fn ttl_and_comment_count_only_where_given() {
    let stands = record("192.0.2.1", Some(60), Some("c"));
    let bare = record("192.0.2.1", None, None);
    for (ttl, comment, stands, fits) in [
        (None, None, &stands, true),
        (Some(60), Some("c"), &stands, true),
        (Some(61), None, &stands, false),
        (None, Some("d"), &stands, false),
        (None, Some(""), &stands, false),
        (None, None, &bare, true),
        (Some(60), None, &bare, false),
        (None, Some("c"), &bare, false),
        (None, Some(""), &bare, true),
    ] {
        let entry = Entry { ttl, comment: comment.map(String::from), ..entry() };
        let store = Played::finds(std::slice::from_ref(stands));
        let unchanged = || outcome("unchanged", stands.ttl, None);
        let updated = outcome("updated", ttl, Some("192.0.2.1"));
        let expected = if fits { unchanged() } else { updated };
        assert_eq!(settled(&store, &entry, false).0, expected, "{ttl:?} {comment:?}");
        // Where all is replaced only the value decides.
        assert_eq!(settled(&store, &entry, true).0, unchanged());
    }
}

#[test]
fn values_are_compared_by_what_they_mean() {
    for (kind, value, stands, same) in [
        (RecordType::Aaaa, "2001:db8::1", "2001:DB8:0:0::1", true),
        (RecordType::Aaaa, "2001:db8::1", "2001:db8::2", false),
        (RecordType::Cname, "b.example", "B.Example.", true),
        (RecordType::Txt, "a", "A", false),
    ] {
        let entry = Entry { kind, value: value.into(), ..entry() };
        let store = Played::finds(&[record_of(kind, stands, None, None)]);
        // What is written is not compared here.
        let entry = Entry { ttl: None, ..entry };
        let plan = plan::plan(
            &[entry.spec()],
            &[],
            &store.found.borrow()[0].clone().unwrap().unwrap(),
            Policy::OnlyOne,
            Attributes::Always,
        );
        let is_same = matches!(plan.unwrap()[0], Change::Keep(_));
        assert_eq!(is_same, same, "{stands}");
    }
}

#[test]
fn a_look_that_fails_never_writes() {
    let kinds = [
        Kind::Refused { code: Some(1) },
        Kind::Throttled { after_seconds: Some(1) },
        Kind::Unreachable,
        Kind::Timeout,
        Kind::InvalidResponse,
        Kind::Local,
        Kind::Unavailable,
    ];
    for kind in kinds {
        let store = Played { found: RefCell::new(vec![Err(kind)]), ..Played::default() };
        let (result, _) = settled(&store, &entry(), true);
        assert_eq!(result, otherwise(Outcome::Failed(Stage::Looking, failure(kind))));
        // Whoever asked waits: only what may pass at once is tried again.
        let tries = if kind == Kind::Unreachable { 3 } else { 1 };
        assert_eq!((store.calls("find"), store.calls.borrow().len()), (tries, tries));
        let store = Played { zones: vec![Err(kind)], ..Played::default() };
        let nowhere = Entry { zone: String::new(), ..entry() };
        let (result, _) = settled(&store, &nowhere, true);
        assert_eq!(result, otherwise(Outcome::Failed(Stage::Looking, failure(kind))));
        assert_eq!((store.calls("zones"), store.calls.borrow().len()), (tries, tries));
    }
    let none = Played { found: RefCell::new(vec![Ok(None)]), ..Played::default() };
    assert_eq!(settled(&none, &entry(), true).0, otherwise(Outcome::NoZone));
    assert_eq!(none.calls.borrow().len(), 1);
}

#[test]
fn a_write_that_fails_is_not_sent_again() {
    for known in [vec![], vec![record("192.0.2.9", None, None)]] {
        let store = Played { refuses_writes: true, ..Played::finds(&known) };
        let (result, meta) = settled(&store, &entry(), false);
        let why = failure(Kind::Refused { code: None });
        assert_eq!(result, otherwise(Outcome::Failed(Stage::Writing, why)));
        assert_eq!(meta.record_id.is_some(), !known.is_empty());
        assert_eq!(store.calls.borrow().len(), 2);
    }
}

#[test]
fn a_proxied_record_has_the_ttl_it_can_have() {
    let kept = |proxied| Kept { proxied, ..Kept::default() };
    for (wanted, ttl, proxied, action, warned) in [
        (Some(600), 1, Some(true), "unchanged", true),
        (Some(1), 1, Some(true), "unchanged", false),
        (None, 1, Some(true), "unchanged", false),
        (Some(600), 1, Some(false), "updated", false),
        (Some(600), 60, Some(true), "updated", false),
    ] {
        let known = Record { kept: kept(proxied), ..record("192.0.2.1", Some(ttl), None) };
        let entry = Entry { ttl: wanted, ..entry() };
        let (result, meta) = settled(&Played::finds(&[known]), &entry, false);
        assert!(matches!(result, Came::Done(one, ..) if one == action), "{result:?}");
        assert_eq!(meta.warnings, if warned { vec![TTL_WARNING] } else { vec![] });
    }
}

#[test]
fn several_sets_of_one_zone_are_one_job() {
    let store = Played {
        zones: vec![Ok(vec!["example.com"])],
        ..Played::finds(&[record("192.0.2.9", None, None)])
    };
    let name = |name: &str| Entry { zone: String::new(), record: name.into(), ..entry() };
    let mut both = job(&name("h.example.com"), true);
    both.sets.extend(job(&name("example.com"), true).sets);
    let answer = ensure(&mut FakeEnv::default(), &store, &both);
    assert_eq!(answer.outcome, Outcome::Done);
    let sets: Vec<u32> = answer.steps.iter().map(|step| step.set).collect();
    assert_eq!(sets, [0, 1]);
    assert_eq!(
        store.calls.take(),
        [
            "zones",
            "find h example.com",
            "find @ example.com",
            "change 1 h example.com",
            "change 1 @ example.com"
        ]
    );
    both.sets.extend(job(&name("h.example.org"), true).sets);
    let answer = ensure(&mut FakeEnv::default(), &store, &both);
    assert!(matches!(answer.outcome, Outcome::Failed(Stage::Looking, _)));
    assert_eq!(store.calls("change"), 0);
}
