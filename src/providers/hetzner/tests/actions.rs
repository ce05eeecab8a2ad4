//! How the end of a write is waited for.

use super::*;
use crate::providers::hetzner::actions::{ACTION_MILLISECONDS, RUNNING_WARNING};

#[test]
fn an_action_is_watched_to_its_end() {
    let mut fake = FakeEnv::default().then(201, RUNNING).then(200, RUNNING).then(502, "");
    fake = fake.then(200, &SUCCESS.replace('7', "8")).then(200, SUCCESS);
    let (result, meta) = insert(&mut fake);
    assert!(result.is_ok() && meta.warnings.is_empty());
    assert_eq!(fake.pauses, [500, 1000, 2000, 2000]);
    assert!(fake.asked[1..].iter().all(|line| line == "GET https://a/v1/actions/7"));
    for mut fake in [
        FakeEnv::default().then(201, FAILED),
        FakeEnv::default().then(201, RUNNING).then(200, FAILED),
    ] {
        let error = insert(&mut fake).0.unwrap_err();
        assert_eq!(
            (error.kind, error.into_message()),
            (Kind::Refused { code: None }, "M (action_failed).".into())
        );
    }
    let mut slow = FakeEnv::default().then(201, RUNNING);
    for _ in ACTION_MILLISECONDS {
        slow = slow.then(200, RUNNING);
    }
    let (result, meta) = insert(&mut slow);
    assert!(result.is_ok() && slow.answers.is_empty());
    assert_eq!(slow.pauses.iter().sum::<u32>(), 13_500);
    assert_eq!(meta.warnings, [RUNNING_WARNING]);
    let mut throttled =
        FakeEnv::default().then(201, RUNNING).then(429, &refusal("rate_limit_exceeded"));
    let (result, meta) = insert(&mut throttled);
    assert!(result.is_ok() && throttled.pauses.len() == 1);
    assert_eq!(meta.warnings, [RUNNING_WARNING]);
}

#[test]
fn an_action_that_is_not_found_is_looked_for_elsewhere() {
    let missing = refusal("not_found");
    let gone = |fake: FakeEnv, times| (0..times).fold(fake, |all, _| all.then(404, &missing));
    let places = ["/actions/7", "/zones/actions/7", "/zones/example.com/actions/7"];
    for place in 1..3 {
        let mut fake = gone(FakeEnv::default().then(201, RUNNING), place);
        fake = fake.then(200, RUNNING).then(200, SUCCESS);
        let (result, meta) = insert(&mut fake);
        assert!(result.is_ok() && meta.warnings.is_empty());
        assert_eq!(fake.pauses, [500, 1000]);
        let url = |place: usize| format!("GET https://a/v1{}", places[place]);
        assert_eq!(fake.asked[1..=place], (0..place).map(url).collect::<Vec<_>>());
        assert_eq!(fake.asked[place + 1..], [url(place), url(place)]);
    }
    let mut fake = gone(FakeEnv::default().then(201, RUNNING), 5);
    let (result, meta) = insert(&mut fake);
    assert!(result.is_ok() && fake.answers.is_empty());
    assert_eq!((fake.pauses.iter().sum::<u32>(), meta.warnings.len()), (3500, 1));
    // A second write of the same job is not waited for, and is not warned of again.
    let entry = Entry { ttl: Some(300), ..entry() };
    let from = [record("192.0.2.9", Some(60), None)];
    let mut fake = gone(FakeEnv::default().then(201, RUNNING), 5).then(201, RUNNING);
    let (result, meta) = change(&mut fake, &entry, &from);
    assert!(result.is_ok() && fake.answers.is_empty());
    assert_eq!((fake.pauses.iter().sum::<u32>(), meta.warnings.len()), (3500, 1));
}
