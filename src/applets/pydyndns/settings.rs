//! What was asked of `pydyndns`: its command line, checked before anything runs.

use crate::applets::command_line::{self, Flag, HELP, OPERAND, Takes, VERSION};
use crate::os::socket;
use crate::text::{decimal, dns_name, printable};
use crate::wire::dns::name::Name;
use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

const CONFIG: &str = "/etc/pydyndns.conf";
/// The port of DNS (RFC 1035 section 4.2).
const DNS_PORT: u16 = 53;
/// How many interfaces can be named.
const INTERFACES_MAX: usize = 64;

/// How much of a word that makes no sense is shown, in characters.
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

/// What the command line asks for.
pub type Asked = command_line::Asked<Settings>;

const FLAGS: &[Flag] = &[
    HELP,
    VERSION,
    OPERAND,
    ("force", Some('f'), Takes::Nothing),
    ("config", Some('c'), Takes::Filled),
    ("hostname", None, Takes::Filled),
    ("server", None, Takes::Filled),
    ("zone", None, Takes::Filled),
    ("transport", None, Takes::Filled),
];

/// Reads the arguments behind the applet's name.
pub fn read(arguments: Vec<OsString>) -> Asked {
    let mut settings = Settings {
        config: CONFIG.into(),
        force: false,
        hostname: None,
        server: None,
        zone: None,
        datagrams: false,
        interfaces: Vec::new(),
    };
    let mut take = |flag: &str, value: OsString| settings.take(flag, value);
    if let Err(stop) = command_line::read(arguments, FLAGS, &mut take) {
        return stop.into();
    }
    match settings.check() {
        Ok(()) => Asked::Run(Box::new(settings)),
        Err(why) => Asked::Wrong(why),
    }
}

impl Settings {
    fn check(&self) -> Result<(), String> {
        if let (Some(name), Some(zone)) = (&self.hostname, &self.zone)
            && !Name::from_text(name).is_ok_and(|name| name.is_within(zone))
        {
            return Err(format!("--zone {zone} does not hold {name}"));
        }
        Ok(())
    }

    /// Takes a flag, with its value if it has one. The error names the flag.
    fn take(&mut self, flag: &str, value: OsString) -> Result<(), String> {
        match flag {
            "force" => self.force = true,
            "config" => self.config = value.into(),
            "" => self.take_interface(value)?,
            _ => {
                let text = value.into_string();
                let text = text.map_err(|_| format!("--{flag} is not valid UTF-8"))?;
                self.take_text(flag, &text).map_err(|why| format!("--{flag} {why}"))?;
            }
        }
        Ok(())
    }

    fn take_text(&mut self, flag: &str, text: &str) -> Result<(), String> {
        match flag {
            "hostname" => self.hostname = Some(full_name(text)?),
            "server" => self.server = Some(server(text)?),
            "zone" => self.zone = Some(zone(text)?),
            _ => {
                self.datagrams = match text {
                    "tcp" => false,
                    "udp" => true,
                    _ => return Err("must be tcp or udp".into()),
                }
            }
        }
        Ok(())
    }

    fn take_interface(&mut self, name: OsString) -> Result<(), String> {
        let name = name.into_string().map_err(|_| "an interface's name is not valid UTF-8")?;
        let wrong = name.is_empty()
            || name.len() > socket::INTERFACE_BYTES_MAX
            || name.bytes().any(|b| b == b'/' || b.is_ascii_whitespace() || b.is_ascii_control());
        if wrong {
            let shown = printable::line(&name, SHOWN_CHARACTERS_MAX);
            return Err(format!("'{shown}' cannot be the name of an interface"));
        }
        if !self.interfaces.contains(&name) {
            self.interfaces.push(name);
        }
        if self.interfaces.len() > INTERFACES_MAX {
            return Err(format!("more than {INTERFACES_MAX} interfaces"));
        }
        Ok(())
    }
}

/// A name of a host with its domain, lower case and without a dot at the end.
pub fn full_name(text: &str) -> Result<String, String> {
    let name = dns_name::normalize(text)?;
    if !name.contains('.') {
        return Err(format!("has no domain: '{name}'"));
    }
    if name.starts_with('*') {
        return Err("is a wildcard, which no machine is called".into());
    }
    Ok(name)
}

fn zone(text: &str) -> Result<Name, String> {
    let name = dns_name::normalize(text)?;
    Name::from_text(&name)
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
