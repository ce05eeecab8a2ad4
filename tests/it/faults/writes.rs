//! Writes that were done although no good answer came, and answers that are only odd.
use super::stage::{Act, Cache, Stage, WRITES, crew};
use crate::subject::side_by_side;

/// The write has happened, then this; the lines are those of the error, SUBJECT the request.
const DONE_BUT: &[(&str, u32, &[&str])] = &[
    ("applied-silent", 5, &["ERROR: SUBJECT: no complete answer within the time allowed"]),
    ("applied-reset", 20, &["ERROR: SUBJECT: Connection reset by peer (os error *)"]),
    ("applied-close", 20, &["ERROR: SUBJECT: no HTTP answer"]),
    ("cut-head", 20, &["ERROR: SUBJECT: the answer was cut off"]),
    ("cut-body", 20, &["ERROR: SUBJECT: the answer was cut off after * of * bytes (cf-ray *-FRA)"]),
    ("padded 1100000", 20, &["ERROR: SUBJECT: the answer is larger than 1048576 bytes (cf-ray *)"]),
    (
        "applied-reply 502 body=<html>Bad gateway</html>",
        20,
        &[
            "ERROR: SUBJECT: HTTP 502, and the answer is not a JSON object with `success` (*).",
            "Cloudflare is unavailable; will retry.",
        ],
    ),
    (
        "applied-reply 429 retry-after=1 body=",
        20,
        &[
            "ERROR: SUBJECT: HTTP 429, and the answer is not a JSON object with `success` (*).",
            "Too many requests: Cloudflare allows 1200 in 5 minutes for all tokens of a user \
             together.",
            "The API asks to wait 1 s (Retry-After).",
        ],
    ),
    (
        r#"applied-reply 503 body={"success":true,"result":null}"#,
        20,
        &[
            "ERROR: SUBJECT: HTTP 503, and the answer is not one that fits its status (*).",
            "Cloudflare is unavailable; will retry.",
        ],
    ),
    (
        "applied-reply 200 body=<html>Please log in</html>",
        20,
        &[
            "ERROR: SUBJECT: HTTP 200, and the answer is not a JSON object with `success` (*).",
            "Something in between, such as a captive portal, may have answered instead of the API.",
        ],
    ),
];

#[test]
fn a_write_whose_fate_is_unknown_is_not_repeated() {
    let mut all = Vec::new();
    for row in DONE_BUT {
        all.extend(WRITES.map(|act| (row, act)));
    }
    let name = |(row, act): &(&(&str, u32, &[&str]), Act)| format!("{act:?} with {}", row.0);
    side_by_side(crew(), &all, name, |&(&(fault, timeout, says), act)| {
        let stage = Stage::set(act);
        stage.fails(act, fault, timeout, says, 2);
        assert_eq!(stage.api.addresses(), ["203.0.113.8"], "it has been done");
        stage.leaves_cache(Cache::Gone);
        let done = stage.api.records();
        stage.mends();
        assert_eq!(stage.api.records(), done, "nothing was left to do");
    });
}

/// The write is confirmed, but what the records are now is not shown: no cache, and no failure.
#[test]
fn a_success_that_shows_nothing_is_no_failure() {
    let faults = ["null-result", r#"applied-reply 201 body={"success":true}"#];
    let all: Vec<(&str, Act)> = faults.iter().flat_map(|f| WRITES.map(|act| (*f, act))).collect();
    side_by_side(
        crew(),
        &all,
        |(fault, act)| format!("{act:?} with {fault}"),
        |&(fault, act)| {
            let stage = Stage::set(act);
            stage.api.fault(&format!("2+ {fault}"));
            let end = stage.run(20);
            end.succeeds();
            assert_eq!(stage.api.connections(), 2);
            assert_eq!(stage.api.addresses(), ["203.0.113.8"]);
            if act == Act::Remove {
                // What is left needs no answer to be known.
                assert_eq!(end.stderr, "");
                assert!(stage.home.cache().is_some());
            } else {
                let words = "WARNING: The API did not show the changed records; \
                         the next run reads them again.\n";
                assert_eq!(end.stderr, words);
                stage.leaves_cache(Cache::Gone);
            }
            stage.mends();
        },
    );
}

/// The same true answers, sent in ways that are unusual but right.
#[test]
fn unusual_answers_are_understood() {
    let faults = ["chunked", "no-length", "delay 1500", "padded 900000"];
    let all: Vec<(&str, Act)> = faults.iter().flat_map(|f| WRITES.map(|act| (*f, act))).collect();
    side_by_side(
        crew(),
        &all,
        |(fault, act)| format!("{act:?} with {fault}"),
        |&(fault, act)| {
            let stage = Stage::set(act);
            stage.api.fault(&format!("* {fault}"));
            let end = stage.run(20);
            end.succeeds();
            assert_eq!(end.stderr, "");
            assert_eq!(stage.api.connections(), 2);
            assert!(stage.home.cache().is_some());
            stage.mends();
        },
    );
}
