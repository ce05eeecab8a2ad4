//! Signatures against vectors, and answers as the API sends them and as it might when out of order.

use super::*;
use crate::record::fixtures::{self, Entry};
use crate::record::{Kept, RecordType};
use miniserde::json;
use miniserde::json::{Array, Object, Value};

const VECTORS: &str = include_str!("../../../tests/vectors/aliyun-acs3.json");

fn text<'a>(object: &'a Object, name: &str) -> &'a str {
    match object.get(name) {
        Some(Value::String(text)) => text,
        _ => panic!("no {name}"),
    }
}

fn pairs(object: &Object, name: &str) -> Vec<(String, String)> {
    let Some(Value::Object(pairs)) = object.get(name) else { panic!("no {name}") };
    pairs.keys().map(|name| (name.clone(), text(pairs, name).to_string())).collect()
}

#[test]
fn every_vector_is_signed_like_that() {
    let vectors: Array = json::from_str(VECTORS).unwrap();
    assert_eq!(vectors.len(), 6);
    for vector in &vectors {
        let Value::Object(vector) = vector else { panic!() };
        let name = text(vector, "name");
        let parameters = pairs(vector, "query");
        // Backwards, so that the order is not that of the vector.
        let parameters: Vec<(&str, &str)> =
            parameters.iter().rev().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let query = query(&parameters);
        assert_eq!(query, text(vector, "canonical_query"), "{name}");

        let mut given = pairs(vector, "headers");
        given.sort_unstable();
        let whole = given.iter().find(|(name, _)| name == "Authorization").cloned();
        given.retain(|(name, _)| name != "Authorization");
        let canonical = canonical_request(text(vector, "path"), &query, &given);
        let secret = Secret::new(text(vector, "access_key_secret").into());
        let value = authorization(text(vector, "access_key_id"), &secret, &given, &canonical);
        if let Some((_, whole)) = whole {
            assert_eq!(value, whole, "{name}");
            continue;
        }
        assert_eq!(canonical, text(vector, "canonical_request"), "{name}");
        assert_eq!(string_to_sign(&canonical), text(vector, "string_to_sign"), "{name}");
        assert!(value.ends_with(&format!("Signature={}", text(vector, "signature"))), "{name}");
        assert_eq!(value, text(vector, "authorization"), "{name}");
        let of = |wanted: &str| given.iter().find(|(name, _)| name == wanted).unwrap().1.as_str();
        if of("x-acs-version") == VERSION {
            let nonce = of("x-acs-signature-nonce");
            let ours = fields(of("host"), of("x-acs-action"), of("x-acs-date"), nonce);
            assert_eq!(ours, given, "{name}");
        }
    }
}

#[test]
fn an_empty_value_keeps_its_name() {
    assert_eq!(query(&[("b", ""), ("a", "x y")]), "a=x%20y&b=");
    assert_eq!(query(&[]), "");
}

fn refused(code: &str, message: &str) -> Option<Refusal> {
    Some(Refusal { code: code.into(), message: message.into() })
}

