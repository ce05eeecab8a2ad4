//! The provider against a scripted env: what it sends, and what it makes of each answer.

use super::*;
use crate::env::Question;
use crate::env::fake::FakeEnv;
use crate::record::fixtures::{self, Entry};
use crate::record::{Kept, RecordType};
use crate::text::secret::Secret;
use std::net::IpAddr;

mod refusals;
mod writes;

const BASE: &str = "https://alidns.example";
const ID: &str = "LTAI5tEXAMPLEKEYID0000000";
const SECRET: &str = "EXAMPLEsecretEXAMPLEsecret00000";
const NOW: u64 = 1_767_323_045;
const FIND: &str = "POST https://alidns.example/?DomainName=example.com&PageNumber=1&PageSize=500\
    &RRKeyWord=home&SearchMode=COMBINATION&Type=A";

fn fake() -> FakeEnv {
    FakeEnv { now: NOW, ..FakeEnv::default() }
}

fn entry() -> Entry {
    Entry {
        zone: "example.com".into(),
        record: "home".into(),
        kind: RecordType::A,
        value: "192.0.2.9".into(),
        ttl: None,
        comment: None,
    }
}

fn record(id: &str, value: &str) -> Record {
    let (line, status) = (Some("telecom".into()), Some("ENABLE".into()));
    Record {
        ttl: Some(600),
        comment: Some("old".into()),
        kept: Kept { line, status, ..Kept::default() },
        ..Record::new(id.into(), fixtures::address(value))
    }
}

fn record_json(id: &str, rr: &str, value: &str) -> String {
    format!(
        r#"{{"RecordId":"{id}","RR":"{rr}","Type":"A","Value":"{value}","TTL":600,
        "Line":"telecom","Status":"ENABLE","Remark":"old"}}"#
    )
}

fn page_json(total: usize, records: &[String]) -> String {
    let records = records.join(",");
    format!(
        r#"{{"TotalCount":{total},"RequestId":"q-page","DomainRecords":{{"Record":[{records}]}}}}"#
    )
}

fn refusal(code: &str) -> String {
    format!(r#"{{"RequestId":"q-no","HostId":"h","Code":"{code}","Message":"Told so."}}"#)
}

/// What was asked, without what all requests have.
fn actions(fake: &FakeEnv) -> Vec<String> {
    let action = |headers: &Vec<(String, String)>| {
        headers.iter().find(|(name, _)| name == "x-acs-action").unwrap().1.clone()
    };
    fake.headers.iter().map(action).collect()
}

fn with<T>(job: impl FnOnce(&Aliyun, &mut ResponseMeta) -> T) -> (T, ResponseMeta) {
    let secret = Secret::new(SECRET.into());
    let account = Account { base: BASE, id: ID, secret: &secret, zone_id: None, is_awaited: true };
    let mut meta = ResponseMeta::default();
    (job(&Aliyun::new(account), &mut meta), meta)
}

fn list(env: &mut dyn Env) -> (Result<Option<Vec<Record>>, Error>, ResponseMeta) {
    with(|aliyun, meta| aliyun.list(env, &entry().set(), meta))
}

/// Carries out the only change of a set.
fn apply(env: &mut dyn Env, work: SetChanges) -> (Result<Record, Error>, ResponseMeta) {
    with(|aliyun, meta| {
        let mut done = Vec::new();
        aliyun.apply(env, &[work], &mut done, meta)?;
        Ok(done.pop().unwrap().unwrap())
    })
}

fn insert(env: &mut dyn Env, entry: &Entry) -> (Result<Record, Error>, ResponseMeta) {
    apply(env, entry.inserted())
}

fn change(
    env: &mut dyn Env,
    entry: &Entry,
    from: &Record,
) -> (Result<Record, Error>, ResponseMeta) {
    apply(env, entry.updated(from))
}

#[test]
fn a_request_is_signed_for_this_moment() {
    let mut fake = fake().then(200, &page_json(0, &[]));
    let (found, meta) = list(&mut fake);
    assert_eq!((found, meta.request_id.as_deref()), (Ok(Some(vec![])), Some("q-page")));
    assert_eq!(fake.asked, [FIND]);
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let sent: Vec<(&str, &str)> =
        fake.headers[0].iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let [fields @ .., (name, authorization)] = sent.as_slice() else { panic!() };
    let expected = [
        ("x-acs-action", "DescribeDomainRecords"),
        ("x-acs-content-sha256", nothing),
        ("x-acs-date", "2026-01-02T03:04:05Z"),
        ("x-acs-signature-nonce", &"0".repeat(32)),
        ("x-acs-version", "2015-01-09"),
    ];
    assert_eq!((fields, *name), (expected.as_slice(), "Authorization"));
    let names = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;\
        x-acs-version";
    let start = format!("ACS3-HMAC-SHA256 Credential={ID},SignedHeaders={names},Signature=");
    assert!(authorization.starts_with(&start), "{authorization}");
}

#[test]
fn host_and_path_of_the_base_are_signed_and_sent() {
    let mut signatures = Vec::new();
    let secret = Secret::new(SECRET.into());
    for (base, at) in [
        ("https://alidns.example", "https://alidns.example/?"),
        ("https://alidns.example:443", "https://alidns.example:443/?"),
        ("https://alidns.example/x", "https://alidns.example/x?"),
    ] {
        let mut fake = fake().then(200, &page_json(0, &[]));
        let account = Account { base, id: ID, secret: &secret, zone_id: None, is_awaited: true };
        let found =
            Aliyun::new(account).list(&mut fake, &entry().set(), &mut ResponseMeta::default());
        assert!(found.is_ok() && fake.asked[0].starts_with(&format!("POST {at}Domain")), "{base}");
        signatures.push(fake.headers[0].last().unwrap().1.clone());
    }
    signatures.dedup();
    assert_eq!(signatures.len(), 3);
}

#[test]
fn names_that_only_look_alike_are_others() {
    let records = [
        record_json("1", "home2", "192.0.2.1"),
        record_json("2", "HOME", "192.0.2.2"),
        record_json("3", "my.home", "192.0.2.3"),
        record_json("4", "home", "2001:db8::1").replace("\"A\"", "\"AAAA\""),
    ];
    let mut fake = fake().then(200, &page_json(4, &records));
    assert_eq!(list(&mut fake).0, Ok(Some(vec![record("2", "192.0.2.2")])));
}

#[test]
fn the_line_for_everybody_is_managed() {
    let on = |id: &str, line: &str| {
        let line = format!("\"Line\":\"{line}\"");
        record_json(id, "home", &format!("192.0.2.{id}")).replace("\"Line\":\"telecom\"", &line)
    };
    for (lines, managed) in [
        (vec!["telecom", "default", "unicom"], vec!["2"]),
        (vec!["default", "default", "unicom"], vec!["1", "2"]),
        (vec!["telecom"], vec!["1"]),
        (vec!["telecom", "telecom"], vec!["1", "2"]),
        (vec!["telecom", "unicom"], vec!["1", "2"]),
    ] {
        let numbered = lines.iter().zip(["1", "2", "3"]);
        let records: Vec<String> = numbered.map(|(line, id)| on(id, line)).collect();
        let mut fake = fake().then(200, &page_json(records.len(), &records));
        let found = list(&mut fake).0.unwrap().unwrap();
        let ids: Vec<&str> = found.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, managed, "{lines:?}");
    }
}

