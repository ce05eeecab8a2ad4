//! Whole jobs at real providers' stores, with their answers from a list.

use super::*;
use crate::engine::follow::Report;
use crate::providers::Account;
use crate::providers::cloudflare::Cloudflare;
use crate::providers::hetzner::Hetzner;
use crate::record::fixtures;
use crate::text::secret::Secret;

fn account(secret: &Secret, is_awaited: bool) -> Account<'_> {
    Account { base: "https://a", id: "", secret, zone_id: None, is_awaited }
}

#[test]
fn a_whole_run_at_cloudflare() {
    let record = |address: &str| {
        format!(
            r#"{{"id":"r1","name":"h.example.com","type":"A","content":"{address}","ttl":1,
            "proxied":true}}"#
        )
    };
    let zone = r#"{"success":true,"result":[{"id":"z1","name":"example.com"}]}"#;
    let list = format!(r#"{{"success":true,"result":[{}]}}"#, record("192.0.2.9"));
    let done = format!(r#"{{"success":true,"result":{}}}"#, record("192.0.2.1"));
    let fake = FakeEnv::default().then(502, "").then(200, zone).then(200, &list);
    let mut fake = fake.then_with(200, ("cf-ray", "r-AMS"), &done);
    let secret = Secret::new("t".into());
    let entry = Entry { ttl: Some(300), ..entry() };
    let store = Cloudflare::new(account(&secret, true));
    let answer = ensure(&mut fake, &store, &job(&entry, false));
    assert_eq!(came(&answer), outcome("updated", Some(1), Some("192.0.2.9")));
    let patch = r#"PATCH https://a/zones/z1/dns_records/r1 {"content":"192.0.2.1"}"#;
    assert_eq!((fake.asked.len(), fake.asked[3].as_str()), (4, patch));
    assert_eq!(fake.pauses, [1000]);
    let seen = ResponseMeta {
        record_id: Some("r1".into()),
        zone_id: Some("z1".into()),
        ray: Some("r-AMS".into()),
        warnings: vec!["ttl_automatic: ttl is automatic while the record is proxied".into()],
        ..ResponseMeta::default()
    };
    assert_eq!(answer.meta, seen);
}

#[test]
fn a_whole_run_at_hetzner() {
    let zones = r#"{"zones":[{"name":"example.com","mode":"primary"}]}"#;
    let set = r#"{"rrset":{"name":"h","type":"A","ttl":60,
        "records":[{"value":"192.0.2.8"},{"value":"192.0.2.1","comment":"c"}]}}"#;
    let action = |status: &str| format!(r#"{{"action":{{"id":7,"status":"{status}"}}}}"#);
    let fake = FakeEnv::default().then(200, zones).then(504, "").then(502, "").then(200, set);
    let mut fake = fake.then(201, &action("running")).then(200, &action("success"));
    let secret = Secret::new("t".into());
    let entry = Entry { zone: String::new(), record: "h.example.com".into(), ..entry() };
    let store = Hetzner::new(account(&secret, true));
    let Answer { steps, meta, outcome } = ensure(&mut fake, &store, &job(&entry, true));
    assert_eq!((outcome, steps.len()), (Outcome::Done, 2));
    assert_eq!((steps[0].action, steps[1].action), (Action::Removed, Action::Unchanged));
    assert_eq!(fake.pauses, [1000, 2000, 500]);
    assert_eq!(
        fake.asked[4..],
        [
            "POST https://a/zones/example.com/rrsets/h/A/actions/set_records \
                {\"records\":[{\"value\":\"192.0.2.1\",\"comment\":\"c\"}]}",
            "GET https://a/actions/7"
        ]
    );
    assert_eq!(meta.zones.unwrap(), ["example.com"]);
    assert_eq!((meta.record_id.as_deref(), meta.warnings.len()), (Some("h/A"), 0));
}

const LIST: &str = "GET https://a/zones/z/dns_records?type=AAAA&name=h.example&per_page=100&page=1";

fn page(addresses: &[&str]) -> String {
    let record = |(number, address): (usize, &&str)| {
        format!(
            r#"{{"id":"r{number}","name":"h.example","type":"AAAA","content":"{address}",
            "ttl":300,"proxied":false,"comment":null,"tags":[]}}"#
        )
    };
    let all: Vec<String> = addresses.iter().enumerate().map(record).collect();
    let count = addresses.len();
    format!(
        r#"{{"success":true,"errors":[],"result":[{}],
            "result_info":{{"total_count":{count}}}}}"#,
        all.join(",")
    )
}

