//! Starting, killing and reaping a child with posix_spawn(3).
//!
//! The standard library's `Command` costs 25 KB of flash more, and eight system calls per child
//! (its map of variables, its fallback to `fork`, and `/dev/null` opened in the parent).

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

const DEV_NULL: &CStr = c"/dev/null";

/// A started child with the parent's ends of its pipes.
pub struct Spawned {
    /// Also its process group.
    pub pid: libc::pid_t,
    pub stdin: Option<File>,
    pub stdout: File,
    pub stderr: Option<File>,
}

/// Which of a child's standard descriptors are pipes; the others are `/dev/null`.
#[derive(Clone, Copy)]
pub struct Pipes {
    pub stdin: bool,
    pub stderr: bool,
}

/// File actions and attributes for posix_spawn(3).
struct Plan {
    actions: libc::posix_spawn_file_actions_t,
    attributes: libc::posix_spawnattr_t,
}

/// Starts `program` (a full path) with exactly these variables (`NAME=VALUE`), in a process group
/// of its own. Its standard output is a pipe. Signal dispositions and mask are the defaults.
pub fn spawn(
    program: &Path,
    arguments: &[&str],
    variables: &[&str],
    pipes: Pipes,
) -> io::Result<Spawned> {
    let path = CString::new(program.as_os_str().as_bytes())?;
    let mut argv = vec![path.clone()];
    for argument in arguments {
        argv.push(CString::new(*argument)?);
    }
    let envp = variables.iter().map(|one| CString::new(*one)).collect::<Result<Vec<_>, _>>()?;
    let (stdout, stdout_for_child) = pipe()?;
    let (stderr, stderr_for_child) = if pipes.stderr { pipe().map(both)? } else { (None, None) };
    let (stdin_for_child, stdin) = if pipes.stdin { io::pipe().map(ends)? } else { (None, None) };

    let mut plan = Plan::new()?;
    match &stdin_for_child {
        Some(pipe) => plan.dup2(pipe, libc::STDIN_FILENO)?,
        None => plan.open_null(libc::STDIN_FILENO, libc::O_RDONLY)?,
    }
    plan.dup2(&stdout_for_child, libc::STDOUT_FILENO)?;
    match &stderr_for_child {
        Some(pipe) => plan.dup2(pipe, libc::STDERR_FILENO)?,
        None => plan.open_null(libc::STDERR_FILENO, libc::O_WRONLY)?,
    }
    let mut pid = 0;
    // SAFETY: both lists are of pointers into vectors that live through the call and end in null;
    // the plan is initialized.
    check(unsafe {
        libc::posix_spawn(
            &mut pid,
            path.as_ptr(),
            &plan.actions,
            &plan.attributes,
            pointers(&argv).as_ptr(),
            pointers(&envp).as_ptr(),
        )
    })?;
    Ok(Spawned { pid, stdin, stdout, stderr })
}

fn pipe() -> io::Result<(File, OwnedFd)> {
    // Both ends are closed in the child, except those dup2 copies.
    let (reader, writer) = io::pipe()?;
    Ok((File::from(OwnedFd::from(reader)), OwnedFd::from(writer)))
}

fn ends((reader, writer): (io::PipeReader, io::PipeWriter)) -> (Option<OwnedFd>, Option<File>) {
    (Some(OwnedFd::from(reader)), Some(File::from(OwnedFd::from(writer))))
}

fn both((reader, writer): (File, OwnedFd)) -> (Option<File>, Option<OwnedFd>) {
    (Some(reader), Some(writer))
}

fn pointers(strings: &[CString]) -> Vec<*mut libc::c_char> {
    let pointers = strings.iter().map(|one| one.as_ptr().cast_mut());
    pointers.chain([ptr::null_mut()]).collect()
}

/// These functions return the error number instead of setting errno.
fn check(number: libc::c_int) -> io::Result<()> {
    if number == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(number)) }
}