#[test]
fn names_and_texts_mean_the_same_in_other_spellings() {
    let bücher = record_json("2", "bücher", "192.0.2.2");
    let entry = Entry { record: "xn--bcher-kva".into(), ..entry() };
    let mut fake = fake().then(200, &page_json(1, &[bücher]));
    let found = with(|aliyun, meta| aliyun.list(&mut fake, &entry.set(), meta)).0;
    assert_eq!(found.unwrap().unwrap().len(), 1);
    let text = |value: &str| Entry { kind: RecordType::Txt, value: value.into(), ..entry.clone() };
    for (value, sent) in [
        (r#""v=spf1 -all""#, "v%3Dspf1%20-all"),
        (r#""a" "b""#, "ab"),
        ("ab", "ab"),
        (r#""\"a\"""#, "%22%5C%22a%5C%22%22"),
    ] {
        let mut fake = self::fake().then(200, r#"{"RequestId":"q","RecordId":"5"}"#);
        insert(&mut fake, &text(value)).0.unwrap();
        assert!(fake.asked[0].ends_with(&format!("&Value={sent}")), "{}", fake.asked[0]);
    }
}

#[test]
fn pages_are_read_until_the_count_is_reached() {
    let record = |n: usize| record_json(&n.to_string(), "home", &format!("192.0.2.{}", n % 250));
    let all: Vec<String> = (0..1200).map(record).collect();
    let mut fake = fake();
    // A server that shows less than it was asked for is taken at its count.
    for page in all.chunks(400) {
        fake = fake.then(200, &page_json(1200, page));
    }
    assert_eq!(list(&mut fake).0.unwrap().unwrap().len(), 1200);
    let pages = [1, 2, 3].map(|n| FIND.replace("PageNumber=1", &format!("PageNumber={n}")));
    assert_eq!(fake.asked, pages);
}

#[test]
fn a_list_that_lies_is_no_list() {
    let one = [record_json("1", "home", "192.0.2.1")];
    let other = [record_json("1", "home", "192.0.2.2")];
    let ends = fake().then(200, &page_json(9, &one)).then(200, &page_json(9, &[]));
    let differs = fake().then(200, &page_json(2, &one)).then(200, &page_json(2, &other));
    let endless = (0..PAGES_MAX).fold(fake(), |all, _| all.then(200, &page_json(9999, &one)));
    for mut fake in [ends, differs, endless] {
        let error = list(&mut fake).0.unwrap_err();
        assert_eq!(error.kind, Kind::InvalidResponse);
        assert!(error.message.starts_with("DescribeDomainRecords: the list "), "{}", error.message);
    }
    // One that moved to the next page meanwhile is the same still.
    let mut moved = fake().then(200, &page_json(2, &one)).then(200, &page_json(2, &one));
    assert_eq!(list(&mut moved).0.unwrap().unwrap().len(), 1);
}

/// A env whose chance differs from time to time, and that has no time to wait.
struct Hurried {
    fake: FakeEnv,
    chance: u8,
}

impl Env for Hurried {
    fn http(&mut self, request: &Request) -> Result<Response, Error> {
        self.fake.http(request)
    }

    fn dns(&mut self, questions: &[Question]) -> Vec<Result<Vec<u8>, Error>> {
        self.fake.dns(questions)
    }

    fn addresses(&mut self, host: &str) -> Result<Vec<IpAddr>, Error> {
        self.fake.addresses(host)
    }

    fn now(&mut self) -> u64 {
        self.fake.now()
    }

    fn random(&mut self, into: &mut [u8]) {
        self.chance += 1;
        into.fill(self.chance);
    }

    fn pause(&mut self, _milliseconds: u32) -> Result<(), Error> {
        Err(Error::new(Kind::Unavailable, "no time is left"))
    }
}
