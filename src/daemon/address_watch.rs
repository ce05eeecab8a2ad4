//! Tells when an IPv6 address of this machine has changed (rtnetlink(7), RTMGRP_IPV6_IFADDR).

use crate::os::netlink::{DATAGRAM_BYTES, Netlink};
use crate::wire::rtnetlink;
use std::io;
use std::os::fd::RawFd;

/// Most datagrams read in one go: others wait, too.
const DATAGRAMS_MAX: usize = 1000;

/// An ear at the kernel.
pub struct AddressWatch {
    kernel: Netlink,
    buffer: Vec<u8>,
}

impl AddressWatch {
    /// # Errors
    /// This system has no netlink, or does not let us have it.
    pub fn open() -> io::Result<AddressWatch> {
        let kernel = Netlink::watch_v6_addresses()?;
        Ok(AddressWatch { kernel, buffer: vec![0; DATAGRAM_BYTES] })
    }

    pub fn descriptor(&self) -> RawFd {
        self.kernel.descriptor()
    }

    /// Reads all that has come; whether it tells of a change. Where something was lost, there may
    /// have been one.
    pub fn has_changed(&mut self) -> bool {
        let mut changed = false;
        for _ in 0..DATAGRAMS_MAX {
            match self.kernel.receive(&mut self.buffer) {
                Ok(datagram) => changed |= rtnetlink::is_address_change(datagram).unwrap_or(true),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return changed,
                // ENOBUFS: the kernel had more to tell than room. What is left can still be read.
                Err(_) => changed = true,
            }
        }
        changed
    }
}
