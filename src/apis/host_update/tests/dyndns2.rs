//! `/nic/update`: what clients send and have sent, and each word that comes back.

use super::super::dyndns2::REALM;
use super::*;
use miniserde::json::{self, Value};

/// home:home-secret
const HOME: &str = "Authorization: Basic aG9tZTpob21lLXNlY3JldA==\r\n";
/// b:home-secret
const B: &str = "Authorization: Basic Yjpob21lLXNlY3JldA==\r\n";
/// admin:pa:ss
const MASTER: &str = "Authorization: Basic YWRtaW46cGE6c3M=\r\n";

fn asked(query: &str, fields: &str) -> Request {
    get(&format!("/nic/update?{query}"), fields)
}

fn body(rules: Rules, request: &Request) -> (u16, String) {
    answered(rules, request, vec![])
}

#[test]
fn what_real_clients_send() {
    let text = include_str!("../../../../tests/vectors/dyndns2.json");
    let Ok(Value::Object(vectors)) = json::from_str::<Value>(text) else { panic!() };
    let Some(Value::Array(captured)) = vectors.get("captured_requests") else { panic!() };
    let user1 = || Rules { master: Some(("user1".into(), secret("pa:ss"))), ..rules() };
    let b = "b.example.com";
    let home = "home.example.com";
    let expected = [
        (vec![format!("{home} A 198.51.100.7")], "good 198.51.100.7\n"),
        (vec![format!("{home} AAAA 2001:db8::7")], "good 2001:db8::7\n"),
        (
            vec![format!("{b} A 198.51.100.7"), format!("{home} A 198.51.100.7")],
            "good 198.51.100.7\ngood 198.51.100.7\n",
        ),
        (
            vec![
                format!("{b} A 198.51.100.7"),
                format!("{b} AAAA 2001:db8::7"),
                format!("{home} A 198.51.100.7"),
                format!("{home} AAAA 2001:db8::7"),
            ],
            "good 198.51.100.7,2001:db8::7\ngood 198.51.100.7,2001:db8::7\n",
        ),
    ];
    assert_eq!(captured.len(), expected.len());
    for (one, (tasks, body)) in captured.iter().zip(expected) {
        let Value::Object(one) = one else { panic!() };
        let Some(Value::String(raw)) = one.get("raw") else { panic!() };
        let (response, told) = played(&mut UpdateApi::new(user1()), &request(raw), vec![]);
        assert_eq!((response.status, &*response.body, told), (200, body, tasks), "{raw}");
        assert_eq!(response.media_type, "text/plain; charset=utf-8");
        // Not ours to say.
        assert_eq!(response.headers, []);
        // These credentials are nobody's here.
        assert_eq!(answered(rules(), &request(raw), vec![]), (401, "badauth\n".into()));
    }
}

#[test]
fn names_of_parameters_and_paths() {
    let good = (200, "good 1.1.1.1\n".to_string());
    for query in [
        "hostname=home.example.com&myip=1.1.1.1",
        "host=HOME.example.com.&ip=1.1.1.1",
        "hostnames=home.example.com&ip=1.1.1.1&myip=",
        "hostname=&host=home.example.com&myip=1.1.1.1,",
        "hostname=,home.example.com,&myip=,1.1.1.1",
        "hostname=home.example.com&myip=1.1.1.1/32&wildcard=ON&mx=&offline=NO&system=dyndns",
        "hostname=home.example.com&myip=1.1.1.1%20http://b.example/nic/update?hostname=x.y",
        "hostname=home.example.com&myip=1.1.1.1,2.2.2.2",
        "hostname=home.example.com&myipv4=1.1.1.1",
        "hostname=home.example.com&ip4=1.1.1.1",
        "hostname=home.example.com&ipv4=1.1.1.1",
        "hostname=home.example.com&myip4=1.1.1.1",
        "hostname=home.example.com&ip4addr=1.1.1.1",
        "HostName=home.example.com&MyIP=1.1.1.1",
        "hostname=home.example.com&myip=1.1.1.1&myip=2.2.2.2",
        // Escaped by nobody.
        "hostname=home.example.com&myip=1.1.1.1&x=50%&y=%zz&z=%ff",
    ] {
        assert_eq!(body(rules(), &asked(query, HOME)), good, "{query}");
    }
    let query = "hostname=home.example.com&myip=1.1.1.1";
    for path in [
        "/nic/update",
        "//nic/update",
        "///nic/update/",
        "/nic/update/",
        "/nic/update%20http:/b.example/nic/update",
    ] {
        assert_eq!(body(rules(), &get(&format!("{path}?{query}"), HOME)), good, "{path}");
    }
    for (target, text) in [("?hostname=home.example.com", "myip=1.1.1.1"), ("", query)] {
        for media_type in ["", "Content-Type: application/x-www-form-urlencoded\r\n"] {
            let raw =
                format!("POST /nic/update{target} HTTP/1.1\r\n{HOME}{media_type}\r\n{text}\r\n");
            assert_eq!(body(rules(), &request(&raw)), good);
        }
    }
}

