//! A DNS server for whoami.cloudflare over UDP, honest or not, and for a few A records.
use super::misbehave::{Stop, pause};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const CLASS_IN: u16 = 1;
const CLASS_CH: u16 = 3;
const TYPE_A: u16 = 1;
const TYPE_TXT: u16 = 16;
const RCODE_SERVFAIL: u8 = 2;
const RCODE_NXDOMAIN: u8 = 3;
const RCODE_REFUSED: u8 = 5;

/// How a whoami question is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    Ok,
    /// NOERROR without an answer.
    Empty,
    Servfail,
    Silent,
    Garbage,
    /// A text that is no address.
    Text(String),
    /// A wrong id first, then the right answer.
    WrongIdFirst,
    /// Two different TXT records.
    Multi,
    /// The answer in class IN, as a hijacker gives it.
    ClassIn,
    Delay(u64),
}

impl Mode {
    /// Reads `ok`, `empty`, `servfail`, `silent`, `garbage`, `text:T`, `wrong-id-first`, `multi`,
    /// `class-in` or `delay:MS`.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(match text.split_once(':').unwrap_or((text, "")) {
            ("ok", "") => Self::Ok,
            ("empty", "") => Self::Empty,
            ("servfail", "") => Self::Servfail,
            ("silent", "") => Self::Silent,
            ("garbage", "") => Self::Garbage,
            ("text", said) => Self::Text(said.to_owned()),
            ("wrong-id-first", "") => Self::WrongIdFirst,
            ("multi", "") => Self::Multi,
            ("class-in", "") => Self::ClassIn,
            ("delay", ms) => Self::Delay(ms.parse().map_err(|_| format!("whoami {text:?}"))?),
            _ => return Err(format!("unknown whoami mode {text:?}")),
        })
    }
}

/// What the server knows and what it was asked.
#[derive(Clone, Debug)]
pub struct Whoami {
    pub mode: Mode,
    /// Public address by the client's source address; others see their own source address.
    pub by_source: BTreeMap<IpAddr, Ipv4Addr>,
    /// Public addresses by order of the questions, used up before the map.
    pub by_order: Vec<Ipv4Addr>,
    /// A records served in class IN.
    pub names: BTreeMap<String, Ipv4Addr>,
    /// One line for each question: source, name, class, type.
    pub asked: Vec<String>,
}

impl Default for Whoami {
    fn default() -> Self {
        Self {
            mode: Mode::Ok,
            by_source: BTreeMap::new(),
            by_order: Vec::new(),
            names: BTreeMap::new(),
            asked: Vec::new(),
        }
    }
}

pub type SharedWhoami = Arc<Mutex<Whoami>>;

/// Answers until told to stop; a stopping test sends one empty datagram to wake it.
pub fn serve(socket: UdpSocket, whoami: SharedWhoami, stop: Stop) -> SocketAddr {
    let address = socket.local_addr().unwrap();
    let socket = Arc::new(socket);
    std::thread::spawn(move || {
        let mut buffer = [0; 2048];
        while !stop.is_set() {
            let Ok((size, peer)) = socket.recv_from(&mut buffer) else { continue };
            let Some(question) = Question::read(&buffer[..size]) else { continue };
            let (mode, text) = {
                let mut whoami = whoami.lock().unwrap_or_else(PoisonError::into_inner);
                whoami.asked.push(format!(
                    "{} {} class={} type={}",
                    peer.ip(),
                    question.name,
                    question.class,
                    question.kind
                ));
                if let Some(plain) = plain_answer(&question, &whoami.names) {
                    let _ = socket.send_to(&plain, peer);
                    continue;
                }
                (whoami.mode.clone(), whoami.address(peer.ip()))
            };
            let (socket, stop) = (socket.clone(), stop.clone());
            // On a thread of its own: a delayed answer must not hold up the next question.
            std::thread::spawn(move || answer(&socket, peer, &question, &mode, &text, &stop));
        }
    });
    address
}

impl Whoami {
    fn address(&mut self, source: IpAddr) -> String {
        if !self.by_order.is_empty() {
            return self.by_order.remove(0).to_string();
        }
        self.by_source.get(&source).map_or_else(|| source.to_string(), Ipv4Addr::to_string)
    }
}