impl Plan {
    fn new() -> io::Result<Plan> {
        // SAFETY: plain data, which the init functions then fill in.
        let mut plan: Plan = unsafe { std::mem::zeroed() };
        let flags = libc::POSIX_SPAWN_SETPGROUP
            | libc::POSIX_SPAWN_SETSIGDEF
            | libc::POSIX_SPAWN_SETSIGMASK;
        // SAFETY: every pointer is to a live struct of its type, initialized before its use. This
        // program ignores some signals, and a daemon blocks others; a child must not inherit that.
        unsafe {
            check(libc::posix_spawn_file_actions_init(&mut plan.actions))?;
            check(libc::posix_spawnattr_init(&mut plan.attributes))?;
            let mut signals: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&mut signals);
            check(libc::posix_spawnattr_setsigmask(&mut plan.attributes, &signals))?;
            libc::sigaddset(&mut signals, libc::SIGPIPE);
            libc::sigaddset(&mut signals, libc::SIGXFSZ);
            check(libc::posix_spawnattr_setsigdefault(&mut plan.attributes, &signals))?;
            check(libc::posix_spawnattr_setpgroup(&mut plan.attributes, 0))?;
            check(libc::posix_spawnattr_setflags(&mut plan.attributes, flags as libc::c_short))?;
        }
        Ok(plan)
    }

    fn open_null(&mut self, fd: libc::c_int, flags: libc::c_int) -> io::Result<()> {
        // SAFETY: the plan is initialized and the path is a static C string.
        check(unsafe {
            libc::posix_spawn_file_actions_addopen(
                &mut self.actions,
                fd,
                DEV_NULL.as_ptr(),
                flags,
                0,
            )
        })
    }

    fn dup2(&mut self, from: &OwnedFd, to: libc::c_int) -> io::Result<()> {
        // SAFETY: the plan is initialized.
        check(unsafe {
            libc::posix_spawn_file_actions_adddup2(&mut self.actions, from.as_raw_fd(), to)
        })
    }
}

impl Drop for Plan {
    fn drop(&mut self) {
        // SAFETY: initialized, or zeroed where initializing failed, which both calls accept.
        unsafe {
            libc::posix_spawn_file_actions_destroy(&mut self.actions);
            libc::posix_spawnattr_destroy(&mut self.attributes);
        }
    }
}

/// Whether the child has exited, without reaping it: its process id must stay reserved until its
/// group has been killed.
///
/// # Errors
/// Unknown: its output may be incomplete.
pub fn has_exited(pid: libc::pid_t) -> io::Result<bool> {
    // SAFETY: the struct is plain data, zeroed; the call fills it in.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: `info` lives through the call.
    let result = unsafe { libc::waitid(libc::P_PID, pid as libc::id_t, &mut info, flags) };
    if result != 0 {
        let error = io::Error::last_os_error();
        return if error.kind() == io::ErrorKind::Interrupted { Ok(false) } else { Err(error) };
    }
    // SAFETY: waitid has filled in (or left zeroed) the fields of a child's state change.
    Ok(unsafe { info.si_pid() } != 0)
}

/// Waits for the child and reaps it; returns its exit status (None: by a signal).
pub fn reap(pid: libc::pid_t) -> Option<i32> {
    let mut status = 0;
    loop {
        // SAFETY: `status` lives through the call.
        let result = unsafe { libc::waitpid(pid, &mut status, 0) };
        let interrupted = io::Error::last_os_error().kind() == io::ErrorKind::Interrupted;
        if result >= 0 || !interrupted {
            return (result == pid && libc::WIFEXITED(status)).then(|| libc::WEXITSTATUS(status));
        }
    }
}

/// Kills what is left of a child's process group.
pub fn kill_group(leader: libc::pid_t) {
    if leader > 1 {
        // SAFETY: no memory is involved; the group is the child's own, not ours.
        unsafe { libc::kill(-leader, libc::SIGKILL) };
    }
}
