//! Peers that stall or swell where the HTTP client does not notice: the alarm, the memory limit.
use super::stage::{ALARM_GRACE, Act, Cache, READ_PAUSES, READ_TRIES, Stage, WRITES, crew};
use super::tls::trusting;
use crate::standin::Api;
use crate::standin::tls::{Authority, Flaw};
use crate::subject::{command, is_like, secure_url, side_by_side, slack};

const TOO_LATE: &str = "ERROR: SUBJECT: no complete answer within the time allowed";

const RUNG: &str = "ERROR: SUBJECT: no complete answer within the time allowed.";

/// For `--timeout`, in seconds: enough for an emulator's handshake.
fn timeout() -> u32 {
    if command().1 { 4 } else { 1 }
}

/// Stalls behind TLS: what is done, the line, and how often a look is tried. The client notices
/// some by itself; where it does not, the alarm ends the process at once and says a full stop more.
const STALLS: &[(&str, &str, usize)] = &[
    ("silent-before", TOO_LATE, READ_TRIES),
    ("drip-handshake", TOO_LATE, READ_TRIES),
    ("silent-after", TOO_LATE, READ_TRIES),
    ("drip-record", TOO_LATE, READ_TRIES),
    ("drip-body-record", RUNG, 1),
    ("drip", TOO_LATE, READ_TRIES),
];

#[test]
fn a_peer_that_stalls_behind_tls_is_given_up_in_time() {
    let authority = Authority::new("a private authority");
    let mut all: Vec<(&(&str, &str, usize), Act)> = Vec::new();
    for act in [Act::Look].into_iter().chain(WRITES) {
        all.extend(STALLS.iter().map(|stall| (stall, act)));
    }
    let name = |(stall, act): &(&(&str, &str, usize), Act)| format!("{act:?} with {}", stall.0);
    side_by_side(crew(), &all, name, |&(&(fault, says, tries), act)| {
        let api = Api::start(Some(authority.server(Flaw::None)));
        let url = secure_url(&api);
        let stage = Stage::set_at(act, api, url, trusting(&authority));
        let requests = if act == Act::Look { tries } else { 2 };
        let end = stage.fails(act, fault, timeout(), &[says], requests);
        let most = requests as f64 * (f64::from(timeout()) + ALARM_GRACE) + READ_PAUSES + slack();
        assert!(end.seconds < most, "{} s", end.seconds);
        let alarm = tries == 1;
        stage.leaves_cache(if alarm && act == Act::Look { Cache::OldOrGone } else { Cache::Gone });
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
            let end = stage.run(2);
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
