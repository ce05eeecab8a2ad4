//! Children that stall, flood, fork and hide, and what is left of them.

use super::*;
use std::sync::Mutex;

/// Children of one test must not be counted by another.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

const LIMITS: Limits = Limits { seconds: 2, output_bytes: 1000, keep_stderr: true };

fn shell(fake: &str, limits: Limits) -> Running {
    start(Path::new("/bin/sh"), &["-c", fake], limits).unwrap()
}

fn one(fake: &str, limits: Limits) -> Finished {
    collect(vec![shell(fake, limits)]).unwrap().pop().unwrap()
}

#[test]
fn says_what_the_child_said() {
    let _guard = ONE_AT_A_TIME.lock();
    let done = one("echo out; echo err >&2; exit 3", LIMITS);
    assert_eq!((&done.stdout[..], &done.stderr[..]), (&b"out\n"[..], &b"err\n"[..]));
    assert_eq!(done.end, End::Exited(Some(3)));
}

#[test]
fn the_environment_is_path_only() {
    let _guard = ONE_AT_A_TIME.lock();
    // SAFETY of the setting itself does not matter here: `CARGO` is set by the test runner.
    assert!(std::env::var_os("CARGO").is_some());
    let done = one("echo \"$CARGO\" $HOME", LIMITS);
    assert_eq!(done.stdout, b"\n");
}

#[test]
fn a_stalled_child_is_killed_with_its_family() {
    let _guard = ONE_AT_A_TIME.lock();
    let before = Instant::now();
    let limits = Limits { seconds: 1, ..LIMITS };
    // Of this very run: one that was killed in the middle may have left its own behind.
    let sleep = format!("77.{}", std::process::id());
    let fake = format!("trap '' TERM HUP; sleep {sleep} & echo begun; wait; sleep {sleep}");
    let done = one(&fake, limits);
    assert_eq!((done.stdout.as_slice(), done.end), (&b"begun\n"[..], End::Timeout));
    assert!(before.elapsed() < Duration::from_secs(5));
    assert!(!running(&sleep));
}

#[test]
fn a_grandchild_that_holds_the_pipe_does_not_hold_us() {
    let _guard = ONE_AT_A_TIME.lock();
    let before = Instant::now();
    let sleep = format!("78.{}", std::process::id());
    let done = one(&format!("echo answer; sleep {sleep} &"), Limits { seconds: 20, ..LIMITS });
    assert_eq!((done.stdout.as_slice(), done.end), (&b"answer\n"[..], End::Exited(Some(0))));
    assert!(before.elapsed() < Duration::from_secs(5));
    assert!(!running(&sleep));
}

#[test]
fn a_flood_is_cut_off() {
    let _guard = ONE_AT_A_TIME.lock();
    let done = one("while :; do echo 0123456789; done", Limits { seconds: 20, ..LIMITS });
    assert_eq!((done.stdout.len(), done.end), (1000, End::OutputLimit));
}

#[test]
fn complaints_without_end_do_not_cost_the_answer() {
    let _guard = ONE_AT_A_TIME.lock();
    let sleep = format!("80.{}", std::process::id());
    let fake = format!("sleep {sleep} >/dev/null 2>&1 & yes >&2 & sleep 0.3; echo answer");
    let done = one(&fake, Limits { seconds: 20, ..LIMITS });
    assert_eq!((done.stdout.as_slice(), done.end), (&b"answer\n"[..], End::Exited(Some(0))));
    assert_eq!(done.stderr.len(), 1000);
    // It holds no pipe of ours open, and is not left over for that.
    assert!(!running(&sleep));
}

#[test]
fn children_run_side_by_side_and_keep_their_order() {
    let _guard = ONE_AT_A_TIME.lock();
    let before = Instant::now();
    let children = (0..5).map(|n| shell(&format!("sleep 0.{}; echo {n}", 9 - n), LIMITS)).collect();
    let said: Vec<_> = collect(children).unwrap().into_iter().map(|done| done.stdout).collect();
    assert_eq!(said, (0..5).map(|n| format!("{n}\n").into_bytes()).collect::<Vec<_>>());
    assert!(before.elapsed() < Duration::from_millis(2500));
}

#[test]
fn closed_pipes_are_not_an_end() {
    let _guard = ONE_AT_A_TIME.lock();
    let done = one("exec >&- 2>&-; sleep 0.3; exit 4", LIMITS);
    assert_eq!(done.end, End::Exited(Some(4)));
}

#[test]
fn dropped_children_are_killed_and_reaped() {
    let _guard = ONE_AT_A_TIME.lock();
    let child = shell("sleep 79.25", LIMITS);
    let id = child.pid;
    drop(child);
    assert!(!Path::new(&format!("/proc/{id}")).exists());
    assert!(!running("79.25"));
}

#[test]
fn programs_are_found_and_missing_ones_are_not() {
    assert_eq!(find("sh", OsStr::new("/nonexistent:/bin")), Some(PathBuf::from("/bin/sh")));
    assert!(find("sh", OsStr::new("")).is_some());
    assert_eq!(find("no-such-program-here", OsStr::new("/bin")), None);
    assert!(start(Path::new("/nonexistent/x"), &[], LIMITS).is_err());
}

/// Whether any process has `word` as an argument.
/// Whether it goes on running: one that was killed may take a moment to go.
fn running(word: &str) -> bool {
    (0..100).all(|_| {
        std::thread::sleep(Duration::from_millis(100));
        std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            line.split(|&b| b == 0).any(|argument| argument == word.as_bytes())
        })
    })
}
