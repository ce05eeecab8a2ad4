//! The system call filter of daemons and their children (seccomp(2)).
//!
//! procd's filter needs a preloaded library, which a static program does not load.
//! `/etc/seccomp/ddnsbox.json` is the same list for procd; tests keep both equal.

use std::io;

/// Installs the filter. With another C library than musl it does nothing: glibc's calls depend on
/// the machine's NSS modules.
///
/// # Errors
/// There is no list for this processor, or the kernel has no filters (qemu-user has none).
pub fn confine() -> io::Result<()> {
    if !cfg!(target_env = "musl") {
        return Ok(());
    }
    let mut program = program().ok_or(io::ErrorKind::Unsupported)?;
    let filter = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: pointer and length are of one vector that lives through the call, which copies it.
    // The process has no other thread, and cannot gain privileges any more.
    let result =
        unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &filter, 0, 0) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "mips")))]
fn program() -> Option<Vec<libc::sock_filter>> {
    None
}

#[cfg(any(target_arch = "x86_64", target_arch = "mips"))]
use list::program;

#[cfg(any(target_arch = "x86_64", target_arch = "mips"))]
mod list {
    /// AUDIT_ARCH_X86_64, AUDIT_ARCH_MIPS, AUDIT_ARCH_MIPSEL: under another calling convention the
    /// numbers mean other calls.
    const ARCHITECTURE: u32 = if cfg!(target_arch = "x86_64") {
        0xC000_003E
    } else if cfg!(target_endian = "big") {
        0x0000_0008
    } else {
        0x4000_0008
    };

    /// Byte offsets in `struct seccomp_data`: call number, architecture, low half of the first
    /// argument.
    const NUMBER_AT: u32 = 0;
    const ARCHITECTURE_AT: u32 = 4;
    const FIRST_AT: u32 = if cfg!(target_endian = "big") { 20 } else { 16 };

    const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    const IF_EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    const IF_ANY_BIT: u32 = libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K;
    const END: u32 = libc::BPF_RET | libc::BPF_K;

    /// Allowed socket families: UNIX, IPv4, IPv6, netlink.
    const FAMILIES: [u32; 4] = [1, 2, 10, 16];
    /// Flags of clone(2) that create namespaces, none of which is allowed.
    const NAMESPACES: u32 = 0x7E02_0000;

    /// How many instructions follow the comparisons of numbers.
    const TAIL: usize = 12;

    macro_rules! numbers {
        ($($name:ident)*) => { &[$(libc::$name as u16),*] };
    }

    /// The most frequent calls first, since the numbers are compared in order.
    #[rustfmt::skip]
    pub const CALLS: &[u16] = numbers! {
        SYS_read SYS_write SYS_poll SYS_recvfrom SYS_sendto SYS_clock_gettime
        SYS_readv SYS_writev SYS_close SYS_fsync SYS_flock SYS_ioctl
        SYS_lseek SYS_ftruncate SYS_fcntl
        SYS_open SYS_openat SYS_stat SYS_lstat SYS_fstat SYS_statx
        SYS_access SYS_faccessat SYS_faccessat2 SYS_getdents64 SYS_getcwd
        SYS_readlink SYS_readlinkat SYS_rename SYS_renameat SYS_renameat2
        SYS_unlink SYS_unlinkat SYS_mkdir SYS_mkdirat SYS_fchown
        SYS_pipe2 SYS_dup SYS_dup2 SYS_dup3 SYS_ppoll
        SYS_bind SYS_listen SYS_accept4 SYS_connect SYS_shutdown
        SYS_getsockname SYS_getsockopt SYS_setsockopt SYS_sendmsg SYS_recvmsg
        SYS_brk SYS_mmap SYS_munmap SYS_mprotect SYS_mremap
        SYS_set_thread_area SYS_set_tid_address SYS_set_robust_list
        SYS_futex SYS_sched_yield SYS_membarrier
        SYS_execve SYS_exit SYS_exit_group SYS_wait4 SYS_waitid SYS_setpgid SYS_kill SYS_tkill
        SYS_rt_sigaction SYS_rt_sigprocmask SYS_rt_sigreturn
        SYS_restart_syscall SYS_signalfd4 SYS_setitimer SYS_nanosleep SYS_clock_nanosleep
        SYS_getpid SYS_gettid SYS_getuid SYS_geteuid SYS_getgid SYS_getegid
        SYS_prctl SYS_capget SYS_capset SYS_prlimit64 SYS_getrlimit SYS_setrlimit
        SYS_getrandom SYS_uname
    };

    #[cfg(target_arch = "x86_64")]
    pub const OWN_CALLS: &[u16] = numbers! { SYS_pread64 SYS_newfstatat SYS_arch_prctl };

    #[cfg(target_arch = "mips")]
    #[rustfmt::skip]
    pub const OWN_CALLS: &[u16] = numbers! {
        SYS__llseek SYS_ftruncate64 SYS_fcntl64 SYS_stat64 SYS_lstat64 SYS_fstat64 SYS_mmap2
        SYS_sigreturn
    };

    /// Calls for which the libc crate has no constant here.
    #[cfg(target_arch = "x86_64")]
    const UNNAMED: &[(&str, u16)] = &[];
    #[cfg(target_arch = "mips")]
    const UNNAMED: &[(&str, u16)] = &[
        ("pread64", 4200),
        ("fstatat64", 4293),
        ("clock_gettime64", 4403),
        ("clock_nanosleep_time64", 4407),
        ("ppoll_time64", 4414),
        ("futex_time64", 4422),
    ];

    fn step(code: u32, value: u32, jump_if: usize, jump_else: usize) -> libc::sock_filter {
        let (jt, jf) = (jump_if as u8, jump_else as u8);
        libc::sock_filter { code: code as u16, jt, jf, k: value }
    }

    /// Allowed calls jump to the last instruction, all others to the one before it.
    pub fn program() -> Option<Vec<libc::sock_filter>> {
        let kill = step(END, libc::SECCOMP_RET_KILL_PROCESS, 0, 0);
        let mut program = vec![
            step(LOAD, ARCHITECTURE_AT, 0, 0),
            step(IF_EQUAL, ARCHITECTURE, 1, 0),
            kill,
            step(LOAD, NUMBER_AT, 0, 0),
        ];
        let unnamed = UNNAMED.iter().map(|(_, number)| number);
        let calls = CALLS.iter().chain(OWN_CALLS).chain(unnamed);
        let count = CALLS.len() + OWN_CALLS.len() + UNNAMED.len();
        for (before, &number) in calls.enumerate() {
            let to_end = count - before + TAIL - 2;
            program.push(step(IF_EQUAL, number.into(), to_end, 0));
        }
        program.push(step(IF_EQUAL, libc::SYS_socket as u32, 0, 6));
        program.push(step(LOAD, FIRST_AT, 0, 0));
        for (before, &family) in FAMILIES.iter().enumerate() {
            program.push(step(IF_EQUAL, family, 8 - before, 0));
        }
        program.extend([
            kill,
            step(IF_EQUAL, libc::SYS_clone as u32, 0, 2),
            step(LOAD, FIRST_AT, 0, 0),
            step(IF_ANY_BIT, NAMESPACES, 0, 1),
            kill,
            step(END, libc::SECCOMP_RET_ALLOW, 0, 0),
        ]);
        Some(program)
    }
}

#[cfg(test)]
mod tests;
