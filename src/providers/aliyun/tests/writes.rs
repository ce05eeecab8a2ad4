//! What is written, what is kept, and what is not sent at all.

use super::*;

const DONE: &str = r#"{"RequestId":"q-done","RecordId":"77"}"#;
const REMARKED: &str = r#"{"RequestId":"q-remark"}"#;

#[test]
fn a_new_record_has_what_was_asked_for() {
    let mut entry = entry();
    let mut bare = fake().then(200, DONE);
    let (made, meta) = insert(&mut bare, &entry);
    let made = made.unwrap();
    assert_eq!(
        (made.id.as_str(), &made.value, made.ttl),
        ("77", &fixtures::address("192.0.2.9"), None)
    );
    assert_eq!(meta.request_id.as_deref(), Some("q-done"));
    let at = format!("POST {BASE}/?");
    let add = format!("{at}DomainName=example.com&RR=home&");
    assert_eq!(bare.asked, [format!("{add}Type=A&Value=192.0.2.9")]);

    (entry.ttl, entry.comment) = (Some(120), Some("my röuter".into()));
    let mut full = fake().then(200, DONE).then(200, REMARKED);
    let made = insert(&mut full, &entry).0.unwrap();
    assert_eq!((made.ttl, made.comment.as_deref()), (Some(120), Some("my röuter")));
    let remark = format!("{at}RecordId=77&Remark=my%20r%C3%B6uter");
    assert_eq!(full.asked, [format!("{add}TTL=120&Type=A&Value=192.0.2.9"), remark]);
    assert_eq!(actions(&full), ["AddDomainRecord", "UpdateDomainRecordRemark"]);

    entry.comment = Some(String::new());
    assert!(insert(&mut fake().then(200, DONE), &entry).0.is_ok());
}

#[test]
fn a_change_keeps_what_it_does_not_speak_of() {
    let from = record("77", "192.0.2.1");
    let mut entry = entry();
    let mut kept = fake().then(200, DONE);
    let changed = change(&mut kept, &entry, &from).0.unwrap();
    assert_eq!(changed, record("77", "192.0.2.9"));
    let update = |ttl: u32| {
        let id = "Line=telecom&RR=home&RecordId=77";
        format!("POST {BASE}/?{id}&TTL={ttl}&Type=A&Value=192.0.2.9")
    };
    assert_eq!(kept.asked, [update(600)]);
    assert_eq!(actions(&kept), ["UpdateDomainRecord"]);

    entry.ttl = Some(60);
    let mut other_ttl = fake().then(200, DONE);
    // The same value with another time to live is a change.
    let changed = change(&mut other_ttl, &entry, &record("77", "192.0.2.9")).0.unwrap();
    assert_eq!((changed.ttl, other_ttl.asked), (Some(60), vec![update(60)]));
}

#[test]
fn a_comment_alone_is_not_sent_with_a_change() {
    let entry = Entry { comment: Some("new".into()), ttl: Some(600), ..entry() };
    let right = record("77", "192.0.2.9");
    let mut fake = fake().then(200, REMARKED);
    let (changed, meta) = change(&mut fake, &entry, &right);
    assert_eq!(changed.unwrap().comment.as_deref(), Some("new"));
    assert_eq!(fake.asked, [format!("POST {BASE}/?RecordId=77&Remark=new")]);
    assert!(meta.warnings.is_empty());
}

#[test]
fn a_comment_that_is_right_is_left_alone() {
    let entry = Entry { comment: Some("old".into()), ..entry() };
    let mut fake = fake().then(200, DONE);
    assert!(change(&mut fake, &entry, &record("77", "192.0.2.1")).0.is_ok());
    assert_eq!(actions(&fake), ["UpdateDomainRecord"]);
    let empty = Entry { comment: Some(String::new()), ..entry };
    let mut fake = super::fake().then(200, DONE).then(200, REMARKED);
    assert!(change(&mut fake, &empty, &record("77", "192.0.2.1")).0.is_ok());
    assert_eq!(fake.asked[1], format!("POST {BASE}/?RecordId=77&Remark="));
}

#[test]
fn a_comment_that_fails_is_a_warning() {
    let entry = Entry { comment: Some("new".into()), ..entry() };
    let no = refusal("Forbidden.RAM");
    let was = "comment_partial: the record was written, but its comment was not written: \
        Told so. (Forbidden.RAM)";
    let is = was.replace("was written, but", "is right, but");
    let (made, meta) = insert(&mut fake().then(200, DONE).then(403, &no), &entry);
    assert_eq!((made.unwrap().id.as_str(), meta.warnings), ("77", vec![was.to_string()]));
    let from = record("77", "192.0.2.1");
    let (made, meta) = change(&mut fake().then(200, DONE).then(403, &no), &entry, &from);
    assert_eq!(made.unwrap().comment.as_deref(), Some("old"));
    assert_eq!(meta.warnings, [was.to_string()]);
    let right = record("77", "192.0.2.9");
    let (made, meta) = change(&mut fake().then(403, &no), &entry, &right);
    assert_eq!((made, meta.warnings), (Ok(right), vec![is]));
}

