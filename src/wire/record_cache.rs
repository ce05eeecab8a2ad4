//! A cache of records: when it was written, and the records as they stood then.

use super::record_json;
use crate::record::{Record, RecordType};
use crate::text::json_read::Document;
use crate::text::json_write::Object;

/// The document for `records`, which it sorts by address; `timestamp` in seconds since 1970.
pub fn encode(timestamp: u64, records: &[Record]) -> String {
    let mut text = format!("{{\"timestamp\":{timestamp},\"records\":[");
    for (at, record) in Record::in_order(records).into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&record_json::write(record));
    }
    text.push_str("]}");
    text
}

/// The records of one name and type, sorted by address; nothing where the document is torn, of
/// another shape, or speaks of other records: then it is as if there were no cache.
pub fn decode(document: &[u8], kind: RecordType, name: &str) -> Option<Vec<Record>> {
    let cache = Document::object(document)?;
    cache.top().field("timestamp")?.number()?;
    let mut records = Vec::new();
    for record in record_json::read_all(cache.top().field("records")?)? {
        if !record.is(kind, name) {
            return None;
        }
        records.push(record.into_record()?);
    }
    Some(Record::sorted(&records))
}

/// The document that says that a record was made at another name than `settings` ask for:
/// there is nothing to go on from before they change. No [`decode`] takes it for a cache.
pub fn encode_stop(timestamp: u64, settings: &str, why: &str) -> String {
    let object = Object::new().raw("timestamp", &timestamp.to_string());
    object.text("settings", settings).text("stopped", why).end()
}

/// Why nothing is to be sent with these settings, if the document says so.
pub fn decode_stop(document: &[u8], settings: &str) -> Option<String> {
    let document = Document::object(document)?;
    document.top().string_of("settings").filter(|of| of == settings)?;
    document.top().string_of("stopped")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Kept, Value};

    fn record(address: &str) -> Record {
        Record {
            id: "372e6795".into(),
            name: "Host.example.com".into(),
            value: Value::parse(RecordType::A, address).unwrap(),
            ttl: Some(60),
            comment: Some("\"käse\"\n".into()),
            kept: Kept { proxied: Some(true), tags: vec!["a:b".into()], ..Kept::default() },
        }
    }

    #[test]
    fn keeps_every_field_and_sorts_by_value() {
        let text = encode(1_700_000_000, &[record("10.0.0.1"), record("9.0.0.1")]);
        assert!(text.starts_with("{\"timestamp\":1700000000,\"records\":[{\"id\":\"372e6795\""));
        let back = decode(text.as_bytes(), RecordType::A, "host.example.com").unwrap();
        assert_eq!(back, [record("9.0.0.1"), record("10.0.0.1")]);
    }

    #[test]
    fn a_stop_holds_for_its_settings_and_is_no_cache() {
        let stop = encode_stop(1, "zone url", "made \"elsewhere\"");
        assert_eq!(decode_stop(stop.as_bytes(), "zone url").as_deref(), Some("made \"elsewhere\""));
        assert_eq!(decode_stop(stop.as_bytes(), "other url"), None);
        assert!(decode(stop.as_bytes(), RecordType::A, "host.example.com").is_none());
        let cache = encode(1, &[record("192.0.2.1")]);
        assert_eq!(decode_stop(cache.as_bytes(), "zone url"), None);
    }

    #[test]
    fn anything_else_is_no_cache() {
        let good = encode(1, &[record("192.0.2.1")]);
        for length in 0..good.len() {
            assert!(
                decode(&good.as_bytes()[..length], RecordType::A, "host.example.com").is_none()
            );
        }
        assert!(decode(good.as_bytes(), RecordType::A, "other.example.com").is_none());
        let deep = "[".repeat(200_000);
        for bad in
            ["{}", "[]", "null", "{\"timestamp\":1}", "{\"timestamp\":-1,\"records\":[]}", &deep]
        {
            assert!(
                decode(bad.as_bytes(), RecordType::A, "host.example.com").is_none(),
                "{bad:.60}"
            );
        }
        let six = good.replace("192.0.2.1", "2001:db8::1");
        assert!(decode(six.as_bytes(), RecordType::A, "host.example.com").is_none());
        let path = good.replace("372e6795", "../x");
        assert!(decode(path.as_bytes(), RecordType::A, "host.example.com").is_none());
    }
}
