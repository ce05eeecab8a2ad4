//! `GET /health` on loopback: a few connections at a time, none of which can hold up anything.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, RawFd};

/// Most connections at a time; one more, and the one that waits longest for its request is closed.
const CONNECTIONS_MAX: usize = 8;
/// Most accepted in one go: others wait, too.
const ACCEPTED_MAX: usize = 64;
/// How long a client may take to send its request, in milliseconds.
const REQUEST_MILLISECONDS: u64 = 5_000;
/// How long nobody is accepted after this machine was short of something, in milliseconds.
const SHORTAGE_MILLISECONDS: u64 = 100;
/// Longest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 4096;
/// The one thing to be asked for.
const PATH: &str = "/health";

/// What is answered to [`PATH`].
pub struct Answer {
    /// Whether all is well: 200, else 503.
    pub is_well: bool,
    /// JSON.
    pub body: String,
}

/// The listening sockets and those who are asking.
pub struct Health {
    listeners: Vec<TcpListener>,
    clients: Vec<Client>,
    /// When the listeners are asked again, after a shortage.
    listens_at: u64,
}

struct Client {
    stream: TcpStream,
    head: Vec<u8>,
    until: u64,
}

impl Health {
    /// Listens on 127.0.0.1 and, where there is IPv6, on ::1.
    pub fn open(port: u16) -> io::Result<Health> {
        let listen = |address: SocketAddr| -> io::Result<TcpListener> {
            let listener = TcpListener::bind(address)?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        };
        let mut listeners = vec![listen((Ipv4Addr::LOCALHOST, port).into())?];
        match listen((Ipv6Addr::LOCALHOST, port).into()) {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            Err(_) => {}
        }
        Ok(Health { listeners, clients: Vec::new(), listens_at: 0 })
    }

    /// What has to be waited for.
    pub fn descriptors(&self, now: u64) -> Vec<RawFd> {
        let mut all = Vec::new();
        if now >= self.listens_at {
            for listener in &self.listeners {
                all.push(listener.as_raw_fd());
            }
        }
        for client in &self.clients {
            all.push(client.stream.as_raw_fd());
        }
        all
    }

    /// When [`Health::serve`] has to be called at the latest.
    pub fn wake_at(&self, now: u64) -> Option<u64> {
        let mut first = (now < self.listens_at).then_some(self.listens_at);
        for client in &self.clients {
            first = Some(first.map_or(client.until, |at| at.min(client.until)));
        }
        first
    }

    /// Accepts, reads and answers whatever is there, without waiting.
    pub fn serve(&mut self, now: u64, answer: &dyn Fn() -> Answer) {
        for listener in &self.listeners {
            for _ in 0..ACCEPTED_MAX {
                let stream = match listener.accept() {
                    Ok((stream, _)) => stream,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    // Whoever went away again is no trouble; else we would turn in circles.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                    Err(_) => {
                        self.listens_at = now + SHORTAGE_MILLISECONDS;
                        break;
                    }
                };
                if stream.set_nonblocking(true).is_err() {
                    continue;
                }
                let until = now + REQUEST_MILLISECONDS;
                let mut client = Client { stream, head: Vec::new(), until };
                // Whoever asks at once is answered at once, however many others dawdle.
                if client.goes_on(now, answer) {
                    if self.clients.len() >= CONNECTIONS_MAX {
                        self.clients.remove(0);
                    }
                    self.clients.push(client);
                }
            }
        }
        self.clients.retain_mut(|client| client.goes_on(now, answer));
    }
}

