//! Servers of both versions of TLS and with all kinds of keys, and some who do not have the key.

use super::https::Connection;
use super::{configuration_with, verify};
use crate::env::{Method, Request};
use crate::error::Kind;
use crate::net::http::answer::HttpError;
use rcgen::KeyPair;
use rustls::crypto::ring::{default_provider, sign};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, Error, ServerConfig, ServerConnection, SignatureAlgorithm, SignatureScheme,
    Stream, SupportedProtocolVersion,
};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use verify::tests::{Issuer, key, root, server_chain, trusting};

/// A key that counts what it signs, and spoils it if asked.
#[derive(Debug)]
struct OddKey {
    inner: Arc<dyn SigningKey>,
    bit: u8,
    signed: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct OddSigner(Box<dyn Signer>, u8, Arc<AtomicUsize>);

impl SigningKey for OddKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let signer = self.inner.choose_scheme(offered)?;
        Some(Box::new(OddSigner(signer, self.bit, Arc::clone(&self.signed))))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.inner.algorithm()
    }
}

impl Signer for OddSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.2.fetch_add(1, Ordering::SeqCst);
        let mut signature = self.0.sign(message)?;
        *signature.last_mut().unwrap() ^= self.1;
        Ok(signature)
    }

    fn scheme(&self) -> SignatureScheme {
        self.0.scheme()
    }
}

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _hello: ClientHello) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

struct Server {
    config: Arc<ServerConfig>,
    signed: Arc<AtomicUsize>,
}

impl Server {
    fn new(
        version: &'static SupportedProtocolVersion,
        chain: Vec<CertificateDer<'static>>,
        key: &KeyPair,
        bit: u8,
    ) -> Server {
        let der = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let signed = Arc::new(AtomicUsize::new(0));
        let inner = sign::any_supported_type(&der).unwrap();
        let key = Arc::new(OddKey { inner, bit, signed: Arc::clone(&signed) });
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Always(Arc::new(CertifiedKey::new(chain, key)))));
        Server { config: Arc::new(config), signed }
    }

    /// One request to this server: the status or what is said, and what of HTTP came through.
    fn asked(&self, client: &Arc<ClientConfig>) -> (Result<u16, HttpError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}/update", listener.local_addr().unwrap());
        let mut tls = ServerConnection::new(Arc::clone(&self.config)).unwrap();
        let serving = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut stream = Stream::new(&mut tls, &mut socket);
            let mut asked = Vec::new();
            let mut buffer = [0; 1000];
            while !asked.ends_with(b"}") {
                match stream.read(&mut buffer) {
                    Ok(count @ 1..) => asked.extend(&buffer[..count]),
                    _ => return String::from_utf8(asked).unwrap(),
                }
            }
            stream.write_all(b"HTTP/1.1 202 Yes\r\nContent-Length: 0\r\n\r\n").unwrap();
            String::from_utf8(asked).unwrap()
        });
        let until = Instant::now() + Duration::from_secs(10);
        let body = "{\"a\":1}".to_string();
        let request = Request { method: Method::Post, url, bearer: None, headers: vec![], body };
        let connection = Connection::open_with(Arc::clone(client), &request.url, until, true);
        let outcome = connection.and_then(|mut one| one.exchange(&request, until, true));
        (outcome.map(|answer| answer.status), serving.join().unwrap())
    }
}

fn client(root: &Issuer) -> Arc<ClientConfig> {
    configuration_with(Arc::new(trusting(root))).unwrap()
}

#[test]
fn keys_of_all_kinds_are_good_in_both_versions() {
    let root = root(&rcgen::PKCS_RSA_SHA256);
    let client = client(&root);
    for version in [&TLS12, &TLS13] {
        for algorithm in [
            &rcgen::PKCS_ECDSA_P256_SHA256,
            &rcgen::PKCS_ECDSA_P384_SHA384,
            &rcgen::PKCS_RSA_SHA256,
        ] {
            let key = key(algorithm);
            let server = Server::new(version, server_chain(&root, &key), &key, 0);
            let (status, asked) = server.asked(&client);
            assert_eq!(status, Ok(202), "{version:?} {algorithm:?}");
            assert!(asked.starts_with("POST /update HTTP/1.1\r\n"), "{asked}");
        }
    }
}

#[test]
fn who_does_not_have_the_key_hears_nothing() {
    let root = root(&rcgen::PKCS_ECDSA_P256_SHA256);
    let client = client(&root);
    for version in [&TLS12, &TLS13] {
        for algorithm in [
            &rcgen::PKCS_ECDSA_P256_SHA256,
            &rcgen::PKCS_ECDSA_P384_SHA384,
            &rcgen::PKCS_RSA_SHA256,
        ] {
            let key = key(algorithm);
            let chain = server_chain(&root, &key);
            let spoilt = Server::new(version, chain.clone(), &key, 1);
            let mut servers = vec![spoilt];
            // There is but one key for RSA.
            if algorithm != &rcgen::PKCS_RSA_SHA256 {
                servers.push(Server::new(version, chain, &self::key(algorithm), 0));
            }
            for server in servers {
                let (outcome, asked) = server.asked(&client);
                let (kind, why) = outcome.unwrap_err();
                assert!(kind == Kind::InvalidResponse && why.contains("BadSignature"), "{why}");
                assert_eq!(asked, "");
                assert_eq!(server.signed.load(Ordering::SeqCst), 1);
            }
        }
    }
}

#[test]
fn who_is_not_vouched_for_hears_nothing() {
    let client = client(&root(&rcgen::PKCS_ECDSA_P256_SHA256));
    let stranger = root(&rcgen::PKCS_ECDSA_P256_SHA256);
    for version in [&TLS12, &TLS13] {
        let key = key(&rcgen::PKCS_ECDSA_P256_SHA256);
        let server = Server::new(version, server_chain(&stranger, &key), &key, 0);
        let (outcome, asked) = server.asked(&client);
        let (kind, why) = outcome.unwrap_err();
        assert!(kind == Kind::InvalidResponse && why.contains("no installed CA vouches"), "{why}");
        assert_eq!(asked, "");
    }
}

#[test]
fn a_server_that_is_known_need_not_sign_again() {
    let root = root(&rcgen::PKCS_ECDSA_P256_SHA256);
    let client = client(&root);
    for version in [&TLS12, &TLS13] {
        let key = key(&rcgen::PKCS_ECDSA_P256_SHA256);
        let server = Server::new(version, server_chain(&root, &key), &key, 0);
        for _ in 0..3 {
            assert_eq!(server.asked(&client).0, Ok(202));
        }
        assert_eq!(server.signed.load(Ordering::SeqCst), 1, "{version:?}");
        // Another configuration knows nothing.
        let (outcome, _) = server.asked(&self::client(&root));
        assert_eq!((outcome, server.signed.load(Ordering::SeqCst)), (Ok(202), 2));
    }
}