#[test]
fn addresses() {
    for (more, fields, line) in [
        ("", "", "good 192.0.2.1"),
        ("&myip=", "", "good 192.0.2.1"),
        ("&myip=,&myipv6=", "", "good 192.0.2.1"),
        ("", "X-Real-Ip: 2001:db8::5\r\n", "good 2001:db8::5"),
        ("", "X-Forwarded-For: 5.5.5.5, 6.6.6.6\r\n", "good 5.5.5.5"),
        ("&myip=1.1.1.1,2001:db8::1", "", "good 1.1.1.1,2001:db8::1"),
        ("&myip=2001:db8::1,1.1.1.1", "", "good 2001:db8::1,1.1.1.1"),
        ("&myip=1.1.1.1&myipv6=2001:db8::1", "", "good 1.1.1.1,2001:db8::1"),
        ("&myip=1.1.1.1&ip6=2001:db8::1", "", "good 1.1.1.1,2001:db8::1"),
        ("&ipv6=2001:DB8:0::1", "", "good 2001:db8::1"),
        ("&myipv6=2001%3adb8%3a1%3a%3a/56", "", "good 2001:db8:1::"),
        ("&myip=::ffff:1.1.1.1", "", "good 1.1.1.1"),
        ("&myip6=2001:db8::1", "", "good 2001:db8::1"),
        ("&ip6addr=2001:db8::1", "", "good 2001:db8::1"),
        ("&ip4addr=1.1.1.1&ip6addr=2001:db8::1", "", "good 1.1.1.1,2001:db8::1"),
        ("&myip=1.1.1.1&myip=2001:db8::1", "", "good 1.1.1.1,2001:db8::1"),
        ("&myip=&myip=2001:db8::1", "", "good 2001:db8::1"),
        ("&myip=[2001:db8::1]", "", "good 2001:db8::1"),
        ("&myip=[2001:db8::1]/64", "", "good 2001:db8::1"),
        ("&myip=[2001:db8::1", "", "dnserr"),
        ("&myipv4=preserve&myipv6=2001:db8::1", "", "good 2001:db8::1"),
        ("&myip=1.1.1.1&myipv6=Preserve", "", "good 1.1.1.1"),
        ("&myipv4=preserve&myipv6=preserve", "", "nochg"),
        ("&myip=preserve", "", "nochg"),
        // An address under a name that is not known: the caller's is not meant.
        ("&wanip=1.1.1.1", "", "dnserr"),
        ("&wan6=[2001:db8::1]&myip=", "", "dnserr"),
        ("&wanip=x,1.1.1.1", "", "dnserr"),
        ("&wanip=9.9.9.9&myip=1.1.1.1", "", "good 1.1.1.1"),
        ("&lanprefix=2001:db8::/56&mx=a.example&url=http://1.1.1.1/", "", "good 192.0.2.1"),
        // Nobody else can reach these.
        ("&myip=127.0.0.1", "", "dnserr"),
        ("&myip=0.0.0.0", "", "dnserr"),
        ("&myip=169.254.1.1", "", "dnserr"),
        ("&myip=255.255.255.255", "", "dnserr"),
        ("&myip=::1", "", "dnserr"),
        ("&myip=::ffff:127.0.0.1", "", "dnserr"),
        ("&myip=1.1.1.1,fe80::1", "", "dnserr"),
        ("&myip=1.1.1.1&myipv6=::", "", "dnserr"),
        ("", "X-Real-Ip: 127.0.0.1\r\n", "good 127.0.0.1"),
        ("&myip=1.1.1", "", "dnserr"),
        ("&myip=1.1.1.1,x", "", "dnserr"),
        ("&myip=1.1.1.1&myipv6=x", "", "dnserr"),
        ("", "X-Real-Ip: x\r\n", "dnserr"),
    ] {
        let request =
            asked(&format!("hostname=home.example.com{more}"), &format!("{HOME}{fields}"));
        assert_eq!(body(rules(), &request), (200, format!("{line}\n")), "{more}{fields}");
    }
}

