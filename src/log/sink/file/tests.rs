//! Files on a real disk; what Python does with the same lines is in logging.json.

use super::*;
use crate::log::sink::tests::Scratch;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{PermissionsExt, symlink};

const NEVER: Rotation = Rotation { bytes_max: 0, backups: 0 };

fn rotating(path: &str, bytes_max: u64, backups: u32) -> LogFile {
    LogFile::new(path, false, false, Rotation { bytes_max, backups })
}

#[test]
fn lines_are_appended_or_begin_anew() {
    let scratch = Scratch::new();
    let path = scratch.path("x");
    fs::write(&path, "old\n").unwrap();
    let mut file = LogFile::new(&path, false, false, NEVER);
    file.write("a").unwrap();
    // What another process appends stays.
    fs::write(scratch.0.join("y"), "").unwrap();
    std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"other\n").unwrap();
    file.write("b").unwrap();
    assert_eq!(scratch.read("x"), "old\na\nother\nb\n");
    let mut file = LogFile::new(&path, true, false, NEVER);
    assert_eq!(scratch.read("x"), "old\na\nother\nb\n");
    file.open_unless_delayed().unwrap();
    assert_eq!(scratch.read("x"), "");
    file.write("c").unwrap();
    file.open_unless_delayed().unwrap();
    file.write("d").unwrap();
    assert_eq!(scratch.read("x"), "c\nd\n");
}

#[test]
fn a_delayed_file_is_there_after_its_first_line() {
    let scratch = Scratch::new();
    let mut file = LogFile::new(&scratch.path("x"), true, true, NEVER);
    file.open_unless_delayed().unwrap();
    assert!(!scratch.0.join("x").exists());
    file.write("a").unwrap();
    assert_eq!(scratch.read("x"), "a\n");
}

#[test]
fn the_mode_is_the_umasks_and_children_do_not_get_the_file() {
    let scratch = Scratch::new();
    let plain = fs::File::create(scratch.0.join("plain")).unwrap();
    let mut log = LogFile::new(&scratch.path("x"), false, false, NEVER);
    log.write("a").unwrap();
    let mode = |file: &File| file.metadata().unwrap().permissions().mode();
    let file = log.file.as_ref().unwrap();
    assert_eq!(mode(file), mode(&plain));
    // 02000000 is O_CLOEXEC, on every processor here.
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd())).unwrap();
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap().trim();
    assert_ne!(u32::from_str_radix(flags, 8).unwrap() & 0o2_000_000, 0);
}

#[test]
fn rotation_renames_what_a_link_is_called_and_leaves_devices() {
    let scratch = Scratch::new();
    fs::write(scratch.0.join("real"), "0123456789").unwrap();
    symlink(scratch.0.join("real"), scratch.0.join("x")).unwrap();
    rotating(&scratch.path("x"), 5, 1).write("a").unwrap();
    assert_eq!((scratch.read("x"), scratch.read("x.1")), ("a\n".into(), "0123456789".into()));
    assert!(scratch.0.join("x.1").is_symlink());
    symlink("/dev/null", scratch.0.join("null")).unwrap();
    rotating(&scratch.path("null"), 1, 1).write("a").unwrap();
    assert!(!scratch.0.join("null.1").exists());
}

#[test]
fn a_rotation_that_fails_is_told_and_tried_again_and_loses_no_line() {
    let scratch = Scratch::new();
    let mut file = rotating(&scratch.path("x"), 3, 1);
    fs::create_dir(scratch.0.join("x.1")).unwrap();
    assert!(file.write("a").unwrap().is_none());
    assert!(file.write("b").unwrap().is_some());
    assert_eq!(scratch.read("x"), "a\nb\n");
    fs::remove_dir(scratch.0.join("x.1")).unwrap();
    assert!(file.write("c").unwrap().is_none());
    assert_eq!((scratch.read("x"), scratch.read("x.1")), ("c\n".into(), "a\nb\n".into()));
}

#[test]
fn a_daemons_file_that_was_moved_away_is_made_anew_with_its_directory() {
    let scratch = Scratch::new();
    let mut file = LogFile::watched(&scratch.path("logs/of/x"), NEVER);
    file.open_unless_delayed().unwrap();
    file.write("a").unwrap();
    fs::rename(scratch.0.join("logs/of/x"), scratch.0.join("x.1")).unwrap();
    file.write("b").unwrap();
    assert_eq!((scratch.read("x.1"), scratch.read("logs/of/x")), ("a\n".into(), "b\n".into()));
    // Another file has its name.
    fs::rename(scratch.0.join("x.1"), scratch.0.join("logs/of/x")).unwrap();
    file.write("c").unwrap();
    assert_eq!(scratch.read("logs/of/x"), "a\nc\n");
    fs::remove_dir_all(scratch.0.join("logs")).unwrap();
    file.write("d").unwrap();
    assert_eq!(scratch.read("logs/of/x"), "d\n");
    // Python's FileHandler goes on where it began.
    let mut file = LogFile::new(&scratch.path("y"), false, false, NEVER);
    file.write("a").unwrap();
    fs::rename(scratch.0.join("y"), scratch.0.join("y.1")).unwrap();
    file.write("b").unwrap();
    assert_eq!(scratch.read("y.1"), "a\nb\n");
    assert!(file::open_log(&scratch.0.join("nowhere/y"), false).is_err());
}

#[test]
fn a_daemons_file_that_cannot_be_rotated_is_bounded() {
    let scratch = Scratch::new();
    // What it would be moved to cannot be replaced.
    fs::create_dir(scratch.0.join("x.1")).unwrap();
    let rotation = Rotation { bytes_max: 10, backups: 2 };
    let mut file = LogFile::watched(&scratch.path("x"), rotation);
    fs::create_dir(scratch.0.join("x.2")).unwrap();
    fs::write(scratch.0.join("x.2/file"), "").unwrap();
    for number in 0..6 {
        assert_eq!(file.write("1234").unwrap().is_some(), number > 0);
    }
    assert_eq!(scratch.read("x").len(), 30);
    assert!(file.write("last").unwrap().is_some());
    assert_eq!(scratch.read("x"), "last\n");
}

#[test]
fn a_file_that_cannot_be_opened_anew_stays() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.0.join("logs")).unwrap();
    let mut file = rotating(&scratch.path("logs/x"), 0, 0);
    file.write("a").unwrap();
    fs::rename(scratch.0.join("logs"), scratch.0.join("logs2")).unwrap();
    file.reopen();
    assert!(file.write("b").unwrap().is_some());
    assert_eq!(scratch.read("logs2/x"), "a\nb\n");
    fs::create_dir(scratch.0.join("logs")).unwrap();
    assert!(file.write("c").unwrap().is_none());
    assert_eq!((scratch.read("logs/x"), scratch.read("logs2/x")), ("c\n".into(), "a\nb\n".into()));
}
