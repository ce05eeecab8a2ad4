//! `POST /update`: each form of body, each header, each status.

use super::*;

fn post(fields: &str, body: &str) -> Request {
    request(&format!("POST /update HTTP/1.1\r\n{fields}\r\n{body}"))
}

fn keyed(body: &str) -> Request {
    post(&format!("Content-Type: application/json\r\nX-Pre-Shared-Key: {KEY}\r\n"), body)
}

#[test]
fn what_is_taken() {
    const HOME: &str = "home.example.com A";
    const HOME6: &str = "home.example.com AAAA";
    for (more, body, record, address) in [
        ("", r#"{"fqdn":"home.example.com","ip":"198.51.100.7"}"#, HOME, "198.51.100.7"),
        ("", r#"{"url":"Home.Example.COM.","ip":" 198.51.100.7 "}"#, HOME, "198.51.100.7"),
        ("", r#"{"fqdn":"","url":"home.example.com"}"#, HOME, "192.0.2.1"),
        ("", r#"{"fqdn":"home.example.com","ip":null,"x":[1,{}]}"#, HOME, "192.0.2.1"),
        ("", r#"{"fqdn":"home.example.com","ip":"","type":""}"#, HOME, "192.0.2.1"),
        ("", r#"{"fqdn":"home.example.com","type":"a"}"#, HOME, "192.0.2.1"),
        (
            "",
            r#"{"fqdn":"home.example.com","ip":"2001:DB8:0::1","type":"AAAA"}"#,
            HOME6,
            "2001:db8::1",
        ),
        ("", r#"{"fqdn":"home.example.com","ip":"::ffff:198.51.100.7"}"#, HOME, "198.51.100.7"),
        ("X-Real-Ip: 198.51.100.8\r\n", r#"{"fqdn":"home.example.com"}"#, HOME, "198.51.100.8"),
        (
            "X-Forwarded-For: 198.51.100.9, 10.0.0.1\r\n",
            r#"{"fqdn":"home.example.com"}"#,
            HOME,
            "198.51.100.9",
        ),
        (
            "X-Real-Ip: 2001:db8::8\r\n",
            r#"{"fqdn":"home.example.com","type":"AAAA"}"#,
            HOME6,
            "2001:db8::8",
        ),
        ("X-Real-Ip: x\r\n", r#"{"fqdn":"home.example.com","ip":"1.1.1.1"}"#, HOME, "1.1.1.1"),
        ("", "fqdn=home.example.com&ip=198.51.100.7", HOME, "198.51.100.7"),
        ("", "url=home.example.com&type=AAAA&ip=2001%3adb8%3a%3a7", HOME6, "2001:db8::7"),
        ("", "fqdn=home.example.com\r\n", HOME, "192.0.2.1"),
    ] {
        for media_type in
            ["", "application/json; charset=utf-8", "application/x-www-form-urlencoded"]
        {
            let is_json = media_type.starts_with("application/json");
            if is_json && !body.starts_with('{') {
                continue;
            }
            let mut fields = format!("X-Pre-Shared-Key: {KEY}\r\n{more}");
            if !media_type.is_empty() {
                fields.push_str(&format!("Content-Type: {media_type}\r\n"));
            }
            let service = &mut UpdateApi::new(rules());
            let (response, tasks) =
                played(service, &post(&fields, body), vec![done(Action::Created)]);
            assert_eq!(tasks, [format!("{record} {address}")], "{more}{body}");
            let expected = format!("{{\"status\":\"created\",\"ip\":\"{address}\"}}");
            assert_eq!((response.status, response.body), (200, expected));
            assert_eq!(response.media_type, "application/json");
        }
    }
}

#[test]
fn what_is_refused() {
    let good = r#"{"fqdn":"home.example.com"}"#;
    let errors = |body: &str| answered(rules(), &keyed(body), vec![]);
    for (body, status, message) in [
        ("", 400, "Missing FQDN"),
        ("x", 400, "Invalid JSON"),
        ("{", 400, "Invalid JSON"),
        ("null", 400, "Invalid JSON"),
        ("[]", 400, "Invalid JSON"),
        ("{\"fqdn\":7}", 400, "Invalid JSON"),
        ("{\"fqdn\":\"home.example.com\"} x", 400, "Invalid JSON"),
        ("{}", 400, "Missing FQDN"),
        (r#"{"fqdn":" ","url":null}"#, 400, "Missing FQDN"),
        (r#"{"ip":"x","type":"x"}"#, 400, "Missing FQDN"),
        (r#"{"fqdn":"nobody.example.com","type":"x"}"#, 401, "Unauthorized"),
        (r#"{"fqdn":"other.example.com"}"#, 401, "Unauthorized"),
        (r#"{"fqdn":"../etc/passwd"}"#, 401, "Unauthorized"),
        (r#"{"fqdn":"home.example.com","type":"TXT","ip":"x"}"#, 400, "Invalid type"),
        (r#"{"fqdn":"home.example.com","ip":"300.1.1.1"}"#, 400, "Invalid IP"),
        (r#"{"fqdn":"home.example.com","ip":"01.1.1.1"}"#, 400, "Invalid IP"),
        (r#"{"fqdn":"home.example.com","ip":"1.1.1.1,2.2.2.2"}"#, 400, "Invalid IP"),
        (r#"{"fqdn":"home.example.com","ip":"2001:db8::1"}"#, 400, "IP version mismatch"),
        (r#"{"fqdn":"home.example.com","ip":"1.1.1.1","type":"AAAA"}"#, 400, "IP version mismatch"),
        (r#"{"fqdn":"home.example.com","type":"AAAA"}"#, 400, "IP version mismatch"),
        (r#"{"fqdn":"unlisted.example.com"}"#, 403, "FQDN not allowed"),
        (r#"{"fqdn":"unlisted.example.com","ip":"x"}"#, 400, "Invalid IP"),
    ] {
        assert_eq!(errors(body), (status, format!("{{\"error\":\"{message}\"}}")), "{body}");
    }
    let in_order = [
        (Rules { token: None, ..rules() }, "{", "Backend not configured"),
        (Rules { allowed: vec![], ..rules() }, good, "backend not configured for updates"),
    ];
    for (rules, body, message) in in_order {
        let expected = (500, format!("{{\"error\":\"{message}\"}}"));
        assert_eq!(answered(rules, &keyed(body), vec![]), expected);
    }
    // Allowed, but there is no record for it.
    let mut unregistered = rules();
    unregistered.registered.retain(|name| name != "home.example.com");
    assert_eq!(answered(unregistered, &keyed(good), vec![]).0, 403);
    let unusable = post(&format!("X-Pre-Shared-Key: {KEY}\r\nX-Real-Ip: x\r\n"), good);
    assert_eq!(answered(rules(), &unusable, vec![]), (400, "{\"error\":\"Invalid IP\"}".into()));
    let odd = post(&format!("X-Pre-Shared-Key: {KEY}\r\nContent-Type: text/plain\r\n"), "fqdn=a.b");
    assert_eq!(answered(rules(), &odd, vec![]), (400, "{\"error\":\"Invalid JSON\"}".into()));
    let mut bytes = keyed("");
    bytes.body = b"{\"fqdn\":\"\xff\"}".to_vec();
    assert_eq!(answered(rules(), &bytes, vec![]).0, 400);
}

#[test]
fn addresses_that_nobody_can_reach() {
    let body = |ip: &str, kind: &str| {
        format!(r#"{{"fqdn":"home.example.com","ip":"{ip}","type":"{kind}"}}"#)
    };
    for (ip, kind) in [
        ("127.0.0.1", "A"),
        ("127.9.9.9", "A"),
        ("0.0.0.0", "A"),
        ("169.254.0.1", "A"),
        ("224.0.0.1", "A"),
        ("::ffff:127.0.0.1", "A"),
        ("::1", "AAAA"),
        ("::", "AAAA"),
        ("fe80::1", "AAAA"),
    ] {
        let (status, text) = answered(rules(), &keyed(&body(ip, kind)), vec![]);
        let start = r#"{"error":"Invalid IP","detail":""#;
        assert!(status == 400 && text.starts_with(start), "{ip}: {text}");
        assert!(text.ends_with(r#" is not reachable from other hosts"}"#), "{text}");
    }
    // The caller's own is taken, with a warning each time.
    let fields = format!("X-Pre-Shared-Key: {KEY}\r\nX-Real-Ip: 127.0.0.1\r\n");
    let request = post(&fields, r#"{"fqdn":"home.example.com"}"#);
    let mut service = UpdateApi::new(rules());
    for status in ["created", "unchanged"] {
        let (response, _) = played(&mut service, &request, vec![done(Action::Created)]);
        let warning = "127.0.0.1 is not reachable from other hosts";
        let expected = format!(r#"{{"status":"{status}","ip":"127.0.0.1","warning":"{warning}"}}"#);
        assert_eq!((response.status, response.body), (200, expected));
    }
    let told = service.take_log_events();
    let message =
        "home.example.com A: the caller's address 127.0.0.1 is not reachable from other hosts";
    assert!(told.iter().any(|one| one.level == Level::Warning && one.message == message));
}

#[test]
fn an_address_under_another_name() {
    let told = r#"{"error":"Invalid IP","detail":"an address is given, but not as 'ip'"}"#;
    for body in [
        r#"{"fqdn":"home.example.com","myip":"1.1.1.1"}"#,
        r#"{"fqdn":"home.example.com","ipv6":" 2001:db8::1 ","type":"AAAA","ip":""}"#,
        "fqdn=home.example.com&addr=1.1.1.1",
    ] {
        let request = post(&format!("X-Pre-Shared-Key: {KEY}\r\n"), body);
        assert_eq!(answered(rules(), &request, vec![]), (400, told.into()), "{body}");
    }
    let both = r#"{"fqdn":"home.example.com","ip":"1.1.1.1","myip":"2.2.2.2"}"#;
    let (_, tasks) = played(&mut UpdateApi::new(rules()), &keyed(both), vec![]);
    assert_eq!(tasks, ["home.example.com A 1.1.1.1"]);
}

#[test]
fn why_credentials_are_refused() {
    let body = r#"{"fqdn":"home.example.com"}"#;
    let basic = "Authorization: Basic YWRtaW46cGE6c3N4\r\n";
    let said = |rules: Rules, fields: &str, body: &str| {
        let mut service = UpdateApi::new(rules);
        assert!(matches!(service.ask(1, &post(fields, body), 0), Step::Answer(_)));
        let last = service.take_log_events().pop().unwrap();
        (last.level, last.message.split_once("Unauthorized: ").map(|(_, why)| why.to_string()))
    };
    for (rules, fields, why) in [
        (rules(), "X-Pre-Shared-Key: x\r\n", "X-Pre-Shared-Key is not the key of this host"),
        (rules(), basic, "the key is expected in X-Pre-Shared-Key"),
        (with_master(), basic, "user or password is not that of BASIC_AUTH_USERNAME"),
    ] {
        assert_eq!(said(rules, fields, body), (Level::Warning, Some(why.into())));
    }
    let unknown = said(rules(), "X-Pre-Shared-Key: x\r\n", r#"{"fqdn":"x.example.com"}"#).1;
    assert_eq!(unknown.as_deref(), Some("the key file has no key for it"));
    // Who sends none is asked for them, and that is all.
    for rules in [rules(), with_master()] {
        assert_eq!(said(rules, "X-Pre-Shared-Key: \r\n", body), (Level::Debug, None));
    }
}

#[test]
fn other_methods() {
    for method in ["GET", "HEAD", "PUT", "post", "OPTIONS"] {
        let request = request(&format!("{method} /update HTTP/1.1\r\n\r\n"));
        let (response, _) = played(&mut UpdateApi::new(rules()), &request, vec![]);
        assert_eq!((response.status, header(&response, "Allow")), (405, Some("POST")), "{method}");
        assert_eq!(response.body, "{\"error\":\"Method Not Allowed\"}");
    }
}

#[test]
fn who_may() {
    let body = |name: &str| format!("{{\"fqdn\":\"{name}.example.com\"}}");
    let status =
        |rules: Rules, fields: &str, name| answered(rules, &post(fields, &body(name)), vec![]).0;
    for (fields, alone, with_all) in [
        ("X-Pre-Shared-Key: home-secret\r\n", 200, 200),
        ("", 401, 401),
        ("X-Pre-Shared-Key: \r\n", 401, 401),
        ("X-Pre-Shared-Key: home-secrets\r\n", 401, 401),
        ("X-Pre-Shared-Key: other-secret\r\n", 401, 401),
        // admin:pa:ss, then wrong in each half.
        ("Authorization: basic YWRtaW46cGE6c3M=\r\n", 401, 200),
        ("Authorization: Basic YWRtaW46cGE6c3N4\r\n", 401, 401),
        ("Authorization: Basic YWRtaW86cGE6c3M=\r\n", 401, 401),
        ("Authorization: Bearer YWRtaW46cGE6c3M=\r\n", 401, 401),
        // The host's own key as dyndns2 wants it is none here.
        ("Authorization: Basic aG9tZTpob21lLXNlY3JldA==\r\n", 401, 401),
        ("X-Pre-Shared-Key: x\r\nAuthorization: Basic YWRtaW46cGE6c3M=\r\n", 401, 200),
    ] {
        assert_eq!(status(rules(), fields, "home"), alone, "{fields}");
        assert_eq!(status(with_master(), fields, "home"), with_all, "{fields}");
    }
    let master = "Authorization: Basic YWRtaW46cGE6c3M=\r\n";
    assert_eq!(status(with_master(), master, "nobody"), 403);
    let asks = |rules: Rules| {
        let (response, _) = played(&mut UpdateApi::new(rules), &post("", &body("home")), vec![]);
        header(&response, "WWW-Authenticate").map(String::from)
    };
    assert_eq!(asks(rules()), None);
    assert_eq!(asks(with_master()).as_deref(), Some("Basic realm=\"dyndns\""));
}

#[test]
fn how_it_ends() {
    let good = keyed(r#"{"fqdn":"home.example.com","ip":"1.1.1.1"}"#);
    let looking = "Failed to query DNS records";
    let writing = "Failed to update DNS record";
    let refused = Kind::Refused { code: Some(403) };
    for (end, status, body) in [
        (done(Action::Created), 200, r#"{"status":"created","ip":"1.1.1.1"}"#.into()),
        (done(Action::Updated), 200, r#"{"status":"updated","ip":"1.1.1.1"}"#.into()),
        (done(Action::Unchanged), 200, r#"{"status":"unchanged","ip":"1.1.1.1"}"#.into()),
        (outcome(Outcome::NoZone), 404, r#"{"error":"Zone not found"}"#.into()),
        (several(), 500, r#"{"error":"Multiple records found"}"#.to_string()),
        (
            failed(Stage::Looking, refused, "said \"no\"\nask for more rights"),
            500,
            format!(r#"{{"error":"{looking}","detail":"said \"no\""}}"#),
        ),
        (
            failed(Stage::Writing, Kind::Unreachable, "cut"),
            500,
            format!(r#"{{"error":"{writing}","detail":"cut"}}"#),
        ),
        (
            failed(Stage::Looking, Kind::Timeout, "0123456789abcdef0123456789abcdef is late"),
            500,
            format!(r#"{{"error":"{looking}","detail":"(the secret) is late"}}"#),
        ),
        (throttled(None), 500, format!(r#"{{"error":"{looking}","detail":"slow down"}}"#)),
        (
            Err(Error::new(Kind::Local, "no child")),
            500,
            format!(r#"{{"error":"{writing}","detail":"no child"}}"#),
        ),
    ] {
        assert_eq!(answered(rules(), &good, vec![end]), (status, body));
    }
    for (after, header_value) in [(Some(7), "7"), (None, "60")] {
        let (response, _) = played(&mut UpdateApi::new(rules()), &good, vec![throttled(after)]);
        assert_eq!(header(&response, "Retry-After"), Some(header_value));
    }
}
