//! The IPv4 address of an interface, as the `ip` command shows it.

use crate::error::Error;
use crate::os::process::{self, End, Finished, Limits, Running};
use crate::text::ipv4_scan::first_ipv4;
use crate::text::printable;
use std::net::Ipv4Addr;
use std::path::Path;

/// How long `ip` may take, in seconds.
const IP_SECONDS_MAX: u32 = 5;
/// How much it may say, in bytes.
const IP_OUTPUT_BYTES_MAX: usize = 64 * 1024;
/// How much of a complaint is shown, in characters.
const COMPLAINT_CHARACTERS_MAX: usize = 200;

/// What `ip` said of one interface.
pub struct Local {
    pub address: Option<Ipv4Addr>,
    /// For an operator who wants to know why there is none.
    pub note: Option<String>,
}

/// Asks for all `interfaces` side by side; the answers are in their order. `ip` is its full path.
///
/// # Errors
/// [`crate::error::Kind::Local`]: a child could not be started or waited for, or broke down.
pub fn look(ip: &Path, interfaces: &[String], verbose: bool) -> Result<Vec<Local>, Error> {
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

/// What it said; an `ip` that broke down before it said an address is no word about the interface.
fn answer(done: &Finished, interface: &str, verbose: bool) -> Result<Local, Error> {
    let local = read(done, interface, verbose);
    match done.breakdown() {
        Some(why) if local.address.is_none() => Err(Error::local("'ip' broke down", why)),
        _ => Ok(local),
    }
}

fn read(done: &Finished, interface: &str, verbose: bool) -> Local {
    let address = first_ipv4(&done.stdout);
    let said = String::from_utf8_lossy(&done.stderr);
    let said = printable::line(&said, COMPLAINT_CHARACTERS_MAX);
    let note = match done.end {
        End::Timeout => {
            Some(format!("ip: no answer within {IP_SECONDS_MAX} s about '{interface}'."))
        }
        _ if verbose && !said.is_empty() => Some(format!("ip: {said}")),
        _ if address.is_some() => None,
        // As iproute2 and busybox say it.
        _ if said.contains("does not exist") || said.contains("find device") => {
            Some(format!("{interface}: no such device."))
        }
        _ => Some(format!("Interface '{interface}' has no IPv4 address.")),
    };
    Local { address, note }
}
