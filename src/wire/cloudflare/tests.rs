//! Documents of the API as they are described, and as a server out of order might send them.

use super::*;
use crate::record::fixtures::{self, Entry};
use crate::record::{RecordType, Zone};
use miniserde::json;

fn set(kind: RecordType, name: &str) -> RrSet {
    RrSet { zone: Zone::Id("z".into()), name: name.into(), kind }
}

const RECORD: &str = r#"{"id":"023e105f","zone_id":"x","name":"host.example.com","type":"A",
 "content":"192.0.2.1","proxiable":true,"proxied":false,"ttl":60,"settings":{},"meta":{"a":[1,{}]},
 "comment":null,"tags":[],"created_on":"2014-01-01T05:20:00.12345Z"}"#;

fn list(records: &[&str], info: &str) -> String {
    let records = records.join(",");
    format!(r#"{{"success":true,"errors":[],"messages":[],"result":[{records}]{info}}}"#)
}

#[test]
fn a_page_holds_only_what_was_asked_for() {
    let other = RECORD.replace("host.", "HOST2.");
    let aaaa = RECORD.replace("\"A\"", "\"AAAA\"").replace("192.0.2.1", "2001:db8::1");
    let upper = RECORD.replace("host.example.com", "HOST.example.COM");
    let info = r#","result_info":{"page":1,"per_page":100,"count":4,"total_count":4}"#;
    let body = list(&[RECORD, &other, &aaaa, &upper], info);
    let page = page(body.as_bytes(), &set(RecordType::A, "host.example.com")).unwrap();
    assert_eq!((page.records.len(), page.held, page.total_count), (2, 4, Some(4)));
    assert_eq!(page.records[0].id, "023e105f");
}

#[test]
fn refusals_are_told_whatever_their_shape() {
    for (errors, code, message) in [
        (r#"[{"code":9109,"message":"Invalid access token"}]"#, Some(9109), "Invalid access token"),
        (r#"[{"code":1,"message":"a"},{"code":2,"message":"b"}]"#, Some(1), "a"),
        ("[]", None, "the API refused without a reason"),
        ("null", None, "the API refused without a reason"),
        ("[\"odd\"]", None, "the API refused without a reason"),
        (r#"[{"code":null,"message":null}]"#, None, "the API gave no message"),
        (r#"[{"message":"m"}]"#, None, "m"),
    ] {
        let body = format!(r#"{{"success":false,"errors":{errors},"messages":[],"result":null}}"#);
        let expected = ApiError { code, message: message.into(), causes: vec![] };
        assert_eq!(
            deleted(body.as_bytes()),
            Err(ParseError::Refused(Box::new(expected))),
            "{errors}"
        );
    }
    let chain = r#"{"success":false,"errors":[{"code":6003,"message":"Invalid request headers",
        "error_chain":[{"code":6111,"message":"Invalid format for Authorization header"}]}]}"#;
    let Err(ParseError::Refused(error)) = deleted(chain.as_bytes()) else { panic!() };
    let cause = |code, message: &str| ApiError { code, message: message.into(), causes: vec![] };
    let expected = cause(Some(6111), "Invalid format for Authorization header");
    assert_eq!((error.code, error.causes), (Some(6003), vec![expected]));
    let deep = r#"{"success":false,"errors":[{"code":1,"message":"a","error_chain":[
        {"code":2,"message":"b"},{"message":"c","error_chain":[{"code":4,"message":"d"}]}]}]}"#;
    let Err(ParseError::Refused(error)) = deleted(deep.as_bytes()) else { panic!() };
    assert_eq!(error.causes, [cause(Some(2), "b"), cause(None, "c"), cause(Some(4), "d")]);
    let link = r#"{"code":1,"message":"a","error_chain":["#;
    let endless = format!("{}{{}}{}", link.repeat(20), "]}".repeat(20));
    let body = format!(r#"{{"success":false,"errors":[{endless}]}}"#);
    let Err(ParseError::Refused(error)) = deleted(body.as_bytes()) else { panic!() };
    assert_eq!(error.causes.len(), CAUSES_MAX);
}

