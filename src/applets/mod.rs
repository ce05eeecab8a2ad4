//! The table of applets: one row each, and what they share at the front door.

#[cfg(feature = "cf-ddns-sync")]
mod cf_ddns_sync;
#[cfg(feature = "upstream")]
mod child;
#[cfg(feature = "ddns-gateway")]
mod ddns_gateway;
#[cfg(feature = "hetzner-dyndns")]
mod hetzner_dyndns;
#[cfg(feature = "ipv6ddns")]
mod ipv6ddns;
#[cfg(feature = "pydyndns")]
mod pydyndns;
mod run_lock;
mod startup;
#[cfg(any(feature = "cf-ddns-sync", feature = "pydyndns"))]
mod status_line;
#[cfg(feature = "update-dns")]
mod update_dns;
#[cfg(feature = "upstream")]
mod upstream;

#[cfg(feature = "upstream")]
use crate::daemon::supervised;
use crate::os::file;
use crate::text::utc;
use std::ffi::OsString;
use std::io::Write;

/// Exit status of a run that did what was asked.
pub const DONE: u8 = 0;
/// Exit status of a run that could not.
pub const FAILED: u8 = 1;
/// Exit status after a usage or configuration error.
pub const WRONG_USAGE: u8 = 2;

/// Says a text on standard output, and gives back the exit status.
pub fn print(text: &str) -> u8 {
    match file::standard_output().write_all(text.as_bytes()) {
        Ok(()) => DONE,
        Err(_) => FAILED,
    }
}

/// Runs an applet and gives back its exit status.
pub fn run(applet: &Applet, arguments: Vec<OsString>) -> u8 {
    let status = (applet.run)(arguments);
    #[cfg(feature = "upstream")]
    if status != DONE {
        supervised::pause_before_exit(status == WRONG_USAGE);
    }
    status
}

/// One drop-in.
pub struct Applet {
    /// The name it is called by, as a link or as first argument.
    pub name: &'static str,
    /// What it does, in one line; empty for one that only this program itself calls.
    pub summary: &'static str,
    /// Runs it with the arguments behind its name and gives back the exit status.
    pub run: fn(Vec<OsString>) -> u8,
}

/// All applets of this build.
pub const TABLE: &[Applet] = &[
    #[cfg(feature = "cf-ddns-sync")]
    Applet {
        name: "cf-ddns-sync",
        summary: "keep a name's A records at Cloudflare equal to the WANs' public addresses",
        run: cf_ddns_sync::run,
    },
    #[cfg(feature = "ddns-gateway")]
    Applet {
        name: "ddns-gateway",
        summary: "serve HTTP requests that set records at Cloudflare, Aliyun or Tencent",
        run: ddns_gateway::run,
    },
    #[cfg(feature = "hetzner-dyndns")]
    Applet {
        name: "hetzner-dyndns",
        summary: "take hosts' addresses (JSON, dyndns2) and write them into records at Hetzner",
        run: hetzner_dyndns::run,
    },
    #[cfg(feature = "ipv6ddns")]
    Applet {
        name: "ipv6ddns",
        summary: "keep a name's AAAA record at Cloudflare equal to this machine's address",
        run: ipv6ddns::run,
    },
    #[cfg(feature = "pydyndns")]
    Applet {
        name: "pydyndns",
        summary: "register this machine's addresses at a DNS server (RFC 2136, TSIG)",
        run: pydyndns::run,
    },
    #[cfg(feature = "update-dns")]
    Applet {
        name: "update-dns",
        summary: "have a backend (hetzner-dyndns) keep a name's address right",
        run: update_dns::run,
    },
    #[cfg(feature = "upstream")]
    Applet { name: "upstream", summary: "", run: upstream::run },
];

/// When this release was made, in seconds since 1970: no clock can be right that is before it.
const RELEASED: u64 = 1_795_219_200; // 2026-11-21

/// The build's date where the builder set SOURCE_DATE_EPOCH, else that of the release.
pub const BUILT: u64 = match option_env!("SOURCE_DATE_EPOCH") {
    Some(text) => match u64::from_str_radix(text, 10) {
        Ok(seconds) => seconds,
        Err(_) => RELEASED,
    },
    None => RELEASED,
};

/// Why a clock that says `now`, in seconds since 1970, cannot be right: certificates and signatures
/// depend on it.
pub fn unset_clock(now: u64) -> Option<String> {
    (now < BUILT).then(|| {
        let date = utc::date(now);
        format!("system clock is not set (it says {date}, before this program was built)")
    })
}
