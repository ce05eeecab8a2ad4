//! Days in milliseconds: what is done when, with a clock that only moves when told.

mod better;
mod stray;

use super::*;
use crate::error::Kind;

/// A daemon with a played kernel and a played API.
struct Play {
    follow: Follow,
    now: u64,
    addresses: Vec<&'static str>,
    /// What the API does with each job, in turn; then all succeed.
    failures: Vec<Kind>,
    /// `SECONDS.MS send ADDRESS` and the like.
    log: Vec<String>,
    sent: u32,
    looks: u32,
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

impl Play {
    fn new(addresses: &[&'static str]) -> Play {
        let follow = Follow::new(0, None);
        let addresses = addresses.to_vec();
        let (failures, log) = (vec![], vec![]);
        Play { follow, now: 0, addresses, failures, log, sent: 0, looks: 0 }
    }

    fn note(&mut self, message: &str) {
        self.log.push(format!("{}.{:03} {message}", self.now / 1000, self.now % 1000));
    }

    fn hear(&mut self, notice: Option<Notice>) {
        match notice {
            None => {}
            Some(Notice::Detected(one, _)) => self.note(&format!("detected {}", one.address)),
            Some(Notice::NoAddress) => self.note("none"),
            Some(Notice::Synced(report, _)) => self.note(&format!("synced {}", report.address)),
            Some(Notice::Failed(_, wait)) => self.note(&format!("failed, next in {wait}")),
        }
    }

    /// Does all that is due now, at once.
    fn work(&mut self) {
        while let Some(what) = self.follow.due(self.now) {
            match what {
                Do::Look => {
                    self.looks += 1;
                    let found = self
                        .addresses
                        .iter()
                        .map(|one| Candidate { address: address(one), interface: "wan0".into() });
                    let notice = self.follow.on_scan(self.now, Ok(found.collect()));
                    self.hear(notice);
                }
                Do::Send(candidates) => {
                    self.sent += 1;
                    self.note(&format!("send {}", candidates[0]));
                    let outcome = if self.failures.is_empty() {
                        let address = candidates[0];
                        Ok(Report { action: Action::Updated, address, removed: vec![] })
                    } else {
                        Err(Error::new(self.failures.remove(0), "no"))
                    };
                    let notice = self.follow.done(self.now, outcome, 0);
                    self.hear(Some(notice));
                }
            }
        }
    }

    /// Lets time pass, waking only when it was asked for.
    fn pass(&mut self, milliseconds: u64) {
        let until = self.now + milliseconds;
        self.work();
        while self.follow.wake_at() <= until {
            assert!(self.follow.wake_at() > self.now, "it would never sleep: {:?}", self.log);
            self.now = self.follow.wake_at();
            self.work();
        }
        self.now = until;
    }

    fn change(&mut self, addresses: &[&'static str]) {
        self.addresses = addresses.to_vec();
        self.follow.event(self.now);
    }

    fn took(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }
}

#[test]
fn an_address_is_found_sent_and_followed() {
    let mut play = Play::new(&["2001:db8::1"]);
    assert_eq!(play.follow.state(), State::Unknown);
    play.pass(1000);
    assert_eq!(
        play.took(),
        ["0.000 detected 2001:db8::1", "0.000 send 2001:db8::1", "0.000 synced 2001:db8::1"]
    );
    assert_eq!(
        (play.follow.state(), play.follow.address()),
        (State::Synced, Some(address("2001:db8::1")))
    );
    play.change(&["2001:db8::2"]);
    play.pass(1000);
    assert_eq!(
        play.took(),
        ["1.500 detected 2001:db8::2", "1.500 send 2001:db8::2", "1.500 synced 2001:db8::2"]
    );
}

#[test]
fn nothing_is_asked_while_the_address_is_good() {
    let mut play = Play::new(&["2001:db8::1"]);
    play.pass(1000);
    play.took();
    for round in 0..50 {
        // A better one comes and goes.
        play.change(if round % 2 == 0 {
            &["2001:db8::9", "2001:db8::1"]
        } else {
            &["2001:db8::1"]
        });
        play.pass(700);
    }
    assert_eq!(play.took(), [""; 0]);
    assert_eq!(play.sent, 1);
}

#[test]
fn the_other_one_steps_in_when_the_published_one_goes() {
    let mut play = Play::new(&["2001:db8::9"]);
    play.pass(1000);
    play.change(&["2001:db8::1", "2001:db8::9"]);
    play.pass(1000);
    play.took();
    play.change(&["2001:db8::1"]);
    play.pass(1000);
    assert_eq!(
        play.took(),
        ["2.500 detected 2001:db8::1", "2.500 send 2001:db8::1", "2.500 synced 2001:db8::1"]
    );
}

#[test]
fn a_storm_is_one_look_for_each_settle_time() {
    let mut play = Play::new(&["2001:db8::1"]);
    play.pass(1000);
    let (looks, sent) = (play.looks, play.sent);
    for number in 0..10_000u64 {
        let addresses: &[&str] = if number % 2 == 0 { &["2001:db8::2"] } else { &["2001:db8::3"] };
        play.change(addresses);
        play.pass(1);
    }
    play.pass(10_000);
    assert!(play.looks - looks <= 10_000 / 500 + 1, "{}", play.looks);
    assert!(play.sent - sent <= 10_000 / 500 + 1, "{}", play.sent);
    assert_eq!(play.follow.address(), Some(address("2001:db8::3")));
    assert_eq!(play.follow.state(), State::Synced);
}

#[test]
fn no_address_leaves_the_record_and_is_told_once() {
    let mut play = Play::new(&["2001:db8::1"]);
    play.pass(1000);
    play.took();
    for _ in 0..3 {
        play.change(&[]);
        play.pass(1000);
    }
    assert_eq!(play.took(), ["1.500 none"]);
    assert_eq!(play.follow.state(), State::Unknown);
    // The same one comes back: it still stands there.
    play.change(&["2001:db8::1"]);
    play.pass(1000);
    assert_eq!((play.sent, play.follow.state()), (1, State::Synced));
    play.pass(4_000_000);
    assert_eq!(play.sent, 2);
}

#[test]
fn failures_back_off_and_recover_by_themselves() {
    let mut play = Play::new(&["2001:db8::1"]);
    play.failures = vec![Kind::Timeout; 9];
    play.pass(5_000_000);
    let waits: Vec<String> = play.took().into_iter().filter(|line| line.contains("next")).collect();
    let waits: Vec<&str> = waits.iter().map(|line| line.rsplit(' ').next().unwrap()).collect();
    assert_eq!(
        waits,
        ["5000", "10000", "20000", "40000", "80000", "160000", "320000", "600000", "600000"]
    );
    assert_eq!((play.follow.state(), play.follow.failures()), (State::Synced, 0));
}

#[test]
fn another_address_shortens_a_wait_but_not_what_the_server_asked_for() {
    let mut play = Play::new(&["2001:db8::1"]);
    play.failures = vec![Kind::Timeout; 8];
    play.pass(700_000);
    play.took();
    assert_eq!(play.follow.failures(), 8);
    play.change(&["2001:db8::2"]);
    play.pass(10_000);
    let log = play.took();
    assert_eq!(log[0], "700.500 detected 2001:db8::2");
    assert_eq!(log[1], "705.500 send 2001:db8::2");

    let mut play = Play::new(&["2001:db8::1"]);
    play.failures = vec![Kind::Throttled { after_seconds: Some(300) }];
    play.pass(10_000);
    play.took();
    play.change(&["2001:db8::2"]);
    play.follow.asked(play.now);
    play.pass(400_000);
    assert_eq!(play.took()[1], "300.000 send 2001:db8::2");
}

#[test]
fn a_look_that_finds_all_as_it_was_is_no_news() {
    let mut follow = Follow::new(0, None);
    let candidate = Candidate { address: address("2001:db8::1"), interface: "wan0".into() };
    let unchanged =
        || Report { action: Action::Unchanged, address: address("2001:db8::1"), removed: vec![] };
    for (now, news) in [(0, true), (3_600_000, false)] {
        assert_eq!(follow.due(now), Some(Do::Look));
        follow.on_scan(now, Ok(vec![candidate.clone()]));
        assert!(matches!(follow.due(now), Some(Do::Send(_))));
        assert_eq!(follow.done(now, Ok(unchanged()), 0), Notice::Synced(unchanged(), news));
    }
}

#[test]
fn a_day_without_change_is_a_look_every_hour() {
    let mut play = Play::new(&["2001:db8::1"]);
    play.pass(24 * 3_600_000);
    assert_eq!((play.sent, play.looks), (25, 25));
}

#[test]
fn an_address_that_comes_back_does_not_hide_a_failure() {
    let mut play = Play::new(&["2001:db8::1"]);
    play.failures = vec![Kind::Throttled { after_seconds: Some(300) }];
    play.pass(1000);
    play.change(&[]);
    play.pass(1000);
    assert_eq!(play.follow.state(), State::Unknown);
    play.change(&["2001:db8::2"]);
    play.pass(1000);
    assert_eq!(play.follow.state(), State::Error);
    assert_eq!(play.follow.waits(play.now), 297_000);
    assert_eq!(play.follow.requested_wait(play.now), 297_000);
    play.pass(300_000);
    assert_eq!(play.follow.state(), State::Synced);
}

#[test]
fn only_the_api_bars_the_way() {
    let mut play = Play::new(&["2001:db8::1"]);
    play.failures = vec![Kind::Local];
    play.pass(100);
    assert_eq!(play.follow.state(), State::Error);
    play.follow.asked(play.now);
    // Whoever asks again at once waits for the rest of the settle time, and for nobody else.
    assert!((1..=500).contains(&play.follow.waits(play.now)));
    assert_eq!(play.follow.requested_wait(play.now), 0);
}

#[test]
fn polling_finds_what_no_event_told() {
    let mut play = Play::new(&["2001:db8::1"]);
    play.follow = Follow::new(0, Some(60_000));
    play.pass(30_000);
    play.addresses = vec!["2001:db8::2"];
    play.pass(60_000);
    assert_eq!(play.took().last().unwrap(), "60.000 synced 2001:db8::2");
    assert_eq!((play.sent, play.looks), (2, 2));
}

#[test]
fn a_look_on_demand_asks_the_api() {
    let mut play = Play::new(&["2001:db8::1"]);
    play.pass(1000);
    play.follow.asked(play.now);
    play.pass(1);
    assert_eq!((play.sent, play.looks), (2, 2));
    play.pass(1000);
    play.failures = vec![Kind::Timeout; 6];
    play.follow.asked(play.now);
    play.pass(1000);
    play.follow.asked(play.now);
    play.pass(1000);
    assert_eq!(play.sent, 4);
    // Somebody who does not stop asking is not served each time.
    play.failures.clear();
    play.pass(10_000);
    let sent = play.sent;
    for _ in 0..100 {
        play.follow.asked(play.now);
        play.pass(10);
    }
    assert!(play.sent - sent <= 3, "{}", play.sent - sent);
}

#[test]
fn what_changes_while_a_job_is_at_work_is_sent_after_it() {
    let mut follow = Follow::new(0, None);
    let candidate = |text| Candidate { address: address(text), interface: "wan0".into() };
    assert_eq!(follow.due(0), Some(Do::Look));
    follow.on_scan(0, Ok(vec![candidate("2001:db8::1")]));
    assert!(matches!(follow.due(0), Some(Do::Send(_))));
    follow.event(10);
    assert_eq!(follow.due(10), None);
    assert_eq!(follow.due(510), Some(Do::Look));
    follow.on_scan(510, Ok(vec![candidate("2001:db8::2")]));
    assert_eq!(follow.due(600), None);
    let report =
        Report { action: Action::Updated, address: address("2001:db8::1"), removed: vec![] };
    follow.done(700, Ok(report), 0);
    assert_eq!(follow.state(), State::Detected);
    assert_eq!(follow.due(700), Some(Do::Send(vec![address("2001:db8::2")])));
}

#[test]
fn a_list_that_changed_meanwhile_is_not_relied_on() {
    let mut follow = Follow::new(0, None);
    let candidate = |text| Candidate { address: address(text), interface: "wan0".into() };
    follow.due(0);
    follow.on_scan(0, Ok(vec![candidate("2001:db8::9")]));
    follow.due(0);
    let report =
        Report { action: Action::Created, address: address("2001:db8::9"), removed: vec![] };
    follow.done(0, Ok(report), 0);
    // It is missing: perhaps only from the list.
    follow.event(1000);
    assert_eq!(follow.due(1500), Some(Do::Look));
    assert_eq!(follow.on_partial_scan(1500, vec![candidate("2001:db8::1")]), None);
    assert_eq!((follow.due(1500), follow.wake_at()), (None, 2000));
    assert_eq!(follow.due(2000), Some(Do::Look));
    follow.on_partial_scan(2000, vec![candidate("2001:db8::1"), candidate("2001:db8::9")]);
    assert_eq!((follow.due(2000), follow.state()), (None, State::Synced));
    // But not for ever.
    let mut now = 10_000;
    follow.event(now);
    let mut notice = None;
    for _ in 0..30 {
        now = follow.wake_at();
        assert_eq!(follow.due(now), Some(Do::Look));
        notice = follow.on_partial_scan(now, vec![candidate("2001:db8::1")]);
        if notice.is_some() {
            break;
        }
    }
    assert_eq!(notice, Some(Notice::Detected(candidate("2001:db8::1"), 0)));
    assert_eq!(now, 10_000 + 500 * 21);
}

#[test]
fn a_look_that_fails_says_nothing_about_the_addresses() {
    let mut follow = Follow::new(0, None);
    let candidate = Candidate { address: address("2001:db8::1"), interface: "wan0".into() };
    follow.due(0);
    follow.on_scan(0, Ok(vec![candidate.clone()]));
    follow.due(0);
    let report =
        Report { action: Action::Updated, address: address("2001:db8::1"), removed: vec![] };
    follow.done(0, Ok(report), 0);
    follow.event(1000);
    assert_eq!(follow.due(1500), Some(Do::Look));
    let error = Error::new(Kind::Local, "no memory");
    assert!(matches!(follow.on_scan(1500, Err(error)), Some(Notice::Failed(_, 5000))));
    assert_eq!(follow.state(), State::Error);
    assert_eq!(follow.due(6500), Some(Do::Look));
    follow.on_scan(6500, Ok(vec![candidate]));
    assert!(matches!(follow.due(6500), None | Some(Do::Send(_))));
}
