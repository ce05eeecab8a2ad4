//! Zones by name, for callers that wait: what is sent, and what is made of each answer.

use super::*;
use crate::record::fixtures::Entry;

const TOKEN: &str = "0123456789abcdefghijklmnopqrstuvwxyz-_AB";
const LOOK_UP: &str = "GET https://a/v4/zones?name=example.com";
const RECORDS: &str = "https://a/v4/zones/z1/dns_records";
const EMPTY: &str = r#"{"success":true,"result":[]}"#;

fn entry() -> Entry {
    let (zone, record, value) = ("example.com".into(), "h".into(), "192.0.2.1".into());
    Entry { zone, record, kind: RecordType::A, value, ttl: None, comment: None }
}

fn record(id: &str, address: &str, more: &str) -> String {
    format!(
        r#"{{"id":"{id}","name":"h.example.com","type":"A","content":"{address}","ttl":60{more}}}"#
    )
}

fn list(records: &[String]) -> String {
    format!(r#"{{"success":true,"result":[{}]}}"#, records.join(","))
}

fn one(record: &str) -> String {
    format!(r#"{{"success":true,"result":{record}}}"#)
}

fn zone(id: &str) -> String {
    list(&[format!(r#"{{"id":"{id}","name":"example.com","status":"active"}}"#)])
}

fn refusal(code: i64) -> String {
    format!(r#"{{"success":false,"errors":[{{"code":{code},"message":"M {TOKEN}"}}]}}"#)
}

fn listing(zone: &str, page: u32) -> String {
    format!(
        "GET https://a/v4/zones/{zone}/dns_records\
            ?type=A&name=h.example.com&per_page=100&page={page}"
    )
}

/// Does something with a store that may know its zone.
fn with<T>(zone_id: Option<&str>, act: impl FnOnce(&Cloudflare) -> T) -> T {
    let secret = Secret::new(TOKEN.into());
    let base = "https://a/v4";
    act(&Cloudflare::new(Account { base, id: "", secret: &secret, zone_id, is_awaited: true }))
}

type Found = Result<Option<Vec<Record>>, Error>;

fn find(fake: &mut FakeEnv, entry: &Entry, zone_id: Option<&str>) -> (Found, ResponseMeta) {
    let mut meta = ResponseMeta::default();
    (with(zone_id, |store| store.list(fake, &entry.set(), &mut meta)), meta)
}

fn found() -> ResponseMeta {
    ResponseMeta { zone_id: Some("z1".into()), ..ResponseMeta::default() }
}

/// Carries out the only change of a set.
fn apply(fake: &mut FakeEnv, work: SetChanges, meta: &mut ResponseMeta) -> Result<Record, Error> {
    let mut done = Vec::new();
    with(None, |store| store.apply(fake, &[work], &mut done, meta))?;
    Ok(done.pop().unwrap().unwrap())
}

fn insert(fake: &mut FakeEnv) -> Result<Record, Error> {
    apply(fake, entry().inserted(), &mut found())
}

fn known(value: &str) -> Record {
    Record { ttl: Some(60), ..Record::new("r1".into(), fixtures::address(value)) }
}

fn change(fake: &mut FakeEnv, entry: &Entry) -> Result<Record, Error> {
    apply(fake, entry.updated(&known("192.0.2.9")), &mut found())
}

#[test]
fn a_zone_is_looked_up_and_its_records_read() {
    let records = [record("r1", "192.0.2.9", r#","comment":"c""#)];
    let mut fake = FakeEnv::default().then(200, &zone("z1"));
    fake = fake.then_with(200, ("cf-ray", "8f0a-AMS"), &list(&records));
    let (result, meta) = find(&mut fake, &entry(), None);
    let name = "h.example.com".into();
    let expected = Record { name, comment: Some("c".into()), ..known("192.0.2.9") };
    assert_eq!(result, Ok(Some(vec![expected])));
    assert_eq!(fake.asked, [LOOK_UP.into(), listing("z1", 1)]);
    assert_eq!((meta.zone_id.as_deref(), meta.ray.as_deref()), (Some("z1"), Some("8f0a-AMS")));
    let (result, meta) = find(&mut FakeEnv::default().then(200, EMPTY), &entry(), None);
    assert_eq!((result, meta.zone_id), (Ok(None), None));
}

#[test]
fn a_zone_that_is_known_is_not_looked_up() {
    let mut fake = FakeEnv::default().then(200, EMPTY);
    let (result, meta) = find(&mut fake, &entry(), Some("z1"));
    assert_eq!((result, meta.zone_id.as_deref()), (Ok(Some(vec![])), Some("z1")));
    assert_eq!(fake.asked, [listing("z1", 1)]);
    // What cannot be an identifier goes into no path.
    let mut fake = FakeEnv::default().then(200, &zone("z1")).then(200, EMPTY);
    assert_eq!(find(&mut fake, &entry(), Some("../user")).0, Ok(Some(vec![])));
    assert_eq!(fake.asked[0], LOOK_UP);
}

#[test]
fn a_zone_that_is_gone_is_looked_up_anew_once() {
    for (status, body) in [
        (404, refusal(7003)),
        (400, refusal(7000)),
        (403, refusal(9109)),
        (403, refusal(10000)),
        (404, "<html>".into()),
    ] {
        let gone = || FakeEnv::default().then(status, &body);
        let mut fake = gone().then(200, &zone("z1")).then(200, EMPTY);
        let (result, meta) = find(&mut fake, &entry(), Some("old"));
        assert_eq!((result, meta.zone_id.as_deref()), (Ok(Some(vec![])), Some("z1")));
        assert_eq!(fake.asked, [listing("old", 1), LOOK_UP.into(), listing("z1", 1)]);
        let (result, meta) = find(&mut gone().then(200, EMPTY), &entry(), Some("old"));
        assert_eq!((result, meta.zone_id), (Ok(None), None));
        // The same one again: the first answer stands.
        let (result, _) = find(&mut gone().then(200, &zone("old")), &entry(), Some("old"));
        let message = result.unwrap_err().into_message();
        assert!(
            message.starts_with("M (the secret) (code: ") || message.contains("404"),
            "{message}"
        );
        // And again, with the new one: that is the end.
        let mut fake = gone().then(200, &zone("z1")).then(status, &body);
        assert!(find(&mut fake, &entry(), Some("old")).0.is_err());
    }
    for (status, body) in [(400, refusal(9005)), (502, "<html>".into()), (429, refusal(971))] {
        let mut fake = FakeEnv::default().then(status, &body);
        assert!(find(&mut fake, &entry(), Some("z1")).0.is_err());
        assert_eq!(fake.asked.len(), 1);
    }
}

#[test]
fn odd_names_stay_within_the_query() {
    let odd = Entry { zone: "a b&c=d".into(), record: "*".into(), ..entry() };
    let mut fake = FakeEnv::default().then(200, EMPTY);
    find(&mut fake, &odd, None).0.unwrap();
    assert_eq!(fake.asked, ["GET https://a/v4/zones?name=a%20b%26c%3Dd"]);
    let mut fake = FakeEnv::default().then(200, EMPTY);
    find(&mut fake, &Entry { zone: "a&b".into(), ..odd }, Some("z1")).0.unwrap();
    assert!(fake.asked[0].contains("&name=*.a%26b&"), "{}", fake.asked[0]);
}

#[test]
fn a_record_is_made() {
    let mut fake = FakeEnv::default().then(200, &one(&record("r7", "192.0.2.1", "")));
    assert_eq!(insert(&mut fake).unwrap().id, "r7");
    assert_eq!(
        fake.asked,
        [format!("POST {RECORDS} {}", wire::insert(&entry().set(), &entry().spec()))]
    );
    let mut nowhere = FakeEnv::default();
    let result = apply(&mut nowhere, entry().inserted(), &mut ResponseMeta::default());
    assert_eq!((result.unwrap_err().kind, nowhere.asked.len()), (Kind::Local, 0));
}

#[test]
fn only_what_differs_is_changed() {
    for (address, ttl, comment, body, shown) in [
        ("192.0.2.1", None, None, r#"{"content":"192.0.2.1"}"#, "192.0.2.1"),
        ("192.0.2.9", Some(120), None, r#"{"ttl":120}"#, "192.0.2.9"),
        ("192.0.2.9", Some(60), Some("c"), r#"{"comment":"c"}"#, "192.0.2.9"),
    ] {
        let comment = comment.map(String::from);
        let entry = Entry { value: address.into(), ttl, comment, ..entry() };
        let mut fake = FakeEnv::default().then(200, &one(&record("r1", shown, "")));
        assert_eq!(change(&mut fake, &entry).unwrap().id, "r1");
        assert_eq!(fake.asked, [format!("PATCH {RECORDS}/r1 {body}")]);
    }
    let mut fake = FakeEnv::default();
    let right = Entry { value: "192.0.2.9".into(), ..entry() };
    assert_eq!(change(&mut fake, &right), Ok(known("192.0.2.9")));
}

#[test]
fn a_success_that_shows_another_record_is_none() {
    for shown in [
        record("r2", "192.0.2.1", ""),
        record("r1", "192.0.2.2", ""),
        record("r1", "192.0.2.1", "").replace("\"A\"", "\"TXT\""),
        record("../r", "192.0.2.1", ""),
        "null".into(),
    ] {
        let mut fake = FakeEnv::default().then(200, &one(&shown));
        assert_eq!(change(&mut fake, &entry()).unwrap_err().kind, Kind::InvalidResponse, "{shown}");
    }
}

#[test]
fn a_record_at_another_name_is_told_with_both() {
    let shown = one(&record("r1", "192.0.2.1", "").replace("h.example.com", "h.example.com.x.org"));
    for error in [
        insert(&mut FakeEnv::default().then(200, &shown)).unwrap_err(),
        change(&mut FakeEnv::default().then(200, &shown), &entry()).unwrap_err(),
    ] {
        assert_eq!(error.kind, Kind::OtherName);
        assert!(error.message.contains("'h.example.com' is not in this zone"), "{}", error.message);
        assert!(error.message.contains("Delete 'h.example.com.x.org'"), "{}", error.message);
    }
}

#[test]
fn one_that_stands_already_is_as_good_as_made() {
    for code in [81057, 81058] {
        let exists = || FakeEnv::default().then(400, &refusal(code));
        let stands = list(&[record("r2", "192.0.2.8", ""), record("r3", "192.0.2.1", "")]);
        assert_eq!(insert(&mut exists().then(200, &stands)).unwrap().id, "r3");
        assert_eq!(change(&mut exists().then(200, &stands), &entry()).unwrap().id, "r3");
        for (status, body) in [(200, EMPTY), (502, "<html>")] {
            let error = insert(&mut exists().then(status, body)).unwrap_err();
            assert_eq!(error.kind, Kind::Refused { code: Some(code) });
        }
    }
}

#[test]
fn a_record_that_is_gone_is_looked_for_once() {
    let gone = || FakeEnv::default().then(404, &refusal(81044));
    let made = one(&record("r2", "192.0.2.1", ""));
    let mut fake = gone().then(200, EMPTY).then(200, &made);
    assert_eq!(change(&mut fake, &entry()).unwrap().id, "r2");
    assert!(fake.asked[2].starts_with("POST "));
    let other = list(&[record("r2", "192.0.2.5", "")]);
    let mut fake = gone().then(200, &other).then(200, &made);
    assert_eq!(change(&mut fake, &entry()).unwrap().id, "r2");
    assert_eq!(fake.asked[2], format!(r#"PATCH {RECORDS}/r2 {{"content":"192.0.2.1"}}"#));
    let right = list(&[record("r2", "192.0.2.1", "")]);
    assert_eq!(change(&mut gone().then(200, &right), &entry()).unwrap().id, "r2");
    let kind = Kind::Refused { code: Some(81044) };
    let mut again = gone().then(200, &other).then(404, &refusal(81044));
    assert_eq!(change(&mut again, &entry()).unwrap_err().kind, kind);
    let two = list(&[record("r2", "192.0.2.5", ""), record("r3", "192.0.2.6", "")]);
    assert_eq!(change(&mut gone().then(200, &two), &entry()).unwrap_err().kind, kind);
    assert_eq!(change(&mut gone().then(500, ""), &entry()).unwrap_err().kind, kind);
}

#[test]
fn every_refusal_is_told_in_its_own_words_and_without_the_token() {
    for (status, code) in [
        (403, 9109),
        (403, 10000),
        (401, 10000),
        (400, 6003),
        (400, 9106),
        (403, 10502),
        (404, 7003),
        (400, 7000),
        (400, 1004),
        (400, 9005),
        (400, 9300),
        (400, 81045),
        (400, 81053),
        (400, 81054),
        (400, 81055),
        (400, 81056),
    ] {
        let mut fake = FakeEnv::default().then(status, &refusal(code));
        let (result, _) = find(&mut fake, &entry(), None);
        let error = result.unwrap_err();
        assert_eq!(error.kind, Kind::Refused { code: Some(code) });
        assert!(error.message.starts_with(&format!("M (the secret) (code: {code}).\n")));
        let mut fake = FakeEnv::default().then(status, &refusal(code));
        assert_eq!(change(&mut fake, &entry()).unwrap_err(), error);
    }
    for status in [429, 500, 502, 503] {
        let wait = Kind::Throttled { after_seconds: Some(7) };
        let kind = if status < 500 || status == 503 { wait } else { Kind::Unreachable };
        let answer = FakeEnv::default().then_with(status, ("retry-after", "7"), &refusal(10429));
        assert_eq!(find(&mut { answer }, &entry(), None).0.unwrap_err().kind, kind);
    }
    let html = format!("<html>{TOKEN}");
    for status in [200, 403, 404] {
        let ray = ("cf-ray", TOKEN);
        let mut fake = FakeEnv::default().then_with(status, ray, &html);
        let (result, meta) = find(&mut fake, &entry(), None);
        let error = result.unwrap_err();
        assert_eq!(error.kind, Kind::InvalidResponse);
        assert!(!error.message.contains(TOKEN) && error.message.contains("(cf-ray (the secret))"));
        assert_eq!(meta.ray.as_deref(), Some("(the secret)"));
    }
}

fn cut(body: &str, end: usize) -> &str {
    body.get(..end).unwrap()
}

#[test]
fn cut_answers_never_count() {
    let (zone, records) = (zone("z1"), list(&[record("r1", "192.0.2.9", "")]));
    for end in 0..zone.len() {
        assert!(
            find(&mut FakeEnv::default().then(200, cut(&zone, end)), &entry(), None).0.is_err()
        );
    }
    for end in 0..records.len() {
        let mut fake = FakeEnv::default().then(200, cut(&records, end));
        assert!(find(&mut fake, &entry(), Some("z1")).0.is_err());
    }
    let shown = one(&record("r1", "192.0.2.1", ""));
    for end in 0..shown.len() {
        assert!(insert(&mut FakeEnv::default().then(200, cut(&shown, end))).is_err());
        assert!(change(&mut FakeEnv::default().then(200, cut(&shown, end)), &entry()).is_err());
    }
}
