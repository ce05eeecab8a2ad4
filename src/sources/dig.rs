//! The public address of an interface, as the `dig` command gets it from a whoami server.

use super::{Heard, Origin};
use crate::error::Error;
use crate::os::process::{self, End, Finished, Limits, Running};
use crate::text::printable;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::Path;

/// How long `dig` may take, in seconds: it gives up by itself after 15.
const DIG_SECONDS_MAX: u32 = 20;
/// How much it may say, in bytes.
const DIG_OUTPUT_BYTES_MAX: usize = 64 * 1024;
/// How many of its complaints are shown, and how much of each, in characters.
const COMPLAINTS_MAX: usize = 3;
const COMPLAINT_CHARACTERS_MAX: usize = 200;
/// The port `dig` asks without being told.
const DNS_PORT: u16 = 53;

/// Asks from each of `from` (none: as routing decides) side by side; the answers are in their
/// order. `dig` is its full path.
///
/// # Errors
/// [`crate::error::Kind::Local`]: a child could not be started or waited for, or broke down.
pub fn look(
    dig: &Path,
    from: &[Option<Origin>],
    server: SocketAddrV4,
    verbose: bool,
) -> Result<Vec<Heard>, Error> {
    let limits = Limits {
        seconds: DIG_SECONDS_MAX,
        output_bytes: DIG_OUTPUT_BYTES_MAX,
        keep_stderr: verbose,
    };
    let mut running: Vec<Running> = Vec::new();
    for from in from {
        let arguments = arguments(from.as_ref().map(|from| from.address), server);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        running.push(process::start(dig, &arguments, limits)?);
    }
    let mut all = Vec::new();
    for done in &process::collect(running)? {
        all.push(answer(done)?);
    }
    Ok(all)
}

/// What it said; a `dig` that broke down before it said an address is no word about the address.
fn answer(done: &Finished) -> Result<Heard, Error> {
    let heard = read(done);
    match done.breakdown() {
        Some(why) if heard.address.is_none() => Err(Error::local("'dig' broke down", why)),
        _ => Ok(heard),
    }
}

fn arguments(bind: Option<Ipv4Addr>, server: SocketAddrV4) -> Vec<String> {
    let mut arguments: Vec<String> = Vec::new();
    if let Some(address) = bind {
        arguments.push("-b".into());
        arguments.push(address.to_string());
    }
    if server.port() != DNS_PORT {
        arguments.push("-p".into());
        arguments.push(server.port().to_string());
    }
    for argument in ["+short", "txt", "ch", "whoami.cloudflare"] {
        arguments.push(argument.into());
    }
    arguments.push(format!("@{}", server.ip()));
    arguments
}

/// `dig` prints its failures where its answers go, so only a line that is an address counts.
fn read(done: &Finished) -> Heard {
    let said = String::from_utf8_lossy(&done.stdout);
    let address = said.lines().find_map(|line| {
        let line = line.trim_ascii();
        let bare = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line);
        bare.parse::<Ipv4Addr>().ok()
    });
    let mut notes = Vec::new();
    if address.is_none() {
        let complaints = String::from_utf8_lossy(&done.stderr);
        let mut last = "";
        for text in [&said, &complaints] {
            for line in text.lines() {
                if notes.len() < COMPLAINTS_MAX && line != last && !line.trim_ascii().is_empty() {
                    notes.push(format!("dig: {}", printable::line(line, COMPLAINT_CHARACTERS_MAX)));
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
    Heard { address, notes }
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
        let line = |bind| arguments(bind, server).join(" ");
        assert_eq!(line(None), "+short txt ch whoami.cloudflare @1.1.1.1");
        let bound = line(Some(Ipv4Addr::new(192, 168, 8, 2)));
        assert_eq!(bound, "-b 192.168.8.2 +short txt ch whoami.cloudflare @1.1.1.1");
        let other = arguments(None, "127.0.0.1:5353".parse().unwrap()).join(" ");
        assert_eq!(other, "-p 5353 +short txt ch whoami.cloudflare @127.0.0.1");
    }
}
