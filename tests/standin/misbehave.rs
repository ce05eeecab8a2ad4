//! The faults carried out on the wire: what an honest server never does to its clients.
use super::faults::{Endless, Fault};
use super::http::Answer;
use super::json::{self, Value};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Nothing here lasts longer, so that a client without a deadline shows as a failure, not a hang.
const MISCHIEF_SECONDS_MAX: u64 = 90;
const DRIP_MILLISECONDS: u64 = 200;

/// Tells every thread of a stand-in that its test is over.
#[derive(Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Sleeps, but wakes soon once the test is over.
pub fn pause(duration: Duration, stop: &Stop) {
    let end = Instant::now() + duration;
    while !stop.is_set() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left.min(Duration::from_millis(50)));
    }
}

/// Faults that strike before the request is read.
pub fn before(mut stream: TcpStream, fault: &Fault, stop: &Stop) -> io::Result<()> {
    match fault {
        Fault::ResetBefore => reset(&stream),
        Fault::SilentBefore => hold(&stream, stop),
        Fault::DripHandshake => {
            let mut hello = [0; 1024];
            let _ = stream.read(&mut hello)?;
            // A handshake record of 8 KiB is announced and then comes byte by byte.
            stream.write_all(&[22, 3, 3, 0x20, 0x00, 2, 0, 0x1f, 0xfc, 3, 3])?;
            drip(&mut stream, &[7; 8192], stop)?;
        }
        _ => {}
    }
    Ok(())
}

/// Faults that strike once the request was read.
pub fn after<S: Write>(
    stream: &mut S,
    socket: &TcpStream,
    fault: &Fault,
    answer: &Answer,
    stop: &Stop,
) -> io::Result<()> {
    let bytes = answer.bytes();
    match fault {
        Fault::ResetAfter | Fault::AppliedReset => reset(socket),
        Fault::CloseAfter | Fault::AppliedClose => {}
        Fault::SilentAfter | Fault::AppliedSilent => hold(socket, stop),
        Fault::Endless(what) => endless(stream, what, stop)?,
        Fault::Deep(depth) => {
            let body = vec![b'['; *depth];
            stream.write_all(&Answer { body, ..answer.clone() }.bytes())?;
        }
        Fault::CutHead => stream.write_all(&bytes[..20])?,
        Fault::CutBody => stream.write_all(&bytes[..bytes.len() - answer.body.len() / 2])?,
        Fault::Drip => drip(stream, &bytes, stop)?,
        Fault::Chunked => stream.write_all(&chunked(answer))?,
        Fault::NoLength => {
            stream.write_all(format!("{}\r\n", answer.head()).as_bytes())?;
            stream.write_all(&answer.body)?;
        }
        Fault::Continue => {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            stream.write_all(&bytes)?;
        }
        Fault::Padded(more) => {
            let mut answer = answer.clone();
            answer.body.extend(vec![b' '; *more]);
            stream.write_all(&answer.bytes())?;
        }
        Fault::Raw(bytes) | Fault::AppliedRaw(bytes) => stream.write_all(bytes)?,
        Fault::DripRecord => drip_record(socket, stop)?,
        Fault::DripBodyRecord => {
            let length = answer.body.len();
            let head = format!("{}Content-Length: {length}\r\n\r\n", answer.head());
            stream.write_all(head.as_bytes())?;
            stream.flush()?;
            drip_record(socket, stop)?;
        }
        Fault::Delay(milliseconds) => {
            pause(Duration::from_millis(*milliseconds), stop);
            stream.write_all(&bytes)?;
        }
        _ => stream.write_all(&bytes)?,
    }
    stream.flush()
}

/// Closes with RST instead of FIN.
fn reset(socket: &TcpStream) {
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    let size = std::mem::size_of::<libc::linger>() as libc::socklen_t;
    // SAFETY: the descriptor is open and the option value is a whole linger structure.
    unsafe {
        let value = std::ptr::from_ref(&linger).cast();
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, value, size);
    }
}

