//! What is answered once a task has been done, or not.

use super::*;
use crate::error::Kind;
use crate::record::ResponseMeta;
use crate::wire::job::{Action, Stage, Step};

/// What has become of a task: the outcome, and the steps of the record.
type End = (Outcome, Vec<Step>);

/// What is answered after the task.
fn answered(query: &str, end: Result<End, Error>, meta: ResponseMeta) -> Response {
    let mut gateway = Gateway::new(rules());
    assert!(matches!(gateway.ask(1, &get(query), 0), super::Step::Tasks(_)));
    let answer = end.map(|(outcome, steps)| Answer { outcome, steps, meta });
    let response = gateway.on_reply(1, 0, answer, 5).unwrap();
    let news: Vec<String> =
        gateway.take_log_events().into_iter().map(|news| news.message).collect();
    assert!(!news.iter().any(|message| message.contains("s3cr3t-token")), "{news:?}");
    assert!(news.last().unwrap().ends_with("(5 ms)"), "{news:?}");
    response
}

fn done(action: Action, ttl: Option<u32>, previous: Option<&str>) -> Result<End, Error> {
    let address = |text: &str| Value::from(text.parse::<std::net::IpAddr>().unwrap());
    let (value, previous) = (address("192.0.2.1"), previous.map(String::from));
    Ok((Outcome::Done, vec![Step { set: 0, action, value, previous, ttl }]))
}

fn ended(outcome: Outcome) -> Result<End, Error> {
    Ok((outcome, Vec::new()))
}

fn several(count: u32, lines: &[&str]) -> Result<End, Error> {
    let lines = lines.iter().map(|line| line.to_string()).collect();
    ended(Outcome::Several { count, lines, values: Vec::new() })
}

#[test]
fn success_in_the_very_bytes() {
    let meta = ResponseMeta {
        record_id: Some("abc123".into()),
        zone_id: Some("zone123".into()),
        ray: Some("0-TPE".into()),
        ..ResponseMeta::default()
    };
    let query = format!("{QUERY}&ttl=600");
    let response = answered(&query, done(Action::Updated, Some(600), Some("192.0.2.7")), meta);
    let expected = concat!(
        r#"{"status":"success","code":200,"message":"DNS record updated successfully","#,
        r#""action":"updated","data":{"provider":"cloudflare","zone":"example.com","#,
        r#""record":"home","fqdn":"home.example.com","type":"A","value":"192.0.2.1","ttl":600,"#,
        r#""previous_value":"192.0.2.7"},"provider_metadata":{"record_id":"abc123","#,
        r#""zone_id":"zone123","extra":{"cf_ray":"0-TPE"}},"warnings":[]}"#
    );
    assert_eq!((response.status, response.body.as_str()), (200, expected));
    let meta = ResponseMeta {
        request_id: Some("q".into()),
        warnings: vec!["a_b: \"x\"".into(), "Or: x".into()],
        ..ResponseMeta::default()
    };
    let query = "provider=aliyun&zone=example.com&record=@&type=TXT&value=x";
    let response = answered(query, done(Action::Created, None, None), meta);
    let expected = concat!(
        r#"{"status":"success","code":200,"message":"DNS record created successfully","#,
        r#""action":"created","data":{"provider":"aliyun","zone":"example.com","#,
        r#""record":"@","fqdn":"example.com","type":"TXT","value":"x"},"#,
        r#""provider_metadata":{"request_id":"q"},"warnings":["#,
        r#"{"code":"a_b","message":"\"x\""},{"code":"provider_warning","message":"Or: x"}]}"#
    );
    assert_eq!(response.body, expected);
    let response =
        answered(QUERY, done(Action::Unchanged, Some(300), None), ResponseMeta::default());
    let part = r#""message":"DNS record is already up to date","action":"unchanged""#;
    assert!(response.body.contains(part) && response.body.contains("\"ttl\":300"));
}

#[test]
fn what_stands_in_the_way() {
    let failed = |stage, kind| ended(Outcome::Failed(stage, Error::new(kind, "Why.\nAdvice.")));
    let looking = "Failed to query DNS records: Why.";
    let refused = Kind::Refused { code: Some(9109) };
    let duplicates = "Multiple records (3) found for home.example.com A. Please manually clean up \
        duplicate records.";
    let lines = "Multiple records (2) found for home.example.com A. Please manually clean up \
        duplicate records. They are on the lines b, c; where there is one on the default line, \
        that one is managed.";
    let throttled = |after_seconds| Kind::Throttled { after_seconds };
    for (outcome, status, message, after) in [
        (several(3, &[]), 400, duplicates, None),
        (several(2, &["b", "c"]), 400, lines, None),
        (failed(Stage::Writing, Kind::OtherName), 400, "Why.", None),
        (ended(Outcome::NoZone), 400, "Zone not found for domain: example.com", None),
        (failed(Stage::Looking, refused), 400, looking, None),
        (failed(Stage::Writing, refused), 400, "Why.", None),
        (failed(Stage::Looking, throttled(Some(7))), 429, looking, Some("7")),
        (failed(Stage::Writing, throttled(None)), 429, "Why.", Some("60")),
        (failed(Stage::Looking, Kind::Unreachable), 502, looking, None),
        (failed(Stage::Writing, Kind::InvalidResponse), 502, "Why.", None),
        (failed(Stage::Writing, Kind::Timeout), 504, "Why.", None),
        (failed(Stage::Looking, Kind::Unavailable), 503, looking, Some("10")),
        (Err(Error::new(Kind::Timeout, "Late")), 504, "Late", None),
        (Err(Error::new(Kind::Unreachable, "Killed")), 502, "Killed", None),
        (Err(Error::new(Kind::Local, "No child")), 500, "No child", None),
    ] {
        let response = answered(QUERY, outcome, ResponseMeta::default());
        let expected = format!(r#"{{"status":"error","code":{status},"message":"{message}"}}"#);
        assert_eq!((response.status, response.body), (status, expected));
        let given = response.headers.iter().find(|(name, _)| *name == "Retry-After");
        assert_eq!(given.map(|(_, value)| value.as_str()), after);
    }
}

#[test]
fn zones_are_remembered_for_those_who_know_the_secret() {
    let mut gateway = Gateway::new(rules());
    let zone_of = |gateway: &mut Gateway, number, request: &Request| {
        let super::Step::Tasks(mut tasks) = gateway.ask(number, request, 0) else { panic!() };
        tasks.remove(0).job.zone_id
    };
    assert_eq!(zone_of(&mut gateway, 1, &get(QUERY)), None);
    let meta = ResponseMeta { zone_id: Some("z".into()), ..ResponseMeta::default() };
    let answer = |(outcome, steps), meta| Ok(Answer { outcome, steps, meta });
    gateway.on_reply(1, 0, answer(done(Action::Unchanged, None, None).unwrap(), meta), 1);
    assert_eq!(zone_of(&mut gateway, 2, &get(QUERY)).as_deref(), Some("z"));
    let mut other = get(QUERY);
    other.headers = vec![("x-upstream-authorization".into(), "ApiKey secret=other".into())];
    assert_eq!(zone_of(&mut gateway, 3, &other), None);
    gateway.on_reply(2, 0, answer((Outcome::NoZone, vec![]), ResponseMeta::default()), 2);
    assert_eq!(zone_of(&mut gateway, 4, &get(QUERY)), None);
    assert_eq!(gateway.refuse(4, 9).status, 503);
    assert!(
        gateway
            .on_reply(4, 0, answer((Outcome::NoZone, vec![]), ResponseMeta::default()), 9)
            .is_none()
    );
}
