//! The resolver's configuration (resolv.conf(5)): name servers and the local domain.

use std::net::{IpAddr, Ipv4Addr};

/// Most servers used, as in the C library.
const SERVERS_MAX: usize = 3;

/// The parsed file.
#[derive(Debug, PartialEq, Eq)]
pub struct ResolvConf {
    /// At least one: 127.0.0.1 if the file has none.
    pub servers: Vec<IpAddr>,
    /// The value of the last `domain` line or the first domain of the last `search` line.
    pub domain: Option<String>,
}

/// Parses the file; invalid lines are ignored, as in the C library.
pub fn read(text: &str) -> ResolvConf {
    let mut conf = ResolvConf { servers: Vec::new(), domain: None };
    for line in text.lines() {
        let mut message = line.split_ascii_whitespace();
        match (message.next(), message.next()) {
            (Some("nameserver"), Some(server)) => {
                // Scopes (fe80::1%eth0) are not supported; such a server is skipped.
                if let Ok(server) = server.parse()
                    && conf.servers.len() < SERVERS_MAX
                {
                    conf.servers.push(server);
                }
            }
            (Some("domain" | "search"), Some(domain)) => {
                conf.domain = Some(domain.trim_end_matches('.').to_string());
            }
            _ => {}
        }
    }
    if conf.servers.is_empty() {
        conf.servers.push(Ipv4Addr::LOCALHOST.into());
    }
    conf
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_and_domain() {
        let conf = read(
            "# made by hand\nsearch lan. example.com\nnameserver 192.0.2.1\nnameserver ::1 # x\n\
             nameserver nonsense\n nameserver 192.0.2.2\nnameserver 192.0.2.3\noptions rotate\n",
        );
        let servers = ["192.0.2.1", "::1", "192.0.2.2"].map(|one| one.parse().unwrap());
        assert_eq!(conf, ResolvConf { servers: servers.into(), domain: Some("lan".into()) });
    }

    #[test]
    fn nothing_in_it() {
        for text in ["", "nameserver", "search", "nameserver fe80::1%eth0\n\0"] {
            let conf = read(text);
            assert_eq!(conf.servers, [IpAddr::V4(Ipv4Addr::LOCALHOST)]);
            assert_eq!(conf.domain, None);
        }
    }
}
