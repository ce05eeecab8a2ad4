//! Fuzz targets for the rooms that read what others wrote; DDNSBOX_FUZZ names the one to run.

#![no_main]
// All of a room is here, and only a part of it is called.
#![allow(dead_code, unused_imports)]

#[path = "../../../src/apis/mod.rs"]
mod apis;
#[path = "../../../src/config/mod.rs"]
mod config;
#[path = "../../../src/crypto.rs"]
mod crypto;
#[path = "../../../src/engine/mod.rs"]
mod engine;
#[path = "../../../src/error.rs"]
mod error;
#[path = "../../../src/log/mod.rs"]
mod log;
#[path = "../../../src/notify.rs"]
mod notify;
#[path = "../../../src/providers/mod.rs"]
mod providers;
#[path = "../../../src/record.rs"]
mod record;
#[path = "../../../src/sources/mod.rs"]
mod sources;
#[path = "../../../src/store/mod.rs"]
mod store;
#[path = "../../../src/text/mod.rs"]
mod text;
#[path = "../../../src/wire/mod.rs"]
mod wire;
#[path = "../../../src/env.rs"]
mod env;

/// Of the front doors only what reads files.
#[path = "../../../src/applets"]
mod applets {
    pub mod startup;

    /// Exit status after a usage error, which nothing here has.
    pub const WRONG_USAGE: u8 = 2;

    /// Nothing here asks for help.
    pub fn print(_: &str) -> u8 {
        0
    }

    pub mod ddns_gateway {
        pub mod settings;
        pub mod usage;
    }
    pub mod hetzner_dyndns {
        pub mod settings;
        pub mod usage;
    }
    pub mod ipv6ddns {
        pub mod settings;
        pub mod usage;
    }
    pub mod pydyndns {
        pub mod config;
        pub mod logging;
    }
}

/// What the rooms above use of it. Children are played, and the alarm is the fuzzer's own.
#[path = "../../../src/os"]
mod os {
    #[path = "../../tests/fuzz/src/stand_ins/alarm.rs"]
    pub mod alarm;
    pub mod clock;
    pub mod environment;
    pub mod file;
    pub mod interface;
    pub mod netlink;
    pub mod output;
    pub mod poll;
    pub mod privilege;
    #[path = "../../tests/fuzz/src/stand_ins/process.rs"]
    pub mod process;
    pub mod random;
    pub mod socket;
    pub mod trusted;
}

mod judge;
mod targets;

use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

static CHOSEN: OnceLock<fn(&[u8])> = OnceLock::new();

/// The target that was asked for; without one, all are listed.
fn choose() {
    let asked = std::env::var("DDNSBOX_FUZZ").unwrap_or_default();
    let Some((_, run)) = targets::TABLE.iter().find(|(name, _)| *name == asked) else {
        for (name, _) in targets::TABLE {
            println!("{name}");
        }
        std::process::exit(if asked.is_empty() { 0 } else { 2 });
    };
    CHOSEN.get_or_init(|| *run);
}

fuzz_target!(init: choose(), |data: &[u8]| {
    if let Some(run) = CHOSEN.get() {
        judge::bounded(data, *run);
    }
});
