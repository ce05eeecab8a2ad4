//! Requests and their answers: every parameter, header, status and message, in the order looked at.

use super::*;
use crate::record::{Attributes, Policy, Value, Zone};

mod answered;

const KEY: (&str, &str) =
    ("x-upstream-authorization", "ApiKey id=\"AKID\", secret=\"s3cr3t-token\"");
const QUERY: &str = "provider=cloudflare&zone=Example.com&record=home&type=A&value=192.0.2.1";

fn rules() -> Rules {
    let endpoint = |name| Endpoint {
        name,
        url: format!("https://{name}.example"),
        has_id: name != "cloudflare",
        locks_zone: name == "aliyun",
    };
    Rules {
        tokens: None,
        get: true,
        post: true,
        health: false,
        providers: ["cloudflare", "aliyun", "tencent"].map(endpoint).into(),
        seconds: 30,
    }
}

fn request(method: &str, path: &str, query: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    Request {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers: headers.collect(),
        body: body.into(),
        peer: "192.0.2.9".parse().unwrap(),
    }
}

fn get(query: &str) -> Request {
    request("GET", "/update", query, &[KEY], "")
}

fn post(body: &str) -> Request {
    let headers = [KEY, ("content-type", "application/json; charset=utf-8")];
    request("POST", "/update", "", &headers, body)
}

/// The answer at once, or the task.
fn asked(rules: Rules, request: &Request) -> Result<Job, (u16, String)> {
    match Gateway::new(rules).ask(1, request, 0) {
        super::Step::Answer(response) => Err((response.status, response.body)),
        super::Step::Tasks(mut tasks) => Ok(tasks.remove(0).job),
    }
}

fn value_of(job: &Job) -> String {
    job.sets[0].wanted[0].to_string()
}

/// Status and message of the refusal.
fn refused(rules: Rules, request: &Request) -> (u16, String) {
    let (status, body) = asked(rules, request).map(|_| ()).unwrap_err();
    let head = format!("{{\"status\":\"error\",\"code\":{status},\"message\":\"");
    let message = body.strip_prefix(&head).unwrap_or_else(|| panic!("{body}"));
    (status, message.strip_suffix("\"}").unwrap().replace("\\\"", "\""))
}

#[test]
fn a_query_becomes_an_errand() {
    let query = format!("{QUERY}&ttl=600&comment=Hello%20World&x=y");
    let Ok(edit) = asked(rules(), &get(&query)) else { panic!() };
    let expected = ("cloudflare", "https://cloudflare.example", "", "s3cr3t-token");
    let got = (&*edit.provider, &*edit.api_url, &*edit.id, &*edit.secret);
    assert_eq!(got, expected);
    let [set] = edit.sets.as_slice() else { panic!() };
    assert_eq!((edit.zone, set.name.as_str()), (Zone::Name("example.com".into()), "home"));
    assert_eq!(set.wanted, [Value::A([192, 0, 2, 1].into())]);
    assert_eq!((set.ttl, set.comment.as_deref()), (Some(600), Some("Hello World")));
    assert_eq!((set.policy, set.attributes), (Policy::OnlyOne, Attributes::Always));
    assert!(edit.zone_id.is_none() && edit.deadline == Deadline::Job(30));
    let Ok(edit) = asked(rules(), &get(QUERY)) else { panic!() };
    assert_eq!((edit.sets[0].ttl, &edit.sets[0].comment), (None, &None));
}

#[test]
fn json_becomes_an_errand() {
    for ttl in ["600", "\"600\""] {
        let body = format!(
            r#"{{"provider":"aliyun","zone":"example.com.","record":"@","type":"aaaa",
            "value":"2001:DB8:0::1","ttl":{ttl},"comment":null,"more":[1,{{}}]}}"#
        );
        let Ok(edit) = asked(rules(), &post(&body)) else { panic!() };
        let set = &edit.sets[0];
        assert_eq!((&*edit.provider, &*edit.id, &*set.name), ("aliyun", "AKID", "@"));
        assert_eq!((set.kind.as_str(), value_of(&edit)), ("AAAA", "2001:db8::1".into()));
        assert_eq!((set.ttl, &set.comment), (Some(600), &None));
    }
}

