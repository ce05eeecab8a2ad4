//! How the end of a write is waited for.

use super::*;
use crate::providers::hetzner::actions::{ACTION_MILLISECONDS, RUNNING_WARNING};

#[test]
fn an_action_is_watched_to_its_end() {
    let mut script = Script::default().then(201, RUNNING).then(200, RUNNING).then(502, "");
    script = script.then(200, &SUCCESS.replace('7', "8")).then(200, SUCCESS);
    let (result, traces) = insert(&mut script);
    assert!(result.is_ok() && traces.warnings.is_empty());
    assert_eq!(script.pauses, [500, 1000, 2000, 2000]);
    assert!(script.asked[1..].iter().all(|line| line == "GET https://a/v1/actions/7"));
    for mut script in [
        Script::default().then(201, FAILED),
        Script::default().then(201, RUNNING).then(200, FAILED),
    ] {
        let error = insert(&mut script).0.unwrap_err();
        assert_eq!(
            (error.kind, error.into_words()),
            (Kind::Refused { code: None }, "M (action_failed).".into())
        );
    }
    let mut slow = Script::default().then(201, RUNNING);
    for _ in ACTION_MILLISECONDS {
        slow = slow.then(200, RUNNING);
    }
    let (result, traces) = insert(&mut slow);
    assert!(result.is_ok() && slow.answers.is_empty());
    assert_eq!(slow.pauses.iter().sum::<u32>(), 13_500);
    assert_eq!(traces.warnings, [RUNNING_WARNING]);
    let mut throttled =
        Script::default().then(201, RUNNING).then(429, &refusal("rate_limit_exceeded"));
    let (result, traces) = insert(&mut throttled);
    assert!(result.is_ok() && throttled.pauses.len() == 1);
    assert_eq!(traces.warnings, [RUNNING_WARNING]);
}

#[test]
fn an_action_that_is_not_found_is_looked_for_elsewhere() {
    let missing = refusal("not_found");
    let gone = |script: Script, times| (0..times).fold(script, |all, _| all.then(404, &missing));
    let places = ["/actions/7", "/zones/actions/7", "/zones/example.com/actions/7"];
    for place in 1..3 {
        let mut script = gone(Script::default().then(201, RUNNING), place);
        script = script.then(200, RUNNING).then(200, SUCCESS);
        let (result, traces) = insert(&mut script);
        assert!(result.is_ok() && traces.warnings.is_empty());
        assert_eq!(script.pauses, [500, 1000]);
        let url = |place: usize| format!("GET https://a/v1{}", places[place]);
        assert_eq!(script.asked[1..=place], (0..place).map(url).collect::<Vec<_>>());
        assert_eq!(script.asked[place + 1..], [url(place), url(place)]);
    }
    let mut script = gone(Script::default().then(201, RUNNING), 5);
    let (result, traces) = insert(&mut script);
    assert!(result.is_ok() && script.answers.is_empty());
    assert_eq!((script.pauses.iter().sum::<u32>(), traces.warnings.len()), (3500, 1));
    // A second write of the same job is not waited for, and is not warned of again.
    let entry = Entry { ttl: Some(300), ..entry() };
    let from = [standing("192.0.2.9", Some(60), None)];
    let mut script = gone(Script::default().then(201, RUNNING), 5).then(201, RUNNING);
    let (result, traces) = change(&mut script, &entry, &from);
    assert!(result.is_ok() && script.answers.is_empty());
    assert_eq!((script.pauses.iter().sum::<u32>(), traces.warnings.len()), (3500, 1));
}
