//! Requests and their answers: every parameter, header, status and message, in the order looked at.

use super::*;
use crate::error::Kind;
use crate::record::ResponseMeta;
use crate::wire::job::{CREATED, Stage, UNCHANGED, UPDATED};

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
fn asked(rules: Rules, request: &Request) -> Result<Edit, (u16, String)> {
    match Gateway::new(rules).ask(1, request, 0) {
        Step::Answer(response) => Err((response.status, response.body)),
        Step::Tasks(mut tasks) => Ok(tasks.remove(0).job),
    }
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
    let got = (&*edit.zone, &*edit.record, &*edit.kind, &*edit.value);
    assert_eq!(got, ("example.com", "home", "A", "192.0.2.1"));
    assert_eq!((edit.ttl, edit.comment.as_deref()), (Some(600), Some("Hello World")));
    assert!(!edit.replaces && edit.zone_id.is_none() && edit.seconds == 30);
    let Ok(edit) = asked(rules(), &get(QUERY)) else { panic!() };
    assert_eq!((edit.ttl, edit.comment), (None, None));
}

#[test]
fn json_becomes_an_errand() {
    for ttl in ["600", "\"600\""] {
        let body = format!(
            r#"{{"provider":"aliyun","zone":"example.com.","record":"@","type":"aaaa",
            "value":"2001:DB8:0::1","ttl":{ttl},"comment":null,"more":[1,{{}}]}}"#
        );
        let Ok(edit) = asked(rules(), &post(&body)) else { panic!() };
        let got = (&*edit.provider, &*edit.id, &*edit.record, &*edit.kind, &*edit.value);
        assert_eq!(got, ("aliyun", "AKID", "@", "AAAA", "2001:db8::1"));
        assert_eq!((edit.ttl, edit.comment), (Some(600), None));
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
            (Ok(edit), Some(taken)) => assert_eq!(edit.value, taken),
            (Err((422, _)), None | Some("")) => {}
            (Err(answer), _) => panic!("{kind} {value}: {answer:?}"),
            (Ok(edit), None) => panic!("{kind} {value}: taken as {}", edit.value),
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
            (Ok(edit), Some(taken)) => assert_eq!(edit.record, taken),
            (Err((422, _)), None) => {}
            (answer, _) => panic!("{record}: {:?}", answer.map(|edit| edit.record)),
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

/// What is answered after the task.
fn answered(query: &str, outcome: Result<Outcome, Error>, meta: ResponseMeta) -> Response {
    let mut gateway = Gateway::new(rules());
    assert!(matches!(gateway.ask(1, &get(query), 0), Step::Tasks(_)));
    let answer = outcome.map(|outcome| EditAnswer { outcome, meta });
    let response = gateway.heard(1, 0, answer, 5).unwrap();
    let news: Vec<String> = gateway.news().into_iter().map(|news| news.message).collect();
    assert!(!news.iter().any(|message| message.contains("s3cr3t-token")), "{news:?}");
    assert!(news.last().unwrap().ends_with("(5 ms)"), "{news:?}");
    response
}

fn done(action: &str, ttl: Option<u32>, previous: Option<&str>) -> Result<Outcome, Error> {
    let previous_value = previous.map(String::from);
    Ok(Outcome::Done { action: action.into(), ttl, previous_value })
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
    let response = answered(&query, done(UPDATED, Some(600), Some("192.0.2.7")), meta);
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
    let response = answered(query, done(CREATED, None, None), meta);
    let expected = concat!(
        r#"{"status":"success","code":200,"message":"DNS record created successfully","#,
        r#""action":"created","data":{"provider":"aliyun","zone":"example.com","#,
        r#""record":"@","fqdn":"example.com","type":"TXT","value":"x"},"#,
        r#""provider_metadata":{"request_id":"q"},"warnings":["#,
        r#"{"code":"a_b","message":"\"x\""},{"code":"provider_warning","message":"Or: x"}]}"#
    );
    assert_eq!(response.body, expected);
    let response = answered(QUERY, done(UNCHANGED, Some(300), None), ResponseMeta::default());
    let part = r#""message":"DNS record is already up to date","action":"unchanged""#;
    assert!(response.body.contains(part) && response.body.contains("\"ttl\":300"));
}

#[test]
fn what_stands_in_the_way() {
    let failed = |stage, kind| Ok(Outcome::Failed(stage, Error::new(kind, "Why.\nAdvice.")));
    let looking = "Failed to query DNS records: Why.";
    let refused = Kind::Refused { code: Some(9109) };
    let several = "Multiple records (3) found for home.example.com A. Please manually clean up \
        duplicate records.";
    let lines = "Multiple records (2) found for home.example.com A. Please manually clean up \
        duplicate records. They are on the lines b, c; where there is one on the default line, \
        that one is managed.";
    let throttled = |after_seconds| Kind::Throttled { after_seconds };
    for (outcome, status, message, after) in [
        (Ok(Outcome::Several(3, vec![])), 400, several, None),
        (Ok(Outcome::Several(2, vec!["b".into(), "c".into()])), 400, lines, None),
        (failed(Stage::Writing, Kind::OtherName), 400, "Why.", None),
        (Ok(Outcome::NoZone), 400, "Zone not found for domain: example.com", None),
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
        let Step::Tasks(mut tasks) = gateway.ask(number, request, 0) else { panic!() };
        tasks.remove(0).job.zone_id
    };
    assert_eq!(zone_of(&mut gateway, 1, &get(QUERY)), None);
    let meta = ResponseMeta { zone_id: Some("z".into()), ..ResponseMeta::default() };
    let answer = |outcome, meta| Ok(EditAnswer { outcome, meta });
    gateway.heard(1, 0, answer(done(UNCHANGED, None, None).unwrap(), meta), 1);
    assert_eq!(zone_of(&mut gateway, 2, &get(QUERY)).as_deref(), Some("z"));
    let mut other = get(QUERY);
    other.headers = vec![("x-upstream-authorization".into(), "ApiKey secret=other".into())];
    assert_eq!(zone_of(&mut gateway, 3, &other), None);
    gateway.heard(2, 0, answer(Outcome::NoZone, ResponseMeta::default()), 2);
    assert_eq!(zone_of(&mut gateway, 4, &get(QUERY)), None);
    assert_eq!(gateway.refuse(4, 9).status, 503);
    assert!(gateway.heard(4, 0, answer(Outcome::NoZone, ResponseMeta::default()), 9).is_none());
}
