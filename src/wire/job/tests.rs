//! Jobs and answers through the pipe and back, and lines that are neither.

use super::*;
use crate::error::{Error, Kind};
use crate::record::{Attributes, Policy, RecordType, ResponseMeta, Value, Zone};

const KINDS: [Kind; 10] = [
    Kind::Refused { code: Some(9109) },
    Kind::Refused { code: None },
    Kind::Throttled { after_seconds: Some(7) },
    Kind::Throttled { after_seconds: None },
    Kind::Unreachable,
    Kind::Timeout,
    Kind::InvalidResponse,
    Kind::Local,
    Kind::OtherName,
    Kind::Unavailable,
];

fn value(text: &str) -> Value {
    match text.parse::<std::net::IpAddr>() {
        Ok(address) => address.into(),
        Err(_) => Value::Txt(text.into()),
    }
}

fn job(zone: Zone, sets: Vec<SetJob>, deadline: Deadline) -> Job {
    Job {
        provider: "aliyun".into(),
        api_url: "https://api.example".into(),
        id: "i".into(),
        secret: "s".into(),
        zone,
        zone_id: None,
        zones: Some(vec!["example.com".into()]),
        zones_are_old: true,
        sets,
        deadline,
    }
}

fn again(task: Task) -> String {
    match task {
        Task::Records(job) => job.encode(),
        Task::Call(call) => call.encode(),
    }
}

#[test]
fn jobs() {
    let follow = SetJob {
        name: "host.example".into(),
        kind: RecordType::Aaaa,
        wanted: vec![value("2001:db8::1"), value("2001:db8::2")],
        owned: vec![value("2001:db8::3")],
        policy: Policy::KeepForeign,
        attributes: Attributes::OfNew,
        ttl: Some(1),
        comment: Some("c".into()),
        proxied: Some(true),
    };
    let one = SetJob::one("@".into(), value("a \"b\"\n"));
    let name = Zone::Name("example.com".into());
    let call = Call {
        url: "https://ntfy.example/t".into(),
        headers: vec![("X-Title".into(), "ä".into())],
        body: "b\nc".into(),
        unverified: true,
        seconds: 10,
    };
    for line in [
        job(Zone::Id("z".into()), vec![follow.clone()], Deadline::Request(30)).encode(),
        job(name, vec![one, follow], Deadline::Job(30)).encode(),
        job(Zone::Unknown, vec![], Deadline::Job(1)).encode(),
        call.encode(),
    ] {
        assert_eq!((line.matches('\n').count(), line.ends_with('\n')), (1, true));
        assert_eq!(again(decode(&line).unwrap()), line);
        for length in 0..line.len() - 1 {
            assert!(line.get(..length).is_none_or(|cut| decode(cut).is_none()));
        }
        // Each field spoilt: nothing, or another job; never more than is there.
        let spoilt = line.replace("\"1\"", "\"4000000000\"");
        assert!(spoilt == line || decode(&spoilt).is_none_or(|task| again(task) != line));
    }
    assert!(decode("{}").is_none());
    assert!(decode("[\"records\"]").is_none() && decode("[\"follow\",\"x\"]").is_none());
}

#[test]
fn what_a_job_says_is_read_back() {
    let set = SetJob { policy: Policy::Mirror, ..SetJob::one("h".into(), value("192.0.2.1")) };
    let line = job(Zone::Name("z".into()), vec![set.clone()], Deadline::Job(7)).encode();
    let Some(Task::Records(read)) = decode(&line) else { panic!("{line}") };
    assert_eq!(
        (&read.sets[0], read.zone, read.deadline),
        (&set, Zone::Name("z".into()), Deadline::Job(7))
    );
    let wrong = line.replace("\"mirror\"", "\"mirrors\"");
    assert!(wrong != line && decode(&wrong).is_none());
    let wrong = line.replace("192.0.2.1", "192.0.2.256");
    assert!(decode(&wrong).is_none());
}

#[test]
fn answers() {
    let meta = ResponseMeta {
        record_id: Some("r".into()),
        zone_id: None,
        request_id: Some("q".into()),
        ray: Some("0-TPE".into()),
        zones: Some(vec!["example.com".into()]),
        warnings: vec!["w".into()],
    };
    let step = |action, previous: Option<&str>, ttl| Step {
        set: 1,
        action,
        value: value("192.0.2.1"),
        previous: previous.map(String::from),
        ttl,
    };
    let steps = vec![
        step(Action::Unchanged, None, Some(1)),
        step(Action::Updated, Some("192.0.2.2"), None),
        step(Action::Created, None, None),
        step(Action::Removed, None, None),
    ];
    let mut outcomes = vec![Outcome::Done, Outcome::NoZone];
    let lines = vec!["default".into(), "telecom".into()];
    outcomes.push(Outcome::Several { count: 2, lines, values: vec![value("192.0.2.1")] });
    for kind in KINDS {
        outcomes.push(Outcome::Failed(Stage::Looking, Error::new(kind, "a \"b\"\nc")));
        outcomes.push(Outcome::Failed(Stage::Writing, Error::new(kind, "x")));
    }
    for outcome in outcomes {
        for (meta, steps) in [(meta.clone(), steps.clone()), Default::default()] {
            let answer = Answer { outcome: outcome.clone(), steps, meta };
            let line = answer.clone().encode();
            assert_eq!(Answer::decode(&line), Some(answer));
            for length in 0..line.len() - 1 {
                assert_eq!(Answer::decode(line.get(..length).unwrap()), None);
            }
        }
    }
    assert!(Answer::decode("{}").is_none() && Answer::decode("[\"done\"]").is_none());
}

#[test]
fn calls() {
    for retry_after in [None, Some(7)] {
        let called = Called { status: 429, body: "{\"error\":\"x\"}\n".into(), retry_after };
        let answer = Ok(called);
        assert_eq!(Called::decode(&Called::encode(answer.clone())), Some(answer));
    }
    let answer = Err(Error::new(Kind::Timeout, "x"));
    assert_eq!(Called::decode(&Called::encode(answer.clone())), Some(answer));
    assert!(Called::decode("{}").is_none() && Called::decode("{\"status\":200}").is_none());
}
