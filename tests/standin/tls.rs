//! A certificate authority of our own, its good and bad certificates, a listener set up for TLS.
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::sync::Arc;

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    None,
    Expired,
    NotYet,
    OtherHost,
    UnknownCa,
    SelfSigned,
    /// The same with the rights of an authority, as `openssl req -x509` makes them.
    SelfSignedCa,
}

/// An authority whose certificate a test hands to the program in SSL_CERT_FILE.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        Self { issuer: CertifiedIssuer::self_signed(params, key).unwrap() }
    }

    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A server's set-up with a certificate for 127.0.0.1 and localhost, flawed as asked.
    pub fn server(&self, flaw: Flaw) -> Arc<ServerConfig> {
        self.server_and_pem(flaw).0
    }

    /// The same, with the server's certificate.
    pub fn server_and_pem(&self, flaw: Flaw) -> (Arc<ServerConfig>, String) {
        let names = match flaw {
            Flaw::OtherHost => vec!["other.example.net".to_owned()],
            _ => vec!["127.0.0.1".to_owned(), "localhost".to_owned()],
        };
        let mut params = CertificateParams::new(names).unwrap();
        // Any date before a certificate's own makes it expired or not yet valid for good.
        match flaw {
            Flaw::Expired => params.not_after = rcgen::date_time_ymd(2001, 1, 1),
            Flaw::NotYet => params.not_before = rcgen::date_time_ymd(3000, 1, 1),
            Flaw::SelfSignedCa => params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
            _ => {}
        }
        params.distinguished_name.push(DnType::CommonName, "stand-in");
        let key = KeyPair::generate().unwrap();
        let stranger = Self::new("a stranger's authority");
        let issuer = if flaw == Flaw::UnknownCa { &stranger.issuer } else { &self.issuer };
        let leaf = match flaw {
            Flaw::SelfSigned | Flaw::SelfSignedCa => params.self_signed(&key),
            _ => params.signed_by(&key, issuer),
        };
        let leaf = leaf.unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        (config(vec![leaf.der().clone()], key).unwrap(), leaf.pem())
    }
}

/// A server's set-up from PEM files.
pub fn from_files(chain: &Path, key: &Path) -> Result<Arc<ServerConfig>, String> {
    let words = |file: &Path| format!("{}: no PEM", file.display());
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(chain).map_err(|_| words(chain))?.collect();
    let key = PrivateKeyDer::from_pem_file(key).map_err(|_| words(key))?;
    config(chain.map_err(|error| error.to_string())?, key)
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| error.to_string())?;
    Ok(Arc::new(config))
}
