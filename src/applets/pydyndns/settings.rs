//! The settings of `pydyndns` on its command line, checked before anything runs.

use super::usage;
use crate::config::convert::INTERFACES_MAX;
use crate::config::values::Mode;
use crate::config::{Stop, Syntax, Values};
use crate::os::socket;
use crate::text::{decimal, dns_name, printable};
use crate::wire::dns::name::Name;
use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

const CONFIG: &str = "/etc/pydyndns.conf";
/// The port of DNS (RFC 1035 section 4.2).
const DNS_PORT: u16 = 53;
const SYNTAX: Syntax = Syntax::new(usage::HELP, "", &["interface..."]);

/// How much of a wrong value is shown, in characters.
const SHOWN_CHARACTERS_MAX: usize = 80;

/// A server as it was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server {
    Address(SocketAddr),
    Host { name: String, port: u16 },
}

/// What the command line says.
pub struct Settings {
    pub config: PathBuf,
    pub force: bool,
    /// Lower case, without a trailing dot.
    pub hostname: Option<String>,
    pub server: Option<Server>,
    pub zone: Option<Name>,
    /// Whether UDP is used where the message is short enough.
    pub datagrams: bool,
    /// None: all.
    pub interfaces: Vec<String>,
}

/// Reads the arguments after the applet's name.
///
/// # Errors
/// There is nothing to run.
pub fn read(arguments: Vec<OsString>) -> Result<Settings, Stop> {
    let mut values = Values::read(&SYNTAX, arguments, Mode::Strict);
    let config = values.path("--config");
    let force = values.flag("--force");
    let hostname = values.parsed("--hostname", &|text| full_name(&text));
    let server = values.parsed("--server", &|text| server(&text));
    let zone = values.parsed("--zone", &|text| Name::from_text(&dns_name::normalize(&text)?));
    let (mut datagrams, mut interfaces) = (false, Vec::new());
    values.each("--transport", &mut |text| {
        datagrams = is_udp(&text)?;
        Ok(())
    });
    values.each("interface", &mut |name| add_interface(&mut interfaces, name));
    if let (Some(name), Some(zone)) = (&hostname, &zone)
        && !Name::from_text(name).is_ok_and(|name| name.is_within(zone))
    {
        values.fail(Stop::UsageError(format!("--zone {zone} does not hold {name}")));
    }
    values.finish()?;
    Ok(Settings {
        config: config.unwrap_or_else(|| CONFIG.into()),
        force,
        hostname,
        server,
        zone,
        datagrams,
        interfaces,
    })
}

fn is_udp(text: &str) -> Result<bool, String> {
    match text {
        "tcp" => Ok(false),
        "udp" => Ok(true),
        _ => Err(format!("must be tcp or udp, not {text:?}")),
    }
}

fn add_interface(names: &mut Vec<String>, name: String) -> Result<(), String> {
    let wrong = name.is_empty()
        || name.len() > socket::INTERFACE_BYTES_MAX
        || name.bytes().any(|b| b == b'/' || b.is_ascii_whitespace() || b.is_ascii_control());
    if wrong {
        let shown = printable::line(&name, SHOWN_CHARACTERS_MAX);
        return Err(format!("'{shown}' cannot be the name of an interface"));
    }
    if !names.contains(&name) {
        names.push(name);
    }
    match names.len() <= INTERFACES_MAX {
        true => Ok(()),
        false => Err(format!("more than {INTERFACES_MAX} interfaces")),
    }
}

/// A name of a host with its domain, lower case and without a dot at the end.
pub fn full_name(text: &str) -> Result<String, String> {
    let name = dns_name::normalize(text)?;
    if !name.as_bytes().contains(&b'.') {
        return Err(format!("has no domain: '{name}'"));
    }
    if name.starts_with('*') {
        return Err("is a wildcard, which no machine is called".into());
    }
    Ok(name)
}

/// HOST, HOST:PORT, an IPv6 address as it is or in brackets.
fn server(text: &str) -> Result<Server, String> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return match address.port() {
            0 => Err("has port 0".into()),
            _ => Ok(Server::Address(address)),
        };
    }
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(Server::Address(SocketAddr::new(address, DNS_PORT)));
    }
    if text.contains(['[', ']']) {
        return Err("has brackets that do not hold an IPv6 address".into());
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => {
            let port = decimal::port(port).filter(|&port| port > 0);
            (host, port.ok_or("has a port that is not 1..65535")?)
        }
        None => (text, DNS_PORT),
    };
    Ok(Server::Host { name: dns_name::normalize(host)?, port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_in_every_form() {
        let at = |text: &str| Ok(Server::Address(text.parse().unwrap()));
        assert_eq!(server("192.0.2.1"), at("192.0.2.1:53"));
        assert_eq!(server("192.0.2.1:5353"), at("192.0.2.1:5353"));
        assert_eq!(server("2001:db8::53"), at("[2001:db8::53]:53"));
        assert_eq!(server("[2001:db8::53]"), at("[2001:db8::53]:53"));
        assert_eq!(server("[2001:db8::53]:5353"), at("[2001:db8::53]:5353"));
        let host = |name: &str, port| Ok(Server::Host { name: name.into(), port });
        assert_eq!(server("NS.example.com."), host("ns.example.com", 53));
        assert_eq!(server("ns:5353"), host("ns", 5353));
        for bad in [
            "",
            ":53",
            "ns:",
            "ns:0",
            "ns:65536",
            "ns:+53",
            "192.0.2.1:0",
            "a b",
            "[ns]",
            "[::1",
            "[::1]53",
        ] {
            assert!(server(bad).is_err(), "{bad}");
        }
    }
}
