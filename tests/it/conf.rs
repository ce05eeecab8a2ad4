//! Runs the golden cases of applets with a configuration: command line, configuration, logging.
//!
//! How a case is written is told in `tests/cases/README.md`. Nothing in them depends on the
//! addresses of this machine: each run ends before they matter, and no packet may be sent.

mod ears;
mod judge;
mod stage;

use crate::cases::script::{self, Grammar};
use crate::cases::{Played, play_all};
use stage::Stage;
use std::fs;
use std::path::Path;

/// What is tested, by the directory of its cases.
pub struct Applet {
    name: &'static str,
    /// The short usage, as `{usage}` in a case; one case shows that it is this.
    usage: &'static str,
    /// Arguments that each `run` gets where it does not name them, with places.
    usual: &'static [(&'static str, &'static str)],
}

const PYDYNDNS: Applet = Applet {
    name: "pydyndns",
    usage: "\
Usage: pydyndns [-h] [-c FILE] [-f] [OPTION]... [interface ...]
See 'pydyndns --help'.",
    usual: &[
        ("-c", "{conf}"),
        ("--server", "{server}"),
        ("--zone", "example.com"),
        ("--hostname", "host.example.com"),
    ],
};
const IPV6DDNS: Applet = Applet {
    name: "ipv6ddns",
    usage: "\
Usage: ipv6ddns [-h] [-V] [-c FILE] [-v]
See 'ipv6ddns --help'.",
    usual: &[("-c", "{conf}")],
};
const GRAMMAR: Grammar = Grammar {
    world: &["config", "logging", "file", "dir", "link", "gone", "env", "called", "syslog"],
    run: &["run", "only"],
    expected: &[
        "says", "prints", "exit", "mode", "absent", "present", "content", "logged", "takes",
    ],
    often: &["mode", "absent", "present", "content", "logged"],
};

#[test]
fn golden_cases_of_pydyndns() {
    play_all(PYDYNDNS.name, PYDYNDNS.name, |_| true, |file, at| play(&PYDYNDNS, file, at));
}

#[test]
fn golden_cases_of_ipv6ddns() {
    play_all(IPV6DDNS.name, IPV6DDNS.name, |_| true, |file, at| play(&IPV6DDNS, file, at));
}

/// Plays one case; the error says what was not as it should be.
fn play(applet: &'static Applet, file: &Path, scratch: &Path) -> Result<Played, String> {
    let text = fs::read_to_string(file).map_err(|why| format!("  {why}\n"))?;
    let steps = script::read(&text, &GRAMMAR).map_err(|why| format!("  {why}\n"))?;
    let mut stage = Stage::set(applet, scratch);
    let mut wrong = String::new();
    for (number, step) in steps.iter().enumerate() {
        let place = |why: String| format!("  run {} (line {}): {why}\n", number + 1, step.run.line);
        for item in &step.world {
            stage.prepare(item).map_err(place)?;
        }
        let before = judge::files(&stage.directory);
        let end = stage.run(&step.run).map_err(place)?;
        let faults = judge::judge(&stage, step, &end, &before).map_err(place)?;
        if !faults.is_empty() {
            let faults: Vec<String> = faults.iter().map(|one| format!("    {one}")).collect();
            wrong.push_str(&place(format!("`{}`\n{}", step.run.rest, faults.join("\n"))));
        }
    }
    if wrong.is_empty() { Ok(Played::Whole) } else { Err(wrong) }
}
