//! TSIG (RFC 8945): signing requests with a shared key, and verifying answers.

use super::message::{Message, Section};
use super::name::Name;
use super::reader::Reader;
use super::{ANY, HEADER_BYTES, TSIG, rcode_text};
use crate::crypto::{self, Hash};
use std::fmt;

/// Allowed clock difference, in seconds (RFC 8945 section 10).
const FUDGE_SECONDS: u16 = 300;

const BADTIME: u16 = 18;

/// A signing algorithm (RFC 8945 section 6).
#[derive(Debug, PartialEq, Eq)]
pub struct Algorithm {
    /// Its name in configurations.
    pub name: &'static str,
    /// In wire form, without the final zero.
    wire: &'static [u8],
    hash: Hash,
    mac_bytes: usize,
}

/// The supported algorithms.
pub const ALGORITHMS: &[Algorithm] = &[
    Algorithm {
        name: "hmac-md5",
        wire: b"\x08hmac-md5\x07sig-alg\x03reg\x03int",
        hash: Hash::Md5,
        mac_bytes: 16,
    },
    algorithm("hmac-sha1", b"\x09hmac-sha1", Hash::Sha1, 20),
    algorithm("hmac-sha224", b"\x0bhmac-sha224", Hash::Sha224, 28),
    algorithm("hmac-sha256", b"\x0bhmac-sha256", Hash::Sha256, 32),
    // Rare in practice, but in the test vectors.
    #[cfg(test)]
    algorithm("hmac-sha256-128", b"\x0fhmac-sha256-128", Hash::Sha256, 16),
    algorithm("hmac-sha384", b"\x0bhmac-sha384", Hash::Sha384, 48),
    algorithm("hmac-sha512", b"\x0bhmac-sha512", Hash::Sha512, 64),
];

const fn algorithm(
    name: &'static str,
    wire: &'static [u8],
    hash: Hash,
    mac_bytes: usize,
) -> Algorithm {
    Algorithm { name, wire, hash, mac_bytes }
}

/// A key shared with a server. Its secret cannot be printed.
pub struct Key {
    pub name: Name,
    pub algorithm: &'static Algorithm,
    pub secret: Vec<u8>,
}

/// A signed request and its MAC, which the answer's MAC covers.
pub struct Signed {
    pub bytes: Vec<u8>,
    mac: Vec<u8>,
}

/// What a correctly signed answer says about the time.
#[derive(Debug, PartialEq, Eq)]
pub enum Verified {
    /// The answer is valid.
    Good,
    /// The request's time was refused; the server's is this, in seconds since 1970.
    BadTime(u64),
}

/// Why an answer's signature is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureError {
    /// It has no signature.
    Unsigned,
    /// The answer or its TSIG record is malformed.
    Malformed,
    /// Signed with another key or algorithm.
    OtherKey,
    /// The server could not verify the request (BADKEY, BADSIG or another error), and so cannot
    /// sign its answer.
    Rejected(u16),
    /// The signature is wrong: forged, or made with another secret.
    Forged,
    /// Its time differs from now by this many seconds.
    Stale(u64),
}

/// To follow "the answer".
impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignatureError::Unsigned => f.write_str("is not signed"),
            SignatureError::Malformed => f.write_str("is malformed"),
            SignatureError::OtherKey => f.write_str("is signed with another key"),
            SignatureError::Rejected(error) => write!(f, "is {}", rcode_text(*error)),
            SignatureError::Forged => f.write_str("has an invalid signature"),
            SignatureError::Stale(seconds) => {
                write!(f, "was signed with a clock that differs by {seconds} s")
            }
        }
    }
}