#[test]
fn a_duplicate_is_what_was_wanted_if_it_is() {
    let no = refusal("DomainRecordDuplicate");
    let stands = page_json(1, &[record_json("5", "home", "192.0.2.9")]);
    let differs = page_json(1, &[record_json("5", "home", "192.0.2.8")]);
    let begun = || fake().then(400, &no);
    for is_new in [true, false] {
        let run = |fake: &mut FakeEnv, entry: &Entry| match is_new {
            true => insert(fake, entry).0,
            false => change(fake, entry, &record("77", "192.0.2.1")).0,
        };
        let mut fake = begun().then(200, &stands);
        assert_eq!(run(&mut fake, &entry()), Ok(record("5", "192.0.2.9")));
        let action = if is_new { "AddDomainRecord" } else { "UpdateDomainRecord" };
        assert_eq!(actions(&fake), [action, "DescribeDomainRecords"]);
        // Its comment is still to be made right.
        let commented = Entry { comment: Some("new".into()), ..entry() };
        let mut fake = begun().then(200, &stands).then(200, REMARKED);
        assert_eq!(run(&mut fake, &commented).unwrap().comment.as_deref(), Some("new"));
        let other_ttl = Entry { ttl: Some(60), ..entry() };
        for (entry, answer) in
            [(&entry(), differs.as_str()), (&other_ttl, &stands), (&entry(), "<html>")]
        {
            let error = run(&mut begun().then(200, answer), entry).unwrap_err();
            assert_eq!(error.kind, Kind::Refused { code: None });
            assert_eq!(error.message, "Told so. (DomainRecordDuplicate)");
        }
    }
}

#[test]
fn a_stale_identifier_is_looked_up_once() {
    let from = record("77", "192.0.2.1");
    let done = r#"{"RequestId":"q","RecordId":"5"}"#;
    let one = page_json(1, &[record_json("5", "home", "192.0.2.7")]);
    for code in ["DomainRecordNotBelongToUser", "InvalidRecordId.NotFound", "InvalidRR.NoExist"] {
        let no = refusal(code);
        let begun = || fake().then(400, &no);
        let mut again = begun().then(200, &one).then(200, done);
        assert_eq!(change(&mut again, &entry(), &from).0, Ok(record("5", "192.0.2.9")), "{code}");
        assert!(again.asked[2].contains("RecordId=5&"));
        // Somebody has made it right meanwhile.
        let right = page_json(1, &[record_json("5", "home", "192.0.2.9")]);
        assert!(change(&mut begun().then(200, &right), &entry(), &from).0.is_ok());
        let two = [record_json("5", "home", "192.0.2.7"), record_json("6", "home", "192.0.2.8")];
        for answer in [page_json(0, &[]), page_json(2, &two), "{}".into()] {
            let error = change(&mut begun().then(200, &answer), &entry(), &from).0.unwrap_err();
            assert_eq!(error.message, format!("Told so. ({code})"));
        }
        let mut twice = begun().then(200, &one).then(400, &no);
        assert!(change(&mut twice, &entry(), &from).0.is_err());
        assert_eq!(twice.asked.len(), 3);
        // Nothing but a comment was to be changed, and the record is gone.
        let commented = Entry { comment: Some("new".into()), ..entry() };
        let mut remark = begun().then(200, &one).then(200, done).then(200, REMARKED);
        let right = record("77", "192.0.2.9");
        let changed = change(&mut remark, &commented, &right).0.unwrap();
        assert_eq!((changed.id.as_str(), changed.comment.as_deref()), ("5", Some("new")));
    }
}

#[test]
fn texts_go_as_they_are() {
    let kind = RecordType::Txt;
    let entry = Entry { kind, value: "v=1; \"a b\" +%&=家.".into(), ..entry() };
    let mut fake = fake().then(200, DONE);
    assert!(insert(&mut fake, &entry).0.is_ok());
    let value = "Type=TXT&Value=v%3D1%3B%20%22a%20b%22%20%2B%25%26%3D%E5%AE%B6.";
    assert!(fake.asked[0].ends_with(value), "{}", fake.asked[0]);
}
