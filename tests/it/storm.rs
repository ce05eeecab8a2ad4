//! Fifty runs for one name at the same time: the right records, nobody hangs, nothing is left over.
use crate::standin::Api;
use crate::standin::serve::lock;
use crate::subject::{End, HOST, Home, Running, slack};
use std::fs;
use std::time::{Duration, Instant};

const RUNS: usize = 50;
/// How long a run waits for another one, in seconds.
const LOCK_SECONDS: f64 = 30.0;
const AT_WORK: &str = "ERROR: another run for 'host1.example.com' is still active after 30 s.\n";

/// A household with two lines, whose `ip` and `dig` are scripts that read what they say from files.
struct Storm {
    api: Api,
    home: Home,
}

impl Storm {
    fn set(delay_milliseconds: u64) -> Self {
        let storm = Self { api: Api::start(None), home: Home::new() };
        lock(&storm.api.state).delay = Duration::from_millis(delay_milliseconds);
        let show = |at: &str| format!("echo '2: {at} scope global\\       valid_lft forever'");
        let ip = format!(
            "case \"$*\" in *wan0) {} ;; *wan1) {} ;; esac",
            show("wan0    inet 192.168.8.2/24"),
            show("wan1    inet 192.168.9.2/24")
        );
        let dig = format!(
            "case \"$*\" in *192.168.8.2*) at=0 ;; *) at=1 ;; esac\n\
             read -r address <{}/address$at && echo \"\\\"$address\\\"\"",
            storm.home.dir.display()
        );
        storm.home.script("ip", &ip);
        storm.home.script("dig", &dig);
        storm
    }

    /// From now on the lines have these addresses; whoever asks meanwhile sees old or new ones.
    fn now(&self, addresses: [&str; 2]) {
        for (at, address) in addresses.iter().enumerate() {
            let beside = self.home.dir.join("beside");
            fs::write(&beside, format!("{address}\n")).unwrap();
            fs::rename(beside, self.home.dir.join(format!("address{at}"))).unwrap();
        }
    }

    fn start(&self) -> Running {
        let sources = ["--source", "wan0", "--source", "wan1", "--whoami", "dig"];
        self.home.start(&self.api.url(), &[&sources[..], &["--timeout", "20"]].concat())
    }

    fn methods(&self) -> Vec<String> {
        self.api.calls().into_iter().map(|call| call.method).collect()
    }

    fn writes(&self) -> usize {
        self.methods().iter().filter(|method| *method != "GET").count()
    }

    /// One more run, alone, finds all as it should be.
    fn is_calm(&self, wanted: [&str; 2]) {
        assert_eq!(self.api.addresses(), wanted);
        let end = self.start().wait(slack());
        assert_eq!((end.status, &*end.stderr), (Some(0), ""));
        assert_eq!(self.api.addresses(), wanted);
        assert_eq!(self.api.violations(), Vec::<String>::new());
        let mut files = self.home.cache_files();
        // What a killed run was writing may be there until the next one writes.
        files.retain(|name| !name.ends_with(".new"));
        assert_eq!(files, [format!("{HOST}.cache"), format!("{HOST}.lock")]);
    }
}

/// Waits for all, each within `seconds`; `meanwhile` is called again and again until then.
fn wait_for(
    mut runs: Vec<Running>,
    seconds: f64,
    mut meanwhile: impl FnMut(&mut [Running]),
) -> Vec<End> {
    let began = Instant::now();
    // All are looked at each time: that is how the memory they take is seen.
    while runs.iter_mut().filter_map(|run| (!run.has_ended()).then_some(())).count() > 0 {
        let late = began.elapsed().as_secs_f64() > seconds;
        if late {
            runs.iter_mut().for_each(Running::kill);
            panic!("still at work after {seconds} s");
        }
        meanwhile(&mut runs);
        std::thread::sleep(Duration::from_millis(5));
    }
    runs.into_iter().map(Running::conclude).collect()
}

/// All is well, or it was another run's turn all the time.
fn is_well(end: &End) {
    let waited = end.stderr == AT_WORK && end.seconds >= LOCK_SECONDS;
    let fine = end.status == Some(0) && end.stderr.is_empty();
    assert!(fine || (end.status == Some(1) && waited), "{:?} {}", end.status, end.stderr);
}

#[test]
fn fifty_runs_at_once_make_each_record_once() {
    let storm = Storm::set(300);
    let wanted = ["198.51.100.9", "203.0.113.7"];
    storm.now(wanted);
    let runs = (0..RUNS).map(|_| storm.start()).collect();
    let ends = wait_for(runs, LOCK_SECONDS + slack(), |_| {});
    ends.iter().for_each(is_well);
    assert_eq!(storm.methods(), ["GET", "POST"], "one run looks and writes, the others see it");
    storm.is_calm(wanted);
}