/// What the API answers to the one write there may be.
fn shown(existing: &[&str], address: &str, policy: Policy) -> String {
    let record = format!(
        r#"{{"id":"r0","name":"h.example","type":"AAAA","content":"{address}","ttl":300,
        "proxied":false,"comment":null,"tags":[]}}"#
    );
    let result = match existing.len() > 1 && policy == Policy::All {
        true => format!(r#"{{"patches":[{record}]}}"#),
        false => record,
    };
    format!(r#"{{"success":true,"errors":[],"result":{result}}}"#)
}

/// The job of a daemon that follows an address.
fn follow(candidates: &[&str], policy: Policy) -> Job {
    let set = SetJob {
        wanted: candidates.iter().map(|one| fixtures::address(one)).collect(),
        policy,
        attributes: Attributes::OfNew,
        ttl: Some(1),
        ..SetJob::one("h.example".into(), fixtures::address(candidates[0]))
    };
    let (zone, deadline) = (Zone::Id("z".into()), Deadline::Request(30));
    Job { zone, deadline, sets: vec![set], ..job(&entry(), false) }
}

/// What was sent after the list, and what came of it.
fn followed(
    existing: &[&str],
    candidates: &[&str],
    policy: Policy,
) -> (Vec<String>, Result<Report, Error>) {
    let mut fake = FakeEnv::default().then(200, &page(existing));
    fake = fake.then(200, &shown(existing, candidates[0], policy));
    let token = Secret::new("t".into());
    let store = Cloudflare::new(account(&token, false));
    let result = Report::of(ensure(&mut fake, &store, &follow(candidates, policy)));
    assert_eq!(fake.asked.remove(0), LIST);
    (fake.asked, result)
}

fn report(action: Action, address: &str, removed: &[&str]) -> Result<Report, Error> {
    let removed = removed.iter().map(|one| one.parse().unwrap()).collect();
    Ok(Report { action, address: address.parse().unwrap(), removed })
}

const ALL: [Policy; 3] = [Policy::OnlyOne, Policy::First, Policy::All];

#[test]
fn none_or_one() {
    for policy in ALL {
        let (asked, result) = followed(&[], &["2001:db8::1", "2001:db8::2"], policy);
        let insert = "POST https://a/zones/z/dns_records {\"type\":\"AAAA\",\
            \"name\":\"h.example\",\"content\":\"2001:db8::1\",\"ttl\":1,\"proxied\":false}";
        assert_eq!(
            (asked, result),
            (vec![insert.into()], report(Action::Created, "2001:db8::1", &[]))
        );
        let (asked, result) = followed(&["2001:db8::2"], &["2001:db8::1", "2001:db8::2"], policy);
        assert_eq!((asked.len(), result), (0, report(Action::Unchanged, "2001:db8::2", &[])));
        let (asked, result) = followed(&["2001:db8::9"], &["2001:db8::1"], policy);
        let patch = "PATCH https://a/zones/z/dns_records/r0 {\"content\":\"2001:db8::1\"}";
        assert_eq!(
            (asked, result),
            (vec![patch.into()], report(Action::Updated, "2001:db8::1", &[]))
        );
    }
}

#[test]
fn an_answer_that_shows_something_else_does_not_count() {
    let token = Secret::new("t".into());
    let null = r#"{"success":true,"errors":[],"result":null}"#.to_string();
    let other = shown(&["x"], "2001:db8::bad", Policy::OnlyOne);
    for answer in [null, other] {
        let mut fake = FakeEnv::default().then(200, &page(&["2001:db8::9"]));
        fake = fake.then(200, &answer);
        let store = Cloudflare::new(account(&token, false));
        let job = follow(&["2001:db8::1"], Policy::OnlyOne);
        let result = Report::of(ensure(&mut fake, &store, &job));
        assert_eq!(result.unwrap_err().kind, Kind::InvalidResponse);
    }
}

#[test]
fn several() {
    let (asked, result) =
        followed(&["2001:db8::8", "2001:db8::9"], &["2001:db8::1"], Policy::OnlyOne);
    assert_eq!(asked.len(), 0);
    let message = result.unwrap_err().into_message();
    assert!(message.contains("2 AAAA records (2001:db8::8, 2001:db8::9)"), "{message}");
    let patch = "PATCH https://a/zones/z/dns_records/r0 {\"content\":\"2001:db8::1\"}";
    let (asked, result) =
        followed(&["2001:db8::8", "2001:db8::9"], &["2001:db8::1"], Policy::First);
    assert_eq!((asked, result), (vec![patch.into()], report(Action::Updated, "2001:db8::1", &[])));
    // One that is right already cannot stand there twice.
    for policy in [Policy::First, Policy::OnlyOne] {
        let (asked, result) = followed(&["2001:db8::8", "2001:db8::1"], &["2001:db8::1"], policy);
        assert_eq!(asked.len(), 0);
        assert_eq!(result.is_ok(), policy == Policy::First);
    }
    let five = ["2001:db8::5", "2001:db8::6", "2001:db8::7", "2001:db8::2", "2001:db8::1"];
    let (asked, result) = followed(&five, &["2001:db8::1", "2001:db8::2"], Policy::All);
    let batch = "POST https://a/zones/z/dns_records/batch {\"deletes\":[{\"id\":\"r0\"},\
        {\"id\":\"r1\"},{\"id\":\"r2\"},{\"id\":\"r3\"}],\"patches\":[],\"posts\":[]}";
    assert_eq!(asked, [batch]);
    assert_eq!(result, report(Action::Unchanged, "2001:db8::1", &five[..4]));
    let (asked, result) = followed(&five[..2], &["2001:db8::1"], Policy::All);
    let batch = "POST https://a/zones/z/dns_records/batch {\"deletes\":[{\"id\":\"r1\"}],\
        \"patches\":[{\"id\":\"r0\",\"content\":\"2001:db8::1\"}],\"posts\":[]}";
    assert_eq!(asked, [batch]);
    assert_eq!(result, report(Action::Updated, "2001:db8::1", &["2001:db8::6"]));
}
