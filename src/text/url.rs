//! Base URLs of APIs and backends: validated once, split into parts, `http` distinguished.

use super::decimal;

/// Longest URL accepted, in bytes.
const URL_BYTES_MAX: usize = 2048;
/// Length of `http://localhost`, in bytes.
const HTTP_LOCALHOST: usize = 16;
const SECURE_ONLY: &str = "must begin with https://";
/// Whether this build can send requests without TLS.
const HAS_PLAIN_HTTP: bool = cfg!(feature = "plain-http");
const NO_PLAIN_HTTP: &str = "begins with http://, but this build has no plain HTTP: use https";

/// Validates a base URL and returns it without trailing slashes.
///
/// Accepted are `https://HOST[:PORT][/PATH]`, and `http://` if HOST is `localhost` or in
/// 127.0.0.0/8; no user, query or fragment.
///
/// # Errors
/// What is wrong with it, as the rest of a sentence.
pub fn api_base(text: &str) -> Result<String, String> {
    match base_of(text, false)? {
        (base, false) => Ok(base),
        _ => Err("would send the token unencrypted; http is for this machine only".into()),
    }
}

/// As [`api_base`], but `http://` may go to any host, and the host may be an IPv6 address in
/// brackets. Also returns whether it leaves this machine unencrypted, which deserves a warning.
pub fn any_base(text: &str) -> Result<(String, bool), String> {
    base_of(text, true).map_err(|why| match why == SECURE_ONLY {
        true => format!("{SECURE_ONLY} or http://"),
        false => why,
    })
}

fn base_of(text: &str, takes_v6: bool) -> Result<(String, bool), String> {
    if text.len() > URL_BYTES_MAX {
        return Err(format!("is longer than {URL_BYTES_MAX} bytes"));
    }
    if let Some(byte) =
        text.bytes().find(|b| !(b'!'..=b'~').contains(b) || b"\"<>\\^`{|}".contains(b))
    {
        return Err(format!("has a character a URL cannot have: {:?}", char::from(byte)));
    }
    let (secure, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return Err(SECURE_ONLY.into()),
    };
    if !secure && !HAS_PLAIN_HTTP {
        return Err(NO_PLAIN_HTTP.into());
    }
    if rest.contains(['?', '#', '@']) {
        return Err("must not hold a user, a query or a fragment".into());
    }
    let (authority, _) = rest.split_once('/').unwrap_or((rest, ""));
    let text = text.trim_end_matches('/');
    if takes_v6 && let Some(inner) = authority.strip_prefix('[') {
        let address = check_v6(inner)?;
        return Ok((text.into(), !secure && !address.is_loopback()));
    }
    let host = check_authority(authority)?;
    if secure {
        return Ok((text.into(), false));
    }
    if host.eq_ignore_ascii_case("localhost") {
        // RFC 6761 reserves the name for this machine, but a resolver might answer otherwise.
        let rest = text.get(HTTP_LOCALHOST..).unwrap_or_default();
        return Ok((format!("http://127.0.0.1{rest}"), false));
    }
    let is_here = host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    Ok((text.into(), !is_here))
}

/// Host with optional port, and path, of a validated URL.
pub fn place(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let at = rest.find('/').unwrap_or(rest.len());
    match rest.split_at_checked(at) {
        Some((authority, path)) if !path.is_empty() => (authority, path),
        _ => (rest, "/"),
    }
}

/// Host, optional port, and path of a validated https URL.
pub fn split_https(url: &str) -> Option<(&str, Option<u16>, &str)> {
    let (authority, path) = url.starts_with("https://").then(|| place(url))?;
    let (host, port) = split_port(authority);
    let port = match port {
        Some(port) => Some(decimal::port(port)?),
        None => None,
    };
    Some((host, port, path))
}

/// Host without brackets, and optional port, of an authority.
pub fn split_port(authority: &str) -> (&str, Option<&str>) {
    let (host, rest) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    (host, rest)
}

fn check_v6(inner: &str) -> Result<std::net::Ipv6Addr, String> {
    let (host, rest) = inner.split_once(']').unwrap_or((inner, "]"));
    let address = host.parse().map_err(|_| "has a host that is not an IPv6 address")?;
    match rest.strip_prefix(':') {
        Some(port) => check_port(port)?,
        None if rest.is_empty() => {}
        None => return Err("has a host that is not an IPv6 address".into()),
    }
    Ok(address)
}

