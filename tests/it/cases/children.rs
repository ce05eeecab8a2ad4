//! What the played `ip` and `dig` do: one snippet of shell for each interface and source address.
use super::script::Item;
use super::words;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// How long a child that has been killed may take to be gone.
const DEATH_MAX: Duration = Duration::from_secs(30);
/// Where the program looks for `ip` and `dig` after PATH; they have to be hidden to be missing.
const USUAL_PLACES: &[&str] = &["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// The played programs of one case.
pub struct Children {
    directory: PathBuf,
}

impl Children {
    pub fn new(case: &Path) -> Self {
        let directory = case.to_owned();
        for name in ["bin", "play"] {
            fs::create_dir(directory.join(name)).unwrap();
        }
        let children = Self { directory };
        // A link, not a copy: a file that another thread's fork holds open for writing cannot run.
        let play = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/play");
        for name in ["ip", "dig"] {
            symlink(&play, children.program(name)).unwrap();
        }
        children
    }

    fn program(&self, name: &str) -> PathBuf {
        self.directory.join("bin").join(name)
    }

    /// The PATH for the program under test.
    pub fn path(&self) -> PathBuf {
        self.directory.join("bin")
    }

    /// `wan INTERFACE LOCAL PUBLIC`: `ip` shows LOCAL, and dig from there answers PUBLIC.
    pub fn wan(&self, item: &Item) -> Result<(), String> {
        item.no_body()?;
        let words = words::split_text(&item.rest)?;
        let [interface, local, public] = words.as_slice() else {
            return Err(item.wrong("is INTERFACE LOCAL PUBLIC"));
        };
        let shown = format!(
            "2: {interface}    inet {local}/24 scope global {interface}\\       \
             valid_lft forever preferred_lft forever\n"
        );
        self.plays("ip", interface, &say(shown.as_bytes(), ""));
        self.plays("dig", local, &say(format!("\"{public}\"\n").as_bytes(), ""));
        Ok(())
    }

    /// `seen PUBLIC`: what dig answers when it is not told where to ask from.
    pub fn seen(&self, item: &Item) -> Result<(), String> {
        item.no_body()?;
        self.plays("dig", "-", &say(format!("\"{}\"\n", item.rest).as_bytes(), ""));
        Ok(())
    }

    /// `ip INTERFACE …` or `dig LOCAL|- …`, with what it prints below (`! ` before an error line):
    /// `exit N`, `after SECONDS`, `hangs`, `endless`, `together N` (waits until N have started),
    /// `killed`, `missing` (in place of the rest).
    pub fn play(&self, item: &Item) -> Result<(), String> {
        let words = words::split_text(&item.rest)?;
        let (key, options) = words.split_first().ok_or_else(|| item.wrong("of what?"))?;
        if key == "missing" {
            item.no_body()?;
            return fs::remove_file(self.program(&item.word)).map_err(|why| item.wrong(why));
        }
        let (mut before, mut after) = (String::new(), String::new());
        let mut options = options.iter().map(String::as_str);
        while let Some(option) = options.next() {
            let mut number = || {
                let text = options.next().filter(|text| text.parse::<f64>().is_ok());
                text.ok_or_else(|| item.wrong(format!("{option} needs a number")))
            };
            match option {
                "exit" => after = format!("exit {}\n", number()?),
                "after" => before.push_str(&format!("sleep {}\n", number()?)),
                "together" => {
                    let (count, me) = (number()?, &item.word);
                    before.push_str(&format!(
                        "until [ \"$(grep -c '^{me} ' \"$home/started\")\" -ge {count} ]\n\
                         do sleep 0.02; done\n"
                    ));
                }
                // Both have to go: the shell and what it started.
                "hangs" => after = "sleep 60 & echo $$ $! >>\"$home/pids\"; wait\n".to_owned(),
                "endless" => after = "echo $$ >>\"$home/pids\"; exec yes\n".to_owned(),
                "killed" => after = "kill -TERM $$\n".to_owned(),
                _ => return Err(item.wrong(format!("unknown option {option}"))),
            }
        }
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        for line in &item.body {
            let (to, line) = match line.strip_prefix("! ") {
                Some(line) => (&mut stderr, line),
                None => (&mut stdout, line.as_str()),
            };
            to.extend(words::unescape(line)?);
            to.push(b'\n');
        }
        let errors = format!("{} >&2\n", say(&stderr, "").trim_end());
        let said = if stderr.is_empty() { String::new() } else { errors };
        self.plays(&item.word, key, &format!("{before}{}{said}{after}", say(&stdout, "")));
        Ok(())
    }

    fn plays(&self, program: &str, key: &str, snippet: &str) {
        fs::write(self.directory.join("play").join(format!("{program}.{key}")), snippet).unwrap();
    }

    fn note(&self, name: &str) -> Vec<String> {
        let text = fs::read(self.directory.join("play").join(name)).unwrap_or_default();
        String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
    }

    /// Forgets what was started before.
    pub fn forget(&self) {
        for name in ["started", "unexpected", "pids"] {
            let _ = fs::remove_file(self.directory.join("play").join(name));
        }
    }

    /// The command lines of the children, sorted: they run side by side.
    pub fn started(&self) -> Vec<String> {
        let mut started = self.note("started");
        started.sort();
        started
    }

    /// What no child may have met: an unknown question, an inherited secret or terminal.
    pub fn unexpected(&self) -> Vec<String> {
        self.note("unexpected")
    }

    /// Children that should have been killed and still live. One that has been killed a moment ago
    /// may still have to die: on a busy machine that takes its time.
    pub fn left_over(&self) -> Vec<String> {
        let end = Instant::now() + DEATH_MAX;
        loop {
            let alive = self.alive();
            if alive.is_empty() || Instant::now() > end {
                return alive;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn alive(&self) -> Vec<String> {
        let lives = |pid: &&str| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let state = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
            !state.is_empty() && !state.starts_with(['Z', 'X'])
        };
        let notes = self.note("pids").join(" ");
        notes.split_whitespace().filter(lives).map(str::to_owned).collect()
    }

    /// Programs that must be missing but stand where the program under test also looks.
    pub fn to_hide(&self) -> Vec<PathBuf> {
        let missing = ["ip", "dig"].into_iter().filter(|name| !self.program(name).exists());
        missing
            .flat_map(|name| USUAL_PLACES.iter().map(move |place| Path::new(place).join(name)))
            .filter(|path| path.is_file())
            .collect()
    }
}

/// Shell that prints these bytes exactly.
fn say(bytes: &[u8], to: &str) -> String {
    if bytes.is_empty() {
        return String::new();
    }
    let octal: String = bytes.iter().map(|byte| format!("\\{byte:03o}")).collect();
    format!("printf '{octal}'{to}\n")
}
