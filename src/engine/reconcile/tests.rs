//! Looking again and not writing twice, with a provider that fails as told.

use super::*;
use crate::env::fake::FakeEnv;
use crate::error::Kind;
use crate::record::{Done, RecordType, Wanted};
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
    Record {
        id: address.into(),
        name: "h.example".into(),
        kind: RecordType::A,
        address: address.parse().unwrap(),
        ttl: 60,
        proxied: None,
        comment: None,
        tags: vec![],
    }
}

impl Provider for Fails {
    fn list(&self, _: &mut dyn Env, _: &Target) -> Result<Vec<Record>, Error> {
        self.next().map(|()| vec![record("192.0.2.10"), record("192.0.2.9")])
    }

    fn apply(
        &self,
        _: &mut dyn Env,
        _: &Target,
        changes: &[Change],
        told: &mut dyn FnMut(Done),
    ) -> Result<(), Error> {
        self.next()?;
        for change in changes.iter().filter(|change| change.is_write()) {
            let record = self.shows.then(|| record("192.0.2.77"));
            told(Done { change: change.clone(), record });
        }
        Ok(())
    }
}

fn target() -> Target {
    Target { zone: "z".into(), name: "h.example".into(), kind: RecordType::A }
}

fn pauses(kinds: &[Kind]) -> (bool, Vec<u32>) {
    let mut fake = FakeEnv::default();
    let result = look(&mut fake, &Fails::with(kinds), &target());
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
    let records = look(&mut FakeEnv::default(), &Fails::with(&[]), &target()).unwrap();
    assert_eq!(records, [record("192.0.2.9"), record("192.0.2.10")]);
}

#[test]
fn writes_are_sent_once_and_the_outcome_is_what_was_shown() {
    let insert = Change::Insert(Wanted { address: "192.0.2.77".parse().unwrap(), ttl: Some(60) });
    let changes = [Change::Keep(record("192.0.2.1")), insert, Change::Delete(record("192.0.2.2"))];
    let mut fake = FakeEnv::default();
    let failing = Fails::with(&[Kind::Unreachable]);
    assert!(apply(&mut fake, &failing, &target(), &changes).is_err());
    assert!(fake.pauses.is_empty());
    let after = apply(&mut fake, &failing, &target(), &changes).unwrap().unwrap();
    assert_eq!(after, [record("192.0.2.1"), record("192.0.2.77")]);
    let blind = Fails { shows: false, ..Fails::with(&[]) };
    assert_eq!(apply(&mut fake, &blind, &target(), &changes), Ok(None));
}
