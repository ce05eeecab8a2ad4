//! The operating system: the only room with `unsafe`, `libc` and child processes.

pub mod alarm;
pub mod clock;
pub mod descriptors;
pub mod environment;
pub mod file;
pub mod helper;
pub mod host;
pub mod interface;
pub mod memory;
pub mod netlink;
pub mod output;
pub mod poll;
pub mod privilege;
pub mod process;
pub mod random;
pub mod seccomp;
pub mod signal;
pub mod socket;
mod spawn;
pub mod start;
#[cfg(all(target_env = "musl", panic = "abort"))]
mod symbol_stubs;
pub mod thread;
pub mod trusted;
