//! The public address of an interface by a whoami query with the `dig` command.

use super::{Answer, Origin};
use crate::error::Error;
use crate::os::process::{self, End, Finished, Limits, Running};
use crate::text::printable;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::Path;

/// Time limit of `dig`, in seconds; its own is 15.
const DIG_SECONDS_MAX: u32 = 20;
/// Limit of its output, in bytes.
const DIG_OUTPUT_BYTES_MAX: usize = 64 * 1024;
/// How many lines of its messages are shown, and the length of each, in characters.
const MESSAGES_MAX: usize = 3;
const MESSAGE_CHARACTERS_MAX: usize = 200;
/// The port that `dig` uses by default.
const DNS_PORT: u16 = 53;

/// Queries from each of `from` (None: as routing decides) concurrently; the answers are in the same
/// order. `dig` is its full path.
///
/// # Errors
/// [`crate::error::Kind::Local`]: a child could not be started or waited for, or crashed.
pub fn look(
    dig: &Path,
    from: &[Option<Origin>],
    server: SocketAddrV4,
    verbose: bool,
) -> Result<Vec<Answer>, Error> {
    let limits = Limits {
        seconds: DIG_SECONDS_MAX,
        output_bytes: DIG_OUTPUT_BYTES_MAX,
        keep_stderr: verbose,
    };
    let mut running: Vec<Running> = Vec::new();
    for from in from {
        let arguments = arguments(from.as_ref().map(|from| from.address), server);
        let arguments: Vec<&str> = arguments.split(' ').collect();
        running.push(process::start(dig, &arguments, limits)?);
    }
    let mut all = Vec::new();
    for done in &process::collect(running)? {
        all.push(answer(done)?);
    }
    Ok(all)
}

/// Its answer. A `dig` that crashed without an answer says nothing about the address.
fn answer(done: &Finished) -> Result<Answer, Error> {
    let answer = read(done);
    match done.failure() {
        Some(why) if answer.address.is_none() => Err(Error::local("'dig' failed", why)),
        _ => Ok(answer),
    }
}

fn arguments(bind: Option<Ipv4Addr>, server: SocketAddrV4) -> String {
    let mut arguments = String::new();
    if let Some(address) = bind {
        arguments.push_str(&format!("-b {address} "));
    }
    if server.port() != DNS_PORT {
        arguments.push_str(&format!("-p {} ", server.port()));
    }
    arguments.push_str(&format!("+short txt ch whoami.cloudflare @{}", server.ip()));
    arguments
}

/// `dig` prints errors on standard output too, so only a line that is an address counts.
fn read(done: &Finished) -> Answer {
    let output = String::from_utf8_lossy(&done.stdout);
    let address = output.lines().find_map(|line| {
        let line = line.trim_ascii();
        let bare = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line);
        bare.parse::<Ipv4Addr>().ok()
    });
    let mut notes = Vec::new();
    if address.is_none() {
        let messages = String::from_utf8_lossy(&done.stderr);
        let mut last = "";
        for text in [&output, &messages] {
            for line in text.lines() {
                if notes.len() < MESSAGES_MAX && line != last && !line.trim_ascii().is_empty() {
                    notes.push(format!("dig: {}", printable::line(line, MESSAGE_CHARACTERS_MAX)));
                }
                last = line;
            }
        }
        if done.end == End::Timeout {
            notes.push(format!("dig: no answer within {DIG_SECONDS_MAX} s."));
        } else if notes.is_empty() {
            notes.push("dig: the answer is empty.".into());
        }
    }
    Answer { address, notes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(stdout: &str) -> Option<String> {
        let done =
            Finished { stdout: stdout.into(), stderr: Vec::new(), end: End::Exited(Some(0)) };
        read(&done).address.map(|address| address.to_string())
    }

    #[test]
    fn only_an_address_alone_on_its_line_counts() {
        let good = Some("203.0.113.7".to_string());
        assert_eq!(heard("\"203.0.113.7\"\n"), good);
        assert_eq!(heard("203.0.113.7"), good);
        assert_eq!(heard("\"203.0.113.7\"\r\n"), good);
        let warned =
            ";; Warning: Message parser reports malformed message packet.\n\"203.0.113.7\"\n";
        assert_eq!(heard(warned), good);
        assert_eq!(heard("\"oops\"\n\"203.0.113.7\"\n\"10.1.1.1\"\n"), good);
        for bad in [
            "",
            "\"\"\n",
            "\"oops\"",
            "\"203.0.113.7",
            "\"203.0.113.07\"",
            "203.0.113.7 x",
            "\"1.2.3\"",
            ";; communications error to 1.1.1.1#53: timed out\n;; no servers could be reached\n",
            "\"2001:db8::1\"",
        ] {
            assert_eq!(heard(bad), None, "{bad}");
        }
    }

    #[test]
    fn arguments_are_the_original_ones() {
        let server = "1.1.1.1:53".parse().unwrap();
        let line = |bind| arguments(bind, server);
        assert_eq!(line(None), "+short txt ch whoami.cloudflare @1.1.1.1");
        let bound = line(Some(Ipv4Addr::new(192, 168, 8, 2)));
        assert_eq!(bound, "-b 192.168.8.2 +short txt ch whoami.cloudflare @1.1.1.1");
        let other = arguments(None, "127.0.0.1:5353".parse().unwrap());
        assert_eq!(other, "-p 5353 +short txt ch whoami.cloudflare @127.0.0.1");
    }
}