struct Question {
    id: u16,
    name: String,
    kind: u16,
    class: u16,
    /// The question section as sent.
    bytes: Vec<u8>,
}

impl Question {
    fn read(packet: &[u8]) -> Option<Self> {
        let id = u16::from_be_bytes(packet.get(..2)?.try_into().ok()?);
        let (mut at, mut labels) = (12, Vec::new());
        loop {
            let length = usize::from(*packet.get(at)?);
            if length == 0 {
                break;
            }
            let label = packet.get(at + 1..at + 1 + length)?;
            labels.push(String::from_utf8_lossy(label).to_lowercase());
            at += 1 + length;
        }
        let kind = u16::from_be_bytes(packet.get(at + 1..at + 3)?.try_into().ok()?);
        let class = u16::from_be_bytes(packet.get(at + 3..at + 5)?.try_into().ok()?);
        let bytes = packet.get(12..at + 5)?.to_vec();
        Some(Self { id, name: labels.join("."), kind, class, bytes })
    }

    fn is_whoami(&self) -> bool {
        (self.class, self.kind, &*self.name) == (CLASS_CH, TYPE_TXT, "whoami.cloudflare")
    }

    fn reply(&self, id: u16, rcode: u8, class: u16, texts: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(id.to_be_bytes());
        bytes.extend([0x84, rcode]);
        bytes.extend(1_u16.to_be_bytes());
        bytes.extend((texts.len() as u16).to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend(&self.bytes);
        for data in texts {
            bytes.extend([0xc0, 0x0c]);
            bytes.extend(self.kind.to_be_bytes());
            bytes.extend(class.to_be_bytes());
            bytes.extend([0; 4]);
            bytes.extend((data.len() as u16).to_be_bytes());
            bytes.extend(data);
        }
        bytes
    }
}

/// The answer to what is not a whoami question, or nothing if it is one.
fn plain_answer(question: &Question, names: &BTreeMap<String, Ipv4Addr>) -> Option<Vec<u8>> {
    if question.is_whoami() {
        return None;
    }
    let known = names.get(&question.name);
    Some(match (question.class, known) {
        (CLASS_IN, Some(address)) => {
            let data =
                if question.kind == TYPE_A { vec![address.octets().to_vec()] } else { vec![] };
            question.reply(question.id, 0, CLASS_IN, &data)
        }
        (CLASS_IN, None) => question.reply(question.id, RCODE_NXDOMAIN, CLASS_IN, &[]),
        _ => question.reply(question.id, RCODE_REFUSED, question.class, &[]),
    })
}

fn answer(
    socket: &UdpSocket,
    peer: SocketAddr,
    question: &Question,
    mode: &Mode,
    address: &str,
    stop: &Stop,
) {
    let text = |text: &str| {
        let mut data = vec![text.len() as u8];
        data.extend(text.bytes());
        data
    };
    let (id, class) = (question.id, question.class);
    let good = question.reply(id, 0, class, &[text(address)]);
    let send = |bytes: &[u8]| drop(socket.send_to(bytes, peer));
    match mode {
        Mode::Ok => send(&good),
        Mode::Empty => send(&question.reply(id, 0, class, &[])),
        Mode::Servfail => send(&question.reply(id, RCODE_SERVFAIL, class, &[])),
        Mode::Silent => {}
        Mode::Garbage => send(b"\x00\x01garbage, not a message of DNS at all"),
        Mode::Text(said) => send(&question.reply(id, 0, class, &[text(said)])),
        Mode::WrongIdFirst => {
            send(&question.reply(!id, 0, class, &[text("203.0.113.66")]));
            pause(Duration::from_millis(100), stop);
            send(&good);
        }
        Mode::Multi => send(&question.reply(id, 0, class, &[text(address), text("203.0.113.67")])),
        Mode::ClassIn => send(&question.reply(id, 0, CLASS_IN, &[text(address)])),
        Mode::Delay(milliseconds) => {
            pause(Duration::from_millis(*milliseconds), stop);
            send(&good);
        }
    }
}
