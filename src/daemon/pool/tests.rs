//! Who waits, who goes first and who has to give way; no child is ever started.

use super::*;
use crate::record::{Value, Zone};
use crate::wire::job::{Deadline, SetJob};

fn job_of(secret: &str) -> Job {
    Job {
        provider: "cloudflare".into(),
        api_url: "https://api.example/".into(),
        id: String::new(),
        secret: secret.into(),
        zone: Zone::Name("example.com".into()),
        zone_id: None,
        zones: None,
        zones_are_old: false,
        sets: vec![SetJob::one("home".into(), Value::A([192, 0, 2, 1].into()))],
        deadline: Deadline::Job(30),
    }
}

fn peer(number: u8) -> Peer {
    Peer::of([192, 0, 2, number].into())
}

/// A request of so many jobs with lock_keys of their own; whether they wait, and who had to go.
fn offer(pool: &mut Pool, number: u64, from: u8, secret: &str, count: u64) -> (bool, Vec<u64>) {
    let job = |index| (job_of(secret), format!("{number} {index}"));
    let Offer { is_taken, displaced } = pool.offer(number, (0..count).map(job), peer(from), 0);
    (is_taken, displaced)
}

#[test]
fn whoever_has_most_gives_way() {
    let mut pool = Pool::new(0, false, None, &[]);
    let most = WAITING_MAX as u64;
    for number in 0..most {
        assert_eq!(offer(&mut pool, number, 1, "wrong", 1), (true, vec![]));
    }
    assert_eq!(offer(&mut pool, 100, 1, "wrong", 1), (false, vec![]));
    // The last ones go for another peer's, also for several at once.
    assert_eq!(offer(&mut pool, 101, 2, "good", 1), (true, vec![most - 1]));
    assert_eq!(offer(&mut pool, 102, 2, "good", 2), (true, vec![most - 2, most - 3]));
    assert_eq!(pool.waiting.len(), WAITING_MAX);
    // Nobody gives way to one who would have more.
    let (is_taken, displaced) = offer(&mut pool, 103, 2, "good", 60);
    assert!(!is_taken, "{displaced:?}");
    for number in 200..300 {
        offer(&mut pool, number, 2, "good", 1);
    }
    let of_two = pool.waiting.iter().filter(|one| one.share.peer == peer(2)).count();
    assert_eq!(of_two, WAITING_MAX / 2);
}

#[test]
fn one_host_does_not_keep_out_the_others_of_its_peer() {
    let mut pool = Pool::new(0, false, None, &[]);
    for number in 0..WAITING_MAX as u64 {
        let jobs = vec![(job_of("x"), "home.example.com".to_string())];
        // From everywhere.
        assert!(pool.offer(number, jobs, peer(number as u8), 0).is_taken);
    }
    let jobs = || vec![(job_of("x"), "home.example.com".to_string())];
    assert!(!pool.offer(100, jobs(), peer(100), 0).is_taken);
    assert_eq!(offer(&mut pool, 101, 101, "x", 1), (true, vec![WAITING_MAX as u64 - 1]));
}

#[test]
fn one_host_does_not_keep_out_those_behind_the_same_address() {
    let mut pool = Pool::new(0, false, None, &[]);
    let host = |name: &str| vec![(job_of("x"), name.to_string())];
    for number in 0..WAITING_MAX as u64 {
        assert!(pool.offer(number, host("home"), peer(1), 0).is_taken);
    }
    let taken = pool.offer(100, host("office"), peer(1), 0);
    assert_eq!(taken, Offer { is_taken: true, displaced: vec![WAITING_MAX as u64 - 1] });
    assert!(!pool.offer(101, host("home"), peer(1), 0).is_taken);
}

#[test]
fn a_provider_has_no_more_than_its_part() {
    let mut pool = Pool::new(0, true, None, &[]);
    for number in 0..WAITING_ONE_MAX as u64 {
        assert!(offer(&mut pool, number, 1, "x", 1).0);
    }
    assert_eq!(offer(&mut pool, 100, 1, "x", 1), (false, vec![]));
    let mut other = job_of("x");
    other.provider = "aliyun".into();
    let taken = pool.offer(101, vec![(other, "a".into())], peer(1), 0);
    assert_eq!(taken, Offer { is_taken: true, displaced: vec![] });
    // The other provider's is no use to one that waits for this one.
    assert_eq!(offer(&mut pool, 102, 2, "x", 1), (true, vec![WAITING_ONE_MAX as u64 - 1]));
}

#[test]
fn lock_keys_are_those_of_the_credentials() {
    let share = |secret: &str, lock_key: &str| {
        waiting(Ticket { number: 1, index: 0 }, job_of(secret), lock_key, peer(1), 0).share.lock_key
    };
    assert_eq!(share("a", "home"), share("a", "home"));
    assert_ne!(share("a", "home"), share("b", "home"));
    assert_ne!(share("a", "home"), share("a", "office"));
}

/// Begins the job whose turn it is; its request.
fn begin(pool: &mut Pool) -> Option<u64> {
    let (at, worker) = pool.next()?;
    let one = pool.waiting.remove(at);
    pool.workers[worker].job = Some((one.ticket, one.share));
    Some(one.ticket.number)
}

#[test]
fn who_has_least_goes_first_and_nobody_has_all() {
    let mut pool = Pool::new(4, true, None, &[]);
    for number in 0..10 {
        offer(&mut pool, number, 1, "wrong", 1);
    }
    offer(&mut pool, 10, 2, "good", 1);
    assert_eq!(begin(&mut pool), Some(10));
    assert_eq!((begin(&mut pool), begin(&mut pool)), (Some(0), Some(1)));
    // The last worker is kept from the provider that has the others.
    assert_eq!(begin(&mut pool), None);
}

#[test]
fn the_last_worker_is_kept_from_the_peer_that_has_the_others() {
    let mut pool = Pool::new(4, true, None, &[]);
    let mut other = job_of("wrong");
    other.provider = "aliyun".into();
    pool.offer(0, vec![(other, "a".into())], peer(1), 0);
    for number in 1..10 {
        offer(&mut pool, number, 1, "wrong", 1);
    }
    let begun: Vec<u64> = std::iter::from_fn(|| begin(&mut pool)).collect();
    assert_eq!(begun, [0, 1, 2]);
    offer(&mut pool, 10, 2, "good", 1);
    assert_eq!(begin(&mut pool), Some(10));
}
