//! The stage of one case: a scratch directory, the configuration, the listening sockets, one run.
use super::Applet;
use super::ears::{Ear, Port};
use crate::cases::files;
use crate::cases::run::{absolute, all_of, in_path, wait};
use crate::cases::script::Item;
use crate::cases::words::{self, Places, UNDER_TEST};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The secret that cases use, in base64; whatever they get wrong about it, it begins like that.
pub const SECRET_START: &str = "c2VjcmV0";
const SECRET: &str = "c2VjcmV0LWtleS1vZi10aGUtY2FzZXM=";
/// The id of the cases' zone, which is nobody's business either.
pub const ZONE: &str = "7a6f6e652d6f662d7468652d6361736573";
/// What a configuration begins with where a case is about its logging.
const USUAL: &str =
    r#"{"cache": false, "ipv4": true, "ipv6": {"enable": true, "teredo": false}, "ttl": 300"#;

/// How a run ended and what it said.
pub struct End {
    pub status: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub seconds: f64,
}

pub struct Stage {
    pub applet: &'static Applet,
    pub directory: PathBuf,
    pub places: Places,
    pub server: Port,
    /// By the names that `logged` calls them: `udp`, or the path.
    pub ears: Vec<(String, Ear)>,
    env: Vec<(String, String)>,
    called: Option<String>,
}

impl Stage {
    pub fn set(applet: &'static Applet, directory: &Path) -> Self {
        fs::create_dir_all(directory).unwrap();
        let server = Port::open();
        let places = Places(vec![
            ("dir", directory.to_str().unwrap().to_owned()),
            ("conf", directory.join("conf").to_str().unwrap().to_owned()),
            ("server", server.address()),
            ("secret", SECRET.to_owned()),
            ("zone", ZONE.to_owned()),
        ]);
        let (ears, env) = (Vec::new(), Vec::new());
        let directory = directory.to_owned();
        Self { applet, directory, places, server, ears, env, called: None }
    }

    /// Brings one word of the world about.
    pub fn prepare(&mut self, item: &Item) -> Result<(), String> {
        match item.word.as_str() {
            "config" | "logging" => self.config(item)?,
            "file" | "dir" | "link" | "gone" => files::prepare(item, &self.places)?,
            "env" => {
                let (name, value) =
                    item.rest.split_once('=').ok_or_else(|| item.wrong("NAME=VALUE"))?;
                self.env.push((name.to_owned(), self.places.fill(value)?));
            }
            "called" => self.called = Some(item.rest.clone()),
            "syslog" => self.listen(item)?,
            _ => return Err(item.wrong("is not a word of the world")),
        }
        Ok(())
    }

    /// `config {…}` or the lines below: the file that `-c` names in the runs to come. `logging {…}`
    /// is that with what is usual for the other keys.
    fn config(&self, item: &Item) -> Result<(), String> {
        if item.rest.is_empty() == item.body.is_empty() {
            return Err(item.wrong("has its text beside it or below it"));
        }
        let lines = if item.rest.is_empty() { item.body.join("\n") } else { item.rest.clone() };
        let mut text = self.places.fill(&lines).map_err(|why| item.wrong(why))?;
        if item.word == "logging" {
            text = format!("{USUAL},\n\"logging\": {text}}}");
        }
        files::write(&self.directory.join("conf"), format!("{text}\n").as_bytes(), 0o600)
    }

    /// `syslog udp` makes the place `{syslog}`, its port; `syslog PATH` a socket as /dev/log is.
    fn listen(&mut self, item: &Item) -> Result<(), String> {
        item.no_body()?;
        let name = self.places.fill(&item.rest)?;
        let ear = match name.as_str() {
            "udp" => Ear::udp(),
            path => Ear::unix(Path::new(path)).map_err(|why| item.wrong(why))?,
        };
        self.places.0.extend(ear.port().map(|port| ("syslog", port.to_string())));
        self.ears.push((name, ear));
        Ok(())
    }

    /// The arguments of `run` (with what is usual where it is not said) or `only`.
    fn words(&self, item: &Item) -> Result<Vec<OsString>, String> {
        item.no_body()?;
        let given = words::split(&self.places.fill(&item.rest)?)?;
        let given: Vec<OsString> = given.into_iter().map(OsString::from_vec).collect();
        if item.word == "only" {
            return Ok(given);
        }
        let names = |flag: &str| {
            given.iter().any(|word| {
                let word = word.to_string_lossy();
                let long = word.split('=').next() == Some(flag);
                long || (flag == "-c" && (word.starts_with("-c") || word.starts_with("--config")))
            })
        };
        let mut all = Vec::new();
        for (flag, value) in self.applet.usual {
            if !names(flag) {
                all.extend([OsString::from(flag), self.places.fill(value)?.into()]);
            }
        }
        all.extend(given);
        Ok(all)
    }

    pub fn run(&mut self, item: &Item) -> Result<End, String> {
        let mut prefix: Vec<PathBuf> = match std::env::var(UNDER_TEST) {
            Ok(text) => text.split_whitespace().map(absolute).collect(),
            Err(_) => vec![PathBuf::from(env!("CARGO_BIN_EXE_ddnsbox"))],
        };
        let mut words = self.words(item)?;
        match self.called.take() {
            None => words.insert(0, self.applet.name.into()),
            Some(name) => {
                let link = self.directory.join(name);
                let program = fs::canonicalize(prefix.pop().unwrap()).unwrap();
                symlink(program, &link).map_err(|why| item.wrong(why))?;
                prefix.push(link);
            }
        }
        let mut command = Command::new(in_path(&prefix[0]));
        command.args(&prefix[1..]).args(&words).env_clear().env("PATH", "/usr/bin:/bin");
        command.envs(self.env.drain(..)).current_dir(&self.directory);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let began = Instant::now();
        let mut child = command.spawn().map_err(|why| item.wrong(why))?;
        let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let out = std::thread::spawn(move || all_of(&mut out));
        let err = std::thread::spawn(move || all_of(&mut err));
        let status = wait(&mut child, || false).map_err(|why| item.wrong(why))?;
        let seconds = began.elapsed().as_secs_f64();
        Ok(End { status, stdout: out.join().unwrap(), stderr: err.join().unwrap(), seconds })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}
