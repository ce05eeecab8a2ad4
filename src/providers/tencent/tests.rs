//! The provider against a scripted env: what it sends, and what it makes of each answer.

use super::*;
use crate::env::fake::FakeEnv;
use crate::record::fixtures::{self, Entry};
use crate::record::{Kept, RecordType};
use crate::text::secret::Secret;

const BASE: &str = "https://dnspod.example";
const SECRET: &str = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE";
const ID: &str = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE";
const NOW: u64 = 1_767_323_045;
const REFUSED: Kind = Kind::Refused { code: None };
const START: &str = r#"{"Domain":"example.com","SubDomain":"home","RecordType":"A","#;
const DONE: &str = r#"{"Response":{"RecordId":162,"RequestId":"q-done"}}"#;

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
    let (line, status) = (Some("电信".into()), Some("DISABLE".into()));
    Record {
        ttl: Some(600),
        comment: Some("old".into()),
        kept: Kept { line, weight: Some(7), status, ..Kept::default() },
        ..Record::new(id.into(), fixtures::address(value))
    }
}

fn record_json(id: u32, name: &str, value: &str) -> String {
    format!(
        r#"{{"RecordId":{id},"Name":"{name}","Type":"A","Value":"{value}","Line":"电信","TTL":600,
        "LineId":"10=0","MX":0,"Status":"DISABLE","Remark":"old","Weight":7}}"#
    )
}

