//! HTTPS without asking who answers, for the one operator who has switched that off by name: one
//! request, one connection.
//!
//! Everything else goes by [`http_client`], which has no such switch.

use super::super::deadline::left;
use super::super::http_client;
use crate::error::{Error, Kind};
use crate::os::alarm::Alarm;
use crate::text::url;
use crate::wire::http_answer::{Answer, Reader};
use crate::world::{Request, Response};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, Stream};
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Most addresses tried of one host.
const ADDRESSES_MAX: usize = 8;
/// The port of https.
const PORT: u16 = 443;

type Why = (Kind, String);

/// Sends `request`, whose URL is one of https, and reads the whole answer within `seconds`.
///
/// # Errors
/// As [`http_client::send`].
pub fn send(request: &Request, seconds: u32) -> Result<Response, Error> {
    let subject = request.subject();
    super::install();
    // The look-up of the name has no limit that could be set.
    let ends = seconds.saturating_add(http_client::ALARM_GRACE_SECONDS);
    let _alarm = Alarm::arm(ends, &subject);
    let until = Instant::now() + Duration::from_secs(seconds.into());
    match exchange(request, until).and_then(judge) {
        Ok(Answer { status, headers, body }) => Ok(Response { status, headers, body }),
        Err((kind, why)) => Err(Error::new(kind, format!("{subject}: {why}"))),
    }
}

fn judge(answer: Answer) -> Result<Answer, Why> {
    let leads_on = answer.headers.iter().any(|(name, _)| name == "location");
    http_client::check_status(answer.status, leads_on).map(|()| answer)
}

fn exchange(request: &Request, until: Instant) -> Result<Answer, Why> {
    let explain = |error: io::Error| http_client::explain_io(&error);
    let nowhere = || (Kind::Unreadable, "that is no URL".to_string());
    let (host, port, path) = url::split_https(&request.url).ok_or_else(nowhere)?;
    let port = port.unwrap_or(PORT);
    let name = ServerName::try_from(host.to_string()).map_err(|_| nowhere())?;
    let mut socket = Bounded { socket: connect(host, port, until).map_err(explain)?, until };
    let mut tls = ClientConnection::new(Arc::new(configuration()), name)
        .map_err(|error| (Kind::Unreadable, super::explain_tls(&error)))?;
    let mut stream = Stream::new(&mut tls, &mut socket);
    stream.write_all(compose(request, path).as_bytes()).map_err(explain)?;
    stream.flush().map_err(explain)?;
    let of_reader = |error: Error| (error.kind, error.into_words());
    let mut reader = Reader::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return reader.end().map_err(of_reader),
            Ok(count) => {
                let come = buffer.get(..count).unwrap_or_default();
                if reader.take(come).map_err(of_reader)? {
                    return reader.end().map_err(of_reader);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(explain(error)),
        }
    }
}

fn connect(host: &str, port: u16, until: Instant) -> io::Result<TcpStream> {
    let mut last = io::Error::other("the server's name has no address");
    let mut addresses: Vec<_> = (host, port).to_socket_addrs()?.take(ADDRESSES_MAX).collect();
    addresses.reverse();
    while let Some(address) = addresses.pop() {
        // One that says nothing leaves their share to the others.
        let share = left(until)? / (addresses.len() as u32 + 1);
        match TcpStream::connect_timeout(&address, share.max(Duration::from_millis(1))) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The whole request; the URL's authority is what `Host` wants to have (RFC 9112 section 3.2).
fn compose(request: &Request, path: &str) -> String {
    let authority = request.url.split('/').nth(2).unwrap_or_default();
    let mut text = format!("{} {path} HTTP/1.1\r\n", request.method.as_str());
    let mut field = |name: &str, value: &str| text.push_str(&format!("{name}: {value}\r\n"));
    field("Host", authority);
    field("Accept", "application/json");
    field("User-Agent", http_client::USER_AGENT);
    field("Connection", "close");
    if let Some(bearer) = request.bearer {
        field("Authorization", &format!("Bearer {}", bearer.expose()));
    }
    for (name, value) in &request.headers {
        field(name, value);
    }
    if !request.body.is_empty() {
        field("Content-Type", "application/json");
        field("Content-Length", &request.body.len().to_string());
    }
    text.push_str("\r\n");
    text.push_str(&request.body);
    text
}

fn configuration() -> ClientConfig {
    ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anyone))
        .with_no_client_auth()
}

/// Takes every certificate, and every signature made with it: whoever can put himself in between
/// has a key of his own, so that checking his signature would protect nobody.
#[derive(Debug)]
struct Anyone;

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer,
        _intermediates: &[CertificateDer],
        _server_name: &ServerName,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        // Nothing is computed, so those will do as well that the program has no code for.
        let mut schemes = super::SIGNATURES.supported_schemes();
        schemes.extend([SignatureScheme::ECDSA_NISTP521_SHA512, SignatureScheme::ED25519]);
        schemes
    }
}

/// A socket whose every step ends in time.
struct Bounded {
    socket: TcpStream,
    until: Instant,
}

impl Read for Bounded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(left(self.until)?))?;
        self.socket.read(into)
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(left(self.until)?))?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
