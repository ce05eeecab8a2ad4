//! The service as its callers see it: requests in, jobs played, answers and news out.

mod dyndns2;
mod json;
mod tasks;

use super::*;
use crate::error::Kind;
use crate::record::{ResponseMeta, Value};
use crate::wire::job::{self, Action, Outcome, Stage};

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
        notifies_success: false,
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

fn step(action: Action) -> job::Step {
    let previous = (action == Action::Updated).then(|| "192.0.2.99".to_string());
    job::Step { set: 0, action, value: Value::A([1, 1, 1, 1].into()), previous, ttl: None }
}

fn done(action: Action) -> Result<Answer, Error> {
    let (outcome, meta) = (Outcome::Done, ResponseMeta::default());
    Ok(Answer { outcome, steps: vec![step(action)], meta })
}

fn outcome(outcome: Outcome) -> Result<Answer, Error> {
    Ok(Answer { outcome, steps: vec![], meta: ResponseMeta::default() })
}

fn several() -> Result<Answer, Error> {
    outcome(Outcome::Several { count: 2, lines: vec![], values: vec![] })
}

fn failed(stage: Stage, kind: Kind, message: &str) -> Result<Answer, Error> {
    outcome(Outcome::Failed(stage, Error::new(kind, message)))
}

fn throttled(after_seconds: Option<u32>) -> Result<Answer, Error> {
    failed(Stage::Looking, Kind::Throttled { after_seconds }, "slow down")
}

/// The answer, where each task ends as told, and what the tasks were (`NAME TYPE VALUE`).
fn played(
    service: &mut UpdateApi,
    request: &Request,
    mut ends: Vec<Result<Answer, Error>>,
) -> (Response, Vec<String>) {
    let tasks = match service.ask(1, request, 0) {
        Step::Answer(response) => return (response, vec![]),
        Step::Tasks(tasks) => tasks,
    };
    let told = |task: &Task| {
        let set = &task.job.sets[0];
        assert_eq!(task.lock_key, set.name);
        format!("{} {} {}", set.name, set.kind.as_str(), set.wanted[0])
    };
    let told: Vec<String> = tasks.iter().map(told).collect();
    let mut response = None;
    for index in 0..tasks.len() {
        assert!(response.is_none());
        let end = if ends.is_empty() { done(Action::Updated) } else { ends.remove(0) };
        response = service.on_reply(1, index, end, 0);
    }
    (response.unwrap(), told)
}

/// Status and body, where each task ends as told.
fn answered(rules: Rules, request: &Request, ends: Vec<Result<Answer, Error>>) -> (u16, String) {
    let (response, _) = played(&mut UpdateApi::new(rules), request, ends);
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
        let (response, _) = played(&mut UpdateApi::new(rules()), &get(path, ""), vec![]);
        assert_eq!(
            (response.status, &*response.body),
            (404, "{\"error\":\"Not Found\"}"),
            "{path}"
        );
        assert_eq!(response.media_type, "application/json");
    }
    let response = UpdateApi::new(rules()).reject(400, "a \"b\"");
    assert_eq!((response.status, &*response.body), (400, "{\"error\":\"a \\\"b\\\"\"}"));
}
