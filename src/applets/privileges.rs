//! What a daemon keeps of the power it was started with: as little as it can do with.

use crate::error::{Error, Kind};
use crate::log::logger::Logger;
use crate::log::sink::Sink;
use crate::log::stream;
use crate::os::privilege::{self, User};
use crate::os::{descriptors, file, seccomp};
use crate::text::printable;
use std::io;

/// Names the user that root becomes; `root` is one, too, and has no capabilities then.
const VARIABLE: &str = "DDNSBOX_USER";
/// Names a job whose lines go to the syslog, as `ddnsbox: NAME: ...`, and not to the standard
/// streams.
pub const SYSLOG_VARIABLE: &str = "DDNSBOX_SYSLOG";
/// Whom root becomes where none is named: the first of these that there is.
const USERS: &[&str] = &["ddnsbox", "nobody"];
const NAME_CHARACTERS_MAX: usize = 100;
/// How many descriptors a daemon that serves nobody but `/health` may have open.
pub const FEW_DESCRIPTORS: usize = 64;

/// Makes the lines of a daemon wait for nobody, and sends them to the syslog where this is asked
/// for: procd gives all that comes by standard error one severity.
pub fn begin_to_speak() {
    let name = std::env::var_os(SYSLOG_VARIABLE).filter(|name| !name.is_empty());
    stream::never_wait(name.map(|name| {
        let name = printable::line(&name.to_string_lossy(), NAME_CHARACTERS_MAX);
        format!("ddnsbox: {name}")
    }));
}

/// To be called when the settings are read: keeps from children what has been handed down, and
/// gives the user to become, where there is one to become.
///
/// # Errors
/// Local: the one that is named is not there.
pub fn begin() -> Result<Option<User>, Error> {
    descriptors::keep_from_children();
    if file::own_user() != 0 {
        return Ok(None);
    }
    let user = match std::env::var_os(VARIABLE).filter(|name| !name.is_empty()) {
        None => User::find(USERS).unwrap_or_else(User::nobody),
        Some(name) => {
            let name = name.to_string_lossy();
            User::find(&[&name]).ok_or_else(|| {
                let name = printable::line(&name, NAME_CHARACTERS_MAX);
                Error::new(Kind::Local, format!("{VARIABLE}: there is no user {name}"))
            })?
        }
    };
    Ok(Some(user).filter(|user| !user.is_root()))
}

/// Opens a file for the log as the user to become would, so that nothing can be written to that is
/// not theirs; where they may not, or this process cannot act as they or stays root, root does, if
/// nobody but root can have a hand in it.
///
/// # Errors
/// It can be opened neither way.
pub fn open_log(sink: &mut Sink, user: Option<&User>) -> io::Result<()> {
    let Some(user) = user else {
        // One that stays root has all of root's rights to files.
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

/// The same as [`give_up`] for a daemon with files for its log, which stay within its reach.
pub fn give_up_but_log(user: Option<&User>, descriptors_max: usize, log: &Logger) {
    if let Some(user) = user {
        log.hand_over(user);
    }
    for message in give_up(user, descriptors_max) {
        log.warning(&message);
    }
    if file::own_user() == 0 && user.is_some() {
        // It is root still, against its will.
        log.trust_root_alone();
    }
    log.warn_if_not_rotatable();
}

/// Gives up, once all is open that only root may open, whatever is not needed from here on:
/// another user's rights, all capabilities, and more descriptors than so many. What could not be
/// given up is for the log.
pub fn give_up(user: Option<&User>, descriptors_max: usize) -> Vec<String> {
    descriptors::bound(descriptors_max);
    let mut kept = Vec::new();
    if let Some(user) = user
        && let Err(why) = privilege::become_user(user)
    {
        let message = "goes on without privileges";
        kept.push(format!("cannot become the user {} ({why}); {message}", user.name));
    }
    kept.extend(privilege::renounce().err().map(String::from));
    if let Err(why) = seccomp::confine() {
        kept.push(format!("no seccomp filter here ({why}): system calls are not restricted"));
    }
    kept
}
