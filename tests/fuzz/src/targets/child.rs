//! What programs and the kernel say of addresses: `dig`, `ip`, rtnetlink.

use crate::judge;
use crate::os::process::{End, Finished, SAID};
use crate::sources::{dig, local_address};
use crate::text::ipv4_scan::first_ipv4;
use crate::wire::rtnetlink::{self, Message};
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::LazyLock;

static ORACLE: LazyLock<regex::bytes::Regex> = LazyLock::new(|| {
    regex::bytes::Regex::new(r"(?-u)((25[0-5]|(2[0-4]|1\d|[1-9]|)\d)\.?\b){4}").unwrap()
});

/// How a child ended: the first byte says it, the rest is output and, behind a separator, the
/// complaints.
fn play(data: &[u8]) -> Vec<u8> {
    let (how, said) = data.split_first().map_or((0, data), |(how, said)| (*how, said));
    let end = match how & 7 {
        1 => End::Exited(Some(9)),
        2 => End::Timeout,
        3 => End::OutputLimit,
        4 => End::Exited(None),
        5 => End::Exited(Some(127)),
        _ => End::Exited(Some(0)),
    };
    let mut parts = judge::parts(said);
    let stdout = parts.next().unwrap_or_default().to_vec();
    let stderr = parts.next().unwrap_or_default().to_vec();
    let done = Finished { stdout: stdout.clone(), stderr, end };
    SAID.with(|said| *said.borrow_mut() = vec![done]);
    stdout
}

/// Only a line that is an address, perhaps in quotes, counts; what is noted is fit for a log.
pub fn dig(data: &[u8]) {
    let stdout = play(data);
    let server = "192.0.2.1:53".parse().unwrap();
    let Ok(heard) = dig::look(Path::new("dig"), &[None], server, true) else { return };
    let heard = heard.into_iter().next().unwrap();
    heard.notes.iter().for_each(|note| judge::is_line(note));
    assert!(heard.notes.len() <= 4);
    let line_is = |line: &[u8], address: Ipv4Addr| {
        let line = String::from_utf8_lossy(line);
        let line = line.trim();
        line == address.to_string() || line == format!("\"{address}\"")
    };
    if let Some(address) = heard.address {
        assert!(stdout.split(|&b| b == b'\n').any(|line| line_is(line, address)));
    }
}

/// The scan against the original's pattern, and what becomes of it.
pub fn ip(data: &[u8]) {
    let found = judge::aside(|| ORACLE.find(data)).map(|found| {
        let text = std::str::from_utf8(found.as_bytes()).unwrap();
        text.strip_suffix('.').unwrap_or(text).to_string()
    });
    assert_eq!(first_ipv4(data).map(|address| address.to_string()), found);
    let stdout = play(data);
    let looked = local_address::look(Path::new("ip"), &["wan0".into()], true);
    if let Ok(local) = looked.map(|mut all| all.remove(0)) {
        assert_eq!(local.address, first_ipv4(&stdout));
        local.note.iter().for_each(|note| judge::is_line(note));
    }
}

pub fn netlink(data: &[u8]) {
    let mut count = 0;
    let read = rtnetlink::read(data, 1, &mut |said| {
        count += 1;
        if let Message::Address(address) = said {
            let _ = (address.is_temporary(), address.is_deprecated(), address.is_duplicate());
            let _ = (address.is_tentative(), address.preferred_lifetime());
        }
    });
    assert!(count <= data.len() / 8);
    // Both walk through the same messages.
    if read.is_some() {
        assert!(rtnetlink::is_address_change(data).is_some());
    }
    let text = judge::text(data);
    assert!(rtnetlink::read_proc(&text).len() <= text.lines().count());
}
