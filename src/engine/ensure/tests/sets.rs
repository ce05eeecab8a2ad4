//! Sets of several values at providers that write records one by one, or a set as a whole.

use super::*;
use crate::providers::Account;
use crate::providers::aliyun::Aliyun;
use crate::providers::hetzner::Hetzner;
use crate::providers::tencent::Tencent;
use crate::record::fixtures::address;
use crate::text::secret::Secret;

const WRITTEN: &str = r#"{"RequestId":"q","RecordId":"77"}"#;
const ACTION: &str = r#"{"action":{"id":7,"status":"success"}}"#;

/// The job of giving `h.example.com` these addresses; of others those that are `owned` go, or all.
fn job_of(wanted: &[&str], owned: Option<&[&str]>) -> Job {
    let values = |all: &[&str]| all.iter().map(|one| address(one)).collect::<Vec<Value>>();
    let policy = if owned.is_some() { Policy::KeepForeign } else { Policy::Mirror };
    let set = SetJob {
        wanted: values(wanted),
        owned: values(owned.unwrap_or_default()),
        policy,
        attributes: Attributes::WithValue,
        ..SetJob::one("h".into(), address("192.0.2.1"))
    };
    Job { sets: vec![set], ..job(&entry(), false) }
}

/// What came of each record: `+1` made, `1>2` changed, `-1` removed, `=1` right already.
fn short(answer: &Answer) -> String {
    let last = |text: &str| text.rsplit('.').next().unwrap().to_string();
    let step = |step: &Step| {
        let value = last(&step.value.to_string());
        match step.action {
            Action::Unchanged => format!("={value}"),
            Action::Created => format!("+{value}"),
            Action::Removed => format!("-{value}"),
            Action::Updated => format!("{}>{value}", last(step.previous.as_deref().unwrap())),
        }
    };
    answer.steps.iter().map(step).collect::<Vec<_>>().join(" ")
}

fn with<T>(act: impl FnOnce(Account<'_>) -> T) -> T {
    let secret = Secret::new("s".into());
    let base = "https://a";
    act(Account { base, id: "i", secret: &secret, zone_id: None, is_awaited: true })
}

fn at_aliyun(fake: &mut FakeEnv, job: &Job) -> Answer {
    with(|account| ensure(fake, &Aliyun::new(account), job))
}

fn at_tencent(fake: &mut FakeEnv, job: &Job) -> Answer {
    with(|account| ensure(fake, &Tencent::new(account), job))
}

fn at_hetzner(fake: &mut FakeEnv, job: &Job) -> Answer {
    with(|account| ensure(fake, &Hetzner::new(account), job))
}

fn aliyun_list(lasts: &[u8]) -> String {
    let record = |last: &u8| {
        format!(
            r#"{{"RecordId":"{last}","RR":"h","Type":"A","Value":"192.0.2.{last}","TTL":600,
            "Line":"telecom","Status":"ENABLE"}}"#
        )
    };
    let records = lasts.iter().map(record).collect::<Vec<_>>().join(",");
    format!(r#"{{"TotalCount":{},"DomainRecords":{{"Record":[{records}]}}}}"#, lasts.len())
}

fn tencent_list(lasts: &[u8]) -> String {
    let record = |last: &u8| {
        format!(
            r#"{{"RecordId":{last},"Name":"h","Type":"A","Value":"192.0.2.{last}","TTL":600,
            "Line":"电信","Status":"ENABLE","Weight":5}}"#
        )
    };
    let records = lasts.iter().map(record).collect::<Vec<_>>().join(",");
    format!(r#"{{"Response":{{"RecordList":[{records}],"RequestId":"q"}}}}"#)
}

