//! Refusals of each class, and answers that are not the API's.

use super::*;

#[test]
fn every_refusal_is_told_in_its_own_words_and_without_the_token() {
    let refused = Kind::Refused { code: None };
    for (status, code, kind, advice) in [
        (400, "json_error", refused, ""),
        (401, "unauthorized", refused, "Check the API token"),
        (401, "token_readonly", refused, "may write"),
        (403, "forbidden", refused, "may write"),
        (403, "maintenance", refused, "unavailable"),
        (403, "resource_limit_exceeded", refused, "as many"),
        (405, "method_not_allowed", refused, ""),
        (409, "uniqueness_error", refused, ""),
        (410, "deprecated_api_endpoint", refused, "URL"),
        (412, "resource_unavailable", refused, ""),
        (422, "invalid_input", refused, ""),
        (422, "service_error", refused, "unavailable"),
        (422, "unsupported_error", refused, ""),
        (422, "incorrect_zone_mode", refused, "secondary"),
        (423, "protected", refused, "protected"),
        (429, "rate_limit_exceeded", Kind::Throttled { after_seconds: None }, "3600"),
        (500, "server_error", Kind::Unreachable, "unavailable"),
        (502, "bad_gateway", Kind::Unreachable, "unavailable"),
        (503, "unavailable", Kind::Unreachable, ""),
        (504, "timeout", Kind::Unreachable, "unavailable"),
    ] {
        let mut fake = FakeEnv::default().then(status, &refusal(code));
        let error = list(&mut fake).unwrap_err();
        assert_eq!((error.kind, fake.asked.len(), fake.pauses.len()), (kind, 1, 0), "{code}");
        let first = format!("M (the secret) ({code}).");
        assert_eq!(error.message.lines().next(), Some(first.as_str()));
        assert!(error.message.contains(advice), "{code}: {}", error.message);
        assert_eq!(error.message.lines().count(), if advice.is_empty() { 1 } else { 2 });
        let from = [record("192.0.2.9", None, None)];
        let mut fake = FakeEnv::default().then(status, &refusal(code));
        assert_eq!(change(&mut fake, &entry(), &from).0.unwrap_err(), error);
    }
    let details = r#""details":{"fields":[{"name":"ttl","messages":["must be ≥ 60"]}]}"#;
    let body = refusal("invalid_input").replace(r#""details":null"#, details);
    let error = list(&mut FakeEnv::default().then(422, &body)).unwrap_err();
    assert_eq!(error.message, "M (the secret): ttl: must be ≥ 60 (invalid_input).");
    let after = ("retry-after", "7");
    for status in [429, 503] {
        let mut fake = FakeEnv::default().then_with(status, after, "<html>");
        let error = list(&mut fake).unwrap_err();
        assert_eq!(error.kind, Kind::Throttled { after_seconds: Some(7) });
        assert!(error.message.ends_with("wait 7 s (Retry-After)."), "{}", error.message);
    }
}

#[test]
fn what_is_no_answer_of_the_api() {
    let html = format!("<html>{TOKEN}");
    for (status, kind) in [
        (200, Kind::InvalidResponse),
        (400, Kind::InvalidResponse),
        (401, Kind::Refused { code: None }),
        (403, Kind::Refused { code: None }),
        (409, Kind::InvalidResponse),
        (500, Kind::Unreachable),
    ] {
        let mut fake = FakeEnv::default().then_with(status, ("x-correlation-id", "c1"), &html);
        let (result, meta) = with(|store, meta| store.list(&mut fake, &entry().set(), meta));
        let error = result.unwrap_err();
        assert_eq!(error.kind, kind, "{status}");
        assert!(error.message.starts_with(&format!("{GET}: ")) && !error.message.contains(TOKEN));
        assert!(error.message.contains("(correlation id c1)"));
        assert_eq!(error.message.contains("captive portal"), status == 200);
        assert_eq!(meta.request_id.as_deref(), Some("c1"));
    }
    let mut plain = FakeEnv::default().then(403, &format!("error code: 1034 {TOKEN}\nmore"));
    let message = list(&mut plain).unwrap_err().into_message();
    assert!(message.contains("JSON with an error: 'error code: 1034 (the secret)'."), "{message}");
    let mut fake = FakeEnv::default().then_with(400, ("x-correlation-id", TOKEN), "");
    let (result, meta) = with(|store, meta| store.list(&mut fake, &entry().set(), meta));
    assert!(!result.unwrap_err().message.contains(TOKEN));
    assert_eq!(meta.request_id.as_deref(), Some("(the secret)"));
}
