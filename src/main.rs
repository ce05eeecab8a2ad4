//! ddnsbox: dynamic DNS for routers; several applets in one program, chosen by its name.

#![cfg_attr(not(test), no_main)]
// Under test the entry point is the harness's, so some items look unused.
#![cfg_attr(test, allow(dead_code))]
// The same where only some of the applets are built.
#![cfg_attr(not(feature = "full"), allow(dead_code, unused_imports))]

mod apis;
mod applets;
mod config;
mod crypto;
#[cfg(feature = "upstream")]
mod daemon;
mod engine;
mod env;
mod error;
mod log;
mod net;
mod notify;
mod os;
mod providers;
mod record;
mod sources;
mod store;
mod text;
mod wire;

use applets::{Applet, TABLE};
use std::ffi::{OsStr, OsString};
use std::path::Path;

os::start::entry!(run);

/// The whole program: `arguments` includes the name it was called by; returns the exit status.
fn run(arguments: Vec<OsString>) -> u8 {
    let mut rest = arguments.into_iter();
    let called = rest.next().unwrap_or_default();
    if let Some(applet) = Path::new(&called).file_name().and_then(find) {
        return applets::run(applet, rest.collect());
    }
    let asked = rest.next();
    if let Some(applet) = asked.as_deref().and_then(find) {
        return applets::run(applet, rest.collect());
    }
    without_applet(asked.as_deref())
}

/// The applet of that name; a link may keep the original's `.py`, and the underscores of
/// `update_dns.py`.
fn find(name: &OsStr) -> Option<&'static Applet> {
    let name = name.to_str()?;
    let name = name.strip_suffix(".py").unwrap_or(name);
    let hyphen = |byte: u8| if byte == b'_' { b'-' } else { byte };
    TABLE.iter().find(|applet| applet.name.bytes().eq(name.bytes().map(hyphen)))
}

fn without_applet(asked: Option<&OsStr>) -> u8 {
    let version = concat!("ddnsbox ", env!("CARGO_PKG_VERSION"));
    match asked.map(OsStr::to_str) {
        None | Some(Some("-h" | "--help" | "help")) => {
            let mut text = format!(
                "{version}: dynamic DNS for routers\n\nUsage: ddnsbox APPLET [ARGUMENT]...\n"
            );
            text.push_str(
                "   or: APPLET [ARGUMENT]...   (through a link of that name)\n\nApplets:\n",
            );
            for applet in TABLE.iter().filter(|applet| !applet.summary.is_empty()) {
                text.push_str(&format!("  {:<14}  {}\n", applet.name, applet.summary));
            }
            if TABLE.is_empty() {
                text.push_str("  none in this build\n");
            }
            text.push_str("\nSee 'ddnsbox APPLET --help'.\n");
            applets::print(&text)
        }
        Some(Some("-V" | "--version")) => applets::print(&format!("{version}\n")),
        Some(_) => {
            let name = asked.map(OsStr::to_string_lossy).unwrap_or_default();
            let message = format!("unknown applet '{name}'; run 'ddnsbox' for a list");
            log::Log::new(false).error(&message);
            applets::WRONG_USAGE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_links() {
        for (called, name) in [
            ("update-dns", Some("update-dns")),
            ("update_dns.py", Some("update-dns")),
            ("cf-ddns-sync.py", Some("cf-ddns-sync")),
            ("ddns_gateway", Some("ddns-gateway")),
            ("update_dns.pyc", None),
            ("", None),
        ] {
            assert_eq!(find(OsStr::new(called)).map(|applet| applet.name), name, "{called}");
        }
    }
}
