//! The four scenarios, their mixtures, and what must hold for any of them.

use super::*;
use crate::record::RecordType;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

fn address(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

fn record(id: usize, last: u8) -> Record {
    Record {
        id: format!("id{id}"),
        name: "h.example".into(),
        kind: RecordType::A,
        address: address(last),
        ttl: 300,
        proxied: Some(true),
        comment: Some("mine".into()),
        tags: vec![],
    }
}

fn wanted(lasts: &[u8]) -> Vec<Wanted> {
    lasts.iter().map(|&last| Wanted { address: address(last), ttl: Some(60) }).collect()
}

fn records(lasts: &[u8]) -> Vec<Record> {
    lasts.iter().enumerate().map(|(id, &last)| record(id, last)).collect()
}

/// The plan in short: `=1` kept, `1>2` updated, `+2` inserted, `-1` deleted.
fn short(want: &[u8], have: &[u8]) -> String {
    let last = |address: &IpAddr| address.to_string().rsplit('.').next().unwrap().to_string();
    let steps = mirror(&wanted(want), &records(have)).into_iter().map(|change| match change {
        Change::Keep(record) => format!("={}", last(&record.address)),
        Change::Update { record, to } => format!("{}>{}", last(&record.address), last(&to.address)),
        Change::Insert(to) => format!("+{}", last(&to.address)),
        Change::Delete(record) => format!("-{}", last(&record.address)),
    });
    steps.collect::<Vec<_>>().join(" ")
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
                Change::Keep(record) => after.push(record.address),
                Change::Update { to, .. } | Change::Insert(to) => after.push(to.address),
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
