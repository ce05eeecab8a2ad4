//! What was last sent to a server: a name and its addresses, as JSON in the form Python writes it.

use super::Malformed;
use crate::text::dns_name;
use crate::text::json_read::{Document, Json};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses by family, sorted and each once; none for a family that is not registered at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addresses {
    pub v4: Option<Vec<Ipv4Addr>>,
    pub v6: Option<Vec<Ipv6Addr>>,
}

impl Addresses {
    /// All of them, those of IPv4 first.
    pub fn all(&self) -> Vec<IpAddr> {
        let mut all = Vec::new();
        for &one in self.v4.as_deref().unwrap_or_default() {
            all.push(IpAddr::V4(one));
        }
        for &one in self.v6.as_deref().unwrap_or_default() {
            all.push(IpAddr::V6(one));
        }
        all
    }
}

/// The addresses that were sent for a name.
#[derive(Debug, PartialEq, Eq)]
pub struct Sent {
    /// Lower case, without a dot at the end.
    pub name: String,
    pub addresses: Addresses,
}

impl Sent {
    /// Whether nothing has to be sent if IPv6 addresses are only added to those that `known` has.
    pub fn is_within(&self, known: &Sent) -> bool {
        let there = known.addresses.v6.as_deref().unwrap_or_default();
        let mut wanted = self.addresses.v6.as_deref().unwrap_or_default().iter();
        self.name == known.name
            && self.addresses.v4 == known.addresses.v4
            && wanted.all(|one| there.contains(one))
    }

    /// The addresses after IPv6 addresses were only added to what `stood`; nothing where that was
    /// another name's.
    pub fn added_to(mut self, stood: Sent) -> Option<Sent> {
        let mut v6 = self.addresses.v6.unwrap_or_default();
        v6.extend_from_slice(stood.addresses.v6.as_deref().unwrap_or_default());
        self.addresses.v6 = Some(sorted(v6));
        (self.name == stood.name).then_some(self)
    }
}

/// The content of the file, with the dot at the end of the name that the format has.
pub fn encode(sent: &Sent) -> String {
    let mut text = format!("{{\"hostname\": \"{}.\", \"addresses\": {{", sent.name);
    if let Some(v4) = &sent.addresses.v4 {
        list("\"ipv4\": [", &mut v4.iter().map(Ipv4Addr::to_string), &mut text);
    }
    if let Some(v6) = &sent.addresses.v6 {
        let begin = if sent.addresses.v4.is_some() { ", \"ipv6\": [" } else { "\"ipv6\": [" };
        list(begin, &mut v6.iter().map(Ipv6Addr::to_string), &mut text);
    }
    text.push_str("}}");
    text
}

fn list(mut before: &str, addresses: &mut dyn Iterator<Item = String>, text: &mut String) {
    let mut is_first = true;
    for address in addresses {
        for part in [before, if is_first { "\"" } else { ", \"" }, &address, "\""] {
            text.push_str(part);
        }
        (before, is_first) = ("", false);
    }
    text.push_str(before);
    text.push(']');
}

/// What a file says; nothing where it is anything else than a file of this form.
pub fn decode(content: &[u8]) -> Option<Sent> {
    let document = Document::object(content)?;
    let name = dns_name::normalize(document.top().field("hostname")?.text()?).ok()?;
    let addresses = document.top().field("addresses")?.object()?;
    let v4 = parsed(addresses.field("ipv4")).ok()?;
    let v6 = parsed(addresses.field("ipv6")).ok()?;
    Some(Sent { name, addresses: Addresses { v4, v6 } })
}

fn parsed<T: std::str::FromStr + Ord>(list: Option<Json>) -> Result<Option<Vec<T>>, Malformed> {
    let Some(list) = list else { return Ok(None) };
    let mut addresses = Vec::new();
    for one in list.list().ok_or(Malformed)? {
        let address = one.text().and_then(|text| text.parse().ok());
        addresses.push(address.ok_or(Malformed)?);
    }
    Ok(Some(sorted(addresses)))
}

/// In order, and each once.
pub fn sorted<T: Ord>(list: Vec<T>) -> Vec<T> {
    // What is in order already is only added. (A sort would be twice the code, for each type.)
    let mut sorted = Vec::new();
    for one in list {
        if let Err(at) = sorted.binary_search(&one) {
            sorted.insert(at, one);
        }
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(v4: Option<&[&str]>, v6: Option<&[&str]>) -> Sent {
        let v4 = v4.map(|all| sorted(all.iter().map(|one| one.parse().unwrap()).collect()));
        let v6 = v6.map(|all| sorted(all.iter().map(|one| one.parse().unwrap()).collect()));
        Sent { name: "host.example.com".into(), addresses: Addresses { v4, v6 } }
    }

    #[test]
    fn written_as_python_does() {
        let both = sent(Some(&["192.0.2.10", "192.0.2.9"]), Some(&["2001:db8::1"]));
        let text = "{\"hostname\": \"host.example.com.\", \"addresses\": {\"ipv4\": \
            [\"192.0.2.9\", \"192.0.2.10\"], \"ipv6\": [\"2001:db8::1\"]}}";
        assert_eq!(encode(&both), text);
        assert_eq!(decode(text.as_bytes()), Some(both));
        let one = sent(Some(&[]), None);
        let text = "{\"hostname\": \"host.example.com.\", \"addresses\": {\"ipv4\": []}}";
        assert_eq!(encode(&one), text);
        assert_eq!(decode(text.as_bytes()), Some(one));
    }

    #[test]
    fn added_to_what_stands() {
        let now = || sent(Some(&["192.0.2.1"]), Some(&["2001:db8::2"]));
        let both = sent(Some(&["192.0.2.1"]), Some(&["2001:db8::1", "2001:db8::2"]));
        let added = |v4, v6| now().added_to(sent(v4, v6)).unwrap();
        assert_eq!(added(Some(&["192.0.2.9"]), Some(&["2001:db8::1"])), both);
        assert_eq!(added(None, Some(&["2001:db8::2", "2001:db8::1"])), both);
        assert_eq!(added(None, None), now());
        let mut other = now();
        other.name = "other.example.com".into();
        assert!(now().is_within(&both) && now().is_within(&now()) && !both.is_within(&now()));
        assert!(!now().is_within(&other) && now().added_to(other).is_none());
        assert!(!now().is_within(&sent(Some(&["192.0.2.9"]), Some(&["2001:db8::2"]))));
        assert!(!now().is_within(&sent(Some(&["192.0.2.1"]), None)));
    }

    #[test]
    fn anything_else_is_nothing() {
        let good = encode(&sent(Some(&["192.0.2.1"]), Some(&["2001:db8::1"])));
        for length in 0..good.len() {
            assert_eq!(decode(&good.as_bytes()[..length]), None, "{length}");
        }
        let deep = "[".repeat(200_000);
        for bad in [
            "{}",
            "null",
            "[]",
            "{\"hostname\": \"a.b\"}",
            "{\"hostname\": \"a.b\", \"addresses\": []}",
            "{\"hostname\": 1, \"addresses\": {}}",
            "{\"hostname\": \"a.b\", \"addresses\": {\"ipv4\": [\"2001:db8::1\"]}}",
            "{\"hostname\": \"a.b\", \"addresses\": {\"ipv4\": [\"x\"]}}",
            "{\"hostname\": \"a b\", \"addresses\": {}}",
            &deep,
        ] {
            assert_eq!(decode(bad.as_bytes()), None, "{bad:.60}");
        }
    }
}
