//! The stage of one case: a scratch directory, the stand-ins, the played children, the world.
use super::HOST;
use super::children::Children;
use super::described::{self, cache_document};
use super::files::{self, write};
use super::script::Item;
use super::words::{self, Places};
use crate::standin::json::{self, Value};
use crate::standin::{Api, Dns, TOKEN, ZONE, dns, serve};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// When the caches that a case begins with were written, in seconds since 1970.
const CACHED_AT: u64 = 1_700_000_000;

/// What holds for the next run only.
#[derive(Default)]
pub struct Once {
    pub env: Vec<(String, String)>,
    pub without: Vec<String>,
    pub called: Option<String>,
    /// How long another run holds the lock, and the cache it writes before it lets go.
    pub held: Option<(Duration, Option<String>)>,
    /// After how many requests the program is killed.
    pub killed: Option<usize>,
}

pub struct Stage {
    pub directory: PathBuf,
    pub api: Api,
    pub dns: Option<Dns>,
    pub children: Children,
    pub places: Places,
    pub once: Once,
    /// What another run has written into the cache during the last run.
    pub meanwhile: Option<String>,
}

impl Stage {
    pub fn set(directory: &Path) -> Self {
        fs::create_dir_all(directory).unwrap();
        let directory = directory.to_owned();
        let api = Api::start(None);
        let shown = |path: &Path| path.to_str().unwrap().to_owned();
        let cache = directory.join("cache");
        let places = Places(vec![
            ("url", api.url()),
            ("port", api.address.port().to_string()),
            ("dir", shown(&directory)),
            ("cache", shown(&cache)),
            ("token", TOKEN.to_owned()),
            ("zone", ZONE.to_owned()),
            ("host", HOST.to_owned()),
            ("cases", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases").to_owned()),
        ]);
        let children = Children::new(&directory);
        Self { directory, api, dns: None, children, places, once: Once::default(), meanwhile: None }
    }

    pub fn cache_file(&self) -> PathBuf {
        self.directory.join("cache").join(format!("{HOST}.cache"))
    }

    pub fn lock_file(&self) -> PathBuf {
        self.directory.join("cache").join(format!("{HOST}.lock"))
    }

    pub fn fill(&self, text: &str) -> Result<String, String> {
        self.places.fill(text)
    }

    /// Brings one word of the world about.
    pub fn prepare(&mut self, item: &Item) -> Result<(), String> {
        if !["ip", "dig", "cached", "file", "held"].contains(&item.word.as_str()) {
            item.no_body()?;
        }
        let rest = self.fill(&item.rest)?;
        match item.word.as_str() {
            "wan" => self.children.wan(item)?,
            "seen" => self.children.seen(item)?,
            "ip" | "dig" => self.children.play(item)?,
            "whoami" => self.whoami(&rest)?,
            "record" => {
                for record in described::read(&rest)? {
                    self.api.add(&record.body());
                }
            }
            "owner" => self.owner(item)?,
            "zone" => serve::lock(&self.api.state).zone.name = rest.clone(),
            "fault" if rest == "none" => self.api.clear_faults(),
            "fault" => {
                let rule = crate::standin::faults::Rule::parse(&rest)?;
                serve::lock(&self.api.state).faults.push(rule);
            }
            "cached" => self.cached(item)?,
            "file" | "dir" | "link" | "gone" => files::prepare(item, &self.places)?,
            "env" => {
                let (name, value) = rest.split_once('=').ok_or_else(|| item.wrong("NAME=VALUE"))?;
                let value = words::unescape(value)?;
                let value = String::from_utf8(value).map_err(|why| item.wrong(why))?;
                self.once.env.push((name.to_owned(), value));
            }
            "without" => self.once.without.extend(rest.split(' ').map(str::to_owned)),
            "called" => self.once.called = Some(rest),
            "killed" => {
                self.once.killed = Some(rest.parse().map_err(|why| item.wrong(why))?);
            }
            "held" => {
                let seconds = rest.parse().map_err(|why| item.wrong(why))?;
                let writes = match item.body.is_empty() {
                    true => None,
                    false => Some(self.cache_of(&item.body)?),
                };
                self.once.held = Some((Duration::from_secs_f64(seconds), writes));
            }
            _ => return Err(item.wrong("is not a word of the world")),
        }
        Ok(())
    }

    /// `whoami ADDRESS` or `whoami MODE`: our own query is used, and answered like that.
    fn whoami(&mut self, said: &str) -> Result<(), String> {
        if self.dns.is_none() {
            let dns = Dns::start();
            self.places.0.push(("resolver", dns.address.to_string()));
            self.places.0.push(("dnsport", dns.address.port().to_string()));
            self.dns = Some(dns);
        }
        let dns = self.dns.as_ref().unwrap();
        if said.parse::<std::net::Ipv4Addr>().is_ok() {
            dns.say(said);
        } else {
            let mode = dns::Mode::parse(said)?;
            dns.with(|whoami| whoami.mode = mode);
        }
        Ok(())
    }

    /// `owner patch #N JSON` or `owner delete #N`: what somebody does in the dashboard meanwhile.
    fn owner(&self, item: &Item) -> Result<(), String> {
        let mut words = item.rest.splitn(3, ' ');
        let (what, id) = (words.next(), words.next().and_then(described::id));
        let id = id.ok_or_else(|| item.wrong("needs a record, such as #1"))?;
        let mut state = serve::lock(&self.api.state);
        let done = match (what, words.next().and_then(|body| json::parse(body.as_bytes()))) {
            (Some("patch"), Some(body)) => state.zone.patch(&id, &body),
            (Some("delete"), None) => state.zone.delete(&id),
            _ => return Err(item.wrong("is `patch #N JSON` or `delete #N`")),
        };
        done.map(|_| ()).map_err(|refusal| item.wrong(refusal.message))
    }

    /// `cached nothing`, `cached RECORD`, or records below: the cache as a run left it long ago.
    fn cached(&self, item: &Item) -> Result<(), String> {
        let lines = match item.rest.as_str() {
            "" => item.body.clone(),
            "nothing" => Vec::new(),
            line => vec![line.to_owned()],
        };
        let document = self.cache_of(&lines)?;
        fs::create_dir_all(self.directory.join("cache")).unwrap();
        write(&self.cache_file(), document.as_bytes(), 0o600)
    }

    fn cache_of(&self, lines: &[String]) -> Result<String, String> {
        let mut records = Vec::new();
        for line in lines {
            for record in described::read(line)? {
                let known = self.record_with(record.content());
                let otherwise = format!("{:032x}", 0xf0 + records.len());
                records.push(record.value(known.as_deref().unwrap_or(&otherwise)));
            }
        }
        Ok(cache_document(CACHED_AT, records))
    }

    fn record_with(&self, content: &str) -> Option<String> {
        let all = serve::lock(&self.api.state).zone.all();
        let found = all.iter().find(|record| json::str_of(record, "content") == content);
        found.map(|record| json::str_of(record, "id").to_owned())
    }

    /// The records of the target as the API gives them, sorted by the value of their addresses.
    pub fn target_records(&self) -> Vec<Value> {
        let mut found = serve::lock(&self.api.state).zone.matching(Some("A"), Some(HOST));
        found.sort_by_key(|one| json::str_of(one, "content").parse::<std::net::Ipv4Addr>().ok());
        found
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}
