//! The table of spoiled answers, each for the look and for every kind of write.
use super::stage::{Act, Cache, READ_TRIES, Stage, WRITES, crew};
use crate::subject::side_by_side;

/// One way to spoil a request, which is then not carried out.
struct Row {
    /// In the words of the stand-in (see its `--help`).
    fault: &'static str,
    /// Whether a look is tried again.
    again: bool,
    /// For `--timeout`, in seconds.
    timeout: u32,
    /// Lines on standard error, the first behind "ERROR: METHOD URL: "; `*` stands for anything.
    says: &'static [&'static str],
}

const fn once(fault: &'static str, says: &'static [&'static str]) -> Row {
    Row { fault, again: false, timeout: 20, says }
}

const fn again(fault: &'static str, says: &'static [&'static str]) -> Row {
    Row { fault, again: true, timeout: 20, says }
}

const fn late(fault: &'static str, says: &'static [&'static str]) -> Row {
    Row { fault, again: true, timeout: 1, says }
}

const RESET: &str = "Connection reset by peer (os error *)";
const TOO_LATE: &str = "no complete answer within the time allowed";
const NO_HTTP: &str = "no HTTP answer";
const CUT: &str = "the answer was cut off";
const NOT_JSON: &str = "and the answer is not a JSON object with `success`";
const TOO_LARGE: &str = "the answer is larger than 1048576 bytes";
const LARGE_HEAD: &str = "the head of the answer is too large";
const TOO_MANY: &str =
    "Too many requests: Cloudflare allows 1200 in 5 minutes for all tokens of a user together.";
const CAPTIVE: &str =
    "Something in between, such as a captive portal, may have answered instead of the API.";
const OUT_OF_ORDER: &str = "Cloudflare is unavailable; will retry.";

const ROWS: &[Row] = &[
    // Slow ones first, so that nobody waits for them at the end.
    late("silent-before", &[TOO_LATE]),
    late("silent-after", &[TOO_LATE]),
    late("drip", &[TOO_LATE]),
    // No answer.
    again("reset-before", &[RESET]),
    // Which of the two is a race between the request and the end of the connection.
    again("close-before", &["*"]),
    again("reset-after", &[RESET]),
    again("close-after", &[NO_HTTP]),
    again(r"raw SSH-2.0-server\r\n", &[NO_HTTP]),
    again(r"raw \r\n\r\n", &[NO_HTTP]),
    again("raw HTTP/1.1", &[NO_HTTP]),
    once(r"raw \x00\x01\xffgarbage, no HTTP", &["malformed HTTP answer (*)"]),
    // Cut off.
    again(r"raw HTTP/1.1 200 OK\r\nContent-Le", &[CUT]),
    again(
        r"raw HTTP/1.1 200 OK\r\ncf-ray: 1-FRA\r\nContent-Length: 99\r\n\r\n{",
        &["the answer was cut off after 1 of 99 bytes (cf-ray 1-FRA)"],
    ),
    once(
        r"raw HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{",
        &["HTTP 200, and the answer is not a JSON object with `success`."],
    ),
    once(
        r"raw HTTP/1.1 200 OK\r\ncf-ray: 1-FRA\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{",
        &["malformed HTTP answer (*) (cf-ray 1-FRA)"],
    ),
    once(r"raw HTTP/1.1 200 OK\r\nContent-Length: 9x\r\n\r\n{", &["malformed HTTP answer (*)"]),
    // Out of order, in the words of whatever stands before the API.
    again("reply 429 body=", &["HTTP 429, {NOT_JSON} (cf-ray *-FRA).", TOO_MANY]),
    again("reply 500 body=<html>Oops</html>", &["HTTP 500, {NOT_JSON}{RAY}.", OUT_OF_ORDER]),
    again("reply 502 body=<html>Oops</html>", &["HTTP 502, {NOT_JSON}{RAY}.", OUT_OF_ORDER]),
    again("reply 503 ray=no body=<html>Down", &["HTTP 503, {NOT_JSON}.", OUT_OF_ORDER]),
    again("reply 520 body=<html>Oops</html>", &["HTTP 520, {NOT_JSON}{RAY}.", OUT_OF_ORDER]),
    again("reply 525 body=<html>Oops</html>", &["HTTP 525, {NOT_JSON}{RAY}.", OUT_OF_ORDER]),
    again(
        "reply 530 body=error code: 1016",
        &["HTTP 530, {NOT_JSON}: 'error code: 1016'{RAY}.", OUT_OF_ORDER],
    ),
    once(
        "reply 403 body=<html>Attention Required!</html>",
        &[
            "HTTP 403, {NOT_JSON}{RAY}.",
            "The API, or something in between, refuses this token or your address.",
        ],
    ),
    once(
        "reply 404 body=<html>Not found</html>",
        &["HTTP 404, {NOT_JSON}{RAY}.", "Is the URL of the API right?"],
    ),
    // Something else than the API, or something else than an answer.
    once("reply 200 body=<html>Please log in</html>", &["HTTP 200, {NOT_JSON}{RAY}.", CAPTIVE]),
    once("reply 200 body=", &["HTTP 200, {NOT_JSON}{RAY}.", CAPTIVE]),
    once("reply 200 body={}", &["HTTP 200, {NOT_JSON}{RAY}."]),
    once("reply 200 body=null", &["HTTP 200, {NOT_JSON}: 'null'{RAY}.", CAPTIVE]),
    once(
        r"raw HTTP/1.1 200 OK\r\n\r\n\xff\xfe",
        &["HTTP 200, and the answer is not JSON.", CAPTIVE],
    ),
    once("reply 204", &["HTTP 204, {NOT_JSON}{RAY}.", CAPTIVE]),
    once("reply 304", &["HTTP 304, which is no final answer{RAY}"]),
    once("reply 100", &["HTTP 100, which is no final answer{RAY}"]),
    once("reply 101", &["HTTP 101, which is no final answer{RAY}"]),
    once("raw HTTP/1.1 20", &["HTTP 20, which is no final answer"]),
    once("continue", &["HTTP 100, which is no final answer"]),
    once("deep 1000000", &["HTTP 200, {NOT_JSON}{RAY}.", CAPTIVE]),
    // Without end.
    once("endless body-chunked", &[TOO_LARGE]),
    once("endless body-to-close", &[TOO_LARGE]),
    // Where a size has 32 bits, the announced length alone is refused.
    once("endless body-long", &["*answer *"]),
    once("endless headers-crlf", &[LARGE_HEAD]),
    once("endless header-line", &[LARGE_HEAD]),
    once("endless status-line", &[LARGE_HEAD]),
];

/// Behind TLS another client asks, which counts chunks and waits for a final answer.
const BEHIND_TLS: &[Row] = &[
    // Before the reset the stand-in has signed that this is the end.
    again("reset-after", &[NO_HTTP]),
    again(r"raw \x00\x01\xffgarbage, no HTTP", &[NO_HTTP]),
    again("raw HTTP/1.1 20", &[NO_HTTP]),
    again(r"raw HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{", &[CUT]),
    again("reply 100", &["{NO_HTTP}{RAY}"]),
];

/// The lines of a row as they are said about one request.
fn lines(says: &[&str]) -> Vec<String> {
    let mut lines: Vec<String> = says
        .iter()
        .map(|line| line.replace("{NOT_JSON}", NOT_JSON).replace("{NO_HTTP}", NO_HTTP))
        .map(|line| line.replace("{RAY}", " (cf-ray *-FRA)"))
        .collect();
    lines[0].insert_str(0, "ERROR: SUBJECT: ");
    lines
}

/// These are carried out, as far as the stand-in is concerned; only the answer is unreadable.
fn is_done(fault: &str) -> bool {
    ["drip", "continue"].contains(&fault)
}

fn each_ends_in_one_clear_error(set: fn(Act) -> Stage, rows: &[&Row]) {
    let mut all: Vec<(&Row, Act)> = rows.iter().map(|&row| (row, Act::Look)).collect();
    all.sort_by_key(|(row, _)| (row.timeout, !row.again));
    all.extend(rows.iter().flat_map(|&row| WRITES.map(|act| (row, act))));
    let name = |(row, act): &(&Row, Act)| format!("{act:?} with {}", row.fault);
    side_by_side(crew(), &all, name, |&(row, act)| {
        let stage = set(act);
        let before = stage.api.records();
        let requests = match act {
            Act::Look if row.again => READ_TRIES,
            Act::Look => 1,
            _ => 2,
        };
        let says = lines(row.says);
        let says: Vec<&str> = says.iter().map(String::as_str).collect();
        stage.fails(act, row.fault, row.timeout, &says, requests);
        assert!(is_done(row.fault) || stage.api.records() == before, "the records are changed");
        stage.leaves_cache(Cache::Gone);
        stage.mends();
    });
}

#[test]
fn each_spoiled_answer_ends_in_one_clear_error() {
    each_ends_in_one_clear_error(Stage::set, &ROWS.iter().collect::<Vec<_>>());
}

#[test]
fn so_does_each_behind_tls() {
    let mut rows: Vec<&Row> = ROWS.iter().filter(|row| row.fault != "continue").collect();
    for row in &mut rows {
        let other = BEHIND_TLS.iter().find(|other| other.fault == row.fault);
        *row = other.unwrap_or(row);
    }
    each_ends_in_one_clear_error(Stage::set_secure, &rows);
}

#[test]
fn provisional_answers_are_skipped_behind_tls() {
    for act in [Act::Look].into_iter().chain(WRITES) {
        let stage = Stage::set_secure(act);
        stage.api.fault("* continue");
        stage.run(20).succeeds();
        stage.mends();
    }
}