#[test]
fn who_may() {
    let query = "hostname=home.example.com&myip=1.1.1.1";
    for (more, fields, alone, with_all) in [
        ("", HOME, true, true),
        ("", "authorization: bAsIc SE9NRTpob21lLXNlY3JldA==\r\n", true, true),
        ("&user=home&pass=home-secret", "", true, true),
        ("&username=Home&password=home-secret", "", true, true),
        ("&user=home&pass=home-secret", B, true, true),
        ("", B, false, false),
        ("", "", false, false),
        ("&user=home&pass=", "", false, false),
        ("&user=home&pass=other-secret", "", false, false),
        ("&user=home.example.com&pass=home-secret", "", true, true),
        ("&user=HOME.example.com.&pass=home-secret", "", true, true),
        ("&user=b.example.com&pass=home-secret", "", false, false),
        ("&user=home.example&pass=home-secret", "", false, false),
        ("&USER=home&Password=home-secret", "", true, true),
        ("&pass=home-secret", "", false, false),
        ("", MASTER, false, true),
        ("&user=admin&pass=pa:ss", "", false, true),
        ("&user=admin&pass=pa:s", "", false, false),
        ("", "X-Pre-Shared-Key: home-secret\r\n", false, false),
    ] {
        let request = asked(&format!("{query}{more}"), fields);
        for (rules, may) in [(rules(), alone), (with_master(), with_all)] {
            let expected = if may { (200, "good 1.1.1.1\n") } else { (401, "badauth\n") };
            let found = body(rules, &request);
            assert_eq!((found.0, &*found.1), expected, "{more} {fields}");
        }
    }
    let (response, _) = played(&mut UpdateApi::new(rules()), &asked(query, ""), vec![]);
    assert_eq!(header(&response, "WWW-Authenticate"), Some("Basic realm=\"dyndns\""));
}

#[test]
fn keys_that_nobody_has_escaped() {
    let key = "a+b%c%41=";
    let keys = || vec![("home.example.com".into(), secret(key))];
    for (sent, may) in
        [(key, false), ("a+b%25c%2541=", true), ("a%2Bb%25c%2541=", true), ("a b%c%2541=", false)]
    {
        let query = format!("hostname=home.example.com&myip=1.1.1.1&user=home&pass={sent}");
        let found = body(Rules { keys: keys(), ..rules() }, &asked(&query, ""));
        assert_eq!(found.0, if may { 200 } else { 401 }, "{sent}");
    }
    for (key, sent) in [("50%", "50%"), ("a+b", "a+b"), ("a b+", "a+b%2B"), ("%+%", "%+%")] {
        let keys = vec![("home.example.com".into(), secret(key))];
        let query = format!("hostname=home.example.com&myip=1.1.1.1&user=home&pass={sent}");
        let found = body(Rules { keys, ..rules() }, &asked(&query, ""));
        assert_eq!(found.0, 200, "{key}");
    }
}

#[test]
fn several_names_of_one_kind() {
    let query = "hostname=b.example.com&hostname=home.example.com,b.example.com&myip=1.1.1.1";
    let found = body(rules(), &asked(query, HOME)).1;
    assert_eq!(found, "nohost\ngood 1.1.1.1\nnohost\n");
}

#[test]
fn offline_is_refused_in_words() {
    let asked = |more: &str, fields| {
        body(rules(), &asked(&format!("hostname=home.example.com&myip=1.1.1.1&{more}"), fields))
    };
    let refused = (200, "!donator offline=YES is not supported\n".to_string());
    for more in ["offline=YES", "offline=yes", "Offline=Yes"] {
        assert_eq!(asked(more, HOME), refused, "{more}");
    }
    assert_eq!(asked("offline=NO", HOME).1, "good 1.1.1.1\n");
    assert_eq!(asked("offline=YES", "").0, 401);
}

