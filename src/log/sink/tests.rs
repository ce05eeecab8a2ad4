//! What a sink does when its target fails.

use super::*;
use crate::log::stream::tests::listen;
use crate::os::clock::Moment;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// An empty directory that goes with the value.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new() -> Scratch {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("ddnsbox-log-{}-{count}", crate::os::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Scratch(path)
    }

    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_string()
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const NEVER: Rotation = Rotation { bytes_max: 0, backups: 0 };

fn file(path: &str, is_delayed: bool) -> Sink {
    let format = Format::new("%(name)s: %(message)s").unwrap();
    Sink::new(0, format, Target::File(LogFile::new(path, false, is_delayed, NEVER)))
}

fn tell(sink: &mut Sink, message: &str) {
    let at = Moment::default();
    sink.emit(&Record { name: "n", level: Level::Error, message, at });
}

#[test]
fn a_full_disk_sends_lines_to_standard_error_and_says_so_once() {
    let mut sink = file("/dev/full", false);
    sink.open().unwrap();
    let [output, error] = listen(|| {
        tell(&mut sink, "one");
        tell(&mut sink, "two");
    });
    assert_eq!(output, "");
    let lines: Vec<&str> = error.lines().collect();
    let [warning, "n: one", "n: two"] = lines[..] else { panic!("{error}") };
    assert!(warning.starts_with("WARNING: cannot log to /dev/full: No space left"), "{warning}");
    assert!(warning.ends_with("; using standard error"), "{warning}");
}

#[test]
fn a_file_that_cannot_be_opened_is_told_at_once_or_when_it_is_needed() {
    let scratch = Scratch::new();
    let path = scratch.path("missing/x.log");
    let error = file(&path, false).open().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    let mut sink = file(&path, true);
    sink.open().unwrap();
    let [_, error] = listen(|| tell(&mut sink, "one"));
    assert!(error.starts_with(&format!("WARNING: cannot log to {path}: No such file")), "{error}");
    assert!(error.ends_with("\nn: one\n"), "{error}");
    fs::create_dir(scratch.0.join("missing")).unwrap();
    let [_, error] = listen(|| tell(&mut sink, "two"));
    assert_eq!((error.as_str(), scratch.read("missing/x.log").as_str()), ("", "n: two\n"));
}

#[test]
fn only_a_lack_of_space_may_pass() {
    use io::ErrorKind::*;
    for kind in [StorageFull, QuotaExceeded] {
        assert!(is_full(&kind.into()));
    }
    for kind in [NotFound, PermissionDenied, IsADirectory, ReadOnlyFilesystem] {
        assert!(!is_full(&kind.into()));
    }
}

#[test]
fn targets_are_named() {
    let path = Address::Path("/dev/l\nog".to_string());
    let host = Address::Host("h".to_string(), 514);
    assert_eq!(Target::Syslog(Syslog::new(path, 1)).name(), "/dev/l\u{fffd}og");
    assert_eq!(Target::Syslog(Syslog::new(host, 1)).name(), "h port 514");
    assert_eq!(Target::Stream(Stream::Output).name(), "standard output");
    assert_eq!(Target::File(LogFile::new("a/b", false, false, NEVER)).name(), "a/b");
}

#[test]
fn null_wants_nothing() {
    let sink = |target| Sink::new(40, Format::message_only(), target);
    assert!(!sink(Target::Null).wants(Level::Critical));
    let stream = sink(Target::Stream(Stream::Error));
    assert!(stream.wants(Level::Error) && !stream.wants(Level::Warning));
}
