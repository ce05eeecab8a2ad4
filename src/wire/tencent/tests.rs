//! Signatures against vectors, and answers as the API sends them and as it might when out of order.

use super::*;
use crate::record::fixtures::{self, Entry};
use crate::record::{Kept, RecordType};
use miniserde::json;
use miniserde::json::{Array, Number, Object, Value};

const VECTORS: &str = include_str!("../../../tests/vectors/tencent-tc3.json");

fn text<'a>(object: &'a Object, name: &str) -> &'a str {
    match object.get(name) {
        Some(Value::String(text)) => text,
        _ => panic!("no {name}"),
    }
}

#[test]
fn every_vector_is_signed_like_that() {
    let vectors: Array = json::from_str(VECTORS).unwrap();
    assert_eq!(vectors.len(), 3);
    for vector in &vectors {
        let Value::Object(vector) = vector else { panic!() };
        let Some(&Value::Number(Number::U64(at))) = vector.get("timestamp") else { panic!() };
        let (name, body) = (text(vector, "name"), text(vector, "body"));
        assert_eq!(utc::date(at), text(vector, "date_utc"), "{name}");
        let canonical = canonical_request(text(vector, "host"), text(vector, "path"), body);
        assert_eq!(canonical, text(vector, "canonical_request"), "{name}");
        let hash = crypto::sha256_hex(canonical.as_bytes());
        assert_eq!(hash, text(vector, "canonical_request_sha256"), "{name}");
        assert_eq!(string_to_sign(at, &canonical), text(vector, "string_to_sign"), "{name}");
        let secret = Secret::new(text(vector, "secret_key").into());
        let keys = keys(&secret, at).map(|key| crypto::hex(&key));
        let wanted = ["secret_date_hex", "secret_service_hex", "secret_signing_hex"];
        assert_eq!(keys, wanted.map(|wanted| text(vector, wanted)), "{name}");
        let value = authorization(text(vector, "secret_id"), &secret, at, &canonical);
        assert!(value.ends_with(&format!("Signature={}", text(vector, "signature"))), "{name}");
        assert_eq!(value, text(vector, "authorization"), "{name}");
    }
}

fn entry(kind: RecordType) -> Entry {
    let (zone, record) = ("example.com".into(), "home".into());
    Entry { zone, record, kind, value: "192.0.2.1".into(), ttl: None, comment: None }
}

const RECORD: &str = r#"{"DefaultNS":false,"Line":"默认","LineId":"0","MX":0,"MonitorStatus":"",
    "Name":"home","RecordId":162,"Remark":"","Status":"ENABLE","TTL":600,"Type":"A",
    "UpdatedOn":"2026-01-01 00:00:00","Value":"192.0.2.1","Weight":null}"#;

fn list(records: &[&str]) -> String {
    let (count, records) = (records.len(), records.join(","));
    format!(
        r#"{{"Response":{{"RecordCountInfo":{{"ListCount":{count},"SubdomainCount":1,
        "TotalCount":9}},"RecordList":[{records}],"RequestId":"r"}}}}"#
    )
}