fn hetzner_set(lasts: &[u8]) -> String {
    let record = |last: &u8| format!(r#"{{"value":"192.0.2.{last}","comment":"c{last}"}}"#);
    let records = lasts.iter().map(record).collect::<Vec<_>>().join(",");
    format!(r#"{{"rrset":{{"name":"h","type":"A","ttl":60,"records":[{records}]}}}}"#)
}

#[test]
fn at_aliyun_each_record_is_written_for_itself() {
    let mut fake = FakeEnv::default().then(200, &aliyun_list(&[1, 3, 9]));
    fake = fake.then(200, WRITTEN).then(200, WRITTEN).then(200, WRITTEN);
    let job = job_of(&["192.0.2.4", "192.0.2.5"], Some(&["192.0.2.1", "192.0.2.3"]));
    let answer = at_aliyun(&mut fake, &job);
    assert_eq!((short(&answer).as_str(), &answer.outcome), ("1>4 3>5", &Outcome::Done));
    let update = "POST https://a/?Line=telecom&RR=h&RecordId=1&TTL=600&Type=A&Value=192.0.2.4";
    assert_eq!((fake.asked.len(), fake.asked[1].as_str()), (3, update));

    // One more: on the line of the others. One less: it goes, and what is foreign stays.
    let mut fake = FakeEnv::default().then(200, &aliyun_list(&[1, 9])).then(200, WRITTEN);
    let job = job_of(&["192.0.2.1", "192.0.2.2"], Some(&[]));
    assert_eq!(short(&at_aliyun(&mut fake, &job)), "=1 +2");
    let add = "POST https://a/?DomainName=example.com&Line=telecom&RR=h&Type=A&Value=192.0.2.2";
    assert_eq!(fake.asked[1..], [add]);
    let mut fake = FakeEnv::default().then(200, &aliyun_list(&[1, 2, 9])).then(200, WRITTEN);
    let job = job_of(&["192.0.2.1"], Some(&["192.0.2.2"]));
    assert_eq!(short(&at_aliyun(&mut fake, &job)), "=1 -2");
    assert_eq!(fake.asked[1..], ["POST https://a/?RecordId=2"]);
    let action = fake.headers[1].iter().find(|(name, _)| name == "x-acs-action").unwrap();
    assert_eq!(action.1, "DeleteDomainRecord");

    // A mirror has no foreign values.
    let mut fake = FakeEnv::default().then(200, &aliyun_list(&[1, 9])).then(200, WRITTEN);
    assert_eq!(short(&at_aliyun(&mut fake, &job_of(&["192.0.2.1"], None))), "=1 -9");
    let mut fake = FakeEnv::default().then(200, &aliyun_list(&[1])).then(200, WRITTEN);
    assert_eq!(short(&at_aliyun(&mut fake, &job_of(&[], None))), "-1");
}

#[test]
fn what_was_done_before_a_failure_is_told_and_gone_on_from() {
    let no = r#"{"RequestId":"q","Code":"QuotaExceeded.Record","Message":"No."}"#;
    let job = job_of(&["192.0.2.1", "192.0.2.2", "192.0.2.3"], None);
    let fake = FakeEnv::default().then(200, &aliyun_list(&[9])).then(200, WRITTEN);
    let mut fake = fake.then(200, WRITTEN).then(400, no);
    let answer = at_aliyun(&mut fake, &job);
    assert_eq!(short(&answer), "9>1 +2");
    let Outcome::Failed(Stage::Writing, error) = &answer.outcome else { panic!("{answer:?}") };
    assert_eq!(error.message, "No. (QuotaExceeded.Record)");
    let mut fake = FakeEnv::default().then(200, &aliyun_list(&[1, 2])).then(200, WRITTEN);
    assert_eq!(short(&at_aliyun(&mut fake, &job)), "=1 =2 +3");
    // A list that fails never writes.
    let mut fake = FakeEnv::default().then(403, no);
    let answer = at_aliyun(&mut fake, &job);
    assert!(matches!(answer.outcome, Outcome::Failed(Stage::Looking, _)));
    assert_eq!((answer.steps.len(), fake.asked.len()), (0, 1));
}

#[test]
fn what_others_have_done_meanwhile_does_not_spoil_a_set() {
    let job = job_of(&["192.0.2.1", "192.0.2.2"], Some(&["192.0.2.3"]));
    // The record that was to be removed is gone: that is what was wanted.
    let gone = r#"{"Code":"InvalidRecordId.NotFound","Message":"Gone."}"#;
    let mut fake = FakeEnv::default().then(200, &aliyun_list(&[1, 2, 3])).then(404, gone);
    assert_eq!(short(&at_aliyun(&mut fake, &job)), "=1 =2 -3");
    // Somebody has added the same.
    let duplicate = r#"{"Code":"DomainRecordDuplicate","Message":"There."}"#;
    let mut fake = FakeEnv::default().then(200, &aliyun_list(&[1])).then(400, duplicate);
    fake = fake.then(200, &aliyun_list(&[1, 2]));
    assert_eq!(short(&at_aliyun(&mut fake, &job)), "=1 +2");
    // The record that was to be changed is gone: no other one, whose ever it is, takes its place.
    let mut fake = FakeEnv::default().then(200, &aliyun_list(&[1, 3, 9])).then(404, gone);
    fake = fake.then(200, &aliyun_list(&[9]));
    let answer = at_aliyun(&mut fake, &job);
    assert!(matches!(answer.outcome, Outcome::Failed(Stage::Writing, _)));
    assert_eq!((short(&answer).as_str(), fake.asked.len()), ("=1", 3));
    let alone = job_of(&["192.0.2.1"], Some(&["192.0.2.3"]));
    let mut fake = FakeEnv::default().then(200, &aliyun_list(&[3])).then(404, gone);
    fake = fake.then(200, &aliyun_list(&[9]));
    let answer = at_aliyun(&mut fake, &alone);
    assert_eq!((short(&answer).as_str(), fake.asked.len()), ("", 3));
}

#[test]
fn at_tencent_line_weight_and_status_are_kept() {
    let done = r#"{"Response":{"RecordId":1,"RequestId":"q"}}"#;
    let removed = r#"{"Response":{"RequestId":"q"}}"#;
    let fake = FakeEnv::default().then(200, &tencent_list(&[1, 2, 9])).then(200, done);
    let mut fake = fake.then(200, removed);
    let job = job_of(&["192.0.2.4"], Some(&["192.0.2.1", "192.0.2.2"]));
    let answer = at_tencent(&mut fake, &job);
    assert_eq!((short(&answer).as_str(), &answer.outcome), ("1>4 -2", &Outcome::Done));
    let modify = r#"POST https://a/ {"Domain":"example.com","SubDomain":"h","RecordType":"A","#;
    let kept = r#""RecordId":1,"RecordLine":"电信","Weight":5,"Status":"ENABLE","#;
    let value = r#""Value":"192.0.2.4","TTL":600}"#;
    assert_eq!(fake.asked[1], format!("{modify}{kept}{value}"));
    assert_eq!(fake.asked[2], r#"POST https://a/ {"Domain":"example.com","RecordId":2}"#);
    let mut fake = FakeEnv::default().then(200, &tencent_list(&[1])).then(200, done);
    let job = job_of(&["192.0.2.1", "192.0.2.2"], None);
    assert_eq!(short(&at_tencent(&mut fake, &job)), "=1 +2");
    assert!(fake.asked[1].contains(r#""RecordLine":"电信","Value":"192.0.2.2""#));
    // A failure in the middle.
    let no = r#"{"Response":{"Error":{"Code":"LimitExceeded","Message":"No."},"RequestId":"q"}}"#;
    let fake = FakeEnv::default().then(200, &tencent_list(&[1])).then(200, done);
    let mut fake = fake.then(200, no);
    let job = job_of(&["192.0.2.1", "192.0.2.2", "192.0.2.3"], None);
    let answer = at_tencent(&mut fake, &job);
    assert!(matches!(answer.outcome, Outcome::Failed(Stage::Writing, _)));
    assert_eq!(short(&answer), "=1 +2");
}

#[test]
fn at_hetzner_a_set_is_written_as_a_whole() {
    let at = "https://a/zones/example.com/rrsets";
    let run = |have: &[u8], job: &Job| {
        let mut fake = FakeEnv::default().then(200, &hetzner_set(have)).then(201, ACTION);
        let answer = at_hetzner(&mut fake, job);
        assert_eq!(answer.outcome, Outcome::Done);
        (short(&answer), fake.asked.remove(1))
    };
    let set =
        |records: &str| format!(r#"POST {at}/h/A/actions/set_records {{"records":[{records}]}}"#);
    let record =
        |last: u8, comment: u8| format!(r#"{{"value":"192.0.2.{last}","comment":"c{comment}"}}"#);
    // What is kept is repeated with its comment; what is changed keeps its own.
    let job = job_of(&["192.0.2.1", "192.0.2.4"], Some(&["192.0.2.3"]));
    let body = set(&[record(1, 1), record(4, 3), record(9, 9)].join(","));
    assert_eq!(run(&[1, 3, 9], &job), ("=1 3>4".into(), body));
    let body = set(&[record(1, 1), r#"{"value":"192.0.2.4"}"#.into(), record(9, 9)].join(","));
    assert_eq!(run(&[1, 9], &job), ("=1 +4".into(), body));
    let body = set(&[record(1, 1), record(4, 4)].join(","));
    let mirror = job_of(&["192.0.2.1", "192.0.2.4"], None);
    assert_eq!(run(&[1, 4, 9], &mirror), ("=1 =4 -9".into(), body));
    // The last one takes the set with it, unless something foreign is there.
    let none = job_of(&[], Some(&["192.0.2.1", "192.0.2.2"]));
    assert_eq!(run(&[1, 2], &none), ("-1 -2".into(), format!("DELETE {at}/h/A")));
    assert_eq!(run(&[1, 9], &none), ("-1".into(), set(&record(9, 9))));
}

#[test]
fn at_hetzner_others_make_and_remove_sets_meanwhile() {
    let refusal = |code: &str| format!(r#"{{"error":{{"code":"{code}","message":"M"}}}}"#);
    let (gone, exists) = (refusal("not_found"), refusal("uniqueness_error"));
    let zone = r#"{"zone":{"id":1,"name":"example.com"}}"#;
    let empty = || FakeEnv::default().then(404, &gone).then(200, zone).then(409, &exists);
    let two = ["192.0.2.1", "192.0.2.2"];
    // A mirror replaces what somebody has made; else what is foreign has to be looked at first.
    let mut fake = empty().then(200, &hetzner_set(&[2, 9])).then(201, ACTION);
    assert_eq!(short(&at_hetzner(&mut fake, &job_of(&two, None))), "+1 +2");
    assert!(fake.asked[4].contains(r#""value":"192.0.2.2","comment":"c2""#), "{}", fake.asked[4]);
    assert!(!fake.asked[4].contains("192.0.2.9"));
    let mut fake = empty();
    let answer = at_hetzner(&mut fake, &job_of(&two, Some(&[])));
    assert!(matches!(answer.outcome, Outcome::Failed(Stage::Writing, _)));
    assert_eq!(answer.steps, []);
    // The set that was to be removed is gone.
    let mut fake = FakeEnv::default().then(200, &hetzner_set(&[1])).then(404, &gone);
    assert_eq!(short(&at_hetzner(&mut fake, &job_of(&[], None))), "-1");
    // With it went what was foreign: that is not for us to bring back.
    let mut fake = FakeEnv::default().then(200, &hetzner_set(&[3, 9])).then(404, &gone);
    let answer = at_hetzner(&mut fake, &job_of(&two, Some(&["192.0.2.3"])));
    assert!(matches!(answer.outcome, Outcome::Failed(Stage::Writing, _)));
    let mut fake = FakeEnv::default().then(200, &hetzner_set(&[3])).then(404, &gone);
    fake = fake.then(201, ACTION);
    let answer = at_hetzner(&mut fake, &job_of(&two, Some(&["192.0.2.3"])));
    assert_eq!((short(&answer).as_str(), answer.outcome), ("3>1 +2", Outcome::Done));
}
