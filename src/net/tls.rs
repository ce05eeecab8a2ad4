//! The one place that knows rustls: which cryptography it uses, and its errors in plain words.

use crate::os;
use rustls::crypto::{CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, ring};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use rustls::{CertificateError, Error};
use std::io;
use std::sync::Arc;

/// We never show a certificate of our own; refusing keeps all code that signs out of the program.
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

/// Makes *ring* the cryptography of this process. Later calls change nothing.
pub fn install() {
    if CryptoProvider::get_default().is_some() {
        return;
    }
    let provider = CryptoProvider {
        key_provider: &NoKeys,
        secure_random: &Kernel,
        ..ring::default_provider()
    };
    // It fails only where one is installed already, which will do.
    let _ = provider.install_default();
}

/// What a TLS failure means to an operator; nothing where the failure is not one of TLS.
pub fn explain(error: &io::Error) -> Option<String> {
    error.get_ref()?.downcast_ref::<Error>().map(explain_tls)
}

/// The same for the errors that come before a connection is made.
pub fn explain_tls(error: &Error) -> String {
    let advice = match error {
        Error::InvalidCertificate(why) => match why {
            CertificateError::UnknownIssuer => {
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
        Error::General(why) if why.contains("No CA certificates") => {
            "no CA certificates found; install ca-bundle, or name a file in SSL_CERT_FILE"
        }
        Error::InvalidMessage(_) => "the server does not speak TLS there",
        _ => return format!("TLS failed: {error}"),
    };
    format!("{advice} ({error})")
}
