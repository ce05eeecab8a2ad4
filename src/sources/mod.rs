//! Where addresses come from: `ip`, `dig`, our own query, the kernel's list; and which may be
//! published.

pub mod dig;
pub mod global_v6;
pub mod interfaces;
pub mod local_address;
pub mod public;
pub mod whoami;

use std::net::Ipv4Addr;

/// What one source said of its public address.
pub struct Heard {
    /// What it named, whether it may be published or not.
    pub address: Option<Ipv4Addr>,
    /// For an operator who wants to know why there is none.
    pub notes: Vec<String>,
}

/// Where to ask from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub interface: String,
    pub address: Ipv4Addr,
}
