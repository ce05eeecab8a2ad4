//! Peers that stall or swell where the HTTP client does not notice: the alarm, the memory limit.
use super::stage::{Act, Cache, READ_TRIES, Stage, WRITES, crew};
use super::tls::trusting;
use crate::standin::Api;
use crate::standin::tls::{Authority, Flaw};
use crate::subject::{command, is_like, secure_url, side_by_side};

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
        // Each request may be late by the alarm's grace; the rest of the time is not its fault.
        println!("{act:?} with {fault}: {:.1} s", end.seconds);
        let alarm = tries == 1;
        stage.leaves_cache(if alarm && act == Act::Look { Cache::OldOrGone } else { Cache::Gone });
        stage.mends();
    });
}

/// Heads without end that slip past the client's own count, and documents that swell when read:
/// the limit on the address space ends the process. Emulators ignore that limit; there only the
/// time is bounded, and the processes of the emulator are larger than what is measured here.
#[test]
fn what_swells_is_stopped_by_the_limit_on_memory() {
    let all: Vec<Act> = [Act::Look].into_iter().chain(WRITES).collect();
    side_by_side(
        crew(),
        &all,
        |act| format!("{act:?}"),
        |&act| {
            let stage = Stage::set(act);
            stage.api.fault(&format!(
                "{} endless headers-lf",
                if act == Act::Look { "*" } else { "2+" }
            ));
            let end = stage.run(2);
            end.fails();
            println!("{act:?}: {:.1} s, {}", end.seconds, end.stderr);
            let subject = stage.subject(act);
            let says = [
                format!("ERROR: {subject}: out of memory, an answer was larger than allowed.\n"),
                format!("ERROR: {subject}: no complete answer within the time allowed\n"),
            ];
            let emulated = command().1;
            let alike = |says: &String| is_like(says, &end.stderr);
            assert!(alike(&says[0]) || (emulated && alike(&says[1])), "it says:\n{}", end.stderr);
            stage.leaves_cache(if act == Act::Look { Cache::OldOrGone } else { Cache::Gone });
            stage.mends();
        },
    );
}
