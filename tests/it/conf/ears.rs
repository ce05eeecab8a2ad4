//! Sockets that only listen: for syslog messages, and for packets to a DNS server that must not be.
use std::io::ErrorKind;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::path::Path;

/// A syslog message is at most so long, in bytes (RFC 5426 section 3.2, and then some).
const MESSAGE_BYTES_MAX: usize = 65536;

/// Where syslog messages come to.
pub enum Ear {
    Udp(UdpSocket),
    Unix(UnixDatagram),
}

impl Ear {
    pub fn udp() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        Self::Udp(socket)
    }

    pub fn unix(path: &Path) -> Result<Self, String> {
        let socket = UnixDatagram::bind(path).map_err(|why| why.to_string())?;
        socket.set_nonblocking(true).unwrap();
        Ok(Self::Unix(socket))
    }

    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Udp(socket) => Some(socket.local_addr().unwrap().port()),
            Self::Unix(_) => None,
        }
    }

    /// What has come since the last time, a line for each message; odd bytes as `\xNN`.
    pub fn heard(&self) -> Vec<String> {
        let mut buffer = vec![0; MESSAGE_BYTES_MAX];
        let mut lines = Vec::new();
        loop {
            let came = match self {
                Self::Udp(socket) => socket.recv(&mut buffer),
                Self::Unix(socket) => socket.recv(&mut buffer),
            };
            match came {
                Ok(size) => lines.push(visible(&buffer[..size])),
                Err(why) if why.kind() == ErrorKind::WouldBlock => return lines,
                Err(why) => panic!("syslog: {why}"),
            }
        }
    }
}

fn visible(message: &[u8]) -> String {
    let mut line = String::new();
    for chunk in message.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                c if c.is_ascii_control() => line.push_str(&format!("\\x{:02x}", c as u8)),
                c => line.push(c),
            }
        }
        chunk.invalid().iter().for_each(|byte| line.push_str(&format!("\\x{byte:02x}")));
    }
    line
}

/// A port of both transports where a DNS server might be.
pub struct Port {
    tcp: TcpListener,
    udp: UdpSocket,
}

impl Port {
    pub fn open() -> Self {
        loop {
            let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
            // Another process may have this port for UDP; then the next one.
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()) {
                tcp.set_nonblocking(true).unwrap();
                udp.set_nonblocking(true).unwrap();
                return Self { tcp, udp };
            }
        }
    }

    pub fn address(&self) -> String {
        self.tcp.local_addr().unwrap().to_string()
    }

    /// Whether anything has come since the last time.
    pub fn was_touched(&self) -> bool {
        self.tcp.accept().is_ok() | self.udp.recv(&mut [0; 1]).is_ok()
    }
}

#[test]
fn what_comes_is_heard() {
    let port = Port::open();
    assert!(!port.was_touched());
    let _stream = std::net::TcpStream::connect(port.address()).unwrap();
    assert!(port.was_touched() && !port.was_touched());
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    sender.send_to(b"a", port.address()).unwrap();
    assert!(port.was_touched());
    let ear = Ear::udp();
    sender.send_to(b"<15>a\xff\0", ("127.0.0.1", ear.port().unwrap())).unwrap();
    assert_eq!(ear.heard(), [r"<15>a\xff\x00"]);
}
