//! What becomes a job, what is remembered between requests, what is told of them.

use super::*;

fn update(address: &str) -> Request {
    named("home", address)
}

fn named(name: &str, address: &str) -> Request {
    let body = format!("{{\"fqdn\":\"{name}.example.com\",\"ip\":\"{address}\"}}");
    request(&format!("POST /update HTTP/1.1\r\nX-Pre-Shared-Key: {KEY}\r\n\r\n{body}"))
}

fn tasks(step: Step) -> Vec<Task> {
    match step {
        Step::Tasks(tasks) => tasks,
        Step::Answer(response) => panic!("{}", response.body),
    }
}

fn answer(step: Step) -> String {
    match step {
        Step::Answer(response) => response.body,
        Step::Tasks(_) => panic!("tasks"),
    }
}

/// What there is to tell, without the details for those who debug.
fn told(service: &mut UpdateApi) -> Vec<(Level, String, Option<Notice>)> {
    let all =
        service.take_log_events().into_iter().map(|news| (news.level, news.message, news.notice));
    all.filter(|(level, ..)| *level != Level::Debug).collect()
}

#[test]
fn what_the_child_is_told() {
    let mut service = UpdateApi::new(rules());
    let tasks = tasks(service.ask(1, &update("1.1.1.1"), 0));
    let Job { provider, api_url, id, secret, zone, sets, .. } = &tasks[0].job;
    assert_eq!((&**provider, &**api_url), ("hetzner", "https://api.example/v1"));
    assert_eq!((&**id, &**secret), ("", "0123456789abcdef0123456789abcdef"));
    let expected = SetJob {
        policy: Policy::All,
        attributes: Attributes::WithValue,
        ttl: Some(21600),
        ..SetJob::one("home.example.com".into(), Value::A([1, 1, 1, 1].into()))
    };
    assert_eq!((zone, sets.as_slice()), (&Zone::Unknown, [expected].as_slice()));
    let job = &tasks[0].job;
    assert_eq!(job.deadline, Deadline::Job(30));
    assert_eq!((&job.zone_id, &job.zones), (&None, &None));
    assert_eq!((tasks.len(), &*tasks[0].lock_key), (1, "home.example.com"));
}

#[test]
fn zones_are_listed_once_a_day() {
    let mut service = UpdateApi::new(Rules { address_age_max: 0, ..rules() });
    let listed = |names: &[&str]| {
        let zones = Some(names.iter().map(|name| name.to_string()).collect());
        let meta = ResponseMeta { zones, ..ResponseMeta::default() };
        Ok(Answer { outcome: Outcome::Done, steps: vec![step(Action::Updated)], meta })
    };
    service.ask(1, &update("1.1.1.1"), 1000);
    service.on_reply(1, 0, listed(&["example.com", "foreign.example"]), 2000);
    let zones = |service: &mut UpdateApi, now| {
        let job = tasks(service.ask(2, &update("1.1.1.1"), now)).remove(0).job;
        service.on_reply(2, 0, done(Action::Updated), now);
        (job.zones, job.zones_are_old)
    };
    let known = Some(vec!["example.com".to_string()]);
    assert_eq!(zones(&mut service, 3000), (known.clone(), false));
    assert_eq!(zones(&mut service, 86_401_999), (known.clone(), false));
    assert_eq!(zones(&mut service, 86_402_000), (known, true));
    // Also where the job failed after they had been listed.
    service.ask(3, &update("1.1.1.1"), 86_403_000);
    let meta = ResponseMeta { zones: Some(vec!["com".into()]), ..ResponseMeta::default() };
    service.on_reply(
        3,
        0,
        Ok(Answer { outcome: Outcome::NoZone, steps: vec![], meta }),
        86_403_000,
    );
    assert_eq!(zones(&mut service, 86_404_000), (Some(vec!["com".into()]), false));
}

#[test]
fn a_repeated_address_is_answered_from_memory() {
    let mut service = UpdateApi::new(rules());
    service.ask(1, &update("1.1.1.1"), 0);
    service.on_reply(1, 0, done(Action::Created), 1000);
    let again = r#"{"status":"unchanged","ip":"1.1.1.1"}"#;
    for now in [1000, 200_000, 300_999] {
        assert_eq!(answer(service.ask(2, &update("1.1.1.1"), now)), again);
    }
    let home = "Authorization: Basic aG9tZTpob21lLXNlY3JldA==\r\n";
    let target = "/nic/update?hostname=home.example.com&myip=1.1.1.1";
    assert_eq!(answer(service.ask(2, &get(target, home), 2000)), "nochg 1.1.1.1\n");
    // One of two families is remembered.
    let both = get(&format!("{target},2001:db8::1"), home);
    assert_eq!(tasks(service.ask(3, &both, 2000)).len(), 1);
    let response = service.on_reply(3, 0, done(Action::Unchanged), 2000).unwrap();
    assert_eq!(response.body, "nochg 1.1.1.1,2001:db8::1\n");
    // The memory is from when the provider was asked, not from the last repetition.
    assert_eq!(tasks(service.ask(4, &update("1.1.1.1"), 301_000)).len(), 1);
}

