//! The cache file in a directory of its own for each test.

use super::*;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::atomic::{AtomicU32, Ordering};

struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Scratch {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "ddnsbox-{}-{}",
            crate::os::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn content_comes_back_and_nobody_else_can_read_it() {
    let scratch = Scratch::new();
    let directory = scratch.0.join("a/b");
    let cache = WholeFile::new(&directory, "host.example.com");
    assert!(cache.read().is_none());
    cache.write(b"one").unwrap();
    cache.write(b"two").unwrap();
    assert_eq!(cache.read().unwrap().0, b"two");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(cache.path()), mode(&directory)), (0o600, 0o700));
    assert_eq!(mode(&scratch.0.join("a")) & 0o700, 0o700);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    cache.remove().unwrap();
    cache.remove().unwrap();
    assert!(cache.read().is_none());
}

#[test]
fn each_writing_has_its_own_stamp() {
    let scratch = Scratch::new();
    let cache = WholeFile::new(&scratch.0, "x");
    assert_eq!(cache.stamp(), None);
    let mut before = None;
    for _ in 0..20 {
        cache.write(b"same").unwrap();
        let stamp = cache.stamp();
        assert!(stamp.is_some() && stamp != before);
        assert_eq!(stamp, Some(cache.read().unwrap().1));
        before = stamp;
    }
}

#[test]
fn links_fifos_directories_and_giants_are_no_cache() {
    let scratch = Scratch::new();
    let cache = WholeFile::new(&scratch.0, "x");
    fs::write(scratch.0.join("victim"), b"precious").unwrap();
    symlink("victim", cache.path()).unwrap();
    assert!(cache.read().is_none());
    cache.write(b"new").unwrap();
    assert_eq!(fs::read(scratch.0.join("victim")).unwrap(), b"precious");
    fs::remove_file(cache.path()).unwrap();
    fs::create_dir(cache.path()).unwrap();
    assert!(cache.read().is_none());
    assert!(cache.write(b"new").is_err());
    assert_eq!(fs::read_dir(&scratch.0).unwrap().count(), 2);
    fs::remove_dir(cache.path()).unwrap();
    fs::write(cache.path(), vec![b' '; FILE_BYTES_MAX as usize + 1]).unwrap();
    assert!(cache.read().is_none());
}

#[test]
fn what_a_killed_run_left_is_replaced_and_not_followed() {
    let scratch = Scratch::new();
    let cache = WholeFile::new(&scratch.0, "x");
    fs::write(scratch.0.join("victim"), b"precious").unwrap();
    symlink("victim", scratch.0.join("x.cache.new")).unwrap();
    cache.write(b"new").unwrap();
    assert_eq!(cache.read().unwrap().0, b"new");
    assert_eq!(fs::read(scratch.0.join("victim")).unwrap(), b"precious");
}

#[test]
fn a_place_that_cannot_be_written_is_an_error_and_nothing_more() {
    let scratch = Scratch::new();
    fs::write(scratch.0.join("file"), b"").unwrap();
    let cache = WholeFile::new(&scratch.0.join("file/below"), "x");
    assert!(cache.read().is_none());
    assert!(cache.write(b"new").is_err());
    cache.remove().unwrap();
}
