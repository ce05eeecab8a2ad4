//! The table of spoiled answers, each for the look and for every kind of write.
use super::stage::{Act, Cache, READ_TRIES, Stage, WRITES, crew};
use crate::subject::side_by_side;

/// One way to spoil a request that is then not carried out.
struct Row {
    /// In the words of the stand-in (see its `--help`).
    fault: &'static str,
    /// Lines on standard error; SUBJECT is method and URL, `*` anything.
    says: &'static [&'static str],
    /// Whether a look is tried again.
    again: bool,
    /// For `--timeout`, in seconds.
    timeout: u32,
}

const fn row(fault: &'static str, again: bool, says: &'static [&'static str]) -> Row {
    Row { fault, says, again, timeout: 20 }
}

const fn slow(fault: &'static str, says: &'static [&'static str]) -> Row {
    Row { fault, says, again: true, timeout: 1 }
}

const ROWS: &[Row] = &[
    row("reset-before", true, &["ERROR: SUBJECT: x"]),
    row("close-before", true, &["ERROR: SUBJECT: x"]),
    row("reset-after", true, &["ERROR: SUBJECT: x"]),
    row("close-after", true, &["ERROR: SUBJECT: x"]),
    slow("silent-before", &["ERROR: SUBJECT: x"]),
    slow("silent-after", &["ERROR: SUBJECT: x"]),
    row("reply 429 body={}", true, &["ERROR: SUBJECT: x"]),
    row("reply 500 body=<html>Internal error</html>", true, &["ERROR: SUBJECT: x"]),
    row("reply 502 body=<html>Bad gateway</html>", true, &["ERROR: SUBJECT: x"]),
    row("reply 503 ray=no body=<html>Down</html>", true, &["ERROR: SUBJECT: x"]),
    row("reply 520 body=<html>Unknown</html>", true, &["ERROR: SUBJECT: x"]),
    row("reply 530 body=error code: 1016", true, &["ERROR: SUBJECT: x"]),
    row("reply 200 body=<html>Please log in</html>", false, &["ERROR: SUBJECT: x"]),
    row("reply 200 body=", false, &["ERROR: SUBJECT: x"]),
    row("reply 200 body={}", false, &["ERROR: SUBJECT: x"]),
    row("reply 200 body=null", false, &["ERROR: SUBJECT: x"]),
    row("reply 403 body=<html>Attention Required!</html>", false, &["ERROR: SUBJECT: x"]),
    row("reply 404 body=<html>Not found</html>", false, &["ERROR: SUBJECT: x"]),
    row("reply 204", false, &["ERROR: SUBJECT: x"]),
    row("reply 304", false, &["ERROR: SUBJECT: x"]),
    row("reply 100", false, &["ERROR: SUBJECT: x"]),
    row("reply 101", false, &["ERROR: SUBJECT: x"]),
    row("deep 100000", false, &["ERROR: SUBJECT: x"]),
    row(r"raw \x00\x01\xffgarbage, no HTTP", true, &["ERROR: SUBJECT: x"]),
    row(r"raw SSH-2.0-dropbear\r\n", true, &["ERROR: SUBJECT: x"]),
    row(r"raw \r\n\r\n", true, &["ERROR: SUBJECT: x"]),
    row(r"raw HTTP/1.1 200 OK\r\nContent-Le", true, &["ERROR: SUBJECT: x"]),
    row(r"raw HTTP/1.1 20", true, &["ERROR: SUBJECT: x"]),
    row(
        r"raw HTTP/1.1 200 OK\r\ncf-ray: 1-FRA\r\nContent-Length: 99\r\n\r\n{",
        true,
        &["ERROR: SUBJECT: x"],
    ),
    row(
        r"raw HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{",
        true,
        &["ERROR: SUBJECT: x"],
    ),
    row(
        r"raw HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{",
        false,
        &["ERROR: SUBJECT: x"],
    ),
    row(r"raw HTTP/1.1 200 OK\r\nContent-Length: 9x\r\n\r\n{", false, &["ERROR: SUBJECT: x"]),
    row("endless body-chunked", false, &["ERROR: SUBJECT: x"]),
    row("endless body-to-close", false, &["ERROR: SUBJECT: x"]),
    row("endless body-long", false, &["ERROR: SUBJECT: x"]),
    row("endless headers-crlf", false, &["ERROR: SUBJECT: x"]),
    row("endless header-line", false, &["ERROR: SUBJECT: x"]),
    row("endless status-line", false, &["ERROR: SUBJECT: x"]),
];

#[test]
fn each_spoiled_answer_ends_in_one_clear_error() {
    let mut all: Vec<(&Row, Act)> = Vec::new();
    // The slow ones first, so that nobody waits for them at the end.
    all.extend(ROWS.iter().filter(|row| row.again).map(|row| (row, Act::Look)));
    all.extend(ROWS.iter().filter(|row| !row.again).map(|row| (row, Act::Look)));
    all.extend(ROWS.iter().flat_map(|row| WRITES.map(|act| (row, act))));
    let name = |(row, act): &(&Row, Act)| format!("{act:?} with {}", row.fault);
    side_by_side(crew(), &all, name, |&(row, act)| {
        let stage = Stage::set(act);
        let requests = match act {
            Act::Look if row.again => READ_TRIES,
            Act::Look => 1,
            _ => 2,
        };
        stage.fails(act, row.fault, row.timeout, row.says, requests);
        stage.leaves_cache(Cache::Gone);
        stage.mends();
    });
}
