//! Asked to wait: obeyed within reason, told plainly beyond it, and never held against a write.
use super::stage::{Act, Cache, Stage};
use crate::subject::{side_by_side, slack};

const SLOW_DOWN: &str = concat!(
    r#"body={"success":false,"errors":[{"code":971,"message":"Please wait and consider "#,
    r#"throttling your request speed"}],"messages":[],"result":null}"#
);
const SAID: &str = "ERROR: Please wait and consider throttling your request speed (code: 971).";
const TOO_MANY: &str =
    "Too many requests: Cloudflare allows 1200 in 5 minutes for all tokens of a user together.";

/// Refused once, twice or for good; what is said at the end, and the least time it takes.
struct Row {
    fault: String,
    /// What it ends with; nothing where the third try succeeds.
    says: Option<String>,
    requests: usize,
    seconds: f64,
}

fn row(fault: &str, says: Option<&str>, requests: usize, seconds: f64) -> Row {
    let says = says.map(|wait| format!("{SAID}\n{TOO_MANY}\n{wait}"));
    Row { fault: format!("{fault} {SLOW_DOWN}"), says, requests, seconds }
}

#[test]
fn a_look_waits_as_it_is_told_but_no_longer_than_30_seconds() {
    let asks = |seconds: &str| format!("The API asks to wait {seconds} s (Retry-After).\n");
    let rows = [
        row("1 reply 429 retry-after=4", None, 3, 4.0),
        row("1 reply 429 retry-date=5", None, 3, 3.5),
        row("1 reply 503 retry-after=3", None, 3, 3.0),
        row("1-2 reply 429", None, 4, 3.0),
        row("1-2 reply 429 retry-after=0", None, 4, 2.0),
        row("1-2 reply 429 retry-after=soon", None, 4, 3.0),
        row("* reply 429 retry-after=2", Some(&asks("2")), 3, 4.0),
        row("* reply 429", Some(""), 3, 3.0),
        row("* reply 429 retry-after=31", Some(&asks("31")), 1, 0.0),
        row("* reply 429 retry-after=300", Some(&asks("300")), 1, 0.0),
        row("* reply 429 retry-after=99999999999", Some(&asks("4294967295")), 1, 0.0),
        row("* reply 429 retry-date=3600", Some(&asks("3*")), 1, 0.0),
    ];
    side_by_side(
        rows.len(),
        &rows,
        |row| row.fault.clone(),
        |row| {
            let stage = Stage::set(Act::Look);
            stage.api.fault(&row.fault);
            let end = stage.run(20);
            match &row.says {
                None => {
                    end.succeeds();
                    assert_eq!(end.stderr, "");
                }
                Some(says) => {
                    end.fails();
                    let says = says.replace("\n\n", "\n");
                    assert!(
                        crate::subject::is_like(&says, &end.stderr),
                        "it says:\n{}",
                        end.stderr
                    );
                    stage.leaves_cache(Cache::Gone);
                }
            }
            assert_eq!(stage.api.connections(), row.requests, "requests");
            let most = row.seconds * 1.25 + slack();
            assert!((row.seconds..most).contains(&end.seconds), "{} s", end.seconds);
            stage.mends();
        },
    );
}

#[test]
fn a_write_is_not_repeated_even_if_told_to_wait() {
    let acts = super::stage::WRITES;
    side_by_side(
        acts.len(),
        &acts,
        |act| format!("{act:?}"),
        |&act| {
            let stage = Stage::set(act);
            let wait = "The API asks to wait 1 s (Retry-After).";
            let fault = format!("reply 429 retry-after=1 {SLOW_DOWN}");
            stage.fails(act, &fault, 20, &[SAID, TOO_MANY, wait], 2);
            stage.leaves_cache(Cache::Gone);
            stage.mends();
        },
    );
}
