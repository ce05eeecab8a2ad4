//! The base URL of an API: `https` anywhere, plain `http` only to this machine.

/// Longest URL taken, in bytes.
const URL_BYTES_MAX: usize = 2048;
/// How long `http://localhost` is, in bytes.
const HTTP_LOCALHOST: usize = 16;

/// Checks a base URL and gives it back without trailing slashes, or says what is wrong with it.
///
/// Only what the HTTP client can safely be handed passes: `https://HOST[:PORT][/PATH]`, or
/// `http://` where HOST is `localhost` or within 127.0.0.0/8; no user, query or fragment.
pub fn api_base(text: &str) -> Result<String, String> {
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
        _ => return Err("must begin with https://".into()),
    };
    if rest.contains(['?', '#', '@']) {
        return Err("must not hold a user, a query or a fragment".into());
    }
    let (authority, _) = rest.split_once('/').unwrap_or((rest, ""));
    let host = check_authority(authority)?;
    let text = text.trim_end_matches('/');
    if secure {
        return Ok(text.into());
    }
    if host.eq_ignore_ascii_case("localhost") {
        // The name is this machine's by RFC 6761, but what it is looked up in may say otherwise.
        return Ok(format!("http://127.0.0.1{}", text.get(HTTP_LOCALHOST..).unwrap_or_default()));
    }
    if !host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback()) {
        return Err("would send the token unencrypted; http is for this machine only".into());
    }
    Ok(text.into())
}

/// As [`api_base`], but plain `http` passes with any host; gives back also whether it is that, for
/// whoever sends a credential there has to be warned.
pub fn base_any(text: &str) -> Result<(String, bool), String> {
    let Some(rest) = text.strip_prefix("http://") else {
        let is_secure = text.starts_with("https://");
        let base = is_secure.then(|| api_base(text).map(|base| (base, false)));
        return base.unwrap_or_else(|| Err("must begin with https:// or http://".into()));
    };
    // On this machine it may be written in another way than it is dialled.
    if let Ok(own) = api_base(text) {
        return Ok((own, true));
    }
    let base = api_base(&format!("https://{rest}"))?;
    Ok((format!("http{}", base.strip_prefix("https").unwrap_or_default()), true))
}

/// Host, port where one is named, and path of a URL of https that has been checked.
pub fn split_https(url: &str) -> Option<(&str, Option<u16>, &str)> {
    let rest = url.strip_prefix("https://")?;
    let (authority, path) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len()))?;
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None => (authority, None),
    };
    Some((host, port, if path.is_empty() { "/" } else { path }))
}

fn check_authority(authority: &str) -> Result<&str, String> {
    if authority.starts_with('[') {
        return Err("has an IPv6 address as host; use a name".into());
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    if let Some(port) = port {
        let digits = port.bytes().all(|b| b.is_ascii_digit());
        if !digits || !matches!(port.parse::<u16>(), Ok(1..)) {
            return Err("has a port that is not 1..65535".into());
        }
    }
    if host.parse::<std::net::Ipv4Addr>().is_err() {
        super::dns_name::normalize(host).map_err(|why| format!("has a host that {why}"))?;
    }
    Ok(host)
}

/// Text as a segment of a path or a value of a query: what means something there, or cannot stand
/// there, becomes `%XX` (RFC 3986 section 2.1).
pub fn part(text: &str) -> String {
    let mut part = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~*@".contains(&byte) {
            part.push(char::from(byte));
        } else {
            part.push_str(&format!("%{byte:02X}"));
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_where_it_may_be() {
        for (text, base, is_plain) in [
            ("https://api.example:8443/x//", "https://api.example:8443/x", false),
            ("http://api.example:8080/x/", "http://api.example:8080/x", true),
            ("http://192.0.2.1", "http://192.0.2.1", true),
            ("http://localhost:8080", "http://127.0.0.1:8080", true),
        ] {
            assert_eq!(base_any(text), Ok((base.into(), is_plain)), "{text}");
        }
        for text in ["", "x", "ftp://a", "http://", "http://u@a", "http://a?x", "http://[::1]"] {
            assert!(base_any(text).is_err(), "{text}");
        }
        assert!(base_any("https://[::1]/x").unwrap_err().contains("IPv6"));
    }

    #[test]
    fn parts_of_a_url() {
        assert_eq!(split_https("https://a.example"), Some(("a.example", None, "/")));
        let parts = Some(("192.0.2.1", Some(8443), "/x/y"));
        assert_eq!(split_https("https://192.0.2.1:8443/x/y"), parts);
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
