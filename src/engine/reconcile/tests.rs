//! Looking again and not writing twice, with a store that fails on demand.

use super::*;
use crate::env::fake::FakeEnv;
use crate::error::Kind;
use crate::record::{Change, Policy, RecordSpec, RecordType, Zone, fixtures};
use std::cell::RefCell;

/// Fails with each of its kinds in turn, then succeeds.
struct Fails {
    kinds: RefCell<Vec<Kind>>,
    shows: bool,
}

impl Fails {
    fn with(kinds: &[Kind]) -> Fails {
        Fails { kinds: RefCell::new(kinds.iter().rev().copied().collect()), shows: true }
    }

    fn next(&self) -> Result<(), Error> {
        match self.kinds.borrow_mut().pop() {
            Some(kind) => Err(Error::new(kind, "as told")),
            None => Ok(()),
        }
    }
}

fn record(address: &str) -> Record {
    Record::new(address.into(), fixtures::address(address))
}

impl RecordStore for Fails {
    fn list(
        &self,
        _: &mut dyn Env,
        _: &RrSet,
        _: &mut ResponseMeta,
    ) -> Result<Option<Vec<Record>>, Error> {
        self.next().map(|()| Some(vec![record("192.0.2.10"), record("192.0.2.9")]))
    }

    fn apply(
        &self,
        _: &mut dyn Env,
        work: &[SetChanges],
        done: &mut Vec<Option<Record>>,
        _: &mut ResponseMeta,
    ) -> Result<(), Error> {
        self.next()?;
        for change in work.iter().flat_map(|one| &one.changes) {
            done.push(match change {
                Change::Keep(record) => Some(record.clone()),
                Change::Delete(_) => None,
                _ => self.shows.then(|| record("192.0.2.77")),
            });
        }
        Ok(())
    }
}

fn set() -> RrSet {
    RrSet { zone: Zone::Id("z".into()), name: "h.example".into(), kind: RecordType::A }
}

fn look(fake: &mut FakeEnv, store: &Fails) -> Result<Vec<Record>, Error> {
    list(fake, store, &set(), &mut ResponseMeta::default())
}

fn pauses(kinds: &[Kind]) -> (bool, Vec<u32>) {
    let mut fake = FakeEnv::default();
    let result = look(&mut fake, &Fails::with(kinds));
    (result.is_ok(), fake.pauses)
}

#[test]
fn reads_are_tried_three_times() {
    let down = Kind::Unreachable;
    assert_eq!(pauses(&[]), (true, vec![]));
    assert_eq!(pauses(&[down]), (true, vec![1000]));
    assert_eq!(pauses(&[down, Kind::Timeout]), (true, vec![1000, 2000]));
    assert_eq!(pauses(&[down; 3]), (false, vec![1000, 2000]));
    let wait = |after_seconds| Kind::Throttled { after_seconds };
    assert_eq!(pauses(&[wait(Some(7)), wait(None)]), (true, vec![7000, 2000]));
    assert_eq!(pauses(&[wait(Some(31))]), (false, vec![]));
    assert_eq!(pauses(&[Kind::Refused { code: None }]), (false, vec![]));
}

#[test]
fn records_come_sorted_by_value() {
    let records = look(&mut FakeEnv::default(), &Fails::with(&[])).unwrap();
    assert_eq!(records, [record("192.0.2.9"), record("192.0.2.10")]);
}

#[test]
fn writes_are_sent_once_and_the_outcome_is_what_was_shown() {
    let insert = Change::Insert(RecordSpec::of(fixtures::address("192.0.2.77")));
    let changes =
        vec![Change::Keep(record("192.0.2.1")), insert, Change::Delete(record("192.0.2.2"))];
    let work = SetChanges { set: set(), changes, policy: Policy::Mirror };
    let mut fake = FakeEnv::default();
    let failing = Fails::with(&[Kind::Unreachable]);
    let mut apply =
        |store: &Fails| super::apply(&mut fake, store, &work, &mut ResponseMeta::default());
    assert!(apply(&failing).is_err());
    let after = apply(&failing).unwrap().unwrap();
    assert_eq!(after, [record("192.0.2.1"), record("192.0.2.77")]);
    let blind = Fails { shows: false, ..Fails::with(&[]) };
    assert_eq!(apply(&blind), Ok(None));
    assert!(fake.pauses.is_empty());
}
