//! Documents of the API as they are described, and as a server out of order might send them.

use super::*;

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
    let page = page(body.as_bytes(), RecordType::A, "host.example.com").unwrap();
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
        assert_eq!(deleted(body.as_bytes()), Err(Fault::Refused(Box::new(expected))), "{errors}");
    }
    let chain = r#"{"success":false,"errors":[{"code":6003,"message":"Invalid request headers",
        "error_chain":[{"code":6111,"message":"Invalid format for Authorization header"}]}]}"#;
    let Err(Fault::Refused(error)) = deleted(chain.as_bytes()) else { panic!() };
    let cause = |code, message: &str| ApiError { code, message: message.into(), causes: vec![] };
    let expected = cause(Some(6111), "Invalid format for Authorization header");
    assert_eq!((error.code, error.causes), (Some(6003), vec![expected]));
    let deep = r#"{"success":false,"errors":[{"code":1,"message":"a","error_chain":[
        {"code":2,"message":"b"},{"message":"c","error_chain":[{"code":4,"message":"d"}]}]}]}"#;
    let Err(Fault::Refused(error)) = deleted(deep.as_bytes()) else { panic!() };
    assert_eq!(error.causes, [cause(Some(2), "b"), cause(None, "c"), cause(Some(4), "d")]);
    let link = r#"{"code":1,"message":"a","error_chain":["#;
    let endless = format!("{}{{}}{}", link.repeat(20), "]}".repeat(20));
    let body = format!(r#"{{"success":false,"errors":[{endless}]}}"#);
    let Err(Fault::Refused(error)) = deleted(body.as_bytes()) else { panic!() };
    assert_eq!(error.causes.len(), CAUSES_MAX);
}

#[test]
fn what_is_no_answer_is_not_taken_for_one() {
    let deep = format!("{{\"success\":true,\"result\":{}", "[".repeat(100_000));
    for body in
        ["", "{}", "[]", "null", "true", "<html>", "{\"success\":\"true\"}", "\u{feff}{}", &deep]
    {
        assert!(matches!(deleted(body.as_bytes()), Err(Fault::InvalidResponse(_))), "{body:.40}");
    }
    for result in ["null", "{}", "[null]", "[{}]", "[1]", "\"x\""] {
        let body = format!(r#"{{"success":true,"result":{result}}}"#);
        assert!(page(body.as_bytes(), RecordType::A, "host.example.com").is_err(), "{result}");
    }
    for (from, to) in [("192.0.2.1", "192.0.2.256"), ("192.0.2.1", "::1"), ("023e105f", "../..")] {
        let body = list(&[&RECORD.replace(from, to)], "");
        assert!(page(body.as_bytes(), RecordType::A, "host.example.com").is_err(), "{to}");
    }
}

#[test]
fn a_success_without_its_record_is_still_a_success() {
    for body in [
        r#"{"success":true}"#,
        r#"{"success":true,"result":null}"#,
        r#"{"success":true,"result":[]}"#,
    ] {
        assert_eq!(one(body.as_bytes(), RecordType::A), Ok(None));
        let answer = batch(body.as_bytes(), RecordType::A).unwrap();
        assert!(answer.patches.is_empty() && answer.posts.is_empty());
    }
    let body = format!(
        r#"{{"success":true,"result":{{"deletes":null,"patches":[{RECORD}],"posts":null}}}}"#
    );
    assert_eq!(batch(body.as_bytes(), RecordType::A).unwrap().patches.len(), 1);
}

#[test]
fn bodies_say_no_more_than_they_should() {
    let wanted = Wanted { address: "192.0.2.7".parse().unwrap(), ttl: Some(60) };
    assert_eq!(update(&wanted), r#"{"content":"192.0.2.7","ttl":60}"#);
    let insert_text =
        r#"{"type":"A","name":"h.example","content":"192.0.2.7","ttl":60,"proxied":false}"#;
    assert_eq!(insert(RecordType::A, "h.example", &wanted), insert_text);
    let record = one(format!(r#"{{"success":true,"result":{RECORD}}}"#).as_bytes(), RecordType::A);
    let record = record.unwrap().unwrap();
    let changes = [
        Change::Keep(record.clone()),
        Change::Update { record: record.clone(), to: wanted },
        Change::Insert(wanted),
        Change::Delete(record),
    ];
    let body = batch_of(RecordType::A, "h.example", &changes.each_ref());
    let patch = r#"{"id":"023e105f","content":"192.0.2.7","ttl":60}"#;
    assert_eq!(
        body,
        format!(
            r#"{{"deletes":[{{"id":"023e105f"}}],"patches":[{patch}],"posts":[{insert_text}]}}"#
        )
    );
}
