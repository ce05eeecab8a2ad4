//! The program under test: started with a bare environment, waited for within bounds, measured.
use crate::standin::{Api, Dns, TOKEN, ZONE};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub const HOST: &str = "host1.example.com";
/// What the program limits its address space to before it talks to the API, in KiB.
const MEMORY_KIB_MAX: u64 = 48 * 1024;
/// How often a run is looked at while it lasts.
const LOOK: Duration = Duration::from_millis(4);
/// Where `ip`, `dig` and the shell of scripts are.
const USUAL_PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// The command of the program under test, and whether an emulator runs it.
pub fn command() -> (Vec<String>, bool) {
    let named = std::env::var("DDNSBOX_UNDER_TEST").unwrap_or_default();
    let words: Vec<String> = named.split_whitespace().map(str::to_owned).collect();
    match words.first() {
        None => (vec![env!("CARGO_BIN_EXE_ddnsbox").to_owned()], false),
        Some(first) => {
            let emulated = first.contains("qemu");
            (words, emulated)
        }
    }
}

/// Time that is nobody's fault, in seconds: two processors are shared with whatever else is going
/// on, and an emulator is an order of magnitude slower. It tells a hang, not how fast something is.
pub fn slack() -> f64 {
    if command().1 { 120.0 } else { 60.0 }
}

/// A scratch directory with what one household of runs shares: cache, commands, certificates.
pub struct Home {
    pub dir: PathBuf,
    /// For the program: variables besides PATH.
    pub variables: Vec<(String, String)>,
}

impl Home {
    pub fn new() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::SeqCst);
        let dir = std::env::temp_dir().join(format!("ddnsbox-it-{}-{number}", std::process::id()));
        fs::create_dir_all(dir.join("bin")).unwrap();
        Self { dir, variables: Vec::new() }
    }

    /// The content of the cache file, if there is one.
    pub fn cache(&self) -> Option<Vec<u8>> {
        fs::read(self.dir.join("cache").join(format!("{HOST}.cache"))).ok()
    }

    /// Names of the files in the cache directory, sorted.
    pub fn cache_files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.join("cache")).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Puts a command of this household before those of the system.
    pub fn script(&self, name: &str, body: &str) {
        let file = self.dir.join("bin").join(name);
        // By a process of its own: another thread's fork could hold open what this one writes, and
        // a file that is open for writing cannot be run. Renamed, as runs under way may start it.
        let mut writer = Command::new("/bin/sh")
            .args(["-c", "cat >\"$1.new\" && chmod 755 \"$1.new\" && mv \"$1.new\" \"$1\"", "sh"])
            .arg(&file)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(writer.stdin.take().unwrap(), "#!/bin/sh\n{body}").unwrap();
        assert!(writer.wait().unwrap().success());
    }

    /// Starts `cf-ddns-sync` with the usual arguments and `more`.
    pub fn start(&self, url: &str, more: &[&str]) -> Running {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::SeqCst);
        adopt_orphans();
        let (words, emulated) = command();
        let mut path = OsString::from(self.dir.join("bin"));
        path.push(":");
        path.push(USUAL_PATH);
        let output = [format!("{number}.out"), format!("{number}.err")].map(|n| self.dir.join(n));
        let [out, err] = output.each_ref().map(|path| File::create(path).unwrap());
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .args(["cf-ddns-sync", "--apiToken", TOKEN, "--zoneId", ZONE, "--target", HOST])
            .args(["--apiUrl", url, "--cacheDir"])
            .arg(self.dir.join("cache"))
            .args(more)
            .env_clear()
            .env("PATH", path)
            .envs(self.variables.iter().cloned())
            .stdin(std::process::Stdio::null())
            .stdout(out)
            .stderr(err);
        // SAFETY: setsid is async-signal-safe, and a child just forked leads no group.
        unsafe {
            // A session of its own: whatever it leaves behind can be told by that.
            command.pre_exec(|| match libc::setsid() {
                -1 => Err(std::io::Error::last_os_error()),
                _ => Ok(()),
            });
        }
        let child = command.spawn().unwrap();
        Running { child, output, began: Instant::now(), peak_kib: 0, emulated, end: None }
    }

    /// Runs it to its end, which must come within `seconds`.
    pub fn run(&self, url: &str, more: &[&str], seconds: f64) -> End {
        self.start(url, more).wait(seconds)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// The arguments that make a run ask this whoami server itself.
pub fn asking(dns: &Dns) -> Vec<String> {
    let resolver = dns.address.to_string();
    ["--whoami", "builtin", "--resolver", &resolver].map(str::to_owned).to_vec()
}

/// The URL of the records as the program names it.
pub fn records_url(base: &str) -> String {
    format!("{base}/zones/{ZONE}/dns_records")
}

/// The base URL of an API behind TLS.
pub fn secure_url(api: &Api) -> String {
    api.url().replace("http://", "https://")
}

/// One run at work.
pub struct Running {
    child: Child,
    output: [PathBuf; 2],
    began: Instant,
    peak_kib: u64,
    emulated: bool,
    end: Option<(ExitStatus, f64)>,
}

/// How a run ended.
pub struct End {
    /// None: by a signal.
    pub status: Option<i32>,
    pub stderr: String,
    pub seconds: f64,
}

impl Running {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
    }

    /// Its children, dead ones that it has not waited for included.
    pub fn children(&self) -> Vec<String> {
        let leader = self.child.id();
        let others = session(leader).into_iter().filter(|(pid, ..)| *pid as u32 != leader);
        others.map(|(pid, name, state)| format!("{pid} {name} {state}")).collect()
    }

    /// Whether it has ended; notes how much memory it has come to meanwhile.
    pub fn has_ended(&mut self) -> bool {
        if self.end.is_none() {
            self.peak_kib = self.peak_kib.max(peak_kib(self.child.id()));
            let end = self.child.try_wait().unwrap();
            self.end = end.map(|end| (end, self.began.elapsed().as_secs_f64()));
        }
        self.end.is_some()
    }

    /// Waits for the end and checks what holds for every run, however it went.
    pub fn wait(mut self, seconds: f64) -> End {
        while !self.has_ended() {
            if self.began.elapsed().as_secs_f64() > seconds {
                let wait = wait_channels(self.child.id());
                self.kill();
                let _ = self.child.wait();
                let said = self.stderr();
                panic!("still at work after {seconds} s, in {wait}; it said:\n{said}");
            }
            std::thread::sleep(LOOK);
        }
        self.conclude()
    }

    /// Checks what holds for every run that has ended.
    pub fn conclude(self) -> End {
        let (end, seconds) = self.end.expect("it has not ended");
        let stderr = self.stderr();
        let out = fs::read(&self.output[0]).unwrap();
        assert!(out.is_empty(), "standard output: {out:?}");
        assert!(!stderr.contains(TOKEN), "the token is shown:\n{stderr}");
        let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!stderr.contains(bad), "control characters: {stderr:?}");
        assert!(stderr.len() < 8192, "{} bytes of talk: {stderr}", stderr.len());
        // Under an emulator the peak is the emulator's own.
        if !self.emulated {
            assert!(self.peak_kib <= MEMORY_KIB_MAX, "{} KiB: {stderr}", self.peak_kib);
        }
        if end.signal().is_some() {
            // One that was killed could not end its children; they end by themselves.
            adopted_end(self.child.id());
        }
        let left = session(self.child.id());
        assert!(left.is_empty(), "left behind: {left:?}");
        End { status: end.code(), stderr, seconds }
    }

    fn stderr(&self) -> String {
        let said = fs::read(&self.output[1]).unwrap();
        let said = String::from_utf8(said).expect("what it says is UTF-8");
        if self.emulated { as_on_hardware(&said) } else { said }
    }
}

