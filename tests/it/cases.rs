//! Runs the golden cases in `tests/cases`: readable files that say what must come of what.
//!
//! How a case is written is told in `tests/cases/README.md`. DDNSBOX_CASES=WORD runs only those
//! whose file name holds WORD; DDNSBOX_UNDER_TEST="qemu-mips-static FILE" tests another program.

mod children;
mod described;
pub mod files;
mod hide;
mod judge;
pub mod run;
pub mod script;
mod shown;
mod stage;
pub mod words;

use stage::Stage;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is tested, and the name all cases are about.
const APPLET: &str = "cf-ddns-sync";
const HOST: &str = "host1.example.com";
const GRAMMAR: script::Grammar = script::Grammar {
    world: &[
        "wan", "seen", "ip", "dig", "whoami", "record", "owner", "fault", "cached", "file", "dir",
        "link", "gone", "env", "without", "called", "held", "killed", "zone",
    ],
    run: &["run", "only"],
    expected: &[
        "says", "exit", "calls", "records", "cache", "started", "asked", "mode", "absent",
        "present", "content", "takes",
    ],
    often: &["mode", "absent", "present", "content"],
};
/// Cases at work at the same time: most of them wait most of the time.
const AT_ONCE: usize = 8;

#[test]
fn golden_cases() {
    play_all(APPLET, "quick", |name| !name.starts_with("slow-"), play);
}

#[test]
#[ignore = "waits half a minute for deadlines"]
fn slow_golden_cases() {
    play_all(APPLET, "slow", |name| name.starts_with("slow-"), play);
}

/// Plays all cases of an applet whose file names fit; `which` names them in the line that counts.
pub fn play_all(
    applet: &str,
    which: &str,
    fits: impl Fn(&str) -> bool,
    play: impl Fn(&Path, &Path) -> Result<Played, String> + Sync,
) {
    let cases = case_files(applet, fits);
    let scratch = std::env::temp_dir();
    let scratch = scratch.join(format!("ddnsbox-{applet}-{which}-{}", std::process::id()));
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let skipped = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(file) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let name = file.file_stem().unwrap().to_string_lossy();
                    match play(file, &scratch.join(&*name)) {
                        Ok(Played::Whole) => {}
                        Ok(Played::Skipped) => {
                            skipped.fetch_add(1, Ordering::SeqCst);
                        }
                        Err(words) => {
                            let shown = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
                            let words = format!("{}:\n{words}", shown.display());
                            failures.lock().unwrap().push(words);
                        }
                    }
                }
            });
        }
    });
    let _ = fs::remove_dir(&scratch);
    let failures = failures.into_inner().unwrap();
    let (count, failed, skipped) = (cases.len(), failures.len(), skipped.into_inner());
    let passed = count - failed - skipped;
    // Past the capture of the test harness, on a line of its own: tests/run adds these up.
    let line =
        format!("\n{which} golden cases: {passed} passed, {failed} failed, {skipped} skipped\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    assert!(failures.is_empty(), "{failed} of {count} cases\n\n{}", failures.join("\n"));
}

fn case_files(applet: &str, fits: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(applet);
    let wanted = std::env::var("DDNSBOX_CASES").unwrap_or_default();
    let mut files: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.contains(&wanted) && fits(&name)
        })
        .collect();
    let strange = files.iter().find(|path| path.extension().is_none_or(|end| end != "case"));
    assert!(strange.is_none(), "not a case: {strange:?}");
    // Those that wait begin first, so that none is waited for alone.
    files.sort_by_key(|path| (!path.to_string_lossy().contains("-wait-"), path.clone()));
    files
}

/// How far a case was played.
pub enum Played {
    Whole,
    /// Not at all or in part: this machine cannot do what it needs.
    Skipped,
}

/// Plays one case; the error says what was not as it should be.
fn play(file: &Path, scratch: &Path) -> Result<Played, String> {
    let text = fs::read_to_string(file).map_err(|why| format!("  {why}\n"))?;
    let steps = script::read(&text, &GRAMMAR).map_err(|why| format!("  {why}\n"))?;
    let mut stage = Stage::set(scratch);
    for (number, step) in steps.iter().enumerate() {
        let place = |why: String| format!("  run {} (line {}): {why}\n", number + 1, step.run.line);
        for item in &step.world {
            stage.prepare(item).map_err(place)?;
        }
        if !stage.children.to_hide().is_empty() && !hide::can_hide() {
            println!("skipped, programs cannot be hidden here: {}", file.display());
            return Ok(Played::Skipped);
        }
        let before = judge::before(&stage);
        let end = stage.run(&step.run).map_err(place)?;
        let faults = judge::judge(&stage, step, &end, &before).map_err(place)?;
        if !faults.is_empty() {
            let faults: Vec<String> = faults.iter().map(|one| format!("    {one}")).collect();
            return Err(place(format!("`{}`\n{}", step.run.rest, faults.join("\n"))));
        }
    }
    Ok(Played::Whole)
}
