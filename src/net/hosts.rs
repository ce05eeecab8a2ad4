//! Names of hosts, looked up as this system does: `/etc/hosts`, then its resolvers.

use crate::error::{Error, Kind};
use crate::os::alarm::Alarm;
use crate::os::{file, host};
use crate::text::hosts_file;
use std::net::{IpAddr, ToSocketAddrs};
use std::path::Path;

const HOSTS: &str = "/etc/hosts";
/// How long one look-up may take, in seconds; the C library gives up sooner.
const SECONDS_MAX: u32 = 60;
/// Most addresses taken of one host.
const ADDRESSES_MAX: usize = 8;

/// See [`crate::env::Env::addresses`].
pub fn addresses(host: &str) -> Result<Vec<IpAddr>, Error> {
    let _alarm = Alarm::arm(SECONDS_MAX, &format!("looking up {host}"));
    let found = (host, 0).to_socket_addrs().map_err(|why| {
        Error::with(Kind::Unreachable, format_args!("cannot find the addresses of {host}: {why}"))
    })?;
    let mut addresses: Vec<IpAddr> = Vec::new();
    for address in found.map(|one| one.ip()).take(ADDRESSES_MAX) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err(Error::with(Kind::Unreachable, format_args!("{host} has no address")));
    }
    Ok(addresses)
}

/// What this machine is called.
pub struct OwnName {
    /// As it was given.
    pub given: String,
    /// The names of its address in `/etc/hosts`, the canonical one first.
    pub listed: Vec<String>,
    /// What DNS makes of the given name, where `/etc/hosts` does not have it: by a search list or
    /// a CNAME record.
    pub canonical: Option<String>,
}

/// The names of this machine as gethostbyaddr(3) gives them; none where it has none.
pub fn own_name() -> Option<OwnName> {
    let given = host::name()?;
    let _alarm = Alarm::arm(SECONDS_MAX, "looking up this machine's own name");
    let address = (given.as_str(), 0).to_socket_addrs().ok().and_then(|mut all| all.next());
    let table = file::text_of(Path::new(HOSTS)).unwrap_or_default();
    let hosts = hosts_file::find(&table, &given, address.map(|one| one.ip()));
    let listed = hosts.names.into_iter().map(str::to_string).collect();
    let canonical = if hosts.is_listed { None } else { host::canonical(&given) };
    Some(OwnName { given, listed, canonical })
}
