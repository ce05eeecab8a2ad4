//! Notices changes of this machine's IPv6 addresses (rtnetlink(7), RTMGRP_IPV6_IFADDR).

use crate::os::netlink::{DATAGRAM_BYTES, Netlink};
use crate::wire::rtnetlink;
use std::io;
use std::os::fd::RawFd;

/// Most datagrams read in a row: others wait, too.
const DATAGRAMS_MAX: usize = 1000;

/// A socket subscribed to the kernel's messages about addresses.
pub struct AddressWatch {
    kernel: Netlink,
    buffer: Vec<u8>,
}

impl AddressWatch {
    /// # Errors
    /// There is no netlink, or this process may not use it.
    pub fn open() -> io::Result<AddressWatch> {
        let kernel = Netlink::watch_v6_addresses()?;
        Ok(AddressWatch { kernel, buffer: vec![0; DATAGRAM_BYTES] })
    }

    pub fn descriptor(&self) -> RawFd {
        self.kernel.descriptor()
    }

    /// Reads all messages there are; whether one is about a change. Lost messages count as one.
    pub fn has_changed(&mut self) -> bool {
        let mut changed = false;
        for _ in 0..DATAGRAMS_MAX {
            match self.kernel.receive(&mut self.buffer) {
                Ok(datagram) => changed |= rtnetlink::is_address_change(datagram).unwrap_or(true),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return changed,
                // ENOBUFS: messages were lost. The rest can still be read.
                Err(_) => changed = true,
            }
        }
        changed
    }
}
