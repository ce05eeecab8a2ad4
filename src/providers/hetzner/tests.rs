//! The editor against a scripted env: what it sends, and what it makes of each answer.

mod actions;
mod refusals;

use super::*;
use crate::env::fake::FakeEnv;
use crate::record::fixtures::{self, Entry};
use crate::record::{Kept, Policy, RecordType};
use crate::text::secret::Secret;

const TOKEN: &str = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr";
const SETS: &str = "https://a/v1/zones/example.com/rrsets";
const GET: &str = "GET https://a/v1/zones/example.com/rrsets/h/A";
const ZONE: &str = r#"{"zone":{"id":1,"name":"example.com","mode":"primary"}}"#;
const SUCCESS: &str = r#"{"action":{"id":7,"status":"success","error":null}}"#;
const RUNNING: &str = r#"{"action":{"id":7,"status":"running","error":null}}"#;
const FAILED: &str =
    r#"{"action":{"id":7,"status":"error","error":{"code":"action_failed","message":"M"}}}"#;

fn entry() -> Entry {
    let (zone, record, value) = ("example.com".into(), "h".into(), "192.0.2.1".into());
    Entry { zone, record, kind: RecordType::A, value, ttl: None, comment: None }
}

fn records(addresses: &[&str]) -> String {
    let one = |address: &&str| format!(r#"{{"value":"{address}"}}"#);
    addresses.iter().map(one).collect::<Vec<String>>().join(",")
}

fn set(ttl: &str, records: &str) -> String {
    format!(r#"{{"rrset":{{"name":"h","type":"A","ttl":{ttl},"records":[{records}]}}}}"#)
}

/// The answer to a write that makes the set, done at once.
fn made(address: &str) -> String {
    let rrset = set("60", &records(&[address]));
    format!("{},{}", rrset.trim_end_matches('}'), SUCCESS.trim_start_matches('{'))
        .replace("],\"action", "]},\"action")
}

fn refusal(code: &str) -> String {
    format!(r#"{{"error":{{"code":"{code}","message":"M {TOKEN}","details":null}}}}"#)
}

fn record(value: &str, ttl: Option<u32>, comment: Option<&str>) -> Record {
    let comment = comment.map(String::from);
    Record { ttl, comment, ..Record::new("h/A".into(), fixtures::address(value)) }
}

/// A record as an answer shows it.
fn shown(value: &str, ttl: Option<u32>, comment: Option<&str>) -> Record {
    let kept = Kept { written: Some(value.into()), ..Kept::default() };
    Record { kept, ..record(value, ttl, comment) }
}

/// Does something with a store, and gives back what it saw.
fn with<T>(act: impl FnOnce(&Hetzner, &mut ResponseMeta) -> T) -> (T, ResponseMeta) {
    let secret = Secret::new(TOKEN.into());
    let (base, is_awaited) = ("https://a/v1", true);
    let store = Hetzner::new(Account { base, id: "", secret: &secret, zone_id: None, is_awaited });
    let mut meta = ResponseMeta::default();
    (act(&store, &mut meta), meta)
}

fn zones(fake: &mut FakeEnv) -> Result<Vec<String>, Error> {
    with(|store, meta| store.zones(fake, meta)).0
}

fn list(fake: &mut FakeEnv) -> Result<Option<Vec<Record>>, Error> {
    with(|store, meta| store.list(fake, &entry().set(), meta)).0
}

/// Carries out changes to one set.
fn apply(
    fake: &mut FakeEnv,
    changes: Vec<Change>,
) -> (Result<Vec<Option<Record>>, Error>, ResponseMeta) {
    let work = SetChanges { set: entry().set(), changes, policy: Policy::All };
    with(|store, meta| {
        let mut done = Vec::new();
        store.apply(fake, &[work], &mut done, meta).map(|()| done)
    })
}

/// The first record after changes that succeed or not.
fn first(
    (result, meta): (Result<Vec<Option<Record>>, Error>, ResponseMeta),
) -> (Result<Record, Error>, ResponseMeta) {
    (result.map(|mut done| done.remove(0).unwrap()), meta)
}

fn insert(fake: &mut FakeEnv) -> (Result<Record, Error>, ResponseMeta) {
    first(apply(fake, entry().inserted().changes))
}

/// Makes the entry of several records: of the one that has its value, or else of the first.
fn change(
    fake: &mut FakeEnv,
    entry: &Entry,
    from: &[Record],
) -> (Result<Record, Error>, ResponseMeta) {
    let spec = entry.spec();
    let at = from.iter().position(|one| spec.value.matches(&one.value)).unwrap_or(0);
    let mut changes = entry.updated(&from[at]).changes;
    let others = from.iter().enumerate().filter(|(number, _)| *number != at);
    changes.extend(others.map(|(_, one)| Change::Delete(one.clone())));
    first(apply(fake, changes))
}

#[test]
fn zones_are_read_page_by_page() {
    let page = |names: &[String], next: &str| {
        let zones = names.iter().map(|name| format!(r#"{{"name":"{name}"}}"#));
        let zones = zones.collect::<Vec<String>>().join(",");
        format!(r#"{{"zones":[{zones}],"meta":{{"pagination":{next}}}}}"#)
    };
    let names: Vec<String> = (0..70).map(|n| format!("z{n}.example")).collect();
    for (more, last) in [(r#"{"next_page":2}"#, r#"{"next_page":null}"#), ("null", "null")] {
        let mut fake = FakeEnv::default().then(200, &page(&names[..50], more));
        fake = fake.then(200, &page(&names[50..], last));
        assert_eq!(zones(&mut fake).unwrap(), names);
        let url = |number| format!("GET https://a/v1/zones?page={number}&per_page=50");
        assert_eq!(fake.asked, [1, 2].map(url));
    }
    let mut endless = FakeEnv::default();
    for _ in 0..PAGES_MAX {
        endless = endless.then(200, &page(&names[..1], r#"{"next_page":2}"#));
    }
    assert_eq!(zones(&mut endless).unwrap_err().kind, Kind::InvalidResponse);
    let mut empty = FakeEnv::default().then(200, &page(&[], r#"{"next_page":2}"#));
    assert_eq!(zones(&mut empty), Ok(vec![]));
}

#[test]
fn what_stands() {
    let body = set("null", r#"{"value":"192.0.2.1","comment":"c"},{"value":"192.0.2.2"}"#);
    let mut fake = FakeEnv::default().then(200, &body);
    let all = vec![shown("192.0.2.1", None, Some("c")), shown("192.0.2.2", None, None)];
    assert_eq!(list(&mut fake), Ok(Some(all)));
    assert_eq!(fake.asked, [GET]);
    let other = body.replace("\"h\"", "\"i\"");
    let error = list(&mut FakeEnv::default().then(200, &other)).unwrap_err();
    assert_eq!(error.kind, Kind::InvalidResponse);
}

#[test]
fn no_set_and_no_zone_are_two_things() {
    let missing = || FakeEnv::default().then(404, &refusal("not_found"));
    let mut fake = missing().then(200, ZONE);
    assert_eq!(list(&mut fake), Ok(Some(vec![])));
    assert_eq!(fake.asked, [GET, "GET https://a/v1/zones/example.com"]);
    assert_eq!(list(&mut missing().then(404, &refusal("not_found"))), Ok(None));
    for (status, body, kind) in [
        (200, ZONE.replace("example.com", "b.example"), Kind::InvalidResponse),
        (200, "{}".into(), Kind::InvalidResponse),
        (404, "<html>".into(), Kind::InvalidResponse),
        (401, refusal("unauthorized"), Kind::Refused { code: None }),
        (502, "<html>".into(), Kind::Unreachable),
    ] {
        assert_eq!(list(&mut missing().then(status, &body)).unwrap_err().kind, kind);
    }
    // A page that is not the API's says nothing about either.
    let mut fake = FakeEnv::default().then(404, "<html>");
    let error = list(&mut fake).unwrap_err();
    assert_eq!((error.kind, fake.asked.len()), (Kind::InvalidResponse, 1));
    assert!(error.message.ends_with("\nIs the URL of the API right?"), "{}", error.message);
}

#[test]
fn a_set_is_made() {
    let mut fake = FakeEnv::default().then(201, &made("192.0.2.1"));
    assert_eq!(insert(&mut fake).0, Ok(record("192.0.2.1", Some(60), None)));
    let records = wire::records_after(&entry().inserted().changes).unwrap();
    let body = wire::create(&entry().set(), None, &records);
    assert_eq!(fake.asked, [format!("POST {SETS} {body}")]);
    assert!(insert(&mut FakeEnv::default().then(201, SUCCESS)).0.is_ok());
    for odd in [made("192.0.2.2"), made("192.0.2.1").replace("\"A\"", "\"AAAA\""), "{}".into()] {
        let error = insert(&mut FakeEnv::default().then(201, &odd)).0.unwrap_err();
        assert_eq!(error.kind, Kind::InvalidResponse);
    }
}

#[test]
fn a_set_that_somebody_else_made_is_gone_on_with() {
    let exists = || FakeEnv::default().then(409, &refusal("uniqueness_error"));
    let mut fake = exists().then(200, &set("60", &records(&["192.0.2.1"])));
    assert_eq!(insert(&mut fake).0, Ok(record("192.0.2.1", Some(60), None)));
    assert_eq!((fake.asked.len(), fake.asked[1].as_str()), (2, GET));
    let mut fake = exists().then(200, &set("60", &records(&["192.0.2.9"]))).then(201, SUCCESS);
    assert!(insert(&mut fake).0.is_ok());
    assert!(fake.asked[2].starts_with(&format!("POST {SETS}/h/A/actions/set_records ")));
    for (status, body) in [(404, refusal("not_found")), (502, String::new())] {
        let error = insert(&mut exists().then(status, &body)).0.unwrap_err();
        assert!(error.message.contains("(uniqueness_error)"), "{}", error.message);
    }
}

#[test]
fn values_are_replaced_and_comments_kept() {
    let (a, b) = (record("192.0.2.8", None, Some("a")), record("192.0.2.1", None, Some("b")));
    let asked = Entry { comment: Some("new".into()), ..entry() };
    for (entry, from, comment) in [
        (entry(), vec![a.clone()], Some("a")),
        (entry(), vec![a.clone(), b.clone()], Some("b")),
        (entry(), vec![record("192.0.2.8", None, None), a.clone()], None),
        (asked.clone(), vec![a, b.clone()], Some("new")),
        (asked, vec![b], Some("new")),
    ] {
        let mut fake = FakeEnv::default().then(201, SUCCESS);
        let (result, _) = change(&mut fake, &entry, &from);
        assert_eq!(result, Ok(record("192.0.2.1", None, None)));
        let comment = comment.map(String::from);
        let after = Entry { comment, ..entry }.inserted().changes;
        let body = wire::set_records(&wire::records_after(&after).unwrap());
        assert_eq!(fake.asked, [format!("POST {SETS}/h/A/actions/set_records {body}")]);
    }
}

#[test]
fn the_ttl_is_a_write_of_its_own() {
    let entry = Entry { ttl: Some(300), ..entry() };
    let ttl_post = format!(r#"POST {SETS}/h/A/actions/change_ttl {{"ttl":300}}"#);
    for before in [None, Some(60)] {
        let from = [record("192.0.2.1", before, None)];
        let mut fake = FakeEnv::default().then(201, SUCCESS);
        let (result, _) = change(&mut fake, &entry, &from);
        assert_eq!(result, Ok(record("192.0.2.1", Some(300), None)));
        assert_eq!(fake.asked, std::slice::from_ref(&ttl_post));
        let from = [record("192.0.2.9", before, None)];
        let mut fake = FakeEnv::default().then(201, SUCCESS).then(201, SUCCESS);
        assert!(change(&mut fake, &entry, &from).0.is_ok());
        assert_eq!((fake.asked.len(), &fake.asked[1]), (2, &ttl_post));
        // The value is there: that is worth more than a failure.
        let refused = refusal("invalid_input");
        let mut fake = FakeEnv::default().then(201, SUCCESS).then(422, &refused);
        let (result, meta) = change(&mut fake, &entry, &from);
        assert_eq!(result, Ok(record("192.0.2.1", before, None)));
        let warning = "the ttl could not be set: M (the secret) (invalid_input).";
        assert_eq!(meta.warnings, [warning]);
        let from = [record("192.0.2.1", before, None)];
        let mut fake = FakeEnv::default().then(422, &refused);
        assert!(change(&mut fake, &entry, &from).0.is_err());
    }
    let from = [record("192.0.2.1", Some(300), None)];
    assert!(change(&mut FakeEnv::default(), &entry, &from).0.is_ok());
}

#[test]
fn a_set_that_is_gone_is_made_again() {
    let gone = || FakeEnv::default().then(404, &refusal("not_found"));
    let from = [record("192.0.2.9", None, None)];
    let mut fake = gone().then(201, &made("192.0.2.1"));
    assert!(change(&mut fake, &entry(), &from).0.is_ok());
    assert!(fake.asked[1].starts_with(&format!("POST {SETS} ")));
    let mut fake = gone().then(404, &refusal("not_found"));
    assert!(change(&mut fake, &entry(), &from).0.is_err());
    assert!(change(&mut FakeEnv::default().then(404, "<html>"), &entry(), &from).0.is_err());
}

#[test]
fn a_name_in_unicode_is_the_one_asked_for() {
    let entry = Entry { zone: "xn--bcher-kva.example".into(), ..entry() };
    let zone = r#"{"zone":{"id":1,"name":"bücher.example"}}"#;
    let mut fake = FakeEnv::default().then(404, &refusal("not_found")).then(200, zone);
    let found = with(|store, meta| store.list(&mut fake, &entry.set(), meta)).0;
    assert_eq!(found, Ok(Some(vec![])));
    let list = r#"{"zones":[{"name":"Bücher.example"}],"meta":null}"#;
    assert_eq!(zones(&mut FakeEnv::default().then(200, list)).unwrap(), ["xn--bcher-kva.example"]);
}

#[test]
fn what_was_not_done_because_of_others_is_sent_again() {
    for (status, code) in [(409, "conflict"), (423, "locked")] {
        let busy = |times| {
            let mut fake = FakeEnv::default();
            for _ in 0..times {
                fake = fake.then(status, &refusal(code));
            }
            fake
        };
        let mut fake = busy(3).then(201, SUCCESS);
        assert!(insert(&mut fake).0.is_ok());
        assert_eq!(fake.pauses, [1000, 2000, 4000]);
        assert!(fake.asked.iter().all(|line| *line == fake.asked[0]));
        let mut fake = busy(4);
        let error = insert(&mut fake).0.unwrap_err();
        assert_eq!((error.kind, fake.asked.len()), (Kind::Refused { code: None }, 4));
    }
    // Of these nobody knows whether it was done.
    for (status, code) in [(502, "bad_gateway"), (504, "timeout"), (500, "conflict")] {
        let mut fake = FakeEnv::default().then(status, &refusal(code));
        assert_eq!(insert(&mut fake).0.unwrap_err().kind, Kind::Unreachable);
        assert!(fake.pauses.is_empty());
    }
}

fn cut(body: &str, end: usize) -> &str {
    body.get(..end).unwrap()
}

#[test]
fn cut_answers_never_count() {
    let (set, made, from) =
        (set("60", &records(&["192.0.2.9"])), made("192.0.2.1"), record("192.0.2.9", None, None));
    for end in 0..set.len() {
        assert!(list(&mut FakeEnv::default().then(200, cut(&set, end))).is_err());
    }
    for end in 0..made.len() {
        assert!(insert(&mut FakeEnv::default().then(201, cut(&made, end))).0.is_err());
    }
    for end in 0..SUCCESS.len() {
        let mut fake = FakeEnv::default().then(201, cut(SUCCESS, end));
        assert!(change(&mut fake, &entry(), std::slice::from_ref(&from)).0.is_err());
    }
    let missing = refusal("not_found");
    for end in 0..missing.len() {
        assert!(list(&mut FakeEnv::default().then(404, cut(&missing, end))).is_err());
    }
}

#[test]
fn paths_hold_names_as_they_are_or_harmless() {
    for (record, path) in [("@", "@"), ("*", "*"), ("a.b", "a.b"), ("a/b?c", "a%2Fb%3Fc")] {
        let entry = Entry { record: record.into(), ..entry() };
        assert_eq!(rrset_path(&entry.set()), format!("/zones/example.com/rrsets/{path}/A"));
    }
}
