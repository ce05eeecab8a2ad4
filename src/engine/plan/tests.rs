//! The four scenarios, their mixtures, and what must hold for any of them.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

fn address(last: u8) -> Value {
    Value::A(Ipv4Addr::new(192, 0, 2, last))
}

fn record(id: usize, last: u8) -> Record {
    let comment = Some("mine".into());
    Record { ttl: Some(300), comment, ..Record::new(format!("id{id}"), address(last)) }
}

fn wanted(lasts: &[u8]) -> Vec<RecordSpec> {
    let spec = |&last| RecordSpec { ttl: Some(60), ..RecordSpec::of(address(last)) };
    lasts.iter().map(spec).collect()
}

fn mirror(wanted: &[RecordSpec], existing: &[Record]) -> Vec<Change> {
    plan(wanted, &[], existing, Policy::Mirror, Attributes::WithValue).unwrap()
}

fn records(lasts: &[u8]) -> Vec<Record> {
    lasts.iter().enumerate().map(|(id, &last)| record(id, last)).collect()
}

/// A plan in short: `=1` kept, `1>2` updated, `+2` inserted, `-1` deleted.
fn shortly(changes: Vec<Change>) -> String {
    let last = |value: &Value| value.to_string().rsplit('.').next().unwrap().to_string();
    let steps = changes.into_iter().map(|change| match change {
        Change::Keep(record) => format!("={}", last(&record.value)),
        Change::Update { record, to } => format!("{}>{}", last(&record.value), last(&to.value)),
        Change::Insert(to) => format!("+{}", last(&to.value)),
        Change::Delete(record) => format!("-{}", last(&record.value)),
    });
    steps.collect::<Vec<_>>().join(" ")
}

fn short(want: &[u8], have: &[u8]) -> String {
    shortly(mirror(&wanted(want), &records(have)))
}

#[test]
fn values_wanted_twice_are_one_record() {
    assert_eq!(short(&[1, 1], &[]), "+1");
    assert_eq!(short(&[1, 2, 1], &[1]), "=1 +2");
    assert_eq!(short(&[2, 2], &[1, 3]), "1>2 -3");
    assert_eq!(short(&[1, 1], &[1, 1]), "=1 -1");
    let text = |text: &str| RecordSpec::of(Value::Txt(text.into()));
    let wanted = [text("one"), text("\"one\""), text("\"o\" \"ne\"")];
    let held = [Record::new("id".into(), Value::Txt("one".into()))];
    assert_eq!(mirror(&wanted, &[]).len(), 1);
    assert_eq!(mirror(&wanted, &held), [Change::Keep(held[0].clone())]);
}

#[test]
fn foreign_values_are_kept_and_own_ones_go() {
    for (want, own, have, expected) in [
        (&[1][..], &[][..], &[9][..], "+1 =9"),
        (&[1, 2], &[3], &[3, 9, 8], "3>1 +2 =8 =9"),
        (&[1], &[2, 3], &[2, 3, 9], "2>1 -3 =9"),
        (&[], &[1], &[1, 9], "-1 =9"),
        (&[], &[1], &[9], "=9"),
        (&[1], &[1], &[1, 9], "=1 =9"),
        (&[1], &[], &[1, 1], "=1 -1"),
    ] {
        let own: Vec<Value> = own.iter().map(|&last| address(last)).collect();
        let (want, have) = (wanted(want), records(have));
        let changes = plan(&want, &own, &have, Policy::KeepForeign, Attributes::WithValue);
        assert_eq!(shortly(changes.unwrap()), expected);
    }
}

#[test]
fn new_records_join_the_others_on_their_line() {
    let on = |id, last, line: &str| {
        let mut record = record(id, last);
        record.kept.line = Some(line.into());
        record
    };
    let (telecom, unicom) = (on(1, 1, "telecom"), on(2, 2, "unicom"));
    let want = wanted(&[1, 3]);
    for policy in [Policy::Mirror, Policy::KeepForeign] {
        let plan = |have: &[Record]| plan(&want, &[], have, policy, Attributes::WithValue);
        let changes = plan(std::slice::from_ref(&telecom)).unwrap();
        let Change::Insert(spec) = &changes[1] else { panic!("{changes:?}") };
        assert_eq!(spec.line.as_deref(), Some("telecom"));
        let Change::Insert(spec) = &plan(&[]).unwrap()[0] else { panic!() };
        assert_eq!(spec.line, None);
        assert_eq!(plan(&[telecom.clone(), unicom.clone()]), Err(Ambiguous));
    }
}

