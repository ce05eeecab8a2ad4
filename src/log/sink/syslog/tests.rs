//! A syslog that listens, is away, comes back, and does not take what it is given.

use super::*;
use crate::log::sink::tests::Scratch;
use std::time::Instant;

fn at(path: &str, facility: u8) -> Syslog {
    Syslog::new(Address::Path(path.to_string()), facility)
}

fn received(socket: &UnixDatagram) -> String {
    let mut buffer = [0; 200];
    let length = socket.recv(&mut buffer).unwrap();
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

#[test]
fn every_priority() {
    let scratch = Scratch::new();
    let path = scratch.path("log");
    let listener = UnixDatagram::bind(&path).unwrap();
    for (_, facility) in FACILITIES {
        for (level, severity) in [
            (Level::Debug, 7),
            (Level::Info, 6),
            (Level::Warning, 4),
            (Level::Error, 3),
            (Level::Critical, 2),
        ] {
            at(&path, facility).write(level, "ä").unwrap();
            let priority = u32::from(facility) * 8 + severity;
            assert_eq!(received(&listener), format!("<{priority}>ä\0"));
        }
    }
    assert_eq!((facility("local7"), facility("LOCAL7"), facility("")), (Some(23), None, None));
}

#[test]
fn one_that_comes_back_is_found_again() {
    let scratch = Scratch::new();
    let path = scratch.path("log");
    let mut syslog = at(&path, 1);
    let error = syslog.write(Level::Info, "lost").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    let first = UnixDatagram::bind(&path).unwrap();
    syslog.write(Level::Info, "one").unwrap();
    assert_eq!(received(&first), "<14>one\0");
    drop(first);
    let error = syslog.write(Level::Info, "lost").unwrap_err();
    // The emulator for users gives SO_ERROR the number it has on the machine it runs on.
    let refused = if cfg!(target_arch = "mips") { vec![111, 146] } else { vec![111] };
    assert!(refused.contains(&error.raw_os_error().unwrap()), "{error:?}");
    std::fs::remove_file(&path).unwrap();
    let second = UnixDatagram::bind(&path).unwrap();
    syslog.write(Level::Info, "two").unwrap();
    syslog.write(Level::Info, "three").unwrap();
    assert_eq!((received(&second), received(&second)), ("<14>two\0".into(), "<14>three\0".into()));
}

#[test]
fn one_that_reads_nothing_is_waited_for_once() {
    let scratch = Scratch::new();
    let path = scratch.path("log");
    let _listener = UnixDatagram::bind(&path).unwrap();
    let mut syslog = at(&path, 1);
    let before = Instant::now();
    let mut lines = 0..100_000;
    let failed = lines.find_map(|_| syslog.write(Level::Info, "x").err()).unwrap();
    assert_eq!(failed.kind(), io::ErrorKind::WouldBlock);
    for _ in 0..10 {
        assert!(syslog.write(Level::Info, "x").is_err());
    }
    let elapsed = before.elapsed();
    assert!(elapsed >= SEND_TIMEOUT && elapsed < 2 * SEND_TIMEOUT, "{elapsed:?}");
}

#[test]
fn by_udp() {
    let listener = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut syslog = Syslog::new(Address::Host("127.0.0.1".to_string(), port), 16);
    let mut buffer = [0; 100];
    for (line, expected) in [("one", "<134>one\0"), ("two", "<134>two\0")] {
        syslog.write(Level::Info, line).unwrap();
        let length = listener.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], expected.as_bytes());
    }
    drop(listener);
    let error = syslog.write(Level::Info, "three").unwrap_err();
    // The emulator for users gives SO_ERROR the number it has on the machine it runs on.
    let refused = if cfg!(target_arch = "mips") { vec![111, 146] } else { vec![111] };
    assert!(refused.contains(&error.raw_os_error().unwrap()), "{error:?}");
    // It is not asked for again.
    let listener = UdpSocket::bind(("127.0.0.1", port)).unwrap();
    listener.set_nonblocking(true).unwrap();
    assert!(syslog.write(Level::Info, "four").is_err());
    assert!(listener.recv(&mut buffer).is_err());
}

#[test]
fn all_addresses_of_a_host_are_tried() {
    // localhost may be ::1 first, where nobody listens.
    let listener = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    Syslog::new(Address::Host("localhost".to_string(), port), 1).write(Level::Error, "x").unwrap();
    let mut buffer = [0; 100];
    let length = listener.recv(&mut buffer).unwrap();
    assert_eq!(&buffer[..length], b"<11>x\0");
}

#[test]
fn a_host_that_does_not_exist_is_told() {
    let mut syslog = Syslog::new(Address::Host("no such host".to_string(), 514), 1);
    assert!(syslog.write(Level::Error, "x").is_err());
    assert!(syslog.given_up.is_some());
}