fn check_port(port: &str) -> Result<(), String> {
    match matches!(decimal::port(port), Some(1..)) {
        true => Ok(()),
        false => Err("has a port that is not 1..65535".into()),
    }
}

fn check_authority(authority: &str) -> Result<&str, String> {
    if authority.starts_with('[') {
        return Err("has an IPv6 address as host; use a name".into());
    }
    let (host, port) = split_port(authority);
    port.map_or(Ok(()), check_port)?;
    if host.parse::<std::net::Ipv4Addr>().is_err() {
        super::dns_name::normalize(host).map_err(|why| format!("has a host that {why}"))?;
    }
    Ok(host)
}

/// Text as a path segment or query value: reserved and invalid bytes become `%XX` (RFC 3986 section
/// 2.1).
pub fn part(text: &str) -> String {
    let mut part = String::with_capacity(text.len());
    super::percent::encode_but(b"*@", text, &mut part);
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_url() {
        assert_eq!(split_https("https://a.example"), Some(("a.example", None, "/")));
        let parts = Some(("192.0.2.1", Some(8443), "/x/y"));
        assert_eq!(split_https("https://192.0.2.1:8443/x/y"), parts);
        let parts = Some(("2001:db8::1", Some(8443), "/x"));
        assert_eq!(split_https("https://[2001:db8::1]:8443/x"), parts);
        assert_eq!(split_https("https://[::1]"), Some(("::1", None, "/")));
        assert_eq!(split_https("http://a.example"), None);
    }

    #[test]
    fn parts() {
        assert_eq!(part("*.a_b-c.example"), "*.a_b-c.example");
        assert_eq!(part("@"), "@");
        assert_eq!(part("a/../b?c=d&e#f g%ä\n"), "a%2F..%2Fb%3Fc%3Dd%26e%23f%20g%25%C3%A4%0A");
    }

    #[test]
    fn good() {
        for (text, base) in [
            ("https://api.cloudflare.com/client/v4", "https://api.cloudflare.com/client/v4"),
            ("https://api.example:8443/x//", "https://api.example:8443/x"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost/", "http://127.0.0.1"),
            ("http://LocalHost:8080/v4", "http://127.0.0.1:8080/v4"),
            ("https://192.0.2.1", "https://192.0.2.1"),
        ] {
            assert_eq!(api_base(text).as_deref(), Ok(base));
        }
    }

    #[test]
    fn unencrypted() {
        for (text, base, leaves) in [
            ("http://ntfy.example/", "http://ntfy.example", true),
            ("http://192.0.2.1:8080/x", "http://192.0.2.1:8080/x", true),
            ("http://localhost:8080", "http://127.0.0.1:8080", false),
            ("http://127.0.0.1", "http://127.0.0.1", false),
            ("https://ntfy.example", "https://ntfy.example", false),
            ("http://[::1]:80/", "http://[::1]:80", false),
            ("http://[2001:db8::1]", "http://[2001:db8::1]", true),
            ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x", false),
        ] {
            assert_eq!(any_base(text), Ok((base.to_string(), leaves)));
        }
        for text in [
            "http://a b",
            "http://u@a",
            "http://",
            "http://[",
            "http://[]",
            "http://[::1",
            "http://[::1]x",
            "http://[::1]:",
            "http://[::1]:0",
            "http://[::1]:+80",
            "http://[::1]]:80",
            "http://[fe80::1%25eth0]",
            "http://[192.0.2.1]",
            "http://::1/",
        ] {
            assert!(any_base(text).is_err(), "{text}");
        }
        assert_eq!(any_base("ntfy.example"), Err("must begin with https:// or http://".into()));
    }

    #[test]
    fn bad() {
        for text in [
            "",
            "api.example",
            "ftp://a",
            "HTTPS://a",
            "https://",
            "https:///x",
            "https://a:0",
            "https://a:65536",
            "https://a:",
            "https://a:+80",
            "https://u@a",
            "https://a?x",
            "https://a#x",
            "https://[::1]/",
            "https://a b",
            "https://a\r\nX: y",
            "http://example.com",
            "http://127.0.0.1.example.com",
            "http://128.0.0.1",
            "https://ä.example",
            "https://a:1:2",
        ] {
            assert!(api_base(text).is_err(), "{text}");
        }
    }
}
