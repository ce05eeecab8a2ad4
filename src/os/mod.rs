//! The operating system: the only room with `unsafe`, `libc` and child processes.

pub mod alarm;
pub mod clock;
pub mod descriptors;
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
#[cfg(all(target_env = "musl", panic = "abort"))]
mod stand_ins;
pub mod start;
pub mod thread;
pub mod trusted;