impl Key {
    /// Signs a message (of at least a header) as of `time`, in seconds since 1970.
    pub fn sign(&self, message: &[u8], time: u64) -> Signed {
        let variables = self.variables(time, FUDGE_SECONDS, 0, &[]);
        let mac = self.mac(&[message, &variables]);
        let id = message.get(..2).unwrap_or_default();
        let mut data = Vec::with_capacity(128);
        data.extend_from_slice(self.algorithm.wire);
        data.push(0);
        data.extend(time_bytes(time));
        data.extend(FUDGE_SECONDS.to_be_bytes());
        data.extend((mac.len() as u16).to_be_bytes());
        data.extend_from_slice(&mac);
        data.extend_from_slice(id);
        data.extend([0; 4]);
        let mut bytes = message.to_vec();
        add_to_additional(&mut bytes, 1);
        self.name.write(&mut bytes);
        bytes.extend(TSIG.to_be_bytes());
        bytes.extend(ANY.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend((data.len() as u16).to_be_bytes());
        bytes.extend(data);
        Signed { bytes, mac }
    }

    /// Verifies the signature of the answer to `request`, at the time `now` (seconds since 1970).
    ///
    /// # Errors
    /// Why the answer is not trusted (RFC 8945 section 5.3).
    pub fn verify(
        &self,
        request: &Signed,
        answer: &[u8],
        now: u64,
    ) -> Result<Verified, SignatureError> {
        let message = Message::read(answer).ok_or(SignatureError::Malformed)?;
        if !message.records.iter().any(|record| record.kind == TSIG) {
            return Err(SignatureError::Unsigned);
        }
        // It must be the last record of the message, and the only one of its type.
        let (last, before) = message.records.split_last().ok_or(SignatureError::Malformed)?;
        if last.kind != TSIG
            || last.section != Section::Additional
            || last.class != ANY
            || last.ttl != 0
            || before.iter().any(|record| record.kind == TSIG)
        {
            return Err(SignatureError::Malformed);
        }
        let fields =
            Fields::read(answer, last.data_at, last.data.len()).ok_or(SignatureError::Malformed)?;
        if last.owner != self.name || fields.algorithm.0 != self.algorithm.wire {
            return Err(SignatureError::OtherKey);
        }
        if fields.mac.is_empty() && fields.error != 0 {
            return Err(SignatureError::Rejected(fields.error));
        }
        let mut unsigned = answer.get(..last.begins_at).unwrap_or_default().to_vec();
        add_to_additional(&mut unsigned, u16::MAX);
        if let Some(id) = unsigned.get_mut(..2) {
            id.copy_from_slice(&fields.original_id.to_be_bytes());
        }
        let length = (request.mac.len() as u16).to_be_bytes();
        let variables = self.variables(fields.time, fields.fudge, fields.error, fields.other);
        let mac = self.mac(&[&length, &request.mac, &unsigned, &variables]);
        if !crypto::is_equal(&mac, fields.mac) {
            return Err(SignatureError::Forged);
        }
        let apart = now.abs_diff(fields.time);
        if apart > u64::from(fields.fudge.min(FUDGE_SECONDS)) {
            return Err(SignatureError::Stale(apart));
        }
        match (fields.error, fields.other.first_chunk::<6>()) {
            (0, _) => Ok(Verified::Good),
            (BADTIME, Some(time)) if fields.other.len() == 6 => {
                Ok(Verified::BadTime(time_from(time)))
            }
            (error, _) => Err(SignatureError::Rejected(error)),
        }
    }

    /// The TSIG variables of the digest (RFC 8945 section 4.3.3).
    fn variables(&self, time: u64, fudge: u16, error: u16, other: &[u8]) -> Vec<u8> {
        let mut variables = Vec::with_capacity(64);
        self.name.write(&mut variables);
        variables.extend(ANY.to_be_bytes());
        variables.extend([0; 4]);
        variables.extend_from_slice(self.algorithm.wire);
        variables.push(0);
        variables.extend(time_bytes(time));
        variables.extend(fudge.to_be_bytes());
        variables.extend(error.to_be_bytes());
        variables.extend((other.len() as u16).to_be_bytes());
        variables.extend_from_slice(other);
        variables
    }

    fn mac(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut mac = crypto::hmac(self.algorithm.hash, &self.secret, parts);
        mac.truncate(self.algorithm.mac_bytes);
        mac
    }
}

/// The data of a TSIG record (RFC 8945 section 4.2).
struct Fields<'a> {
    algorithm: Name,
    time: u64,
    fudge: u16,
    mac: &'a [u8],
    original_id: u16,
    error: u16,
    other: &'a [u8],
}

impl<'a> Fields<'a> {
    fn read(message: &'a [u8], at: usize, length: usize) -> Option<Fields<'a>> {
        let mut reader = Reader::at(message, at);
        let algorithm = reader.name()?;
        let time = time_from(reader.bytes(6)?.first_chunk()?);
        let fudge = reader.u16()?;
        let mac_bytes = reader.u16()?;
        let mac = reader.bytes(mac_bytes.into())?;
        let (original_id, error) = (reader.u16()?, reader.u16()?);
        let other_bytes = reader.u16()?;
        let other = reader.bytes(other_bytes.into())?;
        let fields = Fields { algorithm, time, fudge, mac, original_id, error, other };
        (reader.position() == at + length).then_some(fields)
    }
}

/// 48 bits of seconds.
fn time_bytes(time: u64) -> [u8; 6] {
    let [_, _, a, b, c, d, e, f] = time.to_be_bytes();
    [a, b, c, d, e, f]
}

fn time_from(bytes: &[u8; 6]) -> u64 {
    let [a, b, c, d, e, f] = *bytes;
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

/// Adds to ARCOUNT in a header, wrapping around.
fn add_to_additional(message: &mut [u8], number: u16) {
    if let Some([high, low]) = message.get_mut(HEADER_BYTES - 2..HEADER_BYTES) {
        let count = u16::from_be_bytes([*high, *low]).wrapping_add(number);
        [*high, *low] = count.to_be_bytes();
    }
}

#[cfg(test)]
pub mod tests;
