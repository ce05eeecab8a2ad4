//! Dropping privileges: user, groups, capabilities.

use super::file;
use std::io;
use std::path::Path;

/// The user database (passwd(5)).
const USERS: &str = "/etc/passwd";
/// The conventional ids of `nobody`, for machines without a user database.
const NOBODY: u32 = 65_534;
/// capset(2): the layout with 64 capabilities.
const CAPABILITIES_VERSION_3: u32 = 0x2008_0522;

/// A user to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub name: String,
    /// User id and group id.
    pub user: u32,
    pub group: u32,
}

impl User {
    /// An unprivileged user without the user database.
    pub fn nobody() -> User {
        User { name: "nobody".into(), user: NOBODY, group: NOBODY }
    }

    /// The first of these users that the user database has.
    pub fn find(names: &[&str]) -> Option<User> {
        let list = file::text_of(Path::new(USERS)).ok()?;
        names.iter().find_map(|name| find_in(&list, name))
    }

    pub fn is_root(&self) -> bool {
        self.user == 0
    }
}

/// `NAME:PASSWORD:USER:GROUP:...`, a line each.
fn find_in(list: &str, name: &str) -> Option<User> {
    let mut lines = list.lines().map(|line| line.split(':'));
    let mut fields =
        lines.find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?;
    // -1 means no change in setresuid(2).
    let number = |text: &str| text.parse().ok().filter(|&number| number != u32::MAX);
    let user = number(fields.nth(1)?)?;
    let group = number(fields.next()?)?;
    Some(User { name: name.into(), user, group })
}

/// Becomes that user permanently, with only its own group.
///
/// # Errors
/// Not permitted, or without effect though the call succeeded; ids may have changed in part.
pub fn become_user(user: &User) -> io::Result<()> {
    let User { user, group, .. } = *user;
    let (mut users, mut groups) = ([0; 3], [0; 3]);
    let [real, effective, saved] = &mut users;
    let [real_group, effective_group, saved_group] = &mut groups;
    // SAFETY: numbers only, and pointers to numbers that live through the calls; an empty list of
    // groups has no place in memory.
    unsafe {
        check(libc::setgroups(0, std::ptr::null()))?;
        check(libc::setresgid(group, group, group))?;
        check(libc::setresuid(user, user, user))?;
        check(libc::getresuid(real, effective, saved))?;
        check(libc::getresgid(real_group, effective_group, saved_group))?;
        verify(libc::getgroups(0, std::ptr::null_mut()) == 0)?;
    }
    verify(users == [user; 3] && groups == [group; 3])
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Checks for an effect: a sandbox can let a call succeed without one.
fn verify(is_so: bool) -> io::Result<()> {
    if is_so { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

/// Runs `work` with that user's file system permissions instead of root's (setfsuid(2)).
///
/// # Errors
/// Not permitted; `work` has not run then.
pub fn as_user<T>(user: &User, work: impl FnOnce() -> T) -> io::Result<T> {
    /// SECBIT_NO_SETUID_FIXUP: capabilities remain when the user id changes.
    const KEEPS_CAPABILITIES: libc::c_int = 1 << 2;
    // These calls return the previous id and never fail; -1 changes nothing.
    let act = |user: u32, group: u32| {
        // SAFETY: numbers only.
        unsafe {
            libc::setfsgid(group as libc::gid_t);
            libc::setfsuid(user as libc::uid_t);
            libc::setfsgid(u32::MAX) as u32 == group && libc::setfsuid(u32::MAX) as u32 == user
        }
    };
    // Drop root's supplementary groups.
    // SAFETY: an empty list has no place in memory, all else is numbers.
    unsafe {
        check(libc::setgroups(0, std::ptr::null()))?;
        verify(libc::prctl(libc::PR_GET_SECUREBITS, 0, 0, 0, 0) & KEEPS_CAPABILITIES == 0)?;
    }
    let done = verify(act(user.user, user.group)).map(|()| work());
    verify(act(0, 0))?;
    done
}

/// Drops all capabilities, sets no_new_privs, and makes this process undumpable.
///
/// # Errors
/// Names the step without effect.
pub fn drop_capabilities() -> Result<(), &'static str> {
    let header: [u32; 2] = [CAPABILITIES_VERSION_3, 0];
    let none = [0u32; 6];
    let mut left = [u32::MAX; 6];
    // SAFETY: all lists are of the shape capset(2) and capget(2) ask for; all else are numbers.
    // The results are read back below.
    let (may_gain, has_capabilities) = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        // Old kernels have no ambient capabilities.
        libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        libc::syscall(libc::SYS_capset, header.as_ptr(), none.as_ptr());
        let status = libc::syscall(libc::SYS_capget, header.as_ptr(), left.as_mut_ptr());
        (libc::prctl(libc::PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1, status != 0 || left != none)
    };
    set_undumpable();
    // SAFETY: numbers only.
    let is_undumpable = unsafe { libc::prctl(libc::PR_GET_DUMPABLE, 0, 0, 0, 0) } == 0;
    match (has_capabilities, may_gain, is_undumpable) {
        (true, ..) => Err("cannot drop all capabilities"),
        (_, true, _) => Err("cannot set no_new_privs"),
        (.., false) => Err("cannot make the process undumpable"),
        _ => Ok(()),
    }
}

/// Protects the memory, which has secrets, from other processes of the same user and from core
/// dumps.
pub fn set_undumpable() {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the struct is valid.
    unsafe {
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
        libc::setrlimit(libc::RLIMIT_CORE, &none);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "root:x:0:0:root:/root:/bin/ash\n\
        # a comment\n\
        nobody:*:65534:65533:nobody:/var:/bin/false\n\
        broken:x:\n\
        wrong:x:ten:1:::\n\
        most:x:4294967295:1:::\n";

    #[test]
    fn users_are_found_by_their_whole_names() {
        let nobody = User { name: "nobody".into(), user: 65_534, group: 65_533 };
        assert_eq!(find_in(LIST, "nobody"), Some(nobody));
        assert!(find_in(LIST, "root").is_some_and(|user| user.is_root()));
        for name in ["nobod", "", "x", "broken", "wrong", "most", "# a comment", "ddnsbox"] {
            assert_eq!(find_in(LIST, name), None, "{name}");
        }
    }
}
