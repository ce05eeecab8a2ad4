//! Jobs and answers through the pipe and back, and what is none.

use super::*;
use crate::error::{Error, Kind};
use crate::record::ResponseMeta;

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

#[test]
fn jobs() {
    let follow = Follow {
        api_url: "https://api.example".into(),
        token: "t".into(),
        zone: "z".into(),
        name: "host.example".into(),
        kind: "AAAA".into(),
        candidates: vec!["2001:db8::1".into(), "2001:db8::2".into()],
        policy: "all".into(),
        ttl: 1,
        seconds: 30,
    };
    let edit = Edit {
        provider: "aliyun".into(),
        api_url: "https://api.example".into(),
        id: "i".into(),
        secret: "s".into(),
        zone: "example.com".into(),
        record: "@".into(),
        kind: "TXT".into(),
        value: "a \"b\"\n".into(),
        ttl: Some(600),
        comment: None,
        replaces: false,
        zone_id: None,
        zones: Some(vec!["example.com".into()]),
        zones_are_old: true,
        seconds: 30,
    };
    let call = Call {
        url: "https://ntfy.example/t".into(),
        headers: vec![("X-Title".into(), "ä".into())],
        body: "b\nc".into(),
        unverified: true,
        seconds: 10,
    };
    for job in [Job::Follow(follow), Job::Edit(edit), Job::Call(call)] {
        let line = encode_job(job);
        assert_eq!((line.matches('\n').count(), line.ends_with('\n')), (1, true));
        assert_eq!(encode_job(decode_job(&line).unwrap()), line);
        for length in 0..line.len() - 1 {
            assert!(line.get(..length).is_none_or(|cut| decode_job(cut).is_none()));
        }
    }
    assert!(decode_job("{}").is_none());
}

#[test]
fn reports() {
    for kind in KINDS {
        let answer = Err(Error::new(kind, "a \"b\"\nc"));
        assert_eq!(Report::decode(&Report::encode(&answer)), Some(answer));
    }
    let report = Report {
        action: "updated".into(),
        address: "2001:db8::1".parse().unwrap(),
        removed: vec!["2001:db8::2".parse().unwrap()],
    };
    let line = Report::encode(&Ok(report.clone()));
    assert_eq!(Report::decode(&line), Some(Ok(report)));
    for length in 0..line.len() - 1 {
        assert_eq!(Report::decode(line.get(..length).unwrap()), None);
    }
    assert!(Report::decode("{}").is_none());
}

#[test]
fn edits() {
    let meta = ResponseMeta {
        record_id: Some("r".into()),
        zone_id: None,
        request_id: Some("q".into()),
        ray: Some("0-TPE".into()),
        zones: Some(vec!["example.com".into()]),
        warnings: vec!["w".into()],
    };
    let done = |ttl, previous_value: Option<&str>| Outcome::Done {
        action: UPDATED.into(),
        ttl,
        previous_value: previous_value.map(String::from),
    };
    let mut outcomes = vec![done(Some(1), Some("192.0.2.1")), done(None, None), Outcome::NoZone];
    outcomes.push(Outcome::Several(2, vec!["default".into(), "telecom".into()]));
    for kind in KINDS {
        outcomes.push(Outcome::Failed(Stage::Looking, Error::new(kind, "x")));
        outcomes.push(Outcome::Failed(Stage::Writing, Error::new(kind, "x")));
    }
    for outcome in outcomes {
        for meta in [meta.clone(), ResponseMeta::default()] {
            let answer = EditAnswer { outcome: outcome.clone(), meta };
            let line = answer.encode();
            assert_eq!(EditAnswer::decode(&line), Some(answer));
            for length in 0..line.len() - 1 {
                assert_eq!(EditAnswer::decode(line.get(..length).unwrap()), None);
            }
        }
    }
    assert!(EditAnswer::decode("{}").is_none());
}

#[test]
fn calls() {
    for retry_after in [None, Some(7)] {
        let called = Called { status: 429, body: "{\"error\":\"x\"}\n".into(), retry_after };
        let answer = Ok(called);
        assert_eq!(Called::decode(&Called::encode(&answer)), Some(answer));
    }
    let answer = Err(Error::new(Kind::Timeout, "x"));
    assert_eq!(Called::decode(&Called::encode(&answer)), Some(answer));
    assert!(Called::decode("{}").is_none() && Called::decode("{\"status\":200}").is_none());
}
