//! The stage of the demo: stand-ins, a scratch directory, and the showing of commands and results.
use super::HOST;
use super::standin::json::Value;
use super::standin::{Api, Dns, TOKEN, ZONE, json, screen, serve};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

pub struct Stage {
    pub api: Api,
    pub dns: Dns,
    dir: PathBuf,
    scenes: usize,
    scripted: bool,
}

/// How a run ended.
pub struct End {
    pub status: i32,
    stderr: String,
}

impl End {
    /// Fails the demo unless the program said exactly this line.
    pub fn says(&self, line: &str) {
        check(self.stderr.lines().any(|said| said == line), &format!("it says: {line}"));
    }
}

/// Fails the demo loudly where something shown is not as it was announced.
pub fn check(holds: bool, what: &str) {
    if !holds {
        screen::print(&format!("\nDEMO FAILED, this does not hold: {what}"));
        leave(1);
    }
}

/// The scratch directory of this process.
fn scratch() -> PathBuf {
    std::env::temp_dir().join(format!("ddnsbox-demo-{}", std::process::id()))
}

/// Ends the demo without leaving files behind.
fn leave(status: i32) -> ! {
    let _ = std::fs::remove_dir_all(scratch());
    std::process::exit(status)
}

/// Prints text; the demo ends where the reader has gone, as `cargo demo | head -1` does.
fn print(text: &str) {
    if !screen::print(text) {
        leave(0);
    }
}

/// Prints a line, folded to the width of a terminal.
fn print_line(before: &str, line: &str) {
    for piece in screen::fold(before, line) {
        print(&piece);
    }
}

impl Stage {
    pub fn set() -> Self {
        let dir = scratch();
        std::fs::create_dir_all(dir.join("bin")).unwrap();
        Self { api: Api::start(None), dns: Dns::start(), dir, scenes: 0, scripted: false }
    }

    pub fn say(&self, text: &str) {
        print(text);
    }

    pub fn scene(&mut self, title: &str) {
        self.scenes += 1;
        print("");
        print_line("", &format!("{}. {title}", self.scenes));
    }

    /// The id of the nth record, as JSON text.
    pub fn record_id(&self, at: usize) -> String {
        let all = serve::lock(&self.api.state).zone.all();
        json::field(&all[at], "id").map(json::text).unwrap()
    }

    /// What the owner changes in the dashboard; it is no request of the program's.
    pub fn change_by_hand(&self, id: &str, body: &Value) {
        serve::lock(&self.api.state).zone.patch(id, body).unwrap();
    }

    /// The methods of the requests made since the last time.
    pub fn requests(&self) -> Vec<String> {
        self.api.take_calls().into_iter().map(|call| call.method).collect()
    }

    /// From now on `ip` and `dig` are those of a router with two lines.
    pub fn play_two_wans(&mut self, second: Option<&str>) {
        self.scripted = true;
        let show = |at: &str| format!("echo '2: {at} scope global\\       valid_lft forever'");
        let ip = format!(
            "case \"$*\" in *wan0) {} ;; *wan1) {} ;; esac",
            show("wan0    inet 192.168.8.2/24"),
            if second.is_some() { show("wan1    inet 192.168.9.2/24") } else { ":".to_owned() }
        );
        let dig = format!(
            "case \"$*\" in *192.168.8.2*) echo '\"203.0.113.8\"' ;; *) echo '\"{}\"' ;; esac",
            second.unwrap_or("")
        );
        for (name, script) in [("ip", ip), ("dig", dig)] {
            let file = self.dir.join("bin").join(name);
            std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
        }
    }

    /// Types the command, shows what comes back, and the records as they are then.
    pub fn run(&self, more: &[&str]) -> End {
        let (port, cache) = (self.dns.address.port(), self.dir.join("cache"));
        let mut words: Vec<Vec<String>> = [
            vec!["cf-ddns-sync", "-v"],
            vec!["--apiToken", TOKEN],
            vec!["--zoneId", ZONE],
            vec!["--target", HOST],
            vec!["--apiUrl", &self.api.url()],
            vec!["--cacheDir", cache.to_str().unwrap()],
        ]
        .into_iter()
        .map(|line| line.into_iter().map(str::to_owned).collect())
        .collect();
        if !self.scripted {
            let resolver = format!("127.0.0.1:{port}");
            words.push(vec!["--whoami".into(), "builtin".into()]);
            words.push(vec!["--resolver".into(), resolver]);
        }
        if !more.is_empty() {
            words.push(more.iter().map(|word| (*word).to_owned()).collect());
        }
        let typed: Vec<String> = words.iter().map(|line| line.join(" ")).collect();
        print(&format!("   $ ddnsbox {}", typed.join(" \\\n       ")));
        let mut command = Command::new(env!("CARGO_BIN_EXE_ddnsbox"));
        command.args(words.concat()).env_remove("CF_API_TOKEN");
        if self.scripted {
            command.env("PATH", self.dir.join("bin"));
        }
        let out = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&out.stderr).into_owned();
        for line in stderr.lines() {
            print_line("   | ", line);
        }
        let status = out.status.code().unwrap_or(-1);
        print(&format!("   exit status {status}; records at the stand-in now:"));
        for line in self.api.records() {
            print_line("     ", &line);
        }
        check(out.stdout.is_empty(), "nothing is written to standard output");
        End { status, stderr }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}