#[test]
fn refusals_are_read_in_each_of_their_shapes() {
    let json = r#"{"RequestId":"r-1","HostId":"h","Code":"DomainRecordDuplicate",
        "Message":"The DNS record already exists.","Recommend":"https://x"}"#;
    let expected = refused("DomainRecordDuplicate", "The DNS record already exists.");
    let head_of = |text: &str| head(text.as_bytes());
    assert_eq!(head_of(json), Head { request_id: Some("r-1".into()), refusal: expected });
    let small = head_of(r#"{"requestId":"r-2","code":"A.b","message":"m"}"#);
    assert_eq!(small, Head { request_id: Some("r-2".into()), refusal: refused("A.b", "m") });
    let xml = "<?xml version='1.0' encoding='UTF-8'?>\n<Error><RequestId>r-3</RequestId>\
        <Code>Throttling</Code><Message>a &lt;b&gt; &amp;lt; &quot;c&apos;</Message></Error>";
    let refusal = refused("Throttling", "a <b> &lt; \"c'");
    assert_eq!(head_of(xml), Head { request_id: Some("r-3".into()), refusal });
    assert_eq!(head_of(r#"{"Code":"X"}"#).refusal, refused("X", ""));
    assert_eq!(head_of(r#"{"Code":"","RequestId":5}"#).request_id.as_deref(), Some("5"));
    // A field of an odd kind hides at most the spelling it belongs to.
    assert_eq!(head_of(r#"{"Code":"X","message":{}}"#).refusal, refused("X", ""));
    for nothing in ["", "{}", "[]", "null", "<html>", "<Error>", "<Error><Code>", "\u{feff}{}"] {
        assert_eq!(head_of(nothing), Head::default(), "{nothing}");
    }
    assert_eq!(head(b"\xff{}"), Head::default());
}

fn entry(kind: RecordType) -> Entry {
    let (zone, record) = ("example.com".into(), "www".into());
    Entry { zone, record, kind, value: "192.0.2.1".into(), ttl: None, comment: None }
}

const RECORD: &str = r#"{"DomainName":"example.com","RecordId":"9999985","RR":"www","Type":"A",
    "Value":"192.0.2.1","TTL":600,"Line":"default","Status":"ENABLE","Locked":false,
    "Remark":"röuter","Weight":1,"CreateTimestamp":1600000000000}"#;

fn list(records: &[&str]) -> String {
    let (count, records) = (records.len(), records.join(","));
    format!(
        r#"{{"TotalCount":{count},"PageNumber":1,"PageSize":500,"RequestId":"r",
        "DomainRecords":{{"Record":[{records}]}}}}"#
    )
}

#[test]
fn a_page_holds_only_what_was_asked_for() {
    let body = list(&[
        RECORD,
        &RECORD.replace("\"www\"", "\"www2\""),
        &RECORD.replace("\"A\"", "\"AAAA\""),
        &RECORD
            .replace("\"www\"", "\"WWW\"")
            .replace("\"9999985\"", "77")
            .replace(":600,", ":\"1\","),
    ]);
    let page = page(body.as_bytes(), &entry(RecordType::A).set()).unwrap();
    assert_eq!((page.held, page.total), (4, Some(4)));
    let [one, other] = page.records.as_slice() else { panic!("{:?}", page.records) };
    let kept =
        Kept { line: Some("default".into()), status: Some("ENABLE".into()), ..Kept::default() };
    let value = fixtures::address("192.0.2.1");
    let (ttl, comment) = (Some(600), Some("röuter".into()));
    let expected = Record { ttl, comment, kept, ..Record::new("9999985".into(), value) };
    assert_eq!(*one, expected);
    assert_eq!((other.id.as_str(), other.ttl), ("77", Some(1)));
}

#[test]
fn no_list_is_not_an_empty_list() {
    let entry = entry(RecordType::A).set();
    assert!(page(list(&[]).as_bytes(), &entry).unwrap().records.is_empty());
    for body in ["", "{}", "[]", r#"{"TotalCount":0}"#, r#"{"DomainRecords":{}}"#] {
        assert!(page(body.as_bytes(), &entry).is_none(), "{body}");
    }
    for id in ["\"\"", "\"../..\"", "null", "{}"] {
        let body = list(&[&RECORD.replace("\"9999985\"", id)]);
        assert!(page(body.as_bytes(), &entry).is_none(), "{id}");
    }
}

#[test]
fn a_names_last_dot_goes_and_a_texts_stays() {
    for (kind, value) in [(RecordType::Cname, "a.example"), (RecordType::Txt, "a.example.")] {
        let typed = format!("\"{}\"", kind.as_str());
        let record = RECORD.replace("\"A\"", &typed).replace("192.0.2.1", "a.example.");
        let page = page(list(&[&record]).as_bytes(), &entry(kind).set()).unwrap();
        assert_eq!(page.records[0].value.to_string(), value);
    }
}

#[test]
fn a_written_record_has_an_identifier() {
    for body in [r#"{"RequestId":"r","RecordId":"5"}"#, r#"{"RecordId":5}"#] {
        assert_eq!(written(body.as_bytes()).as_deref(), Some("5"));
    }
    for body in ["{}", r#"{"RecordId":""}"#, r#"{"RecordId":null}"#, r#"{"RecordId":"a b"}"#] {
        assert_eq!(written(body.as_bytes()), None, "{body}");
    }
}

#[test]
fn garbage_is_garbage_at_every_length() {
    let list = list(&[RECORD]);
    let xml = "<Error><RequestId>r</RequestId><Code>C</Code><Message>m</Message></Error>";
    for body in [&list, xml, r#"{"Code":"C","Message":"m"}"#] {
        for length in 0..body.len() {
            let cut = &body.as_bytes()[..length];
            assert!(page(cut, &entry(RecordType::A).set()).is_none() && written(cut).is_none());
            let mut flipped = body.as_bytes().to_vec();
            flipped[length] ^= 0x24;
            for bytes in [cut, &flipped] {
                let _ = (head(bytes), page(bytes, &entry(RecordType::A).set()), written(bytes));
            }
        }
    }
    let deep = format!("{{\"DomainRecords\":{}", "[".repeat(100_000));
    assert_eq!(head(deep.as_bytes()), Head::default());
}