impl Client {
    /// Whether it has to be waited for any longer.
    fn goes_on(&mut self, now: u64, answer: &dyn Fn() -> Answer) -> bool {
        let mut buffer = [0; 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return false,
                Ok(count) => self.head.extend(buffer.iter().take(count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return now < self.until,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
            let is_whole = self.head.windows(4).any(|four| four == b"\r\n\r\n")
                || self.head.windows(2).any(|two| two == b"\n\n");
            if is_whole || self.head.len() > HEAD_BYTES_MAX {
                let response = respond(&self.head, is_whole, answer);
                // It fits into the socket's buffer; a client that has gone is none to wait for.
                let _ = self.stream.write_all(response.as_bytes());
                return false;
            }
        }
    }
}

/// The whole response to a head.
fn respond(head: &[u8], is_whole: bool, answer: &dyn Fn() -> Answer) -> String {
    let line = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = std::str::from_utf8(line).unwrap_or_default().trim_end_matches('\r');
    let message: Vec<&str> = line.split(' ').collect();
    let (method, target) = match message[..] {
        _ if !is_whole => return plain("431 Request Header Fields Too Large", ""),
        [method, target, "HTTP/1.0" | "HTTP/1.1"]
            if !method.is_empty() && !target.contains('#') =>
        {
            (method, target)
        }
        _ => return plain("400 Bad Request", ""),
    };
    if target.split('?').next() != Some(PATH) {
        return plain("404 Not Found", "");
    }
    if method != "GET" && method != "HEAD" {
        return plain("405 Method Not Allowed", "Allow: GET, HEAD\r\n");
    }
    let Answer { is_well, body } = answer();
    let status = if is_well { "200 OK" } else { "503 Service Unavailable" };
    let shown = if method == "HEAD" { "" } else { body.as_str() };
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{shown}",
        body.len()
    )
}

fn plain(status: &str, more: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_line(head: &str) -> String {
        let answer = || Answer { is_well: true, body: "{}".into() };
        let is_whole = head.ends_with("\r\n\r\n");
        respond(head.as_bytes(), is_whole, &answer).lines().next().unwrap().to_string()
    }

    #[test]
    fn one_thing_can_be_asked_for() {
        for (head, status) in [
            ("GET /health HTTP/1.1\r\nHost: x\r\n\r\n", "200 OK"),
            ("GET /health?x HTTP/1.0\r\n\r\n", "200 OK"),
            ("HEAD /health HTTP/1.1\r\n\r\n", "200 OK"),
            ("POST /health HTTP/1.1\r\n\r\n", "405 Method Not Allowed"),
            ("GET / HTTP/1.1\r\n\r\n", "404 Not Found"),
            ("GET /healthy HTTP/1.1\r\n\r\n", "404 Not Found"),
            ("GET /health\r\n\r\n", "400 Bad Request"),
            ("GET  /health HTTP/1.1\r\n\r\n", "400 Bad Request"),
            ("GET /health#x HTTP/1.1\r\n\r\n", "400 Bad Request"),
            ("GET /health HTTP/2\r\n\r\n", "400 Bad Request"),
            ("\r\n\r\n", "400 Bad Request"),
            ("GET /health HTTP/1.1\r\n", "431 Request Header Fields Too Large"),
        ] {
            assert_eq!(first_line(head), format!("HTTP/1.1 {status}"), "{head:?}");
        }
    }

    #[test]
    fn clients_come_go_and_dawdle() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut health = Health::open(port).unwrap();
        let answer = || Answer { is_well: false, body: "{\"state\":\"error\"}".into() };
        let slow: Vec<TcpStream> =
            (0..12).map(|_| TcpStream::connect(("127.0.0.1", port)).unwrap()).collect();
        health.serve(0, &answer);
        assert_eq!(health.clients.len(), CONNECTIONS_MAX);
        assert_eq!(health.wake_at(1), Some(5_000));
        assert_eq!(health.descriptors(1).len(), health.listeners.len() + CONNECTIONS_MAX);
        // After a shortage those who ask wait, and nobody turns in circles.
        health.listens_at = 101;
        assert_eq!(health.descriptors(1).len(), CONNECTIONS_MAX);
        assert_eq!((health.wake_at(1), health.wake_at(101)), (Some(101), Some(5_000)));
        // One that knows what it wants does not wait for them.
        let mut quick = TcpStream::connect(("127.0.0.1", port)).unwrap();
        quick.write_all(b"GET /health HTTP/1.1\r\n\r\n").unwrap();
        health.serve(1, &answer);
        let mut said = String::new();
        quick.read_to_string(&mut said).unwrap();
        assert!(said.starts_with("HTTP/1.1 503 "), "{said}");
        health.serve(5_000, &answer);
        assert_eq!(health.clients.len(), 0);
        let mut asking = TcpStream::connect(("127.0.0.1", port)).unwrap();
        asking.write_all(b"GET /health HTTP/1.1\r\n").unwrap();
        health.serve(5_001, &answer);
        asking.write_all(b"\r\n").unwrap();
        let mut said = String::new();
        while !health.clients.is_empty() {
            health.serve(5_002, &answer);
        }
        asking.read_to_string(&mut said).unwrap();
        assert!(said.starts_with("HTTP/1.1 503 ") && said.ends_with("{\"state\":\"error\"}"));
        drop(slow);
        health.serve(5_003, &answer);
        assert_eq!(health.clients.len(), 0);
    }
}
