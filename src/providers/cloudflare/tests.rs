//! The provider against a scripted env: what it sends, and what it makes of each answer.

use super::*;
use crate::env::fake::FakeEnv;
use crate::record::fixtures;
use crate::record::{Policy, RecordType};
use crate::text::secret::Secret;

mod awaited;

const BASE: &str = "https://api.example/v4";
const LIST: &str =
    "GET https://api.example/v4/zones/z1/dns_records?type=A&name=h.example&per_page=100&page=";

fn record_json(id: &str, address: &str) -> String {
    format!(
        r#"{{"id":"{id}","name":"h.example","type":"A","content":"{address}","ttl":60,
        "proxied":true,"comment":"c","tags":["a:b"]}}"#
    )
}

fn page_json(records: &[String], info: &str) -> String {
    format!(r#"{{"success":true,"result":[{}]{info}}}"#, records.join(","))
}

fn set() -> RrSet {
    RrSet { zone: Zone::Id("z1".into()), name: "h.example".into(), kind: RecordType::A }
}

fn account(secret: &Secret) -> Account<'_> {
    Account { base: BASE, id: "", secret, zone_id: None, is_awaited: false }
}

fn list_with(fake: &mut FakeEnv, token: &str) -> Result<Vec<Record>, Error> {
    let token = Secret::new(token.into());
    let list = Cloudflare::new(account(&token)).list(fake, &set(), &mut ResponseMeta::default());
    list.map(|records| records.unwrap())
}

fn list(fake: &mut FakeEnv) -> Result<Vec<Record>, Error> {
    list_with(fake, "t")
}

fn apply_to(
    fake: &mut FakeEnv,
    set: RrSet,
    changes: &[Change],
) -> (Result<(), Error>, Vec<Option<Record>>) {
    let token = Secret::new("t".into());
    let mut done = Vec::new();
    let work = [SetChanges { set, changes: changes.to_vec(), policy: Policy::Mirror }];
    let meta = &mut ResponseMeta::default();
    let result = Cloudflare::new(account(&token)).apply(fake, &work, &mut done, meta);
    (result, done)
}

fn apply(fake: &mut FakeEnv, changes: &[Change]) -> (Result<(), Error>, Vec<Option<Record>>) {
    apply_to(fake, set(), changes)
}