#[test]
fn why_credentials_are_refused() {
    let expected = "the user is home or home.example.com, the password the host's key";
    for (more, fields, why) in [
        ("&user=home&pass=very-secret", "", format!("wrong key: {expected}")),
        ("", B, format!("wrong user: {expected}")),
        ("&user=house&pass=home-secret", "", format!("wrong user: {expected}")),
        (
            "",
            "Authorization: Bearer x\r\n",
            format!("no user and password could be read: {expected}"),
        ),
        (
            "",
            "X-Pre-Shared-Key: home-secret\r\n",
            format!("no user and password could be read: {expected}"),
        ),
    ] {
        let mut service = UpdateApi::new(rules());
        let request = asked(&format!("hostname=home.example.com{more}"), fields);
        assert!(matches!(service.ask(1, &request, 0), Step::Answer(_)));
        let last = service.take_log_events().pop().unwrap();
        let message = format!("Update of home.example.com from 192.0.2.1 refused: badauth: {why}");
        assert_eq!((last.level, last.message), (Level::Warning, message));
    }
    let mut service = UpdateApi::new(rules());
    service.ask(1, &asked("hostname=x.example.com&user=x&pass=home-secret", ""), 0);
    let last = service.take_log_events().pop().unwrap().message;
    assert!(last.ends_with("refused: badauth: the key file has no key for it"), "{last}");
}

#[test]
fn every_wrong_key_is_a_guess() {
    let mut service = UpdateApi::new(rules());
    for more in ["&user=home&pass=x", "&PASS=x", "&p%61ss=x", "&password=%zz"] {
        service.ask(1, &asked(&format!("hostname=home.example.com{more}"), ""), 0);
        assert!(service.has_guessed(), "{more}");
    }
    service.ask(1, &asked("hostname=home.example.com", "Authorization: Basic\r\n"), 0);
    assert!(service.has_guessed());
    let form = "hostname=home.example.com&user=home&Pass=x";
    service.ask(1, &request(&format!("POST /nic/update HTTP/1.1\r\n\r\n{form}")), 0);
    assert!(service.has_guessed());
}

#[test]
fn a_right_key_is_no_guess_where_the_host_is_not_listed() {
    let mut service = UpdateApi::new(Rules { allowed: vec!["b.example.com".into()], ..rules() });
    service.ask(1, &asked("hostname=home.example.com&user=home&pass=home-secret", ""), 0);
    assert!(!service.has_guessed());
    let both = "hostname=home.example.com,b.example.com&user=home&pass=home-secret";
    service.ask(1, &asked(both, ""), 0);
    assert!(service.has_guessed());
}

#[test]
fn who_sends_no_credentials_is_asked_for_them() {
    let mut service = UpdateApi::new(rules());
    for more in ["", "&user=home", "&user=home&pass="] {
        let request = asked(&format!("hostname=home.example.com{more}"), "");
        let Step::Answer(response) = service.ask(1, &request, 0) else { panic!() };
        assert_eq!(header(&response, "WWW-Authenticate"), Some(REALM));
        assert!(!service.has_guessed());
        let news = service.take_log_events();
        assert!(news.iter().all(|one| one.level == Level::Debug && one.notice.is_none()));
    }
}

