//! What is sent when, and how it looks on the wire.

use super::*;
use crate::error::Kind;

fn notifier() -> Notifier {
    Notifier::new("https://ntfy.example/topic".into(), "ddns", None)
}

fn header<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
    let mut found = call.headers.iter().filter(|(one, _)| one == name);
    found.next().map(|(_, value)| value.as_str())
}

#[test]
fn how_each_kind_looks() {
    for (notice, title, priority) in [
        (Notice::Failure, "ddns: update failed", "4"),
        (Notice::Refusal, "ddns: request refused", "3"),
        (Notice::Success, "ddns: updated", "2"),
        (Notice::Lost, "ddns: connection lost", "4"),
    ] {
        let mut notifier = notifier();
        assert!((notifier.due(5).is_none(), notifier.wake_at()) == (true, None));
        notifier.add(notice, " a\r\nb: ä ");
        assert_eq!(notifier.wake_at(), Some(0));
        let call = notifier.due(5).unwrap();
        assert_eq!(call.url, "https://ntfy.example/topic");
        assert_eq!(call.body, "a\u{fffd}\u{fffd}b: ä");
        assert_eq!(header(&call, "X-Title"), Some(title));
        assert_eq!(header(&call, "X-Priority"), Some(priority));
        assert_eq!(header(&call, "Authorization"), None);
        assert_eq!((call.unverified, call.seconds), (false, 10));
        assert!(notifier.due(6).is_none());
    }
}

#[test]
fn one_a_minute_of_a_kind_and_nothing_lost() {
    let mut notifier = notifier();
    notifier.add(Notice::Failure, "first");
    assert_eq!(notifier.due(1000).unwrap().body, "first");
    for number in 0..11 {
        notifier.add(Notice::Failure, &number.to_string());
    }
    assert!(notifier.due(1001).is_none());
    assert_eq!(notifier.wake_at(), Some(61_000));
    // Another kind does not wait for this one.
    notifier.add(Notice::Lost, "lost");
    assert_eq!(notifier.due(1001).unwrap().body, "lost");
    assert!(notifier.due(60_999).is_none());
    assert_eq!(notifier.due(61_000).unwrap().body, "0\n1\n2\n3\n4\n5\n6\n7\nand 3 more");
    notifier.add(Notice::Failure, "later");
    assert_eq!(notifier.wake_at(), Some(121_000));
    assert_eq!(notifier.due(500_000).unwrap().body, "later");
}

#[test]
fn a_long_message_is_cut_at_a_character() {
    let mut notifier = notifier();
    for _ in 0..9 {
        notifier.add(Notice::Failure, &"ä€".repeat(500));
    }
    let body = notifier.due(0).unwrap().body;
    assert!((4090..=4096).contains(&body.len()), "{}", body.len());
    assert!(body.ends_with("\nand 1 more"));
}

#[test]
fn credentials() {
    for (user, expected) in [("u", "Basic dTpwOsOk"), ("", "Basic OnA6w6Q=")] {
        let credentials = Some((user.to_string(), Secret::new("p:ä".into())));
        let mut notifier = Notifier::new("http://a.example/x/t".into(), "ddns", credentials);
        notifier.add(Notice::Lost, "x");
        let call = notifier.due(0).unwrap();
        assert_eq!(header(&call, "Authorization"), Some(expected));
        assert_eq!(call.url, "http://a.example/x/t");
    }
}

#[test]
fn titles() {
    assert_eq!(title("a\r\nX-Evil: b"), "=?UTF-8?B?Ye+/ve+/vVgtRXZpbDogYg==?=");
    assert_eq!(title("ä"), "=?UTF-8?B?w6Q=?=");
    assert_eq!(title("plain"), "plain");
}

#[test]
fn topics() {
    assert!(is_topic("aZ-_09") && is_topic(&"a".repeat(64)));
    for bad in ["", "a/b", "a b", "ä", &"a".repeat(65)] {
        assert!(!is_topic(bad));
    }
}

#[test]
fn complaints() {
    let called =
        |status| Ok(Called { status, body: "{\"code\":40301}\n".into(), retry_after: None });
    let complaint = |answer: &_| notifier().complaint(answer);
    assert_eq!((complaint(&called(200)), complaint(&called(202))), (None, None));
    let message = "The notification was refused with status 403: {\"code\":40301}";
    assert_eq!(complaint(&called(403)).as_deref(), Some(message));
    let failed = Err(Error::new(Kind::Timeout, "too slow\nlook at it"));
    let message = "The notification was not sent: too slow";
    assert_eq!(complaint(&failed).as_deref(), Some(message));
}

#[test]
fn no_complaint_says_a_secret() {
    let password = || Secret::new("tk_secret_token".into());
    let credentials = Some((String::new(), password()));
    let notifier =
        Notifier::new("https://ntfy.example/my-secret-topic".into(), "ddns", credentials);
    let pair = base64::encode(b":tk_secret_token");
    let body = format!("bad Authorization: Basic {pair}, tk_secret_token");
    let refused = Ok(Called { status: 401, body, retry_after: None });
    let unsent = "POST https://ntfy.example/my-secret-topic: Connection refused";
    let unsent = Err(Error::new(Kind::Unreachable, unsent));
    for (answer, said) in
        [(refused, "Basic (the secret), (the secret)"), (unsent, "(the topic): C")]
    {
        let message = notifier.complaint(&answer).unwrap();
        assert!(message.contains(said) && !message.contains("secret_") && !message.contains(&pair));
    }
}