fn record(id: &str, address: &str) -> Record {
    let body = format!(r#"{{"success":true,"result":{}}}"#, record_json(id, address));
    wire::one(body.as_bytes()).unwrap().unwrap()
}

fn wanted(address: &str) -> RecordSpec {
    RecordSpec { ttl: Some(60), ..RecordSpec::of(fixtures::address(address)) }
}

#[test]
fn pages_are_read_until_the_count_is_reached() {
    let records: Vec<String> =
        (0..230).map(|n| record_json(&format!("r{n}"), &format!("192.0.2.{n}"))).collect();
    for info in [r#","result_info":{"total_count":230}"#, r#","result_info":{"total_pages":3}"#, ""]
    {
        let mut fake = FakeEnv::default();
        for page in records.chunks(100) {
            fake = fake.then(200, &page_json(page, info));
        }
        assert_eq!(list(&mut fake).unwrap().len(), 230);
        assert_eq!(fake.asked, [1, 2, 3].map(|page| format!("{LIST}{page}")));
    }
}

#[test]
fn a_count_that_lies_ends_the_reading() {
    let info = r#","result_info":{"total_count":1000000}"#;
    let one = page_json(&[record_json("r", "192.0.2.1")], info);
    let mut fake = FakeEnv::default().then(200, &one).then(200, &page_json(&[], info));
    assert_eq!(list(&mut fake).unwrap_err().kind, Kind::InvalidResponse);
    let mut endless = FakeEnv::default();
    for _ in 0..PAGES_MAX {
        endless = endless.then(200, &one);
    }
    assert_eq!(list(&mut endless).unwrap_err().kind, Kind::InvalidResponse);
}

#[test]
fn a_record_shown_twice_is_one_and_never_two() {
    let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|address| record_json("r", address));
    let page = |records: &[String]| page_json(records, "");
    let mut twice = FakeEnv::default().then(200, &page(&[one.clone(), one.clone()]));
    assert_eq!(list(&mut twice).unwrap().len(), 1);
    let mut two = FakeEnv::default().then(200, &page(&[one, other]));
    assert_eq!(list(&mut two).unwrap_err().kind, Kind::InvalidResponse);
}

#[test]
fn an_answer_that_shows_another_record_is_no_word_of_this_one() {
    for (id, address) in [("r2", "192.0.2.9"), ("r1", "192.0.2.1"), ("r1", "198.51.100.1")] {
        let answer = format!(r#"{{"success":true,"result":{}}}"#, record_json(id, address));
        let update = Change::Update { record: record("r1", "192.0.2.1"), to: wanted("192.0.2.9") };
        let mut fake = FakeEnv::default().then(200, &answer);
        let (result, done) = apply(&mut fake, &[update]);
        assert!(result.is_ok() && done[0].is_none(), "{id} {address}");
    }
}

#[test]
fn one_change_is_one_plain_call() {
    let answer = format!(r#"{{"success":true,"result":{}}}"#, record_json("r1", "192.0.2.9"));
    let update = Change::Update { record: record("r1", "192.0.2.1"), to: wanted("192.0.2.9") };
    let keep = Change::Keep(record("r0", "192.0.2.5"));
    let nine = wanted("192.0.2.9");
    let insert = Change::Insert(nine.clone());
    let delete = Change::Delete(record("r1", "192.0.2.1"));
    let base = "https://api.example/v4/zones/z1/dns_records";
    for (change, expected) in [
        (update, format!(r#"PATCH {base}/r1 {{"content":"192.0.2.9","ttl":60}}"#)),
        (insert, format!("POST {base} {}", wire::insert(&set(), &nine))),
        (delete, format!("DELETE {base}/r1")),
    ] {
        let mut fake = FakeEnv::default().then(200, &answer);
        let (result, done) = apply(&mut fake, &[keep.clone(), change.clone()]);
        assert!(result.is_ok() && done.len() == 2 && done[0].is_some());
        assert_eq!(done[1].is_some(), !matches!(change, Change::Delete(_)));
        assert_eq!(fake.asked, [expected]);
    }
}

#[test]
fn many_changes_go_in_batches_of_two_hundred() {
    let changes: Vec<Change> =
        (0..250).map(|n| Change::Insert(wanted(&format!("192.0.2.{n}")))).collect();
    let mut fake = FakeEnv::default();
    for chunk in [0..200, 200..250] {
        let posts: Vec<_> =
            chunk.map(|n| record_json(&format!("r{n}"), &format!("192.0.2.{n}"))).collect();
        let body = format!(r#"{{"success":true,"result":{{"posts":[{}]}}}}"#, posts.join(","));
        fake = fake.then(200, &body);
    }
    let (result, done) = apply(&mut fake, &changes);
    assert!(result.is_ok() && done.iter().all(Option::is_some));
    assert_eq!((fake.asked.len(), done.len()), (2, 250));
    assert!(fake.asked[0].starts_with("POST https://api.example/v4/zones/z1/dns_records/batch {"));
}

#[test]
fn a_failed_batch_is_not_tried_in_parts() {
    let refusal = r#"{"success":false,"errors":[{"code":81054,"message":"A CNAME exists."}]}"#;
    let mut fake = FakeEnv::default().then(400, refusal);
    let changes = [Change::Insert(wanted("192.0.2.1")), Change::Insert(wanted("192.0.2.2"))];
    let (result, done) = apply(&mut fake, &changes);
    let error = result.unwrap_err();
    assert_eq!(error.kind, Kind::Refused { code: Some(81054) });
    assert!(error.message.starts_with("A CNAME exists. (code: 81054).\nA CNAME record exists"));
    assert!(done.is_empty() && fake.asked.len() == 1);
}

#[test]
fn every_class_of_refusal_has_its_advice() {
    for (code, word) in [
        (9109, "token"),
        (10000, "token"),
        (6003, "token"),
        (9106, "token"),
        (10502, "wait"),
        (7003, "zone id"),
        (7000, "zone id"),
        (1004, "ttl"),
        (9005, "ttl"),
        (9021, "ttl"),
        (81044, "next run"),
        (81045, "plan"),
        (9300, "plan"),
        (81053, "CNAME"),
        (81054, "CNAME"),
        (81055, "remove it"),
        (81056, "remove it"),
        (81057, "next run"),
        (81058, "next run"),
        (971, "1200"),
        (10429, "1200"),
    ] {
        let body = format!(r#"{{"success":false,"errors":[{{"code":{code},"message":"M"}}]}}"#);
        let message = list(&mut FakeEnv::default().then(400, &body)).unwrap_err().into_message();
        assert!(message.starts_with(&format!("M (code: {code}).\n")), "{message}");
        assert!(message.contains(word), "{code}: {message}");
    }
}

#[test]
fn the_most_specific_words_are_shown_and_advised_upon() {
    let refused = |code: i64, message: &str, chain: &str| {
        format!(
            r#"{{"success":false,"errors":[{{"code":{code},"message":"{message}",
            "error_chain":[{chain}]}}]}}"#
        )
    };
    let message = |code, message, chain: &str| {
        let body = refused(code, message, chain);
        list(&mut FakeEnv::default().then(400, &body)).unwrap_err().into_message()
    };
    let tags = "DNS record has 1 tags, exceeding the quota of 0.";
    let quota = message(1004, "Invalid", &format!(r#"{{"code":9300,"message":"{tags}"}}"#));
    assert!(quota.starts_with(&format!("Invalid (code: 1004): {tags} (code: 9300).\nThe record")));
    assert!(quota.contains("more tags than"), "{quota}");
    let token = message(6003, "Bad", r#"{"code":6111,"message":"Worse"}"#);
    assert!(token.starts_with("Bad (code: 6003): Worse (code: 6111).\n"), "{token}");
    assert!(token.ends_with("A Global API Key is not an API token."), "{token}");
    let filter = message(9109, "Cannot use the access token from location: 192.0.2.1", "");
    assert!(filter.contains("Client IP Address Filtering"), "{filter}");
    let body = refused(1, "M", r#"{"code":2,"message":"of 0123456789abcdef"}"#);
    let mut fake = FakeEnv::default().then(400, &body);
    let error = list_with(&mut fake, "0123456789abcdef").unwrap_err();
    assert_eq!(error.message, "M (code: 1): of (the secret) (code: 2).");
    // What is known of the cause before what is known of the whole.
    assert!(message(1004, "M", r#"{"code":9109}"#).contains("token"));
    assert!(message(1004, "M", r#"{"code":1}"#).contains("name and ttl"));
}

#[test]
fn plain_words_and_portals() {
    let message = |status, body: &str| {
        list(&mut FakeEnv::default().then(status, body)).unwrap_err().into_message()
    };
    let plain = message(403, "error code: 1034");
    assert!(plain.contains(" with `success`: 'error code: 1034'.\nThe name of the API"), "{plain}");
    for page in ["<html>log in", ""] {
        let portal = message(200, page);
        assert!(portal.contains(".\nSomething in between, such as a captive portal,"), "{portal}");
    }
    assert!(!message(200, r#"{"result":1}"#).contains("portal"));
}

#[test]
fn a_record_at_another_name_is_an_error_and_not_sent_again() {
    let elsewhere = record_json("r1", "192.0.2.9").replace("h.example", "h.example.x.org");
    let insert = Change::Insert(wanted("192.0.2.9"));
    let update = Change::Update { record: record("r1", "192.0.2.1"), to: wanted("192.0.2.9") };
    let batch = format!(r#"{{"patches":[],"posts":[{elsewhere}]}}"#);
    for (changes, shown) in [
        (vec![insert.clone()], elsewhere.clone()),
        (vec![update], elsewhere),
        (vec![insert.clone(), insert], batch),
    ] {
        let answer = format!(r#"{{"success":true,"result":{shown}}}"#);
        let mut fake = FakeEnv::default().then(200, &answer);
        let (result, done) = apply(&mut fake, &changes);
        let error = result.unwrap_err();
        assert_eq!((error.kind, done.len(), fake.asked.len()), (Kind::OtherName, 0, 1));
        assert!(error.message.contains("'h.example' is not in this zone"), "{}", error.message);
        assert!(error.message.contains("Delete 'h.example.x.org'"), "{}", error.message);
    }
    // The same name in Unicode is not another one.
    let answer = format!(
        r#"{{"success":true,"result":{}}}"#,
        record_json("r1", "192.0.2.9").replace("h.example", "Ü.example")
    );
    let set = RrSet { name: "xn--tda.example".into(), ..set() };
    let changes = [Change::Insert(wanted("192.0.2.9"))];
    let (result, done) = apply_to(&mut FakeEnv::default().then(200, &answer), set, &changes);
    assert!(result.is_ok() && done[0].is_some());
}

#[test]
fn several_sets_go_in_one_batch() {
    let aaaa = RrSet { kind: RecordType::Aaaa, ..set() };
    let six = RecordSpec::of(fixtures::address("2001:db8::1"));
    let work = [
        SetChanges {
            set: set(),
            changes: vec![Change::Insert(wanted("192.0.2.1"))],
            policy: Policy::Mirror,
        },
        SetChanges { set: aaaa, changes: vec![Change::Insert(six)], policy: Policy::Mirror },
    ];
    let second = record_json("r2", "2001:db8::1").replace("\"A\"", "\"AAAA\"");
    let body = format!(
        r#"{{"success":true,"result":{{"posts":[{second},{}]}}}}"#,
        record_json("r1", "192.0.2.1")
    );
    let mut fake = FakeEnv::default().then(200, &body);
    let (token, mut done) = (Secret::new("t".into()), Vec::new());
    let meta = &mut ResponseMeta::default();
    Cloudflare::new(account(&token)).apply(&mut fake, &work, &mut done, meta).unwrap();
    let ids: Vec<&str> = done.iter().flatten().map(|one| one.id.as_str()).collect();
    assert_eq!((ids, fake.asked.len()), (vec!["r1", "r2"], 1));
    assert!(fake.asked[0].contains(r#""type":"AAAA","name":"h.example""#), "{}", fake.asked[0]);
}

#[test]
fn what_a_status_says_decides_whether_to_try_again() {
    let refusal = r#"{"success":false,"errors":[{"code":10429,"message":"slow down"}]}"#;
    let kind = |mut fake: FakeEnv| list(&mut fake).unwrap_err().kind;
    let throttled = |after_seconds| Kind::Throttled { after_seconds };
    assert_eq!(kind(FakeEnv::default().then(429, refusal)), throttled(None));
    assert_eq!(kind(FakeEnv::default().then(429, "<html>")), throttled(None));
    let after = ("retry-after", "7");
    assert_eq!(kind(FakeEnv::default().then_with(429, after, refusal)), throttled(Some(7)));
    assert_eq!(kind(FakeEnv::default().then_with(503, after, "")), throttled(Some(7)));
    let date = ("retry-after", "Thu, 01 Jan 1970 00:01:40 GMT");
    let late = FakeEnv { now: 90, ..FakeEnv::default() }.then_with(429, date, refusal);
    assert_eq!(kind(late), throttled(Some(10)));
    assert_eq!(kind(FakeEnv::default().then(502, "<html>")), Kind::Unreachable);
    assert_eq!(kind(FakeEnv::default().then(500, refusal)), Kind::Unreachable);
    assert_eq!(kind(FakeEnv::default().then(200, "<html>")), Kind::InvalidResponse);
    assert_eq!(kind(FakeEnv::default().then(404, &page_json(&[], ""))), Kind::InvalidResponse);
}

#[test]
fn unreadable_answers_are_told_with_url_and_ray() {
    let mut fake = FakeEnv::default().then_with(403, ("cf-ray", "8f0a-AMS\u{1b}[2J"), "<html>");
    let message = list(&mut fake).unwrap_err().into_message();
    assert!(
        message.starts_with("GET https://api.example/v4/zones/z1/dns_records: HTTP 403"),
        "{message}"
    );
    assert!(message.contains("(cf-ray 8f0a-AMS\u{fffd}[2J)"), "{message}");
}