#[test]
fn memory_never_lags_behind_what_is_written() {
    let mut service = UpdateApi::new(rules());
    service.ask(1, &update("1.1.1.1"), 0);
    service.on_reply(1, 0, done(Action::Created), 0);
    // While another address is on its way, the old one is not remembered.
    assert_eq!(tasks(service.ask(2, &update("2.2.2.2"), 1)).len(), 1);
    assert_eq!(tasks(service.ask(3, &update("1.1.1.1"), 2)).len(), 1);
    service.on_reply(2, 0, done(Action::Updated), 3);
    // The third is still to come, and will replace it.
    assert_eq!(tasks(service.ask(4, &update("2.2.2.2"), 4)).len(), 1);
    service.on_reply(3, 0, done(Action::Updated), 5);
    service.on_reply(4, 0, done(Action::Updated), 6);
    assert!(answer(service.ask(5, &update("2.2.2.2"), 7)).contains("unchanged"));
    // After a failure nothing is known.
    assert_eq!(tasks(service.ask(6, &update("3.3.3.3"), 8)).len(), 1);
    service.on_reply(6, 0, failed(Stage::Writing, Kind::Timeout, "late"), 9);
    assert_eq!(tasks(service.ask(7, &update("2.2.2.2"), 10)).len(), 1);
}

#[test]
fn what_is_told() {
    use Level::{Info, Warning};
    let mut service = UpdateApi::new(rules());
    service.ask(1, &update("1.1.1.1"), 0);
    service.on_reply(1, 0, done(Action::Created), 0);
    service.ask(2, &update("1.1.1.1"), 0);
    service.ask(3, &update("2.2.2.2"), 0);
    service.on_reply(3, 0, done(Action::Updated), 0);
    service.ask(4, &update("3.3.3.3"), 0);
    let token = "bad 0123456789abcdef0123456789abcdef (x).\nDo this";
    service.on_reply(4, 0, failed(Stage::Looking, Kind::Refused { code: None }, token), 0);
    service.ask(5, &named("\u{1b}[31m", "1.1.1.1"), 0);
    let home = "home.example.com A";
    let failure = Some(Notice::Failure);
    let refusal = Some(Notice::Refusal);
    let refused = "cannot set 3.3.3.3: Failed to query DNS records: bad (the secret) (x). Do this";
    let expected = [
        (Info, format!("{home} created: 1.1.1.1"), None),
        (Info, format!("{home} updated: 192.0.2.99 -> 2.2.2.2"), None),
        (Warning, format!("{home}: {refused}"), failure),
        (Warning, "Update of (no name) from 192.0.2.1 refused: Invalid JSON".into(), refusal),
    ];
    assert_eq!(told(&mut service), expected);
    assert_eq!(told(&mut service), []);
    let query = "/nic/update?hostname=home.example.com,%1b.x&user=home&pass=very-secret";
    service.ask(6, &get(query, "X-Real-Ip: 9.9.9.9\r\n"), 0);
    let message = "Update of home.example.com from 9.9.9.9 (connected from 192.0.2.1) refused: \
                 badauth: wrong key: the user is home or home.example.com, the password the \
                 host's key";
    assert_eq!(told(&mut service), [(Warning, message.into(), refusal)]);
    // Nobody has to know that nothing has changed.
    service.ask(7, &update("4.4.4.4"), 0);
    service.on_reply(7, 0, done(Action::Unchanged), 0);
    assert_eq!(told(&mut service), []);
    let mut service = UpdateApi::new(Rules { notifies_success: true, ..rules() });
    service.ask(1, &update("1.1.1.1"), 0);
    service.on_reply(1, 0, done(Action::Created), 0);
    assert_eq!(told(&mut service)[0].2, Some(Notice::Success));
}

