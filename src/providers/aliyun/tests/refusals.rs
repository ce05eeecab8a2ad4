//! Refusals of each class, and answers of a server out of order.

use super::*;

const REFUSED: Kind = Kind::Refused { code: None };
const THROTTLED: Kind = Kind::Throttled { after_seconds: None };

#[test]
fn each_class_of_refusal() {
    let clock = "The clock of this machine is wrong: it says 2026-01-02T03:04:05Z.";
    for (status, code, kind, advice) in [
        (400, "Throttling", THROTTLED, ""),
        (400, "Throttling.User", THROTTLED, ""),
        (400, "Throttling.Api", THROTTLED, ""),
        (503, "ServiceUnavailable", Kind::Unreachable, ""),
        (503, "ServiceUnavailable.Temporary", Kind::Unreachable, ""),
        (500, "InternalError", Kind::Unreachable, ""),
        (400, "InternalError", Kind::Unreachable, ""),
        (502, "Never.Heard", Kind::Unreachable, ""),
        (429, "Never.Heard", THROTTLED, ""),
        (400, "Never.Heard", REFUSED, ""),
        (400, "DomainRecordConflict", REFUSED, ""),
        (400, "SignatureDoesNotMatch", REFUSED, "Check the access key id and secret"),
        (400, "IncompleteSignature", REFUSED, "Check the access key id and secret"),
        (404, "InvalidAccessKeyId.NotFound", REFUSED, "Check the access key id and secret"),
        (400, "InvalidAccessKeyId.Inactive", REFUSED, "Check the access key id and secret"),
        (400, "InvalidTimeStamp.Expired", REFUSED, clock),
        (400, "InvalidTimeStamp.Format", REFUSED, clock),
        (403, "Forbidden", REFUSED, "These credentials need"),
        (403, "Forbidden.RAM", REFUSED, "These credentials need"),
        (403, "OperationDomain.NoPermission", REFUSED, "These credentials need"),
        (403, "Forbidden.RiskControl", REFUSED, ""),
        (400, "DomainRecordLocked", REFUSED, ""),
        (400, "Forbidden.DomainExpired", REFUSED, ""),
        (400, "DomainExpiredDNSForbidden", REFUSED, ""),
        (400, "RecordForbidden.BlackHole", REFUSED, ""),
        (400, "QuotaExceeded.Record", REFUSED, ""),
        (400, "SubDomainInvalid.TTL", REFUSED, ""),
        (400, "InvalidRR.AValue", REFUSED, ""),
        (400, "UnsupportedLine", REFUSED, ""),
    ] {
        let (found, meta) = list(&mut fake().then(status, &refusal(code)));
        let error = found.unwrap_err();
        assert_eq!(error.kind, kind, "{code}");
        let (first, rest) = error.message.split_once('\n').unwrap_or((&error.message, ""));
        assert_eq!(first, format!("Told so. ({code})"));
        assert!(rest.starts_with(advice) && rest.is_empty() == advice.is_empty(), "{code}: {rest}");
        assert_eq!(meta.request_id.as_deref(), Some("q-no"), "{code}");
    }
}

#[test]
fn no_such_zone_is_an_answer_only_to_a_look() {
    for code in ["InvalidDomainName.NoExist", "IncorrectDomainUser"] {
        let no = refusal(code);
        assert_eq!(list(&mut fake().then(404, &no)).0, Ok(None));
        assert_eq!(insert(&mut fake().then(404, &no), &entry()).0.unwrap_err().kind, REFUSED);
    }
}

#[test]
fn a_wait_the_api_asks_for() {
    let no = refusal("Throttling.User");
    for (name, value, after_seconds) in [
        ("x-acs-retry-after", "80", Some(1)),
        ("x-acs-retry-after", "2001", Some(3)),
        ("x-acs-retry-after", "99999999999", Some(3600)),
        ("x-acs-retry-after", "0", None),
        ("x-acs-retry-after", "-1", None),
        ("x-acs-retry-after", "soon", None),
        ("retry-after", "7", Some(7)),
        ("retry-after", "soon", None),
    ] {
        let error = list(&mut fake().then_with(400, (name, value), &no)).0.unwrap_err();
        assert_eq!(error.kind, Kind::Throttled { after_seconds }, "{name}: {value}");
    }
}

#[test]
fn a_refusal_in_xml_is_one() {
    let xml = "<?xml version='1.0'?><Error><RequestId>q-x</RequestId><HostId>h</HostId>\
        <Code>InvalidAccessKeyId.NotFound</Code><Message>Not &lt;found&gt;</Message></Error>";
    let (found, meta) = list(&mut fake().then(404, xml));
    let error = found.unwrap_err();
    assert!(error.message.starts_with("Not <found> (InvalidAccessKeyId.NotFound)\n"));
    assert_eq!((error.kind, meta.request_id.as_deref()), (REFUSED, Some("q-x")));
}

#[test]
fn a_busy_zone_is_waited_for() {
    let busy = refusal("LastOperationNotFinished");
    let done = r#"{"RequestId":"q","RecordId":"77"}"#;
    let mut fake = super::fake().then(400, &busy).then(400, &busy).then(200, done);
    assert!(insert(&mut fake, &entry()).0.is_ok());
    assert_eq!((fake.pauses.as_slice(), fake.asked.len()), (&[1000, 2000][..], 3));
    let mut lasts = (0..4).fold(super::fake(), |all, _| all.then(400, &busy));
    let error = insert(&mut lasts, &entry()).0.unwrap_err();
    assert_eq!(error.kind, Kind::Throttled { after_seconds: Some(3) });
    assert!(
        error.message.starts_with("Told so. (LastOperationNotFinished)\n"),
        "{}",
        error.message
    );
    assert_eq!(lasts.pauses, [1000, 2000, 3000]);
    let mut hurried = Hurried { fake: super::fake().then(400, &busy), chance: 0 };
    let error = insert(&mut hurried, &entry()).0.unwrap_err();
    assert_eq!(error.kind, Kind::Throttled { after_seconds: Some(3) });
}

