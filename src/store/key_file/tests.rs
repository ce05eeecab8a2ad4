//! Key files that are complete, lack keys, are wrong, are links, or cannot be replaced.

use super::*;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Scratch {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("ddnsbox-keys-{}-{number}", crate::os::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Scratch(path)
    }

    fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    fn with(text: &str) -> Scratch {
        let scratch = Scratch::new();
        fs::write(scratch.keys(), text).unwrap();
        set_mode(&scratch.keys(), 0o600);
        scratch
    }

    fn text(&self) -> String {
        fs::read_to_string(self.keys()).unwrap()
    }

    fn complete(&self, needed: &[&str]) -> Result<Keys, String> {
        let needed: Vec<String> = needed.iter().map(|name| name.to_string()).collect();
        complete(&self.keys(), &needed)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

fn told(keys: &Keys) -> Vec<(&str, &str)> {
    keys.hosts.iter().map(|(name, key)| (name.as_str(), key.expose())).collect()
}

fn wrong(result: Result<Keys, String>) -> String {
    result.map(|_| ()).unwrap_err()
}

#[test]
fn what_is_there_is_read_and_not_touched() {
    let text = "# keys\n\n Host.Example.COM.   secret-1\r\n\tb.example\tzwölf-zeichen \n";
    let scratch = Scratch::with(text);
    let keys = scratch.complete(&["b.example"]).unwrap();
    assert_eq!(told(&keys), [("host.example.com", "secret-1"), ("b.example", "zwölf-zeichen")]);
    assert_eq!((keys.made.len(), keys.is_exposed), (0, false));
    assert_eq!(scratch.text(), text);
    set_mode(&scratch.keys(), 0o640);
    assert!(scratch.complete(&[]).unwrap().is_exposed);
}

#[test]
fn missing_keys_are_made_and_old_lines_kept() {
    let scratch = Scratch::with("# keys\na.example  old-secret");
    let keys = scratch.complete(&["b.example", "a.example", "c.example"]).unwrap();
    assert_eq!(keys.made, ["b.example", "c.example"]);
    let text = scratch.text();
    assert!(text.starts_with("# keys\na.example  old-secret\nb.example "), "{text}");
    let all = told(&keys);
    let lengths: Vec<usize> = all.iter().map(|(_, key)| key.len()).collect();
    assert_eq!(lengths, [10, 43, 43]);
    assert_ne!(all[1].1, all[2].1);
    assert_eq!(fs::metadata(scratch.keys()).unwrap().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(&scratch.0).unwrap().count(), 1);
    // The next start finds them.
    let again = scratch.complete(&["b.example", "c.example"]).unwrap();
    assert_eq!((told(&again), again.made.len()), (all, 0));
}

#[test]
fn a_file_that_is_not_there_is_made() {
    let scratch = Scratch::new();
    assert_eq!(scratch.complete(&[]).unwrap().hosts.len(), 0);
    assert!(!scratch.keys().exists());
    let keys = scratch.complete(&["a.example"]).unwrap();
    assert_eq!((keys.made.len(), keys.hosts.len(), keys.is_exposed), (1, 1, false));
}

#[test]
fn what_is_no_key_file() {
    let a_lot = "x".repeat(FILE_BYTES_MAX as usize + 1);
    let hosts: String = (0..=HOSTS_MAX).map(|n| format!("h{n}.example 12345678\n")).collect();
    for (text, why) in [
        ("a.example 12345678\nb.example", "line 2: must be a host name and its key"),
        ("a.example 12345678 x", "line 1: must be a host name and its key"),
        ("\n\na.example 1234567", "line 3: the key of a.example is shorter than 8 characters"),
        ("a.example 12345678\nA.example. 87654321", "line 2: duplicate key for a.example"),
        ("a..b 12345678", "line 1: 'a..b' has an empty label"),
        (&a_lot, "is larger than 262144 bytes"),
        (&hosts, "has more than 4096 hosts"),
    ] {
        let scratch = Scratch::with(text);
        assert_eq!(wrong(scratch.complete(&["c.example"])), why);
        assert_eq!(scratch.text(), text);
    }
    let scratch = Scratch::new();
    fs::write(scratch.keys(), b"a.example \xff2345678").unwrap();
    assert_eq!(wrong(scratch.complete(&[])), "is not UTF-8");
    fs::remove_file(scratch.keys()).unwrap();
    fs::create_dir(scratch.keys()).unwrap();
    assert_eq!(wrong(scratch.complete(&["c.example"])), "is a directory");
}

#[test]
fn a_file_does_not_outgrow_what_is_read() {
    let text = "#".repeat(FILE_BYTES_MAX as usize - 20);
    let scratch = Scratch::with(&text);
    assert_eq!(wrong(scratch.complete(&["a.example"])), "would be larger than 262144 bytes");
    assert_eq!(scratch.text(), text);
}

#[test]
fn a_link_stays_one_and_its_target_is_completed() {
    let scratch = Scratch::new();
    let target = scratch.0.join("target");
    symlink("target", scratch.keys()).unwrap();
    assert_eq!(wrong(scratch.complete(&["a.example"])), "is a dangling symbolic link");
    fs::write(&target, "b.example 12345678\n").unwrap();
    assert_eq!(scratch.complete(&["a.example"]).unwrap().hosts.len(), 2);
    assert!(scratch.keys().symlink_metadata().unwrap().is_symlink());
    assert!(fs::read_to_string(target).unwrap().starts_with("b.example 12345678\na.example "));
}

#[test]
fn where_the_file_cannot_be_replaced_lines_are_added() {
    let scratch = Scratch::with("a.example 12345678");
    set_mode(&scratch.0, 0o500);
    let before = fs::metadata(scratch.keys()).unwrap().ino();
    let keys = scratch.complete(&["b.example"]);
    let after = fs::metadata(scratch.keys()).unwrap().ino();
    // Root writes where it likes.
    let is_root = crate::os::file::own_user() == 0;
    set_mode(&scratch.0, 0o700);
    assert_eq!(told(&keys.unwrap())[0], ("a.example", "12345678"));
    assert!(scratch.text().starts_with("a.example 12345678\nb.example "));
    assert!(is_root || before == after);
    assert_eq!(fs::read_dir(&scratch.0).unwrap().count(), 1);
    for kind in [ErrorKind::ResourceBusy, ErrorKind::CrossesDevices, ErrorKind::ReadOnlyFilesystem]
    {
        assert!(cannot_replace(&kind.into()));
    }
    assert!(!cannot_replace(&ErrorKind::StorageFull.into()));
}