#[test]
fn values_fit_their_types() {
    for (kind, value, taken) in [
        ("A", "192.0.2.1", Some("192.0.2.1")),
        ("A", "192.0.2.256", None),
        ("A", "192.0.02.1", None),
        ("A", "2001:db8::1", None),
        ("AAAA", "::ffff:192.0.2.1", Some("::ffff:192.0.2.1")),
        ("AAAA", "192.0.2.1", None),
        ("AAAA", "fe80::1%25eth0", None),
        ("CNAME", "Host.Example.", Some("host.example")),
        ("CNAME", "a b", None),
        ("TXT", "any text = \"ä\"", Some("any text = \"ä\"")),
        ("TXT", "%0a", Some("")),
        ("TXT", "a%0ab", None),
        ("MX", "10 a", None),
    ] {
        let query = format!("provider=tencent&zone=a.b&record=c&type={kind}&value={value}");
        match (asked(rules(), &get(&query)), taken) {
            (Ok(edit), Some(taken)) => assert_eq!(value_of(&edit), taken),
            (Err((422, _)), None | Some("")) => {}
            (Err(answer), _) => panic!("{kind} {value}: {answer:?}"),
            (Ok(edit), None) => panic!("{kind} {value}: taken as {}", value_of(&edit)),
        }
    }
}

#[test]
fn names() {
    for (record, taken) in [
        ("home", Some("home")),
        ("@", Some("@")),
        ("*", Some("*")),
        ("*.a", Some("*.a")),
        ("_Acme.a", Some("_acme.a")),
        ("1.2.3.4", Some("1.2.3.4")),
        ("a.", None),
        ("a..b", None),
        ("a/b", None),
        ("-a", None),
    ] {
        let query = format!("provider=tencent&zone=a.b&record={record}&type=A&value=192.0.2.1");
        match (asked(rules(), &get(&query)), taken) {
            (Ok(edit), Some(taken)) => assert_eq!(edit.sets[0].name, taken),
            (Err((422, _)), None) => {}
            (answer, _) => panic!("{record}: {:?}", answer.map(|edit| edit.sets[0].name.clone())),
        }
    }
    let record = "a.".repeat(125);
    let query = format!("provider=tencent&zone=a.bcd&record={record}a&type=A&value=192.0.2.1");
    assert_eq!(refused(rules(), &get(&query)).1, "Invalid fields: record: makes the name too long");
}

#[test]
fn fields_that_are_missing_or_wrong_are_told_at_once() {
    for (query, message) in [
        ("", "Missing required fields: provider, zone, record, type, value"),
        ("provider=&zone=a.b&type=A", "Missing required fields: provider, record, value"),
        (
            "provider=x&zone=a..b&record=h&type=B&ttl=0",
            "Missing required fields: value. Invalid fields: provider: must be one of cloudflare, \
             aliyun, tencent; zone: has an empty label; type: must be A, AAAA, CNAME or TXT; ttl: \
             must be a whole number from 1 to 86400",
        ),
        ("provider=%zz", "Invalid fields: query: invalid percent escape"),
    ] {
        assert_eq!(refused(rules(), &get(query)), (422, message.to_string()));
    }
    let long = "x".repeat(501);
    for (more, expected) in [
        ("ttl=86401", "ttl: must be a whole number from 1 to 86400"),
        ("ttl=", "ttl: must be a whole number from 1 to 86400"),
        ("ttl=%2B5", "ttl: must be a whole number from 1 to 86400"),
        ("ttl=1e3", "ttl: must be a whole number from 1 to 86400"),
        ("value=192.0.2.2", "value: must be given once"),
        (&format!("comment={long}"), "comment: must have at most 500 characters"),
        ("comment=a%0d%0ab", "comment: must not have control characters"),
    ] {
        let (status, message) = refused(rules(), &get(&format!("{QUERY}&{more}")));
        assert_eq!((status, message), (422, format!("Invalid fields: {expected}")));
    }
    for (record, below) in
        [("home.EXAMPLE.com", "home"), ("a.b.example.com", "a.b"), ("example.com", "@")]
    {
        let query = QUERY.replace("record=home", &format!("record={record}"));
        let message = format!("Invalid fields: record: must be the name below the zone: {below}");
        assert_eq!(refused(rules(), &get(&query)), (422, message));
    }
    for record in ["myexample.com", "example.com.a"] {
        let query = QUERY.replace("record=home", &format!("record={record}"));
        assert!(asked(rules(), &get(&query)).is_ok(), "{record}");
    }
    let query = QUERY.replace("record=home", "record=b%C3%BCcher");
    let message =
        "Invalid fields: record: has non-ASCII characters; use the xn-- form: xn--bcher-kva";
    assert_eq!(refused(rules(), &get(&query)), (422, message.into()));
    for (value, is_good) in
        [("%22v=spf1%22", true), ("%22a%22%20%22b%22", true), ("%22a%22b%22", false), ("%22", true)]
    {
        let query = QUERY.replace("type=A", "type=TXT").replace("value=192.0.2.1", "value=");
        let query = format!("{query}{value}");
        assert_eq!(asked(rules(), &get(&query)).is_ok(), is_good, "{value}");
    }
    let longest = "ä".repeat(500);
    assert!(asked(rules(), &get(&format!("{QUERY}&comment={longest}"))).is_ok());
}

