//! A household with one name at the stand-in, brought to the point where the next run must act.
use super::tls::trusting;
use crate::standin::tls::{Authority, Flaw};
use crate::standin::{Api, Dns, json, serve};
use crate::subject::{End, HOST, Home, asking, command, is_like, records_url, secure_url, slack};

/// What the whoami server says first, what it says in the run that matters, and a third.
const FIRST: &str = "203.0.113.7";
const WANTED: &str = "203.0.113.8";
const OTHER: &str = "203.0.113.9";
/// How often a read is tried, and the longest pauses between the tries in seconds.
pub const READ_TRIES: usize = 3;
pub const READ_PAUSES: f64 = 3.75;
/// How much later than `--timeout` the alarm rings, in seconds.
pub const ALARM_GRACE: f64 = 2.0;

/// What the run under test has to do at the API after its look, and so which request is spoiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The look itself is spoiled.
    Look,
    Insert,
    Update,
    Remove,
    Batch,
}

pub const WRITES: [Act; 4] = [Act::Insert, Act::Update, Act::Remove, Act::Batch];

/// What is left of the cache after the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    Gone,
    /// Ended by the alarm or by the limit on memory: there is no time to tidy up.
    OldOrGone,
}

pub struct Stage {
    pub api: Api,
    pub dns: Dns,
    pub home: Home,
    url: String,
    old_cache: Option<Vec<u8>>,
}

impl Stage {
    /// A first run has been made, with a record and a cache; meanwhile the world has changed so
    /// that the next run has to do `act`.
    pub fn set(act: Act) -> Self {
        let api = Api::start(None);
        let url = api.url();
        Self::set_at(act, api, url, Home::new())
    }

    /// The same behind TLS.
    pub fn set_secure(act: Act) -> Self {
        let authority = Authority::new("a private authority");
        let api = Api::start(Some(authority.server(Flaw::None)));
        let url = secure_url(&api);
        Self::set_at(act, api, url, trusting(&authority))
    }

    pub fn set_at(act: Act, api: Api, url: String, home: Home) -> Self {
        let mut stage = Self { api, dns: Dns::start(), home, url, old_cache: None };
        stage.dns.say(FIRST);
        stage.run(10).succeeds();
        stage.old_cache = stage.home.cache();
        assert!(stage.old_cache.is_some(), "no cache after the first run");
        match act {
            Act::Look | Act::Update => {}
            Act::Insert => {
                let all = serve::lock(&stage.api.state).zone.all();
                let id = json::str_of(&all[0], "id");
                serve::lock(&stage.api.state).zone.delete(id).unwrap();
            }
            Act::Remove => drop(stage.api.add_a(HOST, WANTED)),
            Act::Batch => drop(stage.api.add_a(HOST, OTHER)),
        }
        stage.dns.say(WANTED);
        stage.api.take_calls();
        serve::lock(&stage.api.state).connections = 0;
        stage
    }

    /// A run that may take as long as its requests may, and their pauses.
    pub fn run(&self, timeout: u32) -> End {
        self.run_with(timeout, &[])
    }

    pub fn run_with(&self, timeout: u32, more: &[&str]) -> End {
        let (asking, timeout_flag) = (asking(&self.dns), timeout.to_string());
        let mut arguments: Vec<&str> = asking.iter().map(String::as_str).collect();
        arguments.extend(["--timeout", &timeout_flag]);
        arguments.extend(more);
        // At most the tries of one look and one write are late.
        let late = (READ_TRIES + 1) as f64 * (f64::from(timeout) + ALARM_GRACE);
        self.home.run(&self.url, &arguments, late + READ_PAUSES + slack())
    }

    /// The run under test: the fault strikes its look or its write, as the act says, whenever it
    /// is sent. It fails with `says` and makes `requests`.
    pub fn fails(
        &self,
        act: Act,
        fault: &str,
        timeout: u32,
        says: &[&str],
        requests: usize,
    ) -> End {
        let when = if act == Act::Look { "*" } else { "2+" };
        self.api.fault(&format!("{when} {fault}"));
        let end = self.run(timeout);
        end.fails();
        let subject = self.subject(act);
        let says: Vec<String> = says.iter().map(|line| line.replace("SUBJECT", &subject)).collect();
        let said: Vec<&str> = end.stderr.lines().collect();
        let alike = says.len() == said.len()
            && says.iter().zip(&said).all(|(pattern, line)| is_like(pattern, line));
        assert!(alike, "it says:\n{}instead of:\n{}", end.stderr, says.join("\n"));
        assert_eq!(self.api.connections(), requests, "requests");
        assert_eq!(self.api.violations(), Vec::<String>::new());
        end
    }

    /// Method and URL of the request that the act spoils, as messages name it.
    pub fn subject(&self, act: Act) -> String {
        let url = records_url(&self.url);
        match act {
            Act::Look => format!("GET {url}"),
            Act::Insert => format!("POST {url}"),
            Act::Update => format!("PATCH {url}/*"),
            Act::Remove => format!("DELETE {url}/*"),
            Act::Batch => format!("POST {url}/batch"),
        }
    }

    pub fn leaves_cache(&self, cache: Cache) {
        let files = self.home.cache_files();
        let lock = format!("{HOST}.lock");
        match self.home.cache() {
            None => assert_eq!(files, [lock]),
            Some(found) if cache == Cache::OldOrGone => {
                assert_eq!(Some(found), self.old_cache, "neither the old cache nor gone");
            }
            Some(_) => panic!("the cache is still there"),
        }
    }

    /// The fault is over: the next run gets the lock at once, finds out what has happened, and
    /// puts right what is wrong; the one after that has nothing to do.
    pub fn mends(&self) {
        self.api.clear_faults();
        let end = self.run(30);
        end.succeeds();
        assert!(end.seconds < slack(), "{} s to mend", end.seconds);
        assert_eq!(self.api.addresses(), [WANTED]);
        self.api.take_calls();
        let end = self.run_with(30, &["-v"]);
        end.succeeds();
        assert!(end.stderr.contains(&format!("= [{WANTED}] (Cached)\n")), "{}", end.stderr);
        assert_eq!(self.api.calls().len(), 0, "requests of a run with nothing to do");
        assert_eq!(self.api.violations(), Vec::<String>::new());
    }
}

impl End {
    #[track_caller]
    pub fn succeeds(&self) {
        assert_eq!(self.status, Some(0), "it says:\n{}", self.stderr);
    }

    #[track_caller]
    pub fn fails(&self) {
        assert_eq!(self.status, Some(1), "it says:\n{}", self.stderr);
    }
}

/// How many runs are worth having at work at the same time, most of them waiting for a peer.
pub fn crew() -> usize {
    if command().1 { 8 } else { 16 }
}
