//! The service as its callers see it: requests in, jobs played, answers and news out.

mod dyndns2;
mod json;
mod tasks;

use super::*;
use crate::error::Kind;
use crate::record::ResponseMeta;
use crate::wire::job::{CREATED, Outcome, Stage, UNCHANGED, UPDATED};

const KEY: &str = "home-secret";
const OTHER_KEY: &str = "other-secret";

fn secret(text: &str) -> Secret {
    Secret::new(text.into())
}

fn rules() -> Rules {
    let names = |all: &[&str]| -> Vec<String> { all.iter().map(|name| name.to_string()).collect() };
    Rules {
        api_url: "https://api.example/v1".into(),
        token: Some(secret("0123456789abcdef0123456789abcdef")),
        keys: vec![
            ("home.example.com".into(), secret(KEY)),
            ("b.example.com".into(), secret(KEY)),
            ("other.example.com".into(), secret(OTHER_KEY)),
            ("unlisted.example.com".into(), secret(KEY)),
        ],
        registered: names(&["home.example.com", "b.example.com", "other.example.com"]),
        allowed: names(&["home.example.com", "b.example.com", "unlisted.example.com", "*.x.y"]),
        master: None,
        proxies: None,
        ttl: 21600,
        zones_age_max: 86_400_000,
        address_age_max: 300_000,
        silence_max: 10_800_000,
        look_every: 60_000,
        tells_success: false,
    }
}

fn with_master() -> Rules {
    Rules { master: Some(("admin".into(), secret("pa:ss"))), ..rules() }
}

/// A request as it stands on the wire, from 192.0.2.1.
fn request(raw: &str) -> Request {
    let (head, body) = raw.split_once("\r\n\r\n").unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap().split(' ');
    let (method, target) = (first.next().unwrap(), first.next().unwrap());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let field = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_ascii_lowercase(), value.trim().to_string())
    };
    Request {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers: lines.map(field).collect(),
        body: body.into(),
        peer: "192.0.2.1".parse().unwrap(),
    }
}

fn get(target: &str, fields: &str) -> Request {
    request(&format!("GET {target} HTTP/1.1\r\n{fields}\r\n"))
}

fn done(action: &str) -> Result<EditAnswer, Error> {
    let previous_value = (action == UPDATED).then(|| "192.0.2.99".to_string());
    let outcome = Outcome::Done { action: action.into(), ttl: None, previous_value };
    Ok(EditAnswer { outcome, meta: ResponseMeta::default() })
}

fn outcome(outcome: Outcome) -> Result<EditAnswer, Error> {
    Ok(EditAnswer { outcome, meta: ResponseMeta::default() })
}

fn failed(stage: Stage, kind: Kind, message: &str) -> Result<EditAnswer, Error> {
    outcome(Outcome::Failed(stage, Error::new(kind, message)))
}

fn throttled(after_seconds: Option<u32>) -> Result<EditAnswer, Error> {
    failed(Stage::Looking, Kind::Throttled { after_seconds }, "slow down")
}

/// The answer, where each task ends as told, and what the tasks were (`NAME TYPE VALUE`).
fn played(
    service: &mut HostUpdate,
    request: &Request,
    mut ends: Vec<Result<EditAnswer, Error>>,
) -> (Response, Vec<String>) {
    let tasks = match service.ask(1, request, 0) {
        Step::Answer(response) => return (response, vec![]),
        Step::Tasks(tasks) => tasks,
    };
    let told = |task: &Task| {
        assert_eq!(task.lane, task.job.record);
        format!("{} {} {}", task.job.record, task.job.kind, task.job.value)
    };
    let told: Vec<String> = tasks.iter().map(told).collect();
    let mut response = None;
    for index in 0..tasks.len() {
        assert!(response.is_none());
        let end = if ends.is_empty() { done(UPDATED) } else { ends.remove(0) };
        response = service.heard(1, index, end, 0);
    }
    (response.unwrap(), told)
}

/// Status and body, where each task ends as told.
fn answered(
    rules: Rules,
    request: &Request,
    ends: Vec<Result<EditAnswer, Error>>,
) -> (u16, String) {
    let (response, _) = played(&mut HostUpdate::new(rules), request, ends);
    (response.status, response.body)
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers.iter().find(|(one, _)| *one == name).map(|(_, value)| value.as_str())
}

#[test]
fn other_paths() {
    for path in [
        "/",
        "/update/",
        "/Update",
        "/nic",
        "/nic/updated",
        "/nic/update/x",
        "/health",
        "/nic//update",
    ] {
        let (response, _) = played(&mut HostUpdate::new(rules()), &get(path, ""), vec![]);
        assert_eq!(
            (response.status, &*response.body),
            (404, "{\"error\":\"Not Found\"}"),
            "{path}"
        );
        assert_eq!(response.media_type, "application/json");
    }
    let response = HostUpdate::new(rules()).reject(400, "a \"b\"");
    assert_eq!((response.status, &*response.body), (400, "{\"error\":\"a \\\"b\\\"\"}"));
}