#[test]
fn json_that_is_none_or_of_other_kinds() {
    for (body, message) in [
        ("", "body: must be JSON"),
        ("{", "body: must be JSON"),
        ("[]", "body: must be a JSON object"),
        ("\"x\"", "body: must be a JSON object"),
        (&"[".repeat(10_000), "body: must be JSON"),
    ] {
        assert_eq!(refused(rules(), &post(body)), (422, format!("Invalid fields: {message}")));
    }
    let body = r#"{"provider":"tencent","zone":"a.b","record":1,"type":"A","value":["x"],
        "ttl":1.5,"comment":true}"#;
    let message = "Invalid fields: record: must be text; value: must be text; ttl: must be a whole \
        number from 1 to 86400; comment: must be text";
    assert_eq!(refused(rules(), &post(body)).1, message);
    for ttl in ["true", "-1", "[]", "{}", "18446744073709551616"] {
        let body = format!(
            r#"{{"provider":"tencent","zone":"a.b","record":"c","type":"TXT","value":"x",
            "ttl":{ttl}}}"#
        );
        let message = "Invalid fields: ttl: must be a whole number from 1 to 86400";
        assert_eq!(refused(rules(), &post(&body)).1, message, "{ttl}");
    }
    // Records may have a wildcard, zones may not: found by fuzzing.
    let body = r#"{"provider":"aliyun","zone":"*.a.b","record":"z","type":"TXT","value":"x"}"#;
    let message = "Invalid fields: zone: must be a zone's name, which has no `*`";
    assert_eq!(refused(rules(), &post(body)).1, message);
    let mut invalid = post("");
    invalid.body = b"{\"zone\":\"\xff\"}".to_vec();
    assert_eq!(refused(rules(), &invalid).1, "Invalid fields: body: must be UTF-8");
}

#[test]
fn in_this_order_it_is_looked_at() {
    let strict = || Rules {
        tokens: Some(vec![Secret::new("tk1".into()), Secret::new("tk2".into())]),
        get: false,
        ..rules()
    };
    let with = |method: &str, headers: &[(&str, &str)]| request(method, "/update", "", headers, "");
    let mut elsewhere = with("GET", &[]);
    elsewhere.path = "/".into();
    assert_eq!(
        asked(strict(), &elsewhere).map(|_| ()),
        Err((404, r#"{"detail":"Not Found"}"#.into()))
    );
    for (request, status, message) in [
        (with("GET", &[]), 405, "GET method is disabled"),
        (with("PUT", &[]), 405, "Method Not Allowed"),
        (with("POST", &[]), 401, "Missing authentication token"),
        (with("POST", &[("authorization", "Basic dGsx")]), 401, "Missing authentication token"),
        (with("POST", &[("authorization", "Bearer ")]), 401, "Missing authentication token"),
        (with("POST", &[("authorization", "Bearer tk")]), 403, "Invalid authentication token"),
        (
            with("POST", &[("authorization", "bearer tk2")]),
            415,
            "Content-Type must be application/json",
        ),
        (
            with("POST", &[("authorization", "Bearer tk1"), ("content-type", "application/json")]),
            422,
            "Invalid fields: body: must be JSON",
        ),
    ] {
        assert_eq!(refused(strict(), &request), (status, message.to_string()));
    }
    let none = || Rules { tokens: Some(Vec::new()), ..rules() };
    assert_eq!(refused(none(), &with("GET", &[("authorization", "Bearer x")])).0, 403);
    let mut bare = get(QUERY);
    bare.headers.clear();
    let message = "Missing required credential: the header X-Upstream-Authorization";
    assert_eq!(refused(rules(), &bare), (400, message.to_string()));
    let only_get = Rules { post: false, ..rules() };
    assert_eq!(refused(only_get, &post("")), (405, "POST method is disabled".to_string()));
}

#[test]
fn health() {
    let ask = |health, method| {
        let rules = Rules { health, tokens: Some(Vec::new()), ..rules() };
        asked(rules, &request(method, "/health", "", &[], "")).map(|_| ()).unwrap_err()
    };
    assert_eq!(ask(true, "GET"), (200, r#"{"status":"ok"}"#.to_string()));
    assert_eq!(ask(false, "GET"), (404, r#"{"detail":"Not Found"}"#.to_string()));
    assert_eq!(ask(true, "POST").0, 405);
}
