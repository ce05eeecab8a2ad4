//! Servers that cannot be reached at all: nobody listens, or nobody takes the connection.
use super::stage::{Act, Cache, Stage};
use crate::standin::serve::lock;
use crate::subject::{Running, asking, command, is_like, records_url, slack};
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::time::Duration;

/// Runs against another URL than that of the stand-in, which is fine.
fn fails_at(address: SocketAddr, why: &str) {
    let stage = Stage::set(Act::Update);
    let url = format!("http://{address}/client/v4");
    let end = stage.run_with(1, &["--apiUrl", &url]);
    end.fails();
    let says = format!("ERROR: GET {}: {why}\n", records_url(&url));
    assert!(is_like(&says, &end.stderr), "it says:\n{}", end.stderr);
    assert!(end.seconds > 3.0, "{} s: it was not tried again", end.seconds);
    stage.leaves_cache(Cache::Gone);
    stage.mends();
}

#[test]
fn a_closed_port_is_named() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    fails_at(closed, "Connection refused (os error *)");
}

#[test]
fn a_server_that_takes_no_connection_is_given_up() {
    let full = TcpListener::bind("127.0.0.1:0").unwrap();
    // SAFETY: the descriptor is open. The queue holds one connection from now on.
    assert_eq!(unsafe { libc::listen(full.as_raw_fd(), 0) }, 0);
    let address = full.local_addr().unwrap();
    let second = Duration::from_millis(300);
    let waiting: Vec<TcpStream> =
        (0..4).filter_map(|_| TcpStream::connect_timeout(&address, second).ok()).collect();
    assert!(waiting.len() < 4, "the queue does not fill");
    fails_at(address, "no complete answer within the time allowed");
}

/// Said once, before the first byte goes to the API: what the process may take.
#[test]
fn the_limit_on_memory_stands_before_the_api_is_asked() {
    let stage = Stage::set(Act::Look);
    stage.api.fault("* silent-after");
    let asking = asking(&stage.dns);
    let asking: Vec<&str> = asking.iter().map(String::as_str).collect();
    let mut run: Running = stage.home.start(&stage.api.url(), &asking);
    while lock(&stage.api.state).connections < 1 && !run.has_ended() {
        std::thread::sleep(Duration::from_millis(5));
    }
    // An emulator does not hand this limit on to the kernel, as it would be limited itself.
    if !command().1 {
        let limits = fs::read_to_string(format!("/proc/{}/limits", run.id())).unwrap();
        let line = limits.lines().find(|line| line.starts_with("Max address space")).unwrap();
        let fields: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(fields[3..5], ["50331648", "50331648"]);
    }
    run.kill();
    run.wait(slack());
    // It was killed in the middle of its look: the next run gets the lock at once.
    stage.leaves_cache(Cache::OldOrGone);
    stage.mends();
}
