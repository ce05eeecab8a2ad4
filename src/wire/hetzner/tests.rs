//! What is taken from Hetzner's answers, and what is sent.

use super::*;
use crate::record::fixtures::{self, Entry};

fn entry(kind: RecordType, value: &str) -> Entry {
    let (zone, record) = ("example.com".into(), "h".into());
    Entry { zone, record, kind, value: value.into(), ttl: None, comment: None }
}

fn rrset(kind: &str, ttl: &str, records: &str) -> String {
    format!(
        r#"{{"rrset":{{"id":"h/{kind}","name":"h","type":"{kind}","ttl":{ttl},"labels":{{}},
        "protection":{{"change":false}},"records":[{records}],"zone":42}}}}"#
    )
}

fn values(kind: RecordType, records: &str) -> Vec<String> {
    let body = rrset(kind.as_str(), "null", records);
    let records = answer(body.as_bytes(), &entry(kind, "x").set()).unwrap().records.unwrap();
    records.into_iter().map(|one| one.value.to_string()).collect()
}

#[test]
fn records_of_a_set() {
    let body = rrset("A", "300", r#"{"value":"192.0.2.1","comment":"c"},{"value":"192.0.2.2"}"#);
    let answer = answer(body.as_bytes(), &entry(RecordType::A, "192.0.2.1").set()).unwrap();
    let one = |value: &str, comment: Option<&str>| Record {
        ttl: Some(300),
        comment: comment.map(String::from),
        kept: Kept { written: Some(value.into()), ..Kept::default() },
        ..Record::new("h/A".into(), fixtures::address(value))
    };
    assert_eq!(answer.records, Some(vec![one("192.0.2.1", Some("c")), one("192.0.2.2", None)]));
    assert!(answer.shows_any && answer.action.is_none());
    assert_eq!(
        values(RecordType::Txt, r#"{"value":"\"a\\\"b\" \"c\"","comment":null}"#),
        ["a\"bc"]
    );
    assert_eq!(
        values(RecordType::Cname, r#"{"value":"b.example."},{"value":"www"},{"value":"@"}"#),
        ["b.example", "www.example.com", "example.com"]
    );
}

#[test]
fn another_set_is_none() {
    let body = rrset("A", "null", r#"{"value":"192.0.2.1"}"#);
    let read = |entry: &Entry| answer(body.as_bytes(), &entry.set()).unwrap();
    let mut entry = entry(RecordType::Aaaa, "::1");
    assert_eq!((read(&entry).records, read(&entry).shows_any), (None, true));
    (entry.kind, entry.record) = (RecordType::A, "www".into());
    assert_eq!(read(&entry).records, None);
    entry.record = "h".into();
    assert_eq!(read(&entry).records.unwrap()[0].ttl, None);
}

#[test]
fn actions() {
    let state = |status: &str, error: &str| {
        let body = format!(
            r#"{{"rrset":null,"action":{{"id":9007199254740993,"command":"x","status":"{status}",
            "progress":0,"finished":null,"error":{error}}}}}"#
        );
        let answer = answer(body.as_bytes(), &entry(RecordType::A, "x").set()).unwrap();
        let action = answer.action.unwrap();
        assert_eq!(action.id, 9_007_199_254_740_993);
        action.state
    };
    assert_eq!(state("running", "null"), State::Running);
    assert_eq!(state("success", "null"), State::Success);
    let why = Reason { code: "c".into(), message: "m".into() };
    assert_eq!(state("error", r#"{"code":"c","message":"m"}"#), State::Failed(why));
    let why = Reason { code: "none".into(), message: "the API gave no message".into() };
    assert_eq!(state("error", "null"), State::Failed(why));
}

#[test]
fn zones_that_can_be_written() {
    let read = |more: &str| {
        let body = format!(
            r#"{{"zones":[{{"id":1,"name":"A.Example","mode":"primary"}},
            {{"id":2,"name":"b.example","mode":"secondary"}},
            {{"id":3,"name":"c.example."}}]{more}}}"#
        );
        zones(body.as_bytes()).unwrap()
    };
    let page = read("");
    assert_eq!((page.names, page.held), (vec!["a.example".into(), "c.example".into()], 3));
    for (more, has_more) in [
        ("", None),
        (r#","meta":null"#, None),
        (r#","meta":{"pagination":null}"#, None),
        (r#","meta":{"pagination":{"page":1,"next_page":null}}"#, Some(false)),
        (r#","meta":{"pagination":{"page":1,"next_page":2}}"#, Some(true)),
    ] {
        assert_eq!(read(more).has_more, has_more);
    }
    assert_eq!(zone(br#"{"zone":{"id":1,"name":"a.example"}}"#), Some("a.example".into()));
    assert_eq!(zone(br#"{"rrset":null}"#), None);
}

#[test]
fn refusals() {
    let read = |details: &str| {
        let body = format!(r#"{{"error":{{"code":"c","message":"m"{details}}}}}"#);
        refusal(body.as_bytes()).unwrap().message
    };
    assert_eq!(read(""), "m");
    for odd in ["null", "[]", "1", "{}", r#"{"fields":[]}"#, r#"{"limits":[{"name":"x"}]}"#] {
        assert_eq!(read(&format!(r#","details":{odd}"#)), "m");
    }
    let fields =
        r#","details":{"fields":[{"name":"ttl","messages":["too low","x"]},{"name":"y"}]}"#;
    assert_eq!(read(fields), "m", "one that is odd is left out, with all of them");
    let fields = fields.replace(r#""y""#, r#""y","messages":[]"#);
    assert_eq!(read(&fields), "m: ttl: too low");
    let bare = refusal(br#"{"error":{}}"#).unwrap();
    assert_eq!((bare.code.as_str(), bare.message.as_str()), ("none", "the API gave no message"));
    for none in ["", "{}", "<html>", r#"{"error":"x"}"#, r#"{"error":null}"#] {
        assert_eq!(refusal(none.as_bytes()), None);
    }
}

#[test]
fn what_is_sent() {
    let mut one = entry(RecordType::A, "192.0.2.1");
    let created = |one: &Entry| {
        let records = records_after(&one.inserted().changes).unwrap();
        create(&one.set(), one.ttl, &records)
    };
    assert_eq!(created(&one), r#"{"name":"h","type":"A","records":[{"value":"192.0.2.1"}]}"#);
    (one.ttl, one.comment) = (Some(60), Some("a\"b".into()));
    assert_eq!(
        created(&one),
        r#"{"name":"h","type":"A","ttl":60,"records":[{"value":"192.0.2.1","comment":"a\"b"}]}"#
    );
    let replaced = |one: &Entry| set_records(&records_after(&one.inserted().changes).unwrap());
    let text = entry(RecordType::Txt, "a\"b");
    assert_eq!(replaced(&text), r#"{"records":[{"value":"\"a\\\"b\""}]}"#);
    let mut name = entry(RecordType::Cname, "b.example");
    name.comment = Some("c".into());
    assert_eq!(replaced(&name), r#"{"records":[{"value":"b.example.","comment":"c"}]}"#);
    assert_eq!(change_ttl(300), r#"{"ttl":300}"#);
}

#[test]
fn what_stays_is_repeated_as_it_was_shown() {
    let body = r#"{"rrset":{"name":"h","type":"TXT","ttl":60,"records":[
        {"value":"\"a\" \"b\"","comment":"c"},{"value":"\"x\""},
        {"value":"\"y\"","comment":"d"}]}}"#;
    let txt = entry(RecordType::Txt, "new");
    let shown = answer(body.as_bytes(), &txt.set()).unwrap().records.unwrap();
    let [first, second, third] = shown.as_slice() else { panic!("{shown:?}") };
    let changes = [
        Change::Keep(first.clone()),
        Change::Delete(second.clone()),
        Change::Update { record: third.clone(), to: txt.spec() },
    ];
    let expected = concat!(
        r#"[{"value":"\"a\" \"b\"","comment":"c"},"#,
        r#"{"value":"\"new\"","comment":"d"}]"#
    );
    assert_eq!(records_after(&changes).as_deref(), Some(expected));
    assert_eq!(records_after(&[Change::Delete(second.clone())]), None);
}

#[test]
fn cut_and_spoilt_answers_do_no_harm() {
    let one = entry(RecordType::A, "192.0.2.1").set();
    let set = rrset("A", "300", r#"{"value":"192.0.2.1","comment":"c"}"#);
    let zones_body = r#"{"zones":[{"name":"a.example"}],"meta":{"pagination":{"next_page":2}}}"#;
    let refused =
        r#"{"error":{"code":"c","message":"m","details":{"fields":[{"name":"a","messages":[]}]}}}"#;
    for body in [&set, zones_body, refused] {
        for end in 0..body.len() {
            let cut = &body.as_bytes()[..end];
            assert!(answer(cut, &one).is_none() && zones(cut).is_none());
            assert!(zone(cut).is_none() && refusal(cut).is_none());
            for byte in [0, b'"', b'}', 0xff] {
                let mut bytes = body.as_bytes().to_vec();
                bytes[end] = byte;
                let _ = (answer(&bytes, &one), zones(&bytes), zone(&bytes), refusal(&bytes));
            }
        }
    }
}