/// What would be said on hardware: qemu hands over the host's number for an error of a connection
/// under way (SO_ERROR) as it is, and the C library of MIPS has no text for that.
fn as_on_hardware(said: &str) -> String {
    let texts = [
        (libc::ECONNRESET, "Connection reset by peer"),
        (libc::ECONNREFUSED, "Connection refused"),
    ];
    texts.iter().fold(said.to_owned(), |said, (number, text)| {
        let number = format!("(os error {number})");
        said.replace(&format!("No error information {number}"), &format!("{text} {number}"))
    })
}

/// Lets children whose parent is gone come to this process, where they can be seen.
fn adopt_orphans() {
    static ONCE: Once = Once::new();
    // SAFETY: no memory is involved.
    ONCE.call_once(|| assert_eq!(0, unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1) }));
}

/// The largest address space of a process so far, in KiB; 0 if it is gone. The kernel counts it
/// anew with each `exec`, while the ru_maxrss of wait4 would hold that of this process too.
fn peak_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmPeak:"));
    peak.and_then(|peak| peak.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Processes, dead ones included, of the session that `leader` began: number, name, state.
fn session(leader: u32) -> Vec<(i32, String, char)> {
    let mut members = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        // PID (COMMAND) STATE PPID PGRP SESSION …
        let Some((who, rest)) = stat.rsplit_once(')') else { continue };
        let Some((pid, name)) = who.split_once(" (") else { continue };
        let fields: Vec<&str> = rest.split_whitespace().collect();
        if fields.get(3).and_then(|id| id.parse().ok()) == Some(leader) {
            let state = fields[0].chars().next().unwrap();
            members.push((pid.parse().unwrap(), name.to_owned(), state));
        }
    }
    members
}

/// Reaps what a killed run left to this process, once it has ended.
fn adopted_end(leader: u32) {
    let began = Instant::now();
    while began.elapsed().as_secs_f64() < slack() {
        let left = session(leader);
        for (pid, ..) in &left {
            // SAFETY: no memory is involved but an ignored status.
            unsafe { libc::waitpid(*pid, std::ptr::null_mut(), libc::WNOHANG) };
        }
        if left.is_empty() {
            return;
        }
        std::thread::sleep(LOOK);
    }
}

/// Where in the kernel the threads of a process wait, for the report on one that hangs.
fn wait_channels(pid: u32) -> String {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let waits = tasks.map(|task| fs::read_to_string(task.path().join("wchan")).unwrap_or_default());
    waits.collect::<Vec<_>>().join(", ")
}

/// Whether `text` is `pattern`, in which each `*` stands for anything.
pub fn is_like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or("")) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Calls `work` with each of `items` on `threads` threads; fails with the names of all that failed.
pub fn side_by_side<T: Sync>(
    threads: usize,
    items: &[T],
    name: impl Fn(&T) -> String + Sync,
    work: impl Fn(&T) + Sync,
) {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut wrong = Vec::new();
        while let Some(item) = items.get(next.fetch_add(1, Ordering::SeqCst)) {
            if let Err(why) = catch_unwind(AssertUnwindSafe(|| work(item))) {
                let words = why.downcast_ref::<String>().cloned();
                let words = words.or(why.downcast_ref::<&str>().map(|&words| words.to_owned()));
                wrong.push(format!("{}\n{}\n", name(item), words.unwrap_or_default()));
            }
        }
        wrong
    };
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
        all.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });
    let (count, all) = (wrong.len(), items.len());
    assert!(wrong.is_empty(), "{count} of {all} went wrong:\n\n{}", wrong.join("\n"));
}
