//! Names of hosts, looked up as this system does: `/etc/hosts`, then its resolvers.

use crate::error::{Error, Kind};
use crate::os::alarm::Alarm;
use crate::os::host;
use std::net::{IpAddr, ToSocketAddrs};

/// How long one look-up may take, in seconds; the C library gives up sooner.
const SECONDS_MAX: u32 = 60;
/// Most addresses taken of one host.
const ADDRESSES_MAX: usize = 8;

/// See [`crate::world::World::addresses`].
pub fn addresses(host: &str) -> Result<Vec<IpAddr>, Error> {
    let _alarm = Alarm::arm(SECONDS_MAX, &format!("looking up {host}"));
    let found = (host, 0).to_socket_addrs().map_err(|why| {
        Error::new(Kind::Unreachable, format!("cannot find the addresses of {host}: {why}"))
    })?;
    let mut addresses: Vec<IpAddr> = Vec::new();
    for address in found.map(|one| one.ip()).take(ADDRESSES_MAX) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err(Error::new(Kind::Unreachable, format!("{host} has no address")));
    }
    Ok(addresses)
}

/// The machine's name as it was given, and the full one that hosts or DNS know it by.
pub fn own_name() -> (Option<String>, Option<String>) {
    let Some(name) = host::name() else { return (None, None) };
    let _alarm = Alarm::arm(SECONDS_MAX, "looking up this machine's own name");
    let canonical = host::canonical(&name);
    (Some(name), canonical)
}
