//! Zones and records of any type: what is taken from an answer, and what is sent.

use super::super::ApiError;
use super::*;
use miniserde::json;

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

fn list(records: &[String]) -> String {
    format!(r#"{{"success":true,"errors":[],"result":[{}]}}"#, records.join(","))
}

#[test]
fn the_active_zone_of_that_name() {
    let zone =
        |id: &str, name: &str, more: &str| format!(r#"{{"id":"{id}","name":"{name}"{more}}}"#);
    let found = |zones: &[String]| zone_id(list(zones).as_bytes(), "a.example");
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
    let page = list(&[
        record("r1", "TXT", r#""a \"b\"" "c""#, r#","comment":"x","proxied":false"#),
        record("r2", "A", "192.0.2.1", ""),
        record("r3", "TXT", "plain", r#","comment":null"#),
    ]);
    let entries = entries(page.as_bytes(), RecordType::Txt, "h.example.COM").unwrap();
    let values: Vec<&str> = entries.records.iter().map(|(one, _)| one.value.as_str()).collect();
    assert_eq!((entries.held, values), (3, vec!["a \"b\"c", "plain"]));
    let first = &entries.records[0].0;
    assert_eq!((first.ttl, first.comment.as_deref()), (Some(60), Some("x")));
    let bad = list(&[record("../r", "A", "192.0.2.1", "")]);
    assert!(super::entries(bad.as_bytes(), RecordType::A, "h.example.com").is_err());
    let proxied = list(&[record("r", "CNAME", "b.example", r#","proxied":true"#)]);
    let proxied = super::entries(proxied.as_bytes(), RecordType::Cname, "h.example.com").unwrap();
    assert!(proxied.records[0].1);
}

#[test]
fn an_answer_shows_one_record_or_another_or_none() {
    let shown = |result: &str| {
        let body = format!(r#"{{"success":true,"result":{result}}}"#);
        super::entry(body.as_bytes(), RecordType::A).unwrap()
    };
    let (name, one) = shown(&record("r", "A", "192.0.2.1", "")).unwrap();
    assert_eq!((name.as_str(), one.value.as_str()), ("H.Example.com", "192.0.2.1"));
    assert_eq!(shown(&record("r", "AAAA", "::1", "")), None);
    assert_eq!((shown("null"), shown("[]")), (None, None));
    let refused = br#"{"success":false,"errors":[{"code":81057,"message":"M"}]}"#;
    let why = ApiError { code: Some(81057), message: "M".into(), causes: vec![] };
    let answer = super::entry(refused, RecordType::A);
    assert_eq!(answer, Err(Fault::Refused(Box::new(why))));
}

#[test]
fn cut_and_spoilt_answers_are_only_refused() {
    let page = list(&[record("r1", "TXT", r#""a\"b""#, r#","comment":"x""#)]);
    for end in 0..page.len() {
        let cut = &page.as_bytes()[..end];
        assert!(entries(cut, RecordType::Txt, "h.example.com").is_err());
        assert!(zone_id(cut, "h.example.com").is_err());
        assert!(super::entry(cut, RecordType::Txt).is_err());
        for byte in [0, b'"', b'}', 0xff] {
            let mut bytes = page.clone().into_bytes();
            bytes[end] = byte;
            let _ = entries(&bytes, RecordType::Txt, "h.example.com");
            let _ = zone_id(&bytes, "h.example.com");
        }
    }
}

#[test]
fn what_makes_a_record() {
    assert_eq!(
        insert(&entry(RecordType::Cname, "b.example")),
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
        insert(&full),
        concat!(
            r#"{"type":"TXT","name":"example.com","content":"\"a\\\"b\"","ttl":300,"#,
            r#""proxied":false,"comment":"it's \"mine\""}"#
        )
    );
}

#[test]
fn a_change_speaks_only_of_what_differs() {
    let from = Standing {
        value: "192.0.2.1".into(),
        ttl: Some(60),
        comment: Some("old".into()),
        ..Standing::default()
    };
    let with = |value: &str, ttl, comment: Option<&str>| {
        let comment = comment.map(String::from);
        change(&Entry { ttl, comment, ..entry(RecordType::A, value) }, &from)
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
    let bare = Standing { comment: None, ..from.clone() };
    let empty = Entry { comment: Some(String::new()), ..entry(RecordType::A, "192.0.2.1") };
    assert_eq!(change(&empty, &bare), None);
}