/// Says nothing until the peer is gone.
fn hold(socket: &TcpStream, stop: &Stop) {
    let end = Instant::now() + Duration::from_secs(MISCHIEF_SECONDS_MAX);
    let mut byte = [0; 1];
    let _ = socket.set_read_timeout(Some(Duration::from_millis(50)));
    while !stop.is_set() && Instant::now() < end {
        match socket.peek(&mut byte) {
            Ok(0) => return,
            // Bytes are waiting unread; looking again at once would only burn the processor.
            Ok(_) => pause(Duration::from_millis(50), stop),
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(_) => return,
        }
    }
}

fn drip(stream: &mut impl Write, bytes: &[u8], stop: &Stop) -> io::Result<()> {
    let end = Instant::now() + Duration::from_secs(MISCHIEF_SECONDS_MAX);
    for byte in bytes {
        if stop.is_set() || Instant::now() > end {
            break;
        }
        stream.write_all(&[*byte])?;
        stream.flush()?;
        pause(Duration::from_millis(DRIP_MILLISECONDS), stop);
    }
    Ok(())
}

/// Announces a TLS record of 8 KiB and sends it so slowly that its end is never seen.
fn drip_record(mut socket: &TcpStream, stop: &Stop) -> io::Result<()> {
    socket.write_all(&[23, 3, 3, 0x20, 0x00])?;
    drip(&mut socket, &[7; 8192], stop)
}

fn endless(stream: &mut impl Write, what: &Endless, stop: &Stop) -> io::Result<()> {
    let ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let chunk = format!("1000\r\n{}\r\n", " ".repeat(4096));
    let (start, more) = match what {
        Endless::BodyChunked => (format!("{ok}Transfer-Encoding: chunked\r\n\r\n"), chunk),
        Endless::BodyToClose => (format!("{ok}Connection: close\r\n\r\n"), " ".repeat(4096)),
        Endless::BodyLong => {
            (format!("{ok}Content-Length: 1099511627776\r\n\r\n"), " ".repeat(4096))
        }
        Endless::HeadersCrlf => (ok.to_owned(), "X-More: of the same\r\n".repeat(200)),
        // Lines of 31 bytes: with the 993rd a client that counts two bytes for each line's end
        // has counted one byte more than the 32 KiB it allows, past zero.
        Endless::HeadersLf => {
            ("HTTP/1.1 200 OK\r\n".to_owned(), format!("X-More: {}\n", "a".repeat(23)).repeat(200))
        }
        Endless::HeaderLine => (format!("{ok}X-More: "), "a".repeat(4096)),
        Endless::StatusLine => ("HTTP/1.1 200 ".to_owned(), "O".repeat(4096)),
    };
    stream.write_all(start.as_bytes())?;
    let end = Instant::now() + Duration::from_secs(MISCHIEF_SECONDS_MAX);
    while !stop.is_set() && Instant::now() < end {
        stream.write_all(more.as_bytes())?;
    }
    Ok(())
}

fn chunked(answer: &Answer) -> Vec<u8> {
    let mut bytes = answer.head().into_bytes();
    bytes.extend(b"Transfer-Encoding: chunked\r\n\r\n");
    for chunk in answer.body.chunks(100) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

/// The true document, falsified as the fault says.
pub fn change(document: Value, fault: Option<&Fault>) -> Value {
    let Value::Object(mut object) = document else { return document };
    match fault {
        Some(Fault::NoResultInfo) => drop(object.remove("result_info")),
        Some(Fault::NullResult) => drop(object.insert("result".to_owned(), Value::Null)),
        Some(Fault::LieTotal(total)) => {
            if let Some(Value::Object(info)) = object.get_mut("result_info") {
                info.insert("total_count".to_owned(), json::number(*total));
                info.remove("total_pages");
            }
        }
        _ => {}
    }
    Value::Object(object)
}

/// The moment that many seconds from now as an HTTP date (RFC 9110, 5.6.7).
pub fn http_date_in(seconds: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let at = now + seconds;
    let (days, rest) = (at / 86_400, at % 86_400);
    // Civil date from days since 1970, after Howard Hinnant's algorithm.
    let z = days + 719_468;
    let (era, doe) = (z / 146_097, z % 146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + u64::from(month <= 2);
    let week = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][(days % 7) as usize];
    let months =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let name = months[(month - 1) as usize];
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{week}, {day:02} {name} {year} {hour:02}:{minute:02}:{second:02} GMT")
}
