//! Ways that somebody else can change, and those that only root can.

use super::*;
use std::os::unix::fs::{PermissionsExt, chown, symlink};

/// A directory of root's, below one that everybody may write to.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Option<Scratch> {
        let path = std::env::temp_dir().join(format!("ddnsbox-{name}-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        let scratch = Scratch(path);
        // Only root can make what is root's.
        (file::own_user() == 0).then_some(scratch)
    }

    fn directory(&self, name: &str, mode: u32, user: u32, group: u32) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir(&path).unwrap();
        chown(&path, Some(user), Some(group)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn refused(path: &Path) -> String {
    let error = open_log(path, false).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{path:?}: {error}");
    error.to_string()
}

const STAFF: u32 = 50;
const SOMEBODY: u32 = 65_534;

#[test]
fn only_what_others_cannot_change() {
    let Some(scratch) = Scratch::new("trusted") else { return };
    let roots = scratch.directory("roots", 0o755, 0, 0);
    open_log(&roots.join("log"), false).unwrap();
    // As /var/local of Debian, and what may be below it.
    let staffs = scratch.directory("staffs", 0o2775, 0, STAFF);
    let message = format!("users other than root can change {}", staffs.display());
    assert_eq!(refused(&staffs.join("log")), message);
    fs::create_dir(staffs.join("roots")).unwrap();
    assert_eq!(refused(&staffs.join("roots/log")), message);
    assert_eq!(refused(&staffs.join("../roots/log")), message);
    for (name, mode, user) in
        [("all", 0o777, 0), ("sticky", 0o1777, 0), ("theirs", 0o755, SOMEBODY)]
    {
        refused(&scratch.directory(name, mode, user, 0).join("log"));
    }
    // What is missing on the way is made, but not among what others can change.
    open_log(&roots.join("new/logs/log"), false).unwrap();
    refused(&staffs.join("new/log"));
    assert!(!staffs.join("new").exists());
    // A directory in a sticky one stays where it is.
    fs::create_dir(scratch.0.join("sticky/roots")).unwrap();
    open_log(&scratch.0.join("sticky/roots/log"), false).unwrap();
    open_log(&roots.join("./../sticky/../roots/log"), false).unwrap();
}

#[test]
fn only_links_that_others_cannot_change() {
    let Some(scratch) = Scratch::new("links") else { return };
    let roots = scratch.directory("roots", 0o755, 0, 0);
    let theirs = scratch.directory("theirs", 0o755, SOMEBODY, 0);
    let log = roots.join("log");
    fs::write(&log, "").unwrap();
    for target in [Path::new("../roots"), &roots] {
        let _ = fs::remove_file(roots.join("to"));
        symlink(target, roots.join("to")).unwrap();
        open_log(&roots.join("to/log"), false).unwrap();
    }
    symlink("log", roots.join("last")).unwrap();
    open_log(&roots.join("last"), false).unwrap();
    // A link of root's that leads through one of somebody's.
    symlink(&roots, theirs.join("to")).unwrap();
    symlink(theirs.join("to"), roots.join("through")).unwrap();
    refused(&roots.join("through/log"));
    symlink(theirs.join("to/log"), roots.join("through-last")).unwrap();
    refused(&roots.join("through-last"));
    // One of somebody's among root's, and one of root's where others may put another.
    symlink("log", roots.join("theirs")).unwrap();
    std::os::unix::fs::lchown(roots.join("theirs"), Some(SOMEBODY), None).unwrap();
    refused(&roots.join("theirs"));
    let sticky = scratch.directory("sticky", 0o1777, 0, 0);
    symlink(&roots, sticky.join("to")).unwrap();
    refused(&sticky.join("to/log"));
    symlink("loop", roots.join("loop")).unwrap();
    let error = open_log(&roots.join("loop/log"), false).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ELOOP));
    assert_eq!(fs::read(&log).unwrap(), b"");
}