#[test]
fn what_is_no_answer_is_not_taken_for_one() {
    let deep = format!("{{\"success\":true,\"result\":{}", "[".repeat(100_000));
    for body in
        ["", "{}", "[]", "null", "true", "<html>", "{\"success\":\"true\"}", "\u{feff}{}", &deep]
    {
        assert!(
            matches!(deleted(body.as_bytes()), Err(ParseError::InvalidResponse(_))),
            "{body:.40}"
        );
    }
    for result in ["null", "{}", "[null]", "[{}]", "[1]", "\"x\""] {
        let body = format!(r#"{{"success":true,"result":{result}}}"#);
        assert!(
            page(body.as_bytes(), &set(RecordType::A, "host.example.com")).is_err(),
            "{result}"
        );
    }
    for (from, to) in [("192.0.2.1", "192.0.2.256"), ("192.0.2.1", "::1"), ("023e105f", "../..")] {
        let body = list(&[&RECORD.replace(from, to)], "");
        assert!(page(body.as_bytes(), &set(RecordType::A, "host.example.com")).is_err(), "{to}");
    }
}

#[test]
fn a_success_without_its_record_is_still_a_success() {
    for body in [
        r#"{"success":true}"#,
        r#"{"success":true,"result":null}"#,
        r#"{"success":true,"result":[]}"#,
    ] {
        assert_eq!(one(body.as_bytes()), Ok(None));
        let answer = batch(body.as_bytes()).unwrap();
        assert!(answer.patches.is_empty() && answer.posts.is_empty());
    }
    let body = format!(
        r#"{{"success":true,"result":{{"deletes":null,"patches":[{RECORD}],"posts":null}}}}"#
    );
    assert_eq!(batch(body.as_bytes()).unwrap().patches.len(), 1);
}

#[test]
fn bodies_say_no_more_than_they_should() {
    let wanted = RecordSpec { ttl: Some(60), ..RecordSpec::of(fixtures::address("192.0.2.7")) };
    let insert_text =
        r#"{"type":"A","name":"h.example","content":"192.0.2.7","ttl":60,"proxied":false}"#;
    let set = set(RecordType::A, "h.example");
    assert_eq!(insert(&set, &wanted), insert_text);
    let record = one(format!(r#"{{"success":true,"result":{RECORD}}}"#).as_bytes());
    let record = record.unwrap().unwrap();
    let whole = r#"{"content":"192.0.2.7","ttl":60}"#;
    assert_eq!(update(&record, &wanted, false).as_deref(), Some(whole));
    let changes = [
        Change::Keep(record.clone()),
        Change::Update { record: record.clone(), to: wanted.clone() },
        Change::Insert(wanted),
        Change::Delete(record),
    ];
    let body = batch_of(&changes.each_ref().map(|change| (&set, change)));
    let patch = r#"{"id":"023e105f","content":"192.0.2.7","ttl":60}"#;
    assert_eq!(
        body,
        format!(
            r#"{{"deletes":[{{"id":"023e105f"}}],"patches":[{patch}],"posts":[{insert_text}]}}"#
        )
    );
}

fn entry(kind: RecordType, value: &str) -> Entry {
    let (zone, record) = ("example.com".into(), "h".into());
    Entry { zone, record, kind, value: value.into(), ttl: None, comment: None }
}

fn record(id: &str, kind: &str, content: &str, more: &str) -> String {
    let content = json::to_string(content);
    format!(
        r#"{{"id":"{id}","name":"H.Example.com","type":"{kind}","content":{content},
        "ttl":60{more}}}"#
    )
}

fn listed(records: &[String]) -> String {
    format!(r#"{{"success":true,"errors":[],"result":[{}]}}"#, records.join(","))
}

#[test]
fn the_active_zone_of_that_name() {
    let zone =
        |id: &str, name: &str, more: &str| format!(r#"{{"id":"{id}","name":"{name}"{more}}}"#);
    let found = |zones: &[String]| zone_id(listed(zones).as_bytes(), "a.example");
    let (other, moved) =
        (zone("1", "aa.example", ""), zone("2", "A.example", r#","status":"moved""#));
    let active = zone("3", "a.EXAMPLE", r#","status":"active""#);
    let null = zone("4", "a.example", r#","status":null"#);
    assert_eq!(found(&[]), Ok(None));
    assert_eq!(found(std::slice::from_ref(&other)), Ok(None));
    assert_eq!(found(&[other.clone(), null.clone(), moved.clone()]), Ok(Some("4".into())));
    assert_eq!(found(&[moved, other, active, null]), Ok(Some("3".into())));
    assert!(found(&[zone("../user", "a.example", "")]).is_err());
}

#[test]
fn records_of_one_name_and_type() {
    let body = listed(&[
        record("r1", "TXT", r#""a \"b\"" "c""#, r#","comment":"x","proxied":false"#),
        record("r2", "A", "192.0.2.1", ""),
        record("r3", "TXT", "plain", r#","comment":null"#),
    ]);
    let page = page(body.as_bytes(), &set(RecordType::Txt, "h.example.COM")).unwrap();
    let values: Vec<String> = page.records.iter().map(|one| one.value.to_string()).collect();
    assert_eq!((page.held, values), (3, vec!["a \"b\"c".to_string(), "plain".into()]));
    let first = &page.records[0];
    assert_eq!((first.ttl, first.comment.as_deref()), (Some(60), Some("x")));
    let bad = listed(&[record("../r", "A", "192.0.2.1", "")]);
    assert!(super::page(bad.as_bytes(), &set(RecordType::A, "h.example.com")).is_err());
    let proxied = listed(&[record("r", "CNAME", "b.example", r#","proxied":true"#)]);
    let proxied = super::page(proxied.as_bytes(), &set(RecordType::Cname, "h.example.com"));
    assert_eq!(proxied.unwrap().records[0].kept.proxied, Some(true));
}

#[test]
fn an_answer_shows_one_record_or_another_or_none() {
    let shown = |result: &str| {
        let body = format!(r#"{{"success":true,"result":{result}}}"#);
        one(body.as_bytes()).unwrap()
    };
    let first = shown(&record("r", "A", "192.0.2.1", "")).unwrap();
    let value = fixtures::address("192.0.2.1");
    assert_eq!((first.name.as_str(), first.value), ("H.Example.com", value));
    assert_eq!(shown(&record("r", "MX", "mail.example", "")), None);
    assert_eq!((shown("null"), shown("[]")), (None, None));
    let refused = br#"{"success":false,"errors":[{"code":81057,"message":"M"}]}"#;
    let why = ApiError { code: Some(81057), message: "M".into(), causes: vec![] };
    let answer = one(refused);
    assert_eq!(answer, Err(ParseError::Refused(Box::new(why))));
}

#[test]
fn cut_and_spoilt_answers_are_only_refused() {
    let body = listed(&[record("r1", "TXT", r#""a\"b""#, r#","comment":"x""#)]);
    let set = set(RecordType::Txt, "h.example.com");
    for end in 0..body.len() {
        let cut = &body.as_bytes()[..end];
        assert!(page(cut, &set).is_err());
        assert!(zone_id(cut, "h.example.com").is_err());
        assert!(one(cut).is_err());
        for byte in [0, b'"', b'}', 0xff] {
            let mut bytes = body.clone().into_bytes();
            bytes[end] = byte;
            let _ = page(&bytes, &set);
            let _ = zone_id(&bytes, "h.example.com");
        }
    }
}

#[test]
fn what_makes_a_record() {
    assert_eq!(
        inserted(&entry(RecordType::Cname, "b.example")),
        concat!(
            r#"{"type":"CNAME","name":"h.example.com","content":"b.example","ttl":1,"#,
            r#""proxied":false}"#
        )
    );
    let full = Entry {
        record: "@".into(),
        ttl: Some(300),
        comment: Some("it's \"mine\"".into()),
        ..entry(RecordType::Txt, "a\"b")
    };
    assert_eq!(
        inserted(&full),
        concat!(
            r#"{"type":"TXT","name":"example.com","content":"\"a\\\"b\"","ttl":300,"#,
            r#""proxied":false,"comment":"it's \"mine\""}"#
        )
    );
}

fn inserted(entry: &Entry) -> String {
    insert(&entry.set(), &entry.spec())
}

#[test]
fn a_change_speaks_only_of_what_differs() {
    let from = Record {
        ttl: Some(60),
        comment: Some("old".into()),
        ..Record::new("r".into(), fixtures::address("192.0.2.1"))
    };
    let with = |value: &str, ttl, comment: Option<&str>| {
        let comment = comment.map(String::from);
        update(&from, &Entry { ttl, comment, ..entry(RecordType::A, value) }.spec(), true)
    };
    assert_eq!(with("192.0.2.1", None, None), None);
    assert_eq!(with("192.0.2.1", Some(60), Some("old")), None);
    assert_eq!(with("192.0.2.2", Some(60), None).unwrap(), r#"{"content":"192.0.2.2"}"#);
    assert_eq!(with("192.0.2.1", Some(61), None).unwrap(), r#"{"ttl":61}"#);
    assert_eq!(with("192.0.2.1", None, Some("")).unwrap(), r#"{"comment":""}"#);
    assert_eq!(
        with("192.0.2.2", Some(1), Some("new")).unwrap(),
        r#"{"content":"192.0.2.2","ttl":1,"comment":"new"}"#
    );
    let bare = Record { comment: None, ..from.clone() };
    let empty = Entry { comment: Some(String::new()), ..entry(RecordType::A, "192.0.2.1") };
    assert_eq!(update(&bare, &empty.spec(), true), None);
}