#[test]
fn one_of_several_candidates() {
    for (want, have, one, first, all) in [
        (&[1, 2][..], &[][..], Some("+1"), "+1", "+1"),
        (&[1, 2], &[2], Some("=2"), "=2", "=2"),
        (&[1], &[9], Some("9>1"), "9>1", "9>1"),
        (&[1], &[8, 9], None, "8>1 =9", "8>1 -9"),
        (&[1], &[8, 1], None, "=8 =1", "-8 =1"),
        (&[1, 2], &[5, 2, 1], None, "=5 =2 =1", "-5 -2 =1"),
    ] {
        let (want, have) = (wanted(want), records(have));
        let planned = |policy| plan(&want, &[], &have, policy, Attributes::OfNew).map(shortly);
        assert_eq!(planned(Policy::OnlyOne), one.map(String::from).ok_or(Ambiguous));
        assert_eq!(planned(Policy::First).unwrap(), first);
        assert_eq!(planned(Policy::All).unwrap(), all);
    }
}

#[test]
fn when_ttl_and_comment_are_written() {
    let want = wanted(&[1]);
    let ttl = |have: &[u8], attributes| {
        let changes = plan(&want, &[], &records(have), Policy::All, attributes).unwrap();
        changes.into_iter().find_map(|change| match change {
            Change::Update { to, .. } | Change::Insert(to) => Some(to.ttl),
            _ => None,
        })
    };
    use Attributes::{Always, OfNew, WithValue};
    for attributes in [OfNew, WithValue, Always] {
        assert_eq!(ttl(&[], attributes), Some(Some(60)));
    }
    assert_eq!(
        [OfNew, WithValue, Always].map(|one| ttl(&[9], one)),
        [Some(None), Some(Some(60)), Some(Some(60))]
    );
    assert_eq!([OfNew, WithValue, Always].map(|one| ttl(&[1], one)), [None, None, Some(Some(60))]);
    // Where others go, the set is written in any case.
    assert_eq!(
        [OfNew, WithValue, Always].map(|one| ttl(&[1, 2], one)),
        [None, Some(Some(60)), Some(Some(60))]
    );
}

#[test]
fn scenarios() {
    for (want, have, plan) in [
        (&[1][..], &[1][..], "=1"),
        (&[1], &[], "+1"),
        (&[2], &[1], "1>2"),
        (&[1], &[1, 2], "=1 -2"),
        (&[2, 1], &[1], "=1 +2"),
        (&[1, 2], &[3, 4], "3>1 4>2"),
        (&[4, 2], &[1, 2, 3], "=2 1>4 -3"),
        (&[1, 2, 3], &[2, 9], "9>1 =2 +3"),
        (&[1], &[1, 1], "=1 -1"),
        (&[1, 2], &[1, 1], "=1 1>2"),
        (&[10, 9], &[], "+9 +10"),
    ] {
        assert_eq!(short(want, have), plan, "{want:?} from {have:?}");
    }
}

proptest! {
    #[test]
    fn the_records_end_up_as_wanted_with_the_fewest_writes(
        want in prop::collection::btree_set(0u8..12, 1..8),
        have in prop::collection::vec(0u8..12, 0..10),
    ) {
        let want: Vec<u8> = want.into_iter().collect();
        let plan = mirror(&wanted(&want), &records(&have));
        let mut after = Vec::new();
        let mut touched = BTreeSet::new();
        for change in &plan {
            match change {
                Change::Keep(record) => after.push(record.value.clone()),
                Change::Update { to, .. } | Change::Insert(to) => after.push(to.value.clone()),
                Change::Delete(_) => {}
            }
            use Change::{Delete, Keep, Update};
            if let Keep(record) | Delete(record) | Update { record, .. } = change {
                prop_assert!(touched.insert(record.id.clone()), "each record is used once");
            }
        }
        prop_assert_eq!(after, want.iter().map(|&last| address(last)).collect::<Vec<_>>());
        prop_assert_eq!(touched.len(), have.len());
        let right = want.iter().filter(|last| have.contains(last)).count();
        let writes = plan.iter().filter(|change| change.is_write()).count();
        prop_assert_eq!(writes, want.len().max(have.len()) - right);
        // A second look finds nothing to do.
        let settled: Vec<Record> =
            want.iter().enumerate().map(|(id, &last)| record(id, last)).collect();
        prop_assert!(mirror(&wanted(&want), &settled).iter().all(|change| !change.is_write()));
    }
}