#[test]
fn bodies_say_what_would_be_reset() {
    let mut entry = entry(RecordType::A);
    let start = r#"{"Domain":"example.com","SubDomain":"home","RecordType":"A","#;
    assert_eq!(super::list(&entry.set()), format!(r#"{start}"Limit":3000,"ErrorOnEmpty":"no"}}"#));
    let plain = format!(r#"{start}"RecordLine":"默认","Value":"192.0.2.1"}}"#);
    assert_eq!(create(&entry.set(), &entry.spec()), plain);
    let mut one = Record::new("162".into(), fixtures::address("192.0.2.9"));
    one.ttl = Some(900);
    let body = r#""RecordId":162,"RecordLine":"默认","Value":"192.0.2.1","TTL":900}"#;
    assert_eq!(modify(&entry.set(), &one, &entry.spec()), format!("{start}{body}"));
    let (line, status) = (Some("电信".into()), Some("DISABLE".into()));
    one.kept = Kept { line, weight: Some(7), status, ..Kept::default() };
    (entry.ttl, entry.comment) = (Some(60), Some("a\"\n家".into()));
    let body = r#""RecordId":162,"RecordLine":"电信","Weight":7,"Status":"DISABLE","#;
    let end = r#""Value":"192.0.2.1","TTL":60,"Remark":"a\"\n家"}"#;
    assert_eq!(modify(&entry.set(), &one, &entry.spec()), format!("{start}{body}{end}"));
    let line = r#""RecordLine":"默认","#;
    assert_eq!(create(&entry.set(), &entry.spec()), format!("{start}{line}{end}"));
}

#[test]
fn only_what_was_asked_for() {
    let other_line = RECORD.replace("默认", "电信").replace("162", "\"163\"");
    let weighed = other_line.replace("\"Weight\":null", "\"Weight\":7").replace("home", "HOME");
    let body = list(&[
        RECORD,
        &RECORD.replace("home", "home2"),
        &RECORD.replace("\"A\"", "\"AAAA\""),
        &weighed,
    ]);
    let (records, held) = records(body.as_bytes(), &entry(RecordType::A).set()).unwrap();
    let [one, other] = records.as_slice() else { panic!("{records:?}") };
    let (line, status) = (Some("默认".into()), Some("ENABLE".into()));
    let expected = Record {
        ttl: Some(600),
        comment: Some(String::new()),
        kept: Kept { line, status, ..Kept::default() },
        ..Record::new("162".into(), fixtures::address("192.0.2.1"))
    };
    assert_eq!((one, held), (&expected, 4));
    assert_eq!((other.id.as_str(), other.kept.weight), ("163", Some(7)));
}

#[test]
fn no_list_is_not_an_empty_list() {
    let entry = entry(RecordType::A).set();
    let none = r#"{"Response":{"RecordCountInfo":{"ListCount":0},"RecordList":null}}"#;
    for body in [list(&[]).as_str(), none] {
        assert_eq!(records(body.as_bytes(), &entry), Some((vec![], 0)), "{body}");
    }
    for body in [
        "",
        "{}",
        r#"{"Response":null}"#,
        r#"{"Response":{}}"#,
        r#"{"Response":{"RequestId":"r"}}"#,
        r#"{"Response":{"RecordCountInfo":{"ListCount":1}}}"#,
        r#"{"RecordList":[]}"#,
    ] {
        assert!(records(body.as_bytes(), &entry).is_none(), "{body}");
    }
    for id in ["\"\"", "-1", "\"1,2\"", "null", "1.5"] {
        let body = list(&[&RECORD.replace("162", id)]);
        assert!(records(body.as_bytes(), &entry).is_none(), "{id}");
    }
}

#[test]
fn a_names_last_dot_goes() {
    let record = RECORD.replace("\"A\"", "\"CNAME\"").replace("192.0.2.1", "a.example.");
    let (records, _) =
        records(list(&[&record]).as_bytes(), &entry(RecordType::Cname).set()).unwrap();
    assert_eq!(records[0].value.to_string(), "a.example");
}

#[test]
fn what_any_answer_has() {
    let body = r#"{"Response":{"Error":{"Code":"A.B","Message":"m"},"RequestId":"r"}}"#;
    let refusal = Some(Refusal { code: "A.B".into(), message: "m".into() });
    assert_eq!(head(body.as_bytes()), Head { request_id: Some("r".into()), refusal });
    // A refusal stays one however little it says.
    let head_of = |text: &str| head(text.as_bytes());
    assert!(head_of(r#"{"Response":{"Error":{}}}"#).refusal.is_some());
    assert_eq!(head_of(r#"{"Response":{"Error":null}}"#), Head::default());
    for nothing in ["", "{}", "[]", r#"{"Response":[]}"#, r#"{"Error":{"Code":"A"}}"#] {
        assert_eq!(head_of(nothing), Head::default(), "{nothing}");
    }
    let written_of = |text: &str| written(text.as_bytes());
    assert_eq!(written_of(r#"{"Response":{"RecordId":5}}"#).as_deref(), Some("5"));
    assert_eq!(written_of(r#"{"Response":{"RecordId":"x"}}"#), None);
}

#[test]
fn garbage_is_garbage_at_every_length() {
    let entry = entry(RecordType::A).set();
    let refusal = r#"{"Response":{"Error":{"Code":"A.B","Message":"m"},"RequestId":"r"}}"#;
    for body in [&list(&[RECORD]), refusal] {
        for length in 0..body.len() {
            let cut = &body.as_bytes()[..length];
            assert!(records(cut, &entry).is_none() && written(cut).is_none());
            assert_eq!(head(cut), Head::default());
            let mut flipped = body.as_bytes().to_vec();
            flipped[length] ^= 0x24;
            let _ = (head(&flipped), records(&flipped, &entry), written(&flipped));
        }
    }
}
