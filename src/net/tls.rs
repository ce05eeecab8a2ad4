//! rustls: which cryptography it uses, its configuration, and its errors in plain terms.

pub mod https;
mod roots;
mod verify;

use crate::os;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring::{self, cipher_suite as suite};
use rustls::crypto::{
    CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, WebPkiSupportedAlgorithms,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use rustls::version::{TLS12, TLS13};
use rustls::{CertificateError, ClientConfig, Error, SignatureScheme};
use std::sync::{Arc, OnceLock};
use webpki::ring as algorithms;

/// There are no client certificates; refusing keys keeps all signing code out of the program.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _key: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Err(Error::General("there are no client certificates here".into()))
    }
}

#[derive(Debug)]
struct Kernel;

impl SecureRandom for Kernel {
    fn fill(&self, into: &mut [u8]) -> Result<(), GetRandomFailed> {
        os::random::fill_secret(into).map_err(|_| GetRandomFailed)
    }
}

/// The signatures taken on certificates and handshakes: those of the public CAs of today. Ed25519
/// is left out, as no public CA signs with it and its tables take 20 KB of flash.
static SIGNATURES: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        algorithms::ECDSA_P256_SHA256,
        algorithms::ECDSA_P256_SHA384,
        algorithms::ECDSA_P384_SHA256,
        algorithms::ECDSA_P384_SHA384,
        algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
        algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
        algorithms::RSA_PKCS1_2048_8192_SHA256,
        algorithms::RSA_PKCS1_2048_8192_SHA384,
        algorithms::RSA_PKCS1_2048_8192_SHA512,
    ],
    mapping: &[
        // TLS 1.2 does not bind the curve to the hash; TLS 1.3 takes the first of each.
        (
            SignatureScheme::ECDSA_NISTP256_SHA256,
            &[algorithms::ECDSA_P256_SHA256, algorithms::ECDSA_P384_SHA256],
        ),
        (
            SignatureScheme::ECDSA_NISTP384_SHA384,
            &[algorithms::ECDSA_P384_SHA384, algorithms::ECDSA_P256_SHA384],
        ),
        (SignatureScheme::RSA_PSS_SHA256, &[algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY]),
        (SignatureScheme::RSA_PSS_SHA384, &[algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY]),
        (SignatureScheme::RSA_PSS_SHA512, &[algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY]),
        (SignatureScheme::RSA_PKCS1_SHA256, &[algorithms::RSA_PKCS1_2048_8192_SHA256]),
        (SignatureScheme::RSA_PKCS1_SHA384, &[algorithms::RSA_PKCS1_2048_8192_SHA384]),
        (SignatureScheme::RSA_PKCS1_SHA512, &[algorithms::RSA_PKCS1_2048_8192_SHA512]),
    ],
};

/// *ring*, and of it only what is needed.
fn provider() -> CryptoProvider {
    CryptoProvider {
        // ChaCha20 first: routers have no AES instructions.
        cipher_suites: vec![
            suite::TLS13_CHACHA20_POLY1305_SHA256,
            suite::TLS13_AES_128_GCM_SHA256,
            suite::TLS13_AES_256_GCM_SHA384,
            suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        ],
        kx_groups: vec![ring::kx_group::X25519, ring::kx_group::SECP256R1],
        signature_verification_algorithms: SIGNATURES,
        secure_random: &Kernel,
        key_provider: &NoKeys,
    }
}

/// How a connection is made. The roots are read once in the life of a process, which is short
/// wherever anything is asked, and connections to a server it knows already cost less.
///
/// # Errors
/// There are no roots.
fn configuration(is_verified: bool) -> Result<Arc<ClientConfig>, Error> {
    static VERIFIED: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if !is_verified {
        return configuration_with(Arc::new(verify::NoVerification));
    }
    if let Some(known) = VERIFIED.get() {
        return Ok(Arc::clone(known));
    }
    let roots = roots::load().map_err(Error::General)?;
    let made = configuration_with(Arc::new(verify::WebPkiVerifier {
        roots,
        is_listed: roots::is_listed,
    }))?;
    Ok(Arc::clone(VERIFIED.get_or_init(|| made)))
}

fn configuration_with(verifier: Arc<dyn ServerCertVerifier>) -> Result<Arc<ClientConfig>, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    Ok(Arc::new(builder.with_no_client_auth()))
}

/// What a TLS failure means to an operator.
fn explain(error: &Error) -> String {
    let advice = match error {
        Error::InvalidCertificate(why) => match why {
            _ if verify::lacks_issuer(error) => {
                "no installed CA vouches for this server; is ca-bundle up to date, or is something \
                 intercepting the connection?"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the server's certificate has expired, or the system clock is wrong"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the server's certificate is not valid yet; the system clock is probably wrong"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the server's certificate is for another name; is something intercepting the \
                 connection?"
            }
            _ => "the server's certificate cannot be trusted",
        },
        // Our own words.
        Error::General(why) => return why.clone(),
        Error::InvalidMessage(_) => "the server does not speak TLS there",
        _ => return format!("TLS failed: {error}"),
    };
    format!("{advice} ({error})")
}

#[cfg(test)]
mod tests;