fn list_json(records: &[String]) -> String {
    let records = records.join(",");
    format!(r#"{{"Response":{{"RecordList":[{records}],"RequestId":"q-list"}}}}"#)
}

fn refusal(code: &str) -> String {
    let error = format!(r#"{{"Code":"{code}","Message":"Told so."}}"#);
    format!(r#"{{"Response":{{"Error":{error},"RequestId":"q-no"}}}}"#)
}

fn header<'a>(fake: &'a FakeEnv, number: usize, name: &str) -> &'a str {
    &fake.headers[number].iter().find(|(one, _)| one == name).unwrap().1
}

fn with<T>(job: impl FnOnce(&Tencent, &mut ResponseMeta) -> T) -> (T, ResponseMeta) {
    let secret = Secret::new(SECRET.into());
    let account = Account { base: BASE, id: ID, secret: &secret, zone_id: None, is_awaited: true };
    let mut meta = ResponseMeta::default();
    (job(&Tencent::new(account), &mut meta), meta)
}

fn list(fake: &mut FakeEnv) -> (Result<Option<Vec<Record>>, Error>, ResponseMeta) {
    with(|tencent, meta| tencent.list(fake, &entry().set(), meta))
}

/// Carries out the only change of a set.
fn apply(fake: &mut FakeEnv, work: SetChanges) -> Result<Record, Error> {
    let mut done = Vec::new();
    with(|tencent, meta| tencent.apply(fake, &[work], &mut done, meta)).0?;
    Ok(done.pop().unwrap().unwrap())
}

fn insert(fake: &mut FakeEnv, entry: &Entry) -> Result<Record, Error> {
    apply(fake, entry.inserted())
}

fn change(fake: &mut FakeEnv, entry: &Entry, from: &Record) -> Result<Record, Error> {
    apply(fake, entry.updated(from))
}

#[test]
fn a_request_is_signed_for_this_moment() {
    let mut fake = fake().then(200, &list_json(&[]));
    let (found, meta) = list(&mut fake);
    assert_eq!((found, meta.request_id.as_deref()), (Ok(Some(vec![])), Some("q-list")));
    let body = format!(r#"{START}"Limit":3000,"ErrorOnEmpty":"no"}}"#);
    assert_eq!(fake.asked, [format!("POST {BASE}/ {body}")]);
    for (name, value) in [
        ("X-TC-Action", "DescribeRecordList"),
        ("X-TC-Language", "en-US"),
        ("X-TC-Timestamp", "1767323045"),
        ("X-TC-Version", "2021-03-23"),
    ] {
        assert_eq!(header(&fake, 0, name), value);
    }
    let canonical = wire::canonical_request("dnspod.example", "/", &body);
    let signed = wire::authorization(ID, &Secret::new(SECRET.into()), NOW, &canonical);
    assert_eq!(header(&fake, 0, "Authorization"), signed);
    assert_eq!(fake.headers[0].len(), 5);
}

#[test]
fn host_and_path_of_the_base_are_signed_and_sent() {
    let secret = Secret::new(SECRET.into());
    for (base, host, path, at) in [
        ("https://a.example:443", "a.example:443", "/", "https://a.example:443/"),
        ("http://127.0.0.1:8080/x", "127.0.0.1:8080", "/x", "http://127.0.0.1:8080/x"),
    ] {
        let mut fake = fake().then(200, &list_json(&[]));
        let account = Account { base, id: ID, secret: &secret, zone_id: None, is_awaited: true };
        let found =
            Tencent::new(account).list(&mut fake, &entry().set(), &mut ResponseMeta::default());
        let canonical = wire::canonical_request(host, path, &wire::list(&entry().set()));
        let signed = wire::authorization(ID, &secret, NOW, &canonical);
        assert!(found.is_ok() && fake.asked[0].starts_with(&format!("POST {at} {{")), "{base}");
        assert_eq!(header(&fake, 0, "Authorization"), signed);
    }
}

#[test]
fn names_that_only_look_alike_are_others() {
    let records = [
        record_json(1, "home2", "192.0.2.1"),
        record_json(2, "Home", "192.0.2.2"),
        record_json(4, "home", "2001:db8::1").replace("\"A\"", "\"AAAA\""),
    ];
    let found = list(&mut fake().then(200, &list_json(&records))).0;
    assert_eq!(found, Ok(Some(vec![record("2", "192.0.2.2")])));
}

#[test]
fn the_line_for_everybody_is_managed() {
    for default in ["默认", "Default"] {
        let on = |id: u32, line: &str| {
            let line = format!("\"Line\":\"{line}\"");
            record_json(id, "home", "192.0.2.2").replace("\"Line\":\"电信\"", &line)
        };
        let mut fake = fake().then(200, &list_json(&[on(1, "电信"), on(2, default)]));
        let found = list(&mut fake).0.unwrap().unwrap();
        assert_eq!((found.len(), found[0].id.as_str()), (1, "2"));
    }
}

#[test]
fn a_full_list_may_not_be_all() {
    let records: Vec<String> = (0..3000).map(|n| record_json(n, "x", "192.0.2.1")).collect();
    let error = list(&mut fake().then(200, &list_json(&records))).0.unwrap_err();
    assert_eq!(error.kind, Kind::InvalidResponse);
    assert!(list(&mut fake().then(200, &list_json(&records[1..]))).0.is_ok());
}

#[test]
fn a_new_record_has_what_was_asked_for() {
    let mut entry = entry();
    let mut bare = fake().then(200, DONE);
    let made = insert(&mut bare, &entry).unwrap();
    assert_eq!(
        (made.id.as_str(), &made.value, made.ttl),
        ("162", &fixtures::address("192.0.2.9"), None)
    );
    assert_eq!(header(&bare, 0, "X-TC-Action"), "CreateRecord");
    let at = format!("POST {BASE}/ {START}");
    assert_eq!(bare.asked, [format!(r#"{at}"RecordLine":"默认","Value":"192.0.2.9"}}"#)]);
    (entry.ttl, entry.comment) = (Some(60), Some("c".into()));
    let mut full = fake().then(200, DONE);
    let made = insert(&mut full, &entry).unwrap();
    assert_eq!((made.ttl, made.comment.as_deref()), (Some(60), Some("c")));
    let end = r#""RecordLine":"默认","Value":"192.0.2.9","TTL":60,"Remark":"c"}"#;
    assert_eq!(full.asked, [format!("{at}{end}")]);
}

#[test]
fn a_change_keeps_what_it_does_not_speak_of() {
    let mut entry = entry();
    let mut kept = fake().then(200, DONE);
    let changed = change(&mut kept, &entry, &record("162", "192.0.2.1"));
    assert_eq!(changed, Ok(record("162", "192.0.2.9")));
    assert_eq!(header(&kept, 0, "X-TC-Action"), "ModifyRecord");
    let of_it = r#""RecordId":162,"RecordLine":"电信","Weight":7,"Status":"DISABLE","#;
    let at = format!("POST {BASE}/ {START}{of_it}");
    assert_eq!(kept.asked, [format!(r#"{at}"Value":"192.0.2.9","TTL":600}}"#)]);

    (entry.ttl, entry.comment) = (Some(60), Some(String::new()));
    let mut all = fake().then(200, DONE);
    let changed = change(&mut all, &entry, &record("162", "192.0.2.9")).unwrap();
    assert_eq!((changed.ttl, changed.comment.as_deref()), (Some(60), Some("")));
    assert_eq!(all.asked, [format!(r#"{at}"Value":"192.0.2.9","TTL":60,"Remark":""}}"#)]);
}

#[test]
fn the_apex_is_named_in_every_request() {
    let entry = Entry { record: "@".into(), ..entry() };
    let one = record("1", "192.0.2.1");
    let (set, spec) = (entry.set(), entry.spec());
    for body in [wire::list(&set), wire::create(&set, &spec), wire::modify(&set, &one, &spec)] {
        assert!(body.contains(r#""SubDomain":"@""#), "{body}");
    }
}

#[test]
fn a_duplicate_is_what_was_wanted_if_it_is() {
    let no = refusal("InvalidParameter.DomainRecordExist");
    let stands = list_json(&[record_json(5, "home", "192.0.2.9")]);
    let from = record("162", "192.0.2.1");
    let begun = || fake().then(200, &no);
    let right = Ok(record("5", "192.0.2.9"));
    assert_eq!(insert(&mut begun().then(200, &stands), &entry()), right);
    assert_eq!(change(&mut begun().then(200, &stands), &entry(), &from), right);
    let commented = Entry { comment: Some("new".into()), ..entry() };
    let mut fake = begun().then(200, &stands).then(200, DONE);
    assert!(insert(&mut fake, &commented).is_ok());
    assert!(fake.asked[2].contains(r#""RecordId":5,"#) && fake.asked[2].contains("new"));
    let other_ttl = Entry { ttl: Some(60), ..entry() };
    for (entry, answer) in [(&other_ttl, stands.as_str()), (&entry(), &list_json(&[]))] {
        let error = insert(&mut begun().then(200, answer), entry).unwrap_err();
        assert_eq!(error.message, "Told so. (InvalidParameter.DomainRecordExist)");
        assert_eq!(error.kind, REFUSED);
    }
}

#[test]
fn a_stale_identifier_is_looked_up_once() {
    let no = refusal("InvalidParameter.RecordIdInvalid");
    let from = record("162", "192.0.2.1");
    let one = list_json(&[record_json(5, "home", "192.0.2.7")]);
    let begun = || fake().then(200, &no);
    let mut again = begun().then(200, &one).then(200, &DONE.replace("162", "5"));
    assert_eq!(change(&mut again, &entry(), &from), Ok(record("5", "192.0.2.9")));
    assert!(again.asked[2].contains(r#""RecordId":5,"#));
    let mut twice = begun().then(200, &one).then(200, &no);
    assert_eq!(change(&mut twice, &entry(), &from).unwrap_err().kind, REFUSED);
    let two = [record_json(5, "home", "192.0.2.7"), record_json(6, "home", "192.0.2.8")];
    for answer in [list_json(&two), list_json(&[]), refusal("InternalError")] {
        let error = change(&mut begun().then(200, &answer), &entry(), &from).unwrap_err();
        assert_eq!(error.message, "Told so. (InvalidParameter.RecordIdInvalid)");
    }
}

#[test]
fn each_class_of_refusal() {
    let throttled = |after_seconds| Kind::Throttled { after_seconds };
    let clock = "The clock of this machine is wrong: it says 2026-01-02T03:04:05Z.";
    let (check, leave) = ("Check the access key id and secret", "These credentials need");
    for (code, kind, advice) in [
        ("AuthFailure.SignatureFailure", REFUSED, check),
        ("AuthFailure.SecretIdNotFound", REFUSED, check),
        ("AuthFailure.InvalidSecretId", REFUSED, check),
        ("AuthFailure.TokenFailure", REFUSED, check),
        ("AuthFailure.InvalidAuthorization", REFUSED, check),
        ("InvalidParameter.InvalidSignature", REFUSED, check),
        ("AuthFailure.SignatureExpire", REFUSED, clock),
        ("AuthFailure.UnauthorizedOperation", REFUSED, leave),
        ("UnauthorizedOperation", REFUSED, leave),
        ("OperationDenied.NoPermissionToOperateDomain", REFUSED, leave),
        ("FailedOperation.IpNotInWhitelist", REFUSED, leave),
        ("RequestLimitExceeded", throttled(None), ""),
        ("RequestLimitExceeded.RequestLimitExceeded", throttled(None), ""),
        ("FailedOperation.FrequencyLimit", throttled(None), ""),
        ("InvalidParameter.OperationIsTooFrequent", throttled(Some(60)), ""),
        ("LimitExceeded.RecordTtlLimit", REFUSED, ""),
        ("LimitExceeded.SubdomainRollLimit", REFUSED, ""),
        ("InvalidParameter.RecordLineInvalid", REFUSED, ""),
        ("FailedOperation.DomainIsLocked", REFUSED, ""),
        ("FailedOperation.NotRealNamedUser", REFUSED, ""),
        ("InternalError", Kind::Unreachable, ""),
        ("InternalError.Database", Kind::Unreachable, ""),
        ("NeverHeard", REFUSED, ""),
    ] {
        let (found, meta) = list(&mut fake().then(200, &refusal(code)));
        let error = found.unwrap_err();
        assert_eq!(error.kind, kind, "{code}");
        let (first, rest) = error.message.split_once('\n').unwrap_or((&error.message, ""));
        assert_eq!(first, format!("Told so. ({code})"));
        assert!(rest.starts_with(advice) && rest.is_empty() == advice.is_empty(), "{code}: {rest}");
        assert_eq!(meta.request_id.as_deref(), Some("q-no"), "{code}");
    }
}

#[test]
fn no_such_record_and_no_such_zone() {
    let none = refusal("ResourceNotFound.NoDataOfRecord");
    assert_eq!(list(&mut fake().then(200, &none)).0, Ok(Some(vec![])));
    for code in [
        "ResourceNotFound.NoDataOfDomain",
        "InvalidParameterValue.DomainNotExists",
        "InvalidParameter.DomainInvalid",
        "FailedOperation.NotDomainOwner",
    ] {
        let no = refusal(code);
        assert_eq!(list(&mut fake().then(200, &no)).0, Ok(None), "{code}");
        assert_eq!(insert(&mut fake().then(200, &no), &entry()).unwrap_err().kind, REFUSED);
    }
}

#[test]
fn an_answer_that_makes_no_sense_is_told_by_its_action() {
    for (status, body, kind) in [
        (200, "<html>", Kind::InvalidResponse),
        (200, r#"{"Response":{"RequestId":"q"}}"#, Kind::InvalidResponse),
        (201, &list_json(&[]), Kind::InvalidResponse),
        (404, "<html>", Kind::InvalidResponse),
        (500, "<html>", Kind::Unreachable),
        (503, &list_json(&[]), Kind::Unreachable),
        (503, &refusal("NeverHeard"), Kind::Unreachable),
    ] {
        let error = list(&mut fake().then(status, body)).0.unwrap_err();
        assert_eq!(error.kind, kind, "{body}");
        let message = format!("DescribeRecordList: HTTP {status}, and the answer is not a list");
        assert!(
            error.message.starts_with(&message) || body.contains("Told so."),
            "{}",
            error.message
        );
    }
    for (name, value, after_seconds) in [
        ("retry-after", "7", Some(7)),
        ("retry-after", "Fri, 02 Jan 2026 03:05:05 GMT", Some(60)),
        ("x-other", "7", None),
    ] {
        let error = list(&mut fake().then_with(429, (name, value), "")).0.unwrap_err();
        assert_eq!(error.kind, Kind::Throttled { after_seconds });
    }
    let error = insert(&mut fake().then(200, r#"{"Response":{}}"#), &entry()).unwrap_err();
    let message = "CreateRecord: HTTP 200, and the answer is not a JSON object with RecordId.";
    assert_eq!(error.message, message);
}

#[test]
fn answers_cut_anywhere_are_failures() {
    let listed = list_json(&[record_json(5, "home", "192.0.2.7")]);
    let no = refusal("ResourceNotFound.NoDataOfDomain");
    for body in [&listed, &no] {
        // What is no text cannot be played.
        for cut in (0..body.len()).filter_map(|length| body.get(..length)) {
            assert!(list(&mut fake().then(200, cut)).0.is_err(), "{cut}");
        }
    }
    for cut in (0..DONE.len()).filter_map(|length| DONE.get(..length)) {
        assert!(insert(&mut fake().then(200, cut), &entry()).is_err(), "{cut}");
    }
}

#[test]
fn a_server_that_repeats_the_secret_is_not_quoted() {
    let no = refusal(&format!("Bad.{SECRET}")).replace("Told so.", SECRET).replace("q-no", SECRET);
    let (found, meta) = list(&mut fake().then(200, &no));
    assert_eq!(found.unwrap_err().message, "(the secret) (Bad.(the secret))");
    assert_eq!(meta.request_id.as_deref(), Some("(the secret)"));
}
