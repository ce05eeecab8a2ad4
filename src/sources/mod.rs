//! Sources of addresses: `ip`, `dig`, a built-in whoami query, netlink; and which may be published.

pub mod dig;
pub mod global_v6;
pub mod interfaces;
pub mod local_address;
pub mod public;
pub mod whoami;

use std::net::Ipv4Addr;

/// The answer of one source about its public address.
pub struct Answer {
    /// The address, whether or not it may be published.
    pub address: Option<Ipv4Addr>,
    /// For the operator: why there is none.
    pub notes: Vec<String>,
}

/// The interface and local address to query from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub interface: String,
    pub address: Ipv4Addr,
}
