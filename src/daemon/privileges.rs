//! Dropping privileges: another user, no capabilities, few descriptors, a filter of system calls.

use crate::error::{Error, Kind};
use crate::log::logger::Logger;
use crate::log::sink::Sink;
use crate::log::stream;
use crate::os::privilege::{self, User};
use crate::os::{descriptors, environment, file, seccomp};
use crate::text::printable;
use std::io;

/// Names the user that root becomes; it may be `root`, then without capabilities.
const VARIABLE: &str = "DDNSBOX_USER";
/// Names a job that logs to the syslog, as `ddnsbox: NAME: ...`, and not to the standard streams.
pub const SYSLOG_VARIABLE: &str = "DDNSBOX_SYSLOG";
/// The users root becomes where none is named: the first of these that exists.
const USERS: &[&str] = &["ddnsbox", "nobody"];
const NAME_CHARACTERS_MAX: usize = 100;
/// How many descriptors a daemon that serves at most `/health` may have open.
pub const FEW_DESCRIPTORS: usize = 64;

/// Makes log output non-blocking, and sends it to the syslog where [`SYSLOG_VARIABLE`] asks for it:
/// procd gives all of standard error the same severity.
pub fn start_logging() {
    let name = environment::variable(SYSLOG_VARIABLE).filter(|name| !name.is_empty());
    stream::never_wait(name.map(|name| {
        let name = printable::line(&name.to_string_lossy(), NAME_CHARACTERS_MAX);
        format!("ddnsbox: {name}")
    }));
}

/// To be called once the settings are read: sets close-on-exec on inherited descriptors, and gives
/// the user to become, if any.
///
/// # Errors
/// Local: the user [`VARIABLE`] names does not exist.
pub fn target_user() -> Result<Option<User>, Error> {
    descriptors::set_cloexec();
    if file::own_user() != 0 {
        return Ok(None);
    }
    let user = match environment::variable(VARIABLE).filter(|name| !name.is_empty()) {
        None => User::find(USERS).unwrap_or_else(User::nobody),
        Some(name) => {
            let name = name.to_string_lossy();
            User::find(&[&name]).ok_or_else(|| {
                let name = printable::line(&name, NAME_CHARACTERS_MAX);
                Error::with(Kind::Local, format_args!("{VARIABLE}: there is no user {name}"))
            })?
        }
    };
    Ok(Some(user).filter(|user| !user.is_root()))
}

/// Opens a log file with the rights of the user to become, so that nothing of other users can be
/// written to. Where that user may not, or this process stays root or cannot act as that user, root
/// opens it if only root can have changed any part of its path.
///
/// # Errors
/// It can be opened neither way.
pub fn open_log(sink: &mut Sink, user: Option<&User>) -> io::Result<()> {
    let Some(user) = user else {
        // A process that stays root has all of root's rights to files.
        if file::own_user() == 0 {
            sink.trust_root_alone();
        }
        return sink.open();
    };
    let refused = match privilege::as_user(user, || sink.open()) {
        Ok(Err(error)) if error.kind() == io::ErrorKind::PermissionDenied => {
            format!("{error}, as the user {}", user.name)
        }
        Ok(opened) => return opened,
        Err(error) => format!("cannot act as the user {} ({error})", user.name),
    };
    sink.trust_root_alone();
    sink.open().map_err(|why| io::Error::other(format!("{refused}; as root: {why}")))
}

/// As [`drop_privileges`] for a daemon with log files, which it can still open afterwards.
pub fn drop_privileges_but_log(user: Option<&User>, descriptors_max: usize, log: &Logger) {
    if let Some(user) = user {
        log.hand_over(user);
    }
    for message in drop_privileges(user, descriptors_max) {
        log.warning(&message);
    }
    if file::own_user() == 0 && user.is_some() {
        // It could not become the user.
        log.trust_root_alone();
    }
    log.warn_if_not_rotatable();
}

/// Drops what is not needed once all is open that only root may open: root's rights, all
/// capabilities, more than so many descriptors, system calls. What could not be dropped comes back
/// as warnings for the log.
pub fn drop_privileges(user: Option<&User>, descriptors_max: usize) -> Vec<String> {
    descriptors::limit_nofile(descriptors_max);
    let mut kept = Vec::new();
    if let Some(user) = user
        && let Err(why) = privilege::become_user(user)
    {
        let message = "continuing without privileges";
        kept.push(format!("cannot become the user {} ({why}); {message}", user.name));
    }
    kept.extend(privilege::drop_capabilities().err().map(String::from));
    if let Err(why) = seccomp::confine() {
        kept.push(format!("no seccomp filter here ({why}): system calls are not restricted"));
    }
    kept
}
