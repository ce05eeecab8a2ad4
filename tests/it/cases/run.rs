//! One run of the program under test: its arguments, its surroundings, its end.
use super::hide;
use super::script::Item;
use super::stage::{Once, Stage};
use super::words::{self, UNDER_TEST};
use super::{APPLET, HOST};
use crate::standin::{TOKEN, ZONE};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// No case takes longer; what does is killed and fails.
const RUN_SECONDS_MAX: u64 = 150;

/// How a run ended and what it said.
pub struct End {
    pub status: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub seconds: f64,
    /// The arguments it was given.
    pub words: Vec<OsString>,
}

impl Stage {
    /// The arguments of `run` (with what is usual where it is not said) or `only`.
    fn words(&self, item: &Item) -> Result<Vec<OsString>, String> {
        let mut text = item.rest.clone();
        for line in &item.body {
            text.push(' ');
            text.push_str(line);
        }
        let given = words::split(&self.fill(&text)?)?;
        let mut words: Vec<OsString> = given.into_iter().map(OsString::from_vec).collect();
        if item.word == "only" {
            return Ok(words);
        }
        let cache = self.directory.join("cache").into_os_string();
        let mut usual: Vec<(&str, OsString)> = vec![
            ("--apiToken", TOKEN.into()),
            ("--zoneId", ZONE.into()),
            ("--target", HOST.into()),
            ("--apiUrl", self.api.url().into()),
            ("--cacheDir", cache),
        ];
        if let Some(dns) = &self.dns {
            usual.push(("--whoami", "builtin".into()));
            usual.push(("--resolver", dns.address.to_string().into()));
        }
        let given = |flag: &str| {
            words.iter().any(|word| {
                let word = word.to_string_lossy();
                word == flag || word.strip_prefix(flag).is_some_and(|more| more.starts_with('='))
            })
        };
        let by_file = given("--apiTokenFile");
        let mut all = Vec::new();
        for (flag, value) in usual {
            let dropped = self.once.without.iter().any(|one| one == flag);
            let elsewhere = by_file && flag == "--apiToken";
            if !dropped && !elsewhere && !given(flag) {
                all.extend([OsString::from(flag), value]);
            }
        }
        all.append(&mut words);
        Ok(all)
    }

    fn command(&self, words: &[OsString]) -> Command {
        let words_of_test = std::env::var(UNDER_TEST);
        let built = env!("CARGO_BIN_EXE_ddnsbox").to_owned();
        let mut prefix: Vec<PathBuf> = match &words_of_test {
            Ok(text) => text.split_whitespace().map(absolute).collect(),
            Err(_) => vec![PathBuf::from(built)],
        };
        if let Some(name) = &self.once.called {
            let link = self.directory.join(name);
            let program = prefix.pop().unwrap();
            symlink(fs::canonicalize(program).unwrap(), &link).unwrap();
            prefix.push(link);
        }
        let mut command = Command::new(in_path(&prefix[0]));
        command.args(&prefix[1..]);
        if self.once.called.is_none() {
            command.arg(APPLET);
        }
        command.args(words).env_clear().env("PATH", self.children.path()).env("FOREIGN", "x");
        command.envs(self.once.env.iter().cloned());
        command.current_dir(&self.directory);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        hide::hide(&mut command, self.children.to_hide());
        command
    }

    pub fn run(&mut self, item: &Item) -> Result<End, String> {
        let words = self.words(item)?;
        self.children.forget();
        self.api.take_calls();
        if let Some(dns) = &self.dns {
            dns.with(|whoami| whoami.asked.clear());
        }
        let mut command = self.command(&words);
        self.meanwhile = self.once.held.as_ref().and_then(|(_, writes)| writes.clone());
        let over = Arc::new(AtomicBool::new(false));
        let holder = self.once.held.take();
        let holder = holder.map(|(time, writes)| self.hold(time, writes, over.clone()));
        let began = Instant::now();
        let mut child = command.spawn().map_err(|why| item.wrong(why))?;
        // A line and then nothing, held open: a child that reads it would take it, then hang.
        let mut feed = child.stdin.take().unwrap();
        let _ = feed.write_all(b"from the terminal\n");
        let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let out = std::thread::spawn(move || all_of(&mut out));
        let err = std::thread::spawn(move || all_of(&mut err));
        let killed = self.once.killed;
        let kill = || killed.is_some_and(|requests| self.api.calls().len() >= requests);
        let status = wait(&mut child, kill).map_err(|why| item.wrong(why))?;
        let seconds = began.elapsed().as_secs_f64();
        over.store(true, Ordering::SeqCst);
        drop(holder.map(std::thread::JoinHandle::join));
        self.once = Once::default();
        Ok(End { status, stdout: out.join().unwrap(), stderr: err.join().unwrap(), seconds, words })
    }

    /// Another run for the same name is at work for that long, and then writes its cache.
    /// Holds the lock for so long, or until `over` is set.
    fn hold(
        &self,
        time: Duration,
        writes: Option<String>,
        over: Arc<AtomicBool>,
    ) -> std::thread::JoinHandle<()> {
        fs::create_dir_all(self.directory.join("cache")).unwrap();
        let file = File::create(self.lock_file()).unwrap();
        fs::set_permissions(self.lock_file(), PermissionsExt::from_mode(0o600)).unwrap();
        file.lock().unwrap();
        let (cache, beside) = (self.cache_file(), self.directory.join("beside"));
        std::thread::spawn(move || {
            let end = Instant::now() + time;
            while Instant::now() < end && !over.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(5));
            }
            if let Some(document) = writes {
                fs::write(&beside, document).unwrap();
                fs::set_permissions(&beside, PermissionsExt::from_mode(0o600)).unwrap();
                fs::rename(&beside, &cache).unwrap();
            }
            drop(file);
        })
    }
}

pub fn all_of(from: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = from.read_to_end(&mut bytes);
    bytes
}

/// The exit status, or none where a signal ended it; `kill` says when we send one.
pub fn wait(child: &mut Child, kill: impl Fn() -> bool) -> Result<Option<i32>, String> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|why| why.to_string())? {
            return Ok(status.code());
        }
        let late = began.elapsed() > Duration::from_secs(RUN_SECONDS_MAX);
        if late || kill() {
            let _ = child.kill();
            let _ = child.wait();
            return if late { Err(format!("at work after {RUN_SECONDS_MAX} s")) } else { Ok(None) };
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The full path of a program: the command's own PATH has only the played ones.
pub fn in_path(program: &Path) -> PathBuf {
    if program.components().count() > 1 {
        return program.to_owned();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).map(|place| place.join(program));
    places.into_iter().find(|path| path.is_file()).unwrap_or(program.to_owned())
}

/// A word that names a file from where the tests stand; the program stands elsewhere.
pub fn absolute(word: &str) -> PathBuf {
    let path = PathBuf::from(word);
    let is_path = path.components().count() > 1;
    if is_path { fs::canonicalize(&path).unwrap_or(path) } else { path }
}
