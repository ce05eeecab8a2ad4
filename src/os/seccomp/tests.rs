//! The filter, run as the kernel runs it.
#![cfg(target_arch = "x86_64")]

use super::list::{CALLS, OWN_CALLS, program};

const X86_64: u32 = 0xC000_003E;
/// By another convention, that of 32-bit processors.
const I386: u32 = 0x4000_0003;
const SIGCHLD: u64 = 17;

/// What the filter says of a call with a first argument.
fn verdict(architecture: u32, number: u32, first: u64) -> u32 {
    let program = program().unwrap();
    let message = [number, architecture, 0, 0, first as u32, (first >> 32) as u32];
    let (mut at, mut held) = (0, 0);
    loop {
        let step = program[at];
        at += 1;
        let is_so = match u32::from(step.code) {
            code if code == libc::BPF_LD | libc::BPF_W | libc::BPF_ABS => {
                held = message[step.k as usize / 4];
                continue;
            }
            code if code == libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K => held == step.k,
            code if code == libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K => held & step.k != 0,
            code if code == libc::BPF_RET | libc::BPF_K => return step.k,
            code => panic!("instruction {code}"),
        };
        at += usize::from(if is_so { step.jt } else { step.jf });
    }
}

fn allows(number: libc::c_long, first: u64) -> bool {
    match verdict(X86_64, number as u32, first) {
        libc::SECCOMP_RET_ALLOW => true,
        libc::SECCOMP_RET_KILL_PROCESS => false,
        other => panic!("{other:#x}"),
    }
}

#[test]
fn the_list_and_nothing_else_is_allowed() {
    let mut all: Vec<u32> = CALLS.iter().chain(OWN_CALLS).map(|&one| one.into()).collect();
    all.sort_unstable();
    let count = all.len();
    all.dedup();
    assert_eq!(all.len(), count, "a call is there twice");
    for number in 0..1000 {
        // Neither a socket of family 0 nor a child in namespaces of its own.
        assert_eq!(allows(number, 0x7E02_0000), all.contains(&(number as u32)), "{number}");
    }
    for number in [libc::SYS_ptrace, libc::SYS_mount, libc::SYS_setresuid, libc::SYS_clone3] {
        assert!(!allows(number, 0));
    }
    // The numbers of x32, and of 32-bit processes.
    assert!(!allows(0x4000_0000, 0));
    assert_eq!(verdict(I386, libc::SYS_read as u32, 0), libc::SECCOMP_RET_KILL_PROCESS);
}

#[test]
fn sockets_and_children_are_of_some_kinds() {
    for family in 0..50 {
        let is_known = [1, 2, 10, 16].contains(&family);
        assert_eq!(allows(libc::SYS_socket, family), is_known, "{family}");
        // The kernel does not look at the upper half either.
        assert_eq!(allows(libc::SYS_socket, family | 1 << 32), is_known, "{family}");
    }
    assert!(allows(libc::SYS_clone, SIGCHLD));
    let vfork = (libc::CLONE_VM | libc::CLONE_VFORK) as u64;
    assert!(allows(libc::SYS_clone, vfork | SIGCHLD));
    for flag in [
        libc::CLONE_NEWNS,
        libc::CLONE_NEWCGROUP,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
    ] {
        assert!(!allows(libc::SYS_clone, flag as u64 | SIGCHLD), "{flag:#x}");
    }
}
