//! What a peer says reaches the operator's terminal tamed: no control characters, not much of it.
use super::stage::{Act, Cache, Stage, crew};
use crate::standin::TOKEN;
use crate::subject::side_by_side;

/// A refusal with these errors.
fn errors(items: &str) -> String {
    format!(r#"reply 400 body={{"success":false,"errors":[{items}],"messages":[],"result":null}}"#)
}

/// A refusal whose message is this, already escaped for JSON.
fn refusal(message: &str) -> String {
    errors(&format!(r#"{{"code":9005,"message":"{message}"}}"#))
}

/// A refusal whose one error has its cause in another, and so on that many times.
fn nested(levels: usize) -> String {
    let (open, close) = (r#"{"error_chain":["#.repeat(levels), "]}".repeat(levels));
    errors(&format!("{open}{close}"))
}

/// The fault, and the first line said.
fn rows() -> Vec<(String, String)> {
    let row = |fault: String, says: &str| (fault, says.to_owned());
    let long = "a long story ".repeat(8000);
    let many = |item: &str, bytes: usize| vec![item; bytes / (item.len() + 1)].join(",");
    let no_message = "ERROR: the API gave no message (code: none).";
    // Too deep, or too many values: it is not read at all.
    let not_read = "ERROR: SUBJECT: HTTP 400, and the answer is not a JSON object *";
    vec![
        row(
            refusal(r"\u001b[2J\u001b[31mall is well\nERROR: \u0007\r\u0000\u009b\u202e"),
            "ERROR: \u{fffd}[2J\u{fffd}[31mall is well\u{fffd}ERROR: *(code: 9005).",
        ),
        row(refusal(&long), "ERROR: a long story *… (code: 9005)."),
        row(refusal(&format!("you said {TOKEN}")), "ERROR: you said (the secret) (code: 9005)."),
        row(errors(&many("{}", 20_000)), no_message),
        row(errors(&many(r#"{"code":1,"message":"x"}"#, 20_000)), "ERROR: x (code: 1)."),
        row(errors(&many("{}", 1_000_000)), not_read),
        row(nested(10), no_message),
        row(nested(58_000), not_read),
        row(
            r"raw HTTP/1.1 200 OK\r\ncf-ray: \e[31mred\x07\r\nContent-Length: 2\r\n\r\n{}".into(),
            "ERROR: SUBJECT: HTTP 200, * (cf-ray \u{fffd}[31mred\u{fffd}).",
        ),
        row(
            format!(
                r"raw HTTP/1.1 200 OK\r\ncf-ray: {}\r\nContent-Length: 2\r\n\r\n{{}}",
                "y".repeat(9000)
            ),
            "ERROR: SUBJECT: HTTP 200, * (cf-ray yyyyy*y…).",
        ),
        row(
            r"raw HTTP/1.1 302 \e[31m\r\nLocation: \e[31m\r\ncf-ray: \e]0;x\r\n\r\n".into(),
            "ERROR: SUBJECT: HTTP 302, a redirect; * (cf-ray \u{fffd}]0;x)",
        ),
        row(
            format!("reply 200 body={{\"success\":true,\"result\":[{}]}}", many("{}", 20_000)),
            "ERROR: SUBJECT: HTTP 200, and the answer is not a list of DNS records*",
        ),
    ]
}

#[test]
fn foreign_words_are_tamed() {
    side_by_side(
        crew(),
        &rows(),
        |(fault, _)| fault.chars().take(90).collect(),
        |(fault, says)| {
            let stage = Stage::set(Act::Look);
            stage.api.fault(&format!("* {fault}"));
            let end = stage.run(20);
            end.fails();
            let said = end.stderr.lines().next().unwrap_or_default();
            let says = says.replace("SUBJECT", &stage.subject(Act::Look));
            assert!(crate::subject::is_like(&says, said), "it says:\n{}", end.stderr);
            assert!(end.stderr.len() < 1000, "{} bytes of talk", end.stderr.len());
            assert!(end.stderr.lines().count() <= 3, "it says:\n{}", end.stderr);
            stage.leaves_cache(Cache::Gone);
            stage.mends();
        },
    );
}