#[test]
fn a_used_nonce_is_never_used_again() {
    let used = refusal("SignatureNonceUsed");
    let done = r#"{"RequestId":"q","RecordId":"77"}"#;
    let mut env = Hurried { fake: fake().then(400, &used).then(200, done), chance: 0 };
    assert!(insert(&mut env, &entry()).0.is_ok());
    let nonce = |headers: &Vec<(String, String)>| {
        headers.iter().find(|(name, _)| name == "x-acs-signature-nonce").unwrap().1.clone()
    };
    let nonces: Vec<String> = env.fake.headers.iter().map(nonce).collect();
    assert_eq!(nonces, ["01".repeat(16), "02".repeat(16)]);
    let mut twice = fake().then(400, &used).then(400, &used);
    assert_eq!(list(&mut twice).0.unwrap_err().kind, REFUSED);
}

#[test]
fn an_answer_that_makes_no_sense_is_told_by_its_action() {
    const PORTAL: &str =
        "\nSomething in between, such as a captive portal, may have answered instead of the API.";
    let expected = "a list of DNS records with their ids";
    for (status, body, kind) in [
        (200, "<html>", Kind::InvalidResponse),
        (200, "{}", Kind::InvalidResponse),
        (404, "<html>", Kind::InvalidResponse),
        (404, &page_json(0, &[]), Kind::InvalidResponse),
        (502, "<html>", Kind::Unreachable),
        (429, "", THROTTLED),
    ] {
        let error = list(&mut fake().then(status, body)).0.unwrap_err();
        let mut message =
            format!("DescribeDomainRecords: HTTP {status}, and the answer is not {expected}.");
        if (status, body) == (200, "<html>") {
            message.push_str(PORTAL);
        }
        assert_eq!((error.kind, error.into_message()), (kind, message));
    }
    let echoed = format!("error code: 1034 {SECRET}");
    let error = list(&mut fake().then(200, &echoed)).0.unwrap_err();
    let message = format!(
        "DescribeDomainRecords: HTTP 200, and the answer is not {expected}: \
         'error code: 1034 (the secret)'."
    );
    assert_eq!(error.message, message + PORTAL);
    let error = list(&mut fake().then_with(429, ("retry-after", "7"), "")).0.unwrap_err();
    assert_eq!(error.kind, Kind::Throttled { after_seconds: Some(7) });
    let error = insert(&mut fake().then(200, r#"{"RequestId":"q"}"#), &entry()).0.unwrap_err();
    let expected = "a JSON object with RecordId";
    assert_eq!(
        error.message,
        format!("AddDomainRecord: HTTP 200, and the answer is not {expected}.")
    );
}

#[test]
fn answers_cut_anywhere_are_failures() {
    let page = page_json(1, &[record_json("5", "home", "192.0.2.7")]);
    let done = r#"{"RequestId":"q","RecordId":"77"}"#;
    let no = refusal("DomainRecordConflict");
    for length in 0..page.len() {
        assert!(list(&mut fake().then(200, page.get(..length).unwrap())).0.is_err(), "{length}");
    }
    for length in 0..done.len() {
        let cut = done.get(..length).unwrap();
        assert!(insert(&mut fake().then(200, cut), &entry()).0.is_err(), "{length}");
        let entry = Entry { comment: Some("new".into()), ..entry() };
        let from = record("77", "192.0.2.1");
        let (changed, meta) = change(&mut fake().then(200, done).then(200, cut), &entry, &from);
        assert!(changed.is_ok() && meta.warnings.len() == 1, "{length}");
    }
    for length in 0..no.len() {
        assert!(list(&mut fake().then(400, no.get(..length).unwrap())).0.is_err(), "{length}");
    }
}

#[test]
fn a_server_that_repeats_the_secret_is_not_quoted() {
    let no = refusal(&format!("Bad.{SECRET}")).replace("Told so.", SECRET).replace("q-no", SECRET);
    let (found, meta) = list(&mut fake().then(400, &no));
    assert_eq!(found.unwrap_err().message, "(the secret) (Bad.(the secret))");
    assert_eq!(meta.request_id.as_deref(), Some("(the secret)"));
    let entry = Entry { comment: Some("new".into()), ..entry() };
    let right = record("77", "192.0.2.9");
    let (_, meta) = change(&mut fake().then(400, &no), &entry, &right);
    assert!(meta.warnings.len() == 1 && !meta.warnings[0].contains(SECRET));
}

#[test]
fn credentials_that_cannot_be_any_are_not_sent() {
    let secret = Secret::new(SECRET.into());
    let account =
        Account { base: BASE, id: "a\r\nb", secret: &secret, zone_id: None, is_awaited: true };
    let mut fake = fake();
    let found = Aliyun::new(account).list(&mut fake, &entry().set(), &mut ResponseMeta::default());
    assert_eq!((found.unwrap_err().kind, fake.asked.len()), (REFUSED, 0));
}
