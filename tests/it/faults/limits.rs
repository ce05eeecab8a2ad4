//! Peers that stall or swell wherever they can: the time allowed, the memory limit.
use super::stage::{ALARM_GRACE, Act, Cache, READ_PAUSES, READ_TRIES, Stage, WRITES, crew};
use crate::subject::{command, is_like, side_by_side, slack};
use std::process::Command;

const TOO_LATE: &str = "ERROR: SUBJECT: no complete answer within the time allowed";

/// For `--timeout`, in seconds: enough for the handshake of an emulator, or on a busy machine.
fn timeout() -> u32 {
    if command().1 { 8 } else { 4 }
}

/// Stalls behind TLS, and what is said.
const STALLS: &[(&str, &str)] = &[
    ("silent-before", TOO_LATE),
    ("drip-handshake", TOO_LATE),
    ("silent-after", TOO_LATE),
    ("drip-record", TOO_LATE),
    (
        "drip-body-record",
        "ERROR: SUBJECT: no complete answer within the time allowed (cf-ray *-FRA)",
    ),
    ("drip", "ERROR: SUBJECT: no complete answer within the time allowed*"),
];

#[test]
fn a_peer_that_stalls_behind_tls_is_given_up_in_time() {
    let mut all: Vec<(&(&str, &str), Act)> = Vec::new();
    for act in [Act::Look].into_iter().chain(WRITES) {
        all.extend(STALLS.iter().map(|stall| (stall, act)));
    }
    let name = |(stall, act): &(&(&str, &str), Act)| format!("{act:?} with {}", stall.0);
    side_by_side(crew(), &all, name, |&(&(stall, says), act)| {
        let stage = Stage::set_secure(act);
        let requests = if act == Act::Look { READ_TRIES } else { 2 };
        let end = stage.fails(act, stall, timeout(), &[says], requests);
        // Nothing stalls where the client does not notice, so that no alarm rings.
        let most = requests as f64 * f64::from(timeout()) + READ_PAUSES + slack();
        assert!(end.seconds < most, "{} s", end.seconds);
        stage.leaves_cache(Cache::Gone);
        stage.mends();
    });
}

/// A head without end that slips past the client's own count: the limit on the address space ends
/// the process. An emulator takes that limit from the program and does not set it, so that there
/// only the time is bounded.
#[test]
fn what_swells_is_stopped_by_the_limit_on_memory() {
    let all: Vec<Act> = [Act::Look].into_iter().chain(WRITES).collect();
    let emulated = command().1;
    side_by_side(
        crew(),
        &all,
        |act| format!("{act:?}"),
        |&act| {
            let stage = Stage::set(act);
            let when = if act == Act::Look { "*" } else { "2+" };
            stage.api.fault(&format!("{when} endless headers-lf"));
            // An emulator does come to the end of its time.
            let end = stage.run(if emulated { 4 } else { 20 });
            end.fails();
            let subject = stage.subject(act);
            let swollen =
                format!("ERROR: {subject}: out of memory, an answer was larger than allowed.\n");
            let late = format!("ERROR: {subject}: no complete answer within the time allowed\n");
            let alike = is_like(&swollen, &end.stderr) || (emulated && is_like(&late, &end.stderr));
            assert!(alike, "it says:\n{}", end.stderr);
            stage.leaves_cache(if act == Act::Look { Cache::OldOrGone } else { Cache::Gone });
            stage.mends();
        },
    );
}

/// Behind TLS such a head is counted.
#[test]
fn what_swells_behind_tls_is_stopped_by_the_limit_on_a_head() {
    let all: Vec<Act> = [Act::Look].into_iter().chain(WRITES).collect();
    side_by_side(
        crew(),
        &all,
        |act| format!("{act:?}"),
        |&act| {
            let stage = Stage::set_secure(act);
            let says = "ERROR: SUBJECT: the head of the answer is too large";
            let requests = if act == Act::Look { 1 } else { 2 };
            stage.fails(act, "endless headers-lf", 20, &[says], requests);
            stage.leaves_cache(Cache::Gone);
            stage.mends();
        },
    );
}

/// A list of roots that never comes, as the address of a host may not: the alarm ends the process
/// at once, and says a full stop more.
#[test]
fn what_cannot_be_bounded_ends_by_the_alarm() {
    let mut stage = Stage::set_secure(Act::Look);
    let fifo = stage.home.dir.join("fifo");
    let made = Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    let never = vec![("SSL_CERT_FILE".to_owned(), fifo.to_str().unwrap().to_owned())];
    let trusted = std::mem::replace(&mut stage.home.variables, never);
    let end = stage.run(1);
    end.fails();
    let says = format!("{TOO_LATE}.\n").replace("SUBJECT", &stage.subject(Act::Look));
    assert!(is_like(&says, &end.stderr), "it says:\n{}", end.stderr);
    let least = 1.0 + ALARM_GRACE - 0.1;
    assert!((least..least + slack()).contains(&end.seconds), "{} s", end.seconds);
    assert_eq!(stage.api.connections(), 0);
    stage.leaves_cache(Cache::OldOrGone);
    stage.home.variables = trusted;
    stage.mends();
}
