//! Lets a test hear what its thread says on the two streams.

use super::*;
use std::cell::RefCell;

thread_local! {
    static HEARD: RefCell<Option<[String; 2]>> = const { RefCell::new(None) };
}

/// Takes the line if this thread is listened to.
pub fn hear(stream: Stream, line: &str) -> bool {
    HEARD.with_borrow_mut(|heard| match heard {
        Some(heard) => {
            heard[usize::from(stream == Stream::Error)].push_str(line);
            true
        }
        None => false,
    })
}

/// What `action` says on standard output and on standard error.
pub fn listen(action: impl FnOnce()) -> [String; 2] {
    HEARD.set(Some(Default::default()));
    action();
    HEARD.take().unwrap()
}

#[test]
fn the_syslog_is_told_severities_and_what_was_lost() {
    let scratch = crate::log::sink::tests::Scratch::new();
    let path = scratch.path("log");
    let listener = UnixDatagram::bind(&path).unwrap();
    listener.set_nonblocking(true).unwrap();
    let received = || {
        let mut buffer = [0; 200];
        let count = listener.recv(&mut buffer).ok()?;
        let line = String::from_utf8(buffer[..count].to_vec()).unwrap();
        let (priority, rest) = line.split_once('>').unwrap();
        // As logd and others do: the time of a line is cut off, or what is in its place.
        let (time, message) = rest.split_at(16);
        let is_of_a_time = |c: char| " :".contains(c) || c.is_ascii_alphanumeric();
        assert!(time.ends_with(' ') && time.chars().all(is_of_a_time), "{line}");
        Some(format!("{priority}>{message}"))
    };
    let daemon = Daemon::new(Some("ddnsbox: home".into()), &path);
    let head = "ddnsbox: home: ";
    let levels = [Level::Debug, Level::Info, Level::Warning, Level::Error, Level::Critical];
    for (level, priority) in levels.into_iter().zip([31, 30, 28, 27, 26]) {
        daemon.write(Stream::Error, level, "ä\n").unwrap();
        assert_eq!(received(), Some(format!("<{priority}>{head}ä")));
    }
    // Until nobody has read so many that it would wait, and then three more.
    let mut taken = 0;
    while daemon.lost.load(Ordering::Relaxed) < 3 {
        daemon.write(Stream::Error, Level::Info, "x\n").unwrap();
        taken += 1;
    }
    for _ in 0..taken - 3 {
        assert_eq!(received(), Some(format!("<30>{head}x")));
    }
    assert_eq!(received(), None);
    daemon.write(Stream::Error, Level::Info, "y\n").unwrap();
    let message = "WARNING: log lines lost (the reader is too slow): 3";
    assert_eq!(received(), Some(format!("<28>{head}{message}")));
    assert_eq!(received(), Some(format!("<30>{head}y")));
}