#[test]
fn several_hosts() {
    let hosts = |list: &str| asked(&format!("hostname={list}&myip=1.1.1.1"), HOME);
    let all = |list: &str| asked(&format!("hostname={list}&myip=1.1.1.1"), MASTER);
    let x = "example.com";
    for (rules, request, status, lines) in [
        (
            rules(),
            hosts(&format!("b.{x},home.{x},nobody.{x}")),
            200,
            "nohost\ngood 1.1.1.1\nnohost\n",
        ),
        (rules(), hosts(&format!("b.{x},other.{x}")), 401, "badauth\n"),
        (rules(), hosts(&format!("home,home.{x},a..b.c")), 200, "notfqdn\ngood 1.1.1.1\nnotfqdn\n"),
        (rules(), hosts("home,a..b"), 200, "notfqdn\nnotfqdn\n"),
        (rules(), hosts(&format!("home,b.{x}")), 401, "badauth\n"),
        (rules(), hosts(&format!("home.{x},HOME.{x}.")), 200, "good 1.1.1.1\ngood 1.1.1.1\n"),
        // A key or credentials for all, but not in both lists.
        (with_master(), all(&format!("unlisted.{x},b.{x}")), 200, "nohost\ngood 1.1.1.1\n"),
        (with_master(), all(&format!("other.{x}")), 200, "nohost\n"),
        // A host without a key nobody gets at.
        (with_master(), all(&format!("nobody.{x}")), 401, "badauth\n"),
        (with_master(), all(&format!("nobody.{x},b.{x}")), 200, "nohost\ngood 1.1.1.1\n"),
    ] {
        let found = body(rules, &request);
        assert_eq!((found.0, &*found.1), (status, lines), "{}", request.query);
    }
}

#[test]
fn words_for_the_whole_request() {
    let twenty = vec!["home.example.com"; 20].join(",");
    for (request, status, text) in [
        (get("/nic/update", HOME), 200, "notfqdn\n"),
        (asked("hostname=&myip=1.1.1.1", HOME), 200, "notfqdn\n"),
        (asked("hostname=,,", ""), 200, "notfqdn\n"),
        (asked(&format!("hostname={twenty},x"), ""), 200, "numhost\n"),
        (asked("hostname=%zz", HOME), 200, "notfqdn\n"),
        (asked("hostname=%ff", HOME), 200, "notfqdn\n"),
        (asked(&"a&".repeat(65), HOME), 400, "notfqdn\n"),
        (request("HEAD /nic/update HTTP/1.1\r\n\r\n"), 405, "badagent\n"),
        (request("PUT /nic/update HTTP/1.1\r\n\r\n"), 405, "badagent\n"),
    ] {
        let found = body(rules(), &request);
        assert_eq!((found.0, &*found.1), (status, text), "{}", request.query);
    }
    let request = asked(&format!("hostname={twenty}&myip=1.1.1.1"), HOME);
    assert_eq!(body(rules(), &request).1, "good 1.1.1.1\n".repeat(20));
    let home = asked("hostname=home.example.com,b.example.com", HOME);
    let unset = [Rules { token: None, ..rules() }, Rules { allowed: vec![], ..rules() }];
    for rules in unset {
        assert_eq!(body(rules, &home), (200, "911\nnohost\n".into()));
    }
    let wrong = asked("hostname=home.example.com", "");
    assert_eq!(body(Rules { token: None, ..rules() }, &wrong).0, 401);
}

#[test]
fn how_it_ends() {
    let both = asked("hostname=home.example.com&myip=1.1.1.1,2001:db8::1", HOME);
    let refused = || failed(Stage::Looking, Kind::Refused { code: None }, "no");
    let kind = |kind| failed(Stage::Writing, kind, "x");
    let good = "good 1.1.1.1,2001:db8::1";
    for (first, second, line) in [
        (done(Action::Updated), done(Action::Created), good),
        (done(Action::Unchanged), done(Action::Created), good),
        (done(Action::Updated), done(Action::Unchanged), good),
        (done(Action::Unchanged), done(Action::Unchanged), "nochg 1.1.1.1,2001:db8::1"),
        (done(Action::Updated), refused(), "dnserr"),
        (refused(), done(Action::Updated), "dnserr"),
        (done(Action::Updated), outcome(Outcome::NoZone), "dnserr"),
        (several(), done(Action::Updated), "dnserr"),
        (throttled(Some(1)), done(Action::Updated), "911"),
        (done(Action::Updated), kind(Kind::Unreachable), "911"),
        (done(Action::Updated), kind(Kind::Timeout), "911"),
        (done(Action::Updated), kind(Kind::InvalidResponse), "911"),
        (done(Action::Updated), kind(Kind::Local), "911"),
        (done(Action::Updated), kind(Kind::Unavailable), "911"),
        (done(Action::Updated), Err(Error::new(Kind::Timeout, "late")), "911"),
    ] {
        let found = answered(rules(), &both, vec![first, second]);
        assert_eq!(found, (200, format!("{line}\n")));
    }
}
