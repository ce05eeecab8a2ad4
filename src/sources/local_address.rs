//! The IPv4 address of an interface by the `ip` command.

use crate::error::Error;
use crate::os::process::{self, End, Finished, Limits, Running};
use crate::text::ipv4_scan::first_ipv4;
use crate::text::printable;
use std::net::Ipv4Addr;
use std::path::Path;

/// Time limit of `ip`, in seconds.
const IP_SECONDS_MAX: u32 = 5;
/// Limit of its output, in bytes.
const IP_OUTPUT_BYTES_MAX: usize = 64 * 1024;
/// How much of its error message is shown, in characters.
const MESSAGE_CHARACTERS_MAX: usize = 200;

/// What `ip` shows for one interface.
pub struct LocalAddress {
    pub address: Option<Ipv4Addr>,
    /// For the operator: why there is none.
    pub note: Option<String>,
}

/// Queries all `interfaces` concurrently; the answers are in the same order. `ip` is its full path.
///
/// # Errors
/// [`crate::error::Kind::Local`]: a child could not be started or waited for, or crashed.
pub fn look(ip: &Path, interfaces: &[String], verbose: bool) -> Result<Vec<LocalAddress>, Error> {
    let limits =
        Limits { seconds: IP_SECONDS_MAX, output_bytes: IP_OUTPUT_BYTES_MAX, keep_stderr: true };
    let mut running: Vec<Running> = Vec::new();
    for name in interfaces {
        let arguments = ["-4", "-oneline", "address", "show", name.as_str()];
        running.push(process::start(ip, &arguments, limits)?);
    }
    let mut all = Vec::new();
    for (done, name) in process::collect(running)?.iter().zip(interfaces) {
        all.push(answer(done, name, verbose)?);
    }
    Ok(all)
}

/// Its answer. An `ip` that crashed without an answer says nothing about the interface.
fn answer(done: &Finished, interface: &str, verbose: bool) -> Result<LocalAddress, Error> {
    let local = read(done, interface, verbose);
    match done.failure() {
        Some(why) if local.address.is_none() => Err(Error::local("'ip' failed", why)),
        _ => Ok(local),
    }
}

fn read(done: &Finished, interface: &str, verbose: bool) -> LocalAddress {
    let address = first_ipv4(&done.stdout);
    let stderr = String::from_utf8_lossy(&done.stderr);
    let stderr = printable::line(&stderr, MESSAGE_CHARACTERS_MAX);
    let note = match done.end {
        End::Timeout => {
            Some(format!("ip: no answer within {IP_SECONDS_MAX} s about '{interface}'."))
        }
        _ if verbose && !stderr.is_empty() => Some(format!("ip: {stderr}")),
        _ if address.is_some() => None,
        // The messages of iproute2 and busybox.
        _ if stderr.contains("does not exist") || stderr.contains("find device") => {
            Some(format!("{interface}: no such device."))
        }
        _ => Some(format!("Interface '{interface}' has no IPv4 address.")),
    };
    LocalAddress { address, note }
}