#[test]
fn addresses_that_change_meanwhile_are_all_followed() {
    let storm = Storm::set(100);
    let sets = [
        ["198.51.100.9", "203.0.113.7"],
        ["198.51.100.9", "203.0.113.8"],
        ["198.51.100.10", "203.0.113.8"],
        ["198.51.100.11", "203.0.113.11"],
    ];
    let mut runs = Vec::new();
    for wanted in sets {
        storm.now(wanted);
        runs.extend((0..RUNS / sets.len()).map(|_| {
            std::thread::sleep(Duration::from_millis(20));
            storm.start()
        }));
    }
    let ends = wait_for(runs, LOCK_SECONDS + slack(), |_| {});
    ends.iter().for_each(is_well);
    // A look can fall between the changes of the two lines, so there are up to seven sets.
    assert!(storm.writes() < 2 * sets.len(), "{:?}", storm.methods());
    storm.is_calm(sets[sets.len() - 1]);
}

/// Numbers that look random, for spreading things out.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % limit
    }
}

#[test]
fn runs_killed_at_any_moment_leave_nothing_wrong() {
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    println!("seed {seed}");
    let mut chance = Chance(seed);
    let storm = Storm::set(100);
    let wanted = ["198.51.100.9", "203.0.113.7"];
    storm.now(["198.51.100.9", "203.0.113.6"]);
    storm.start().wait(slack());
    storm.now(wanted);
    let runs: Vec<Running> = (0..RUNS).map(|_| storm.start()).collect();
    let began = Instant::now();
    // Most moments of the first ones to have the lock are hit, and waits of the others.
    let mut deadlines: Vec<Option<Duration>> = (0..RUNS)
        .map(|at| (at % 2 == 0).then(|| Duration::from_millis(chance.below(1500))))
        .collect();
    let ends = wait_for(runs, LOCK_SECONDS + slack(), |runs| {
        for (run, deadline) in runs.iter_mut().zip(&mut deadlines) {
            if deadline.is_some_and(|deadline| began.elapsed() > deadline) {
                run.kill();
                *deadline = None;
            }
        }
    });
    // A write of a killed run can still be on its way when the next one looks.
    let overtaken = |end: &End| end.status == Some(1) && end.stderr.contains("(code: 81058).\n");
    ends.iter().filter(|end| end.status.is_some() && !overtaken(end)).for_each(is_well);
    storm.is_calm(wanted);
}

/// Each run is told to come back in an hour, and gives the lock to the next one at once.
#[test]
fn fifty_runs_are_all_turned_away_in_no_time() {
    let storm = Storm::set(50);
    storm.now(["198.51.100.9", "203.0.113.7"]);
    storm.api.fault("* reply 429 retry-after=3600 body={}");
    let runs = (0..RUNS).map(|_| storm.start()).collect();
    for end in wait_for(runs, LOCK_SECONDS + slack(), |_| {}) {
        assert_eq!(end.status, Some(1));
        let told = end.stderr.contains("The API asks to wait 3600 s (Retry-After).\n");
        assert!(told || (end.stderr == AT_WORK && end.seconds >= LOCK_SECONDS), "{}", end.stderr);
    }
    assert!(storm.api.connections() <= RUNS);
    storm.api.clear_faults();
    storm.start().wait(slack());
    storm.is_calm(["198.51.100.9", "203.0.113.7"]);
}

/// Each run tries three times; those whose turn does not come within half a minute give up.
#[test]
fn fifty_runs_with_an_api_that_fails_end_within_a_minute() {
    let storm = Storm::set(50);
    storm.now(["198.51.100.9", "203.0.113.7"]);
    storm.api.fault("* reply 429 body={}");
    let began = Instant::now();
    let runs = (0..RUNS).map(|_| storm.start()).collect();
    let mut is_calm = false;
    let ends = wait_for(runs, LOCK_SECONDS + 5.0 + slack(), |runs| {
        // Once each has made its look no child is left, not even a dead one, while all wait.
        if !is_calm && began.elapsed().as_secs_f64() > LOCK_SECONDS / 4.0 {
            is_calm = runs.iter_mut().all(|run| run.has_ended() || run.children().is_empty());
        }
    });
    assert!(is_calm, "children are left all the time");
    let told = |end: &&End| end.stderr.contains("HTTP 429") && end.stderr.contains("Too many req");
    let waited = |end: &&End| end.stderr == AT_WORK && end.seconds >= LOCK_SECONDS;
    assert!(ends.iter().all(|end| end.status == Some(1)));
    let (told, waited) = (ends.iter().filter(told).count(), ends.iter().filter(waited).count());
    assert_eq!(told + waited, RUNS, "{told} told, {waited} waited");
    // Two pauses of a second and two are between the tries.
    let most = began.elapsed().as_secs_f64() / 3.0 + 1.0;
    assert!(told >= 2 && told as f64 <= most, "{told} were told");
    assert_eq!(storm.api.connections(), 3 * told, "three tries each");
    storm.api.clear_faults();
    storm.start().wait(slack());
    storm.is_calm(["198.51.100.9", "203.0.113.7"]);
}
