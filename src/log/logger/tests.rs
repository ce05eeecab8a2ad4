//! Which lines go where, and what they look like to a terminal.

use super::*;
use crate::log::format::Format;
use crate::log::sink::tests::Scratch;
use crate::log::sink::{LogFile, Rotation, Stream, Target};
use crate::log::stream::tests::listen;

fn sink(level: u32, stream: Stream) -> Sink {
    Sink::new(level, Format::new("%(levelname)s %(message)s").unwrap(), Target::Stream(stream))
}

fn speak(log: &Logger) {
    log.debug("a");
    log.info("b");
    log.warning("c");
    log.error("d");
}

#[test]
fn levels_of_logger_and_sink_are_both_asked() {
    let sinks = || vec![sink(0, Stream::Output), sink(30, Stream::Error)];
    let heard = |level| listen(|| speak(&Logger::new("x", level, sinks(), vec![0, 1])));
    assert_eq!(heard(0), ["DEBUG a\nINFO b\nWARNING c\nERROR d\n", "WARNING c\nERROR d\n"]);
    assert_eq!(heard(20), ["INFO b\nWARNING c\nERROR d\n", "WARNING c\nERROR d\n"]);
    assert_eq!(heard(21), ["WARNING c\nERROR d\n", "WARNING c\nERROR d\n"]);
    assert_eq!(heard(40), ["ERROR d\n", "ERROR d\n"]);
    assert_eq!(heard(41), ["", ""]);
}

#[test]
fn the_order_may_name_a_sink_twice_or_never() {
    let sinks = vec![sink(0, Stream::Output), sink(0, Stream::Error)];
    let log = Logger::new("x", 0, sinks, vec![1, 1]);
    assert_eq!(listen(|| log.info("b")), ["", "INFO b\nINFO b\n"]);
}

#[test]
fn a_file_moved_away_is_begun_again_when_asked_and_loses_nothing() {
    let scratch = Scratch::new();
    let rotation = Rotation { bytes_max: 0, backups: 0 };
    let file = LogFile::new(&scratch.path("x"), true, true, rotation);
    let format = Format::new("%(message)s").unwrap();
    let log = Logger::new("x", 0, vec![Sink::new(0, format, Target::File(file))], vec![0]);
    std::fs::write(scratch.path("x"), "of another run\n").unwrap();
    log.reopen();
    log.info("a");
    std::fs::rename(scratch.path("x"), scratch.path("x.1")).unwrap();
    log.info("b");
    log.reopen();
    assert!(!scratch.0.join("x").exists());
    log.info("c");
    log.reopen();
    log.info("d");
    assert_eq!((scratch.read("x.1"), scratch.read("x")), ("a\nb\n".into(), "c\nd\n".into()));
}

#[test]
fn foreign_text_does_not_drive_the_terminal() {
    let log = Logger::new("x", 0, vec![sink(0, Stream::Error)], vec![0]);
    let heard = listen(|| log.error("a\u{1b}[31m\r\u{202e}b\nc\0ä"));
    assert_eq!(heard[1], "ERROR a\u{fffd}[31m\u{fffd}\u{fffd}b\u{fffd}c\u{fffd}ä\n");
}

#[test]
fn names_of_levels() {
    let names =
        crate::log::record::LEVELS.map(|(name, level)| (name, level.number(), level.name()));
    assert_eq!(
        names,
        [
            ("DEBUG", 10, "DEBUG"),
            ("INFO", 20, "INFO"),
            ("WARNING", 30, "WARNING"),
            ("WARN", 30, "WARNING"),
            ("ERROR", 40, "ERROR"),
            ("CRITICAL", 50, "CRITICAL"),
            ("FATAL", 50, "CRITICAL"),
        ]
    );
    assert_eq!(threshold("NOTSET"), Some(0));
    assert_eq!(threshold("FATAL"), Some(50));
    assert_eq!((threshold("info"), threshold("")), (None, None));
}