#[test]
fn what_is_told_to_those_who_debug() {
    let mut service = UpdateApi::new(rules());
    let body = "{\"fqdn\":\"home.example.com\"}";
    let fields = format!("X-Pre-Shared-Key: {KEY}\r\nX-Real-Ip: 127.0.0.1\r\n");
    service.ask(1, &request(&format!("POST /update HTTP/1.1\r\n{fields}\r\n{body}")), 0);
    let path = get("/nothing/here", "");
    service.ask(2, &path, 0);
    let message: Vec<String> =
        service.take_log_events().into_iter().map(|news| news.message).collect();
    assert_eq!(
        message,
        [
            "192.0.2.1 POST /update",
            "home.example.com A: the caller's address 127.0.0.1 is not reachable from other hosts",
            "asking hetzner for home.example.com A 127.0.0.1",
            "192.0.2.1 GET /nothing/here",
            "192.0.2.1 GET /nothing/here 404 Not Found",
        ]
    );
}

#[test]
fn warnings_are_fit_to_be_told() {
    let mut service = UpdateApi::new(rules());
    assert!(matches!(service.ask(1, &update("192.0.2.7"), 0), Step::Tasks(_)));
    let mut answer = done(Action::Updated).unwrap();
    let token = rules().token.unwrap();
    answer.meta.warnings = vec![format!("{}\u{7f}\n{}", token.expose(), "x".repeat(1000))];
    service.on_reply(1, 0, Ok(answer), 0);
    let told = told(&mut service);
    let warning = told.iter().find(|(level, ..)| *level == Level::Warning).unwrap();
    assert!(warning.1.starts_with("home.example.com A: (the secret)\u{fffd}\u{fffd}xxx"));
    assert!(warning.1.len() < 400);
}

#[test]
fn where_too_many_wait() {
    let mut service = UpdateApi::new(rules());
    service.ask(1, &update("1.1.1.1"), 0);
    let response = service.refuse(1, 0);
    assert_eq!((response.status, header(&response, "Retry-After")), (503, Some("10")));
    assert!(response.body.starts_with("{\"error\":"));
    let query = "/nic/update?hostname=home.example.com&user=home&pass=home-secret";
    service.ask(2, &get(query, ""), 0);
    assert_eq!((service.refuse(2, 0).body, service.pending.len()), ("911\n".into(), 0));
    assert_eq!(told(&mut service).len(), 2);
    // It is as if it had never been asked, and nobody waits for an answer.
    assert_eq!(service.on_reply(1, 0, done(Action::Updated), 0), None);
}

#[test]
fn answers_come_in_any_order() {
    let mut service = UpdateApi::new(rules());
    let query = "/nic/update?hostname=home.example.com,home.example.com&myip=1.1.1.1,2001:db8::1";
    assert_eq!(
        tasks(service.ask(7, &get(&format!("{query}&user=home&pass={KEY}"), ""), 0)).len(),
        4
    );
    for index in [3, 0, 9, 0, 2] {
        assert_eq!(service.on_reply(7, index, done(Action::Unchanged), 0), None);
    }
    let response = service.on_reply(7, 1, done(Action::Updated), 0).unwrap();
    assert_eq!(response.body, "good 1.1.1.1,2001:db8::1\nnochg 1.1.1.1,2001:db8::1\n");
}

#[test]
fn a_silent_host_is_told() {
    let mut service = UpdateApi::new(rules());
    assert_eq!(service.wake_at(), None);
    service.ask(1, &update("1.1.1.1"), 0);
    service.on_reply(1, 0, failed(Stage::Looking, Kind::Timeout, "late"), 0);
    // It has never told its address.
    assert_eq!(service.wake_at(), None);
    service.ask(2, &update("1.1.1.1"), 1000);
    service.on_reply(2, 0, done(Action::Updated), 2000);
    assert_eq!(service.wake_at(), Some(10_802_000));
    // The provider's failures are not the host's silence.
    service.ask(3, &update("2.2.2.2"), 5000);
    service.on_reply(3, 0, failed(Stage::Looking, Kind::Timeout, "late"), 6000);
    // Nor is somebody else with its name the host.
    service.ask(4, &get("/nic/update?hostname=home.example.com", ""), 9000);
    assert_eq!(service.wake_at(), Some(10_805_000));
    service.take_log_events();
    service.tick(10_804_999);
    assert_eq!(told(&mut service), []);
    service.tick(10_805_000);
    let message = "home.example.com has not called for 10800 s: connection lost?";
    let lost = (Level::Warning, message.to_string(), Some(Notice::Lost));
    assert_eq!(told(&mut service), [lost]);
    service.tick(20_000_000);
    assert_eq!((told(&mut service).len(), service.wake_at()), (0, None));
    service.ask(5, &update("2.2.2.2"), 20_000_000);
    assert_eq!(told(&mut service), [(Level::Info, "home.example.com is back.".into(), None)]);
    assert_eq!(service.wake_at(), Some(30_800_000));
}
