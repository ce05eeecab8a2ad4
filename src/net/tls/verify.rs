//! Verification of servers: by the roots of this system, or none, where an operator has turned it
//! off.

use super::SIGNATURES;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// Accepts certificates that chain to one of these roots, are valid now and for servers, and have
/// the name in the URL (RFC 5280 section 6, RFC 9525). A certificate that is itself in the
/// operator's file needs no issuer: that of a server that signs its own.
///
/// rustls's own verifier does the same and takes revocation lists too, which nothing here has, for
/// 15 KB of flash.
#[derive(Debug)]
pub struct WebPkiVerifier {
    pub roots: RootCertStore,
    /// Whether the operator's file has this very certificate (DER).
    pub is_listed: fn(&[u8]) -> bool,
}

/// Whether the only thing wrong with a certificate is its issuer: it is self-signed, or a CA's own.
/// Its dates are checked before.
pub fn lacks_issuer(error: &Error) -> bool {
    use CertificateError::{BadSignature, Other, UnknownIssuer};
    match error {
        Error::InvalidCertificate(UnknownIssuer | BadSignature) => true,
        Error::InvalidCertificate(Other(other)) => {
            let is_ca = |error| matches!(error, &webpki::Error::CaUsedAsEndEntity);
            other.0.downcast_ref().is_some_and(is_ca)
        }
        _ => false,
    }
}

impl ServerCertVerifier for WebPkiVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer,
        intermediates: &[CertificateDer],
        server_name: &ServerName,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let chain = verify_server_cert_signed_by_trust_anchor(
            &certificate,
            &self.roots,
            intermediates,
            now,
            SIGNATURES.all,
        );
        if let Err(error) = chain
            && !(lacks_issuer(&error) && (self.is_listed)(end_entity))
        {
            return Err(error);
        }
        verify_server_name(&certificate, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &SIGNATURES)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &SIGNATURES)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        SIGNATURES.supported_schemes()
    }
}

/// Accepts every certificate and every signature: an attacker in the middle has a key of their own,
/// so checking its signature would protect nothing.
#[derive(Debug)]
pub struct NoVerification;

impl ServerCertVerifier for NoVerification {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer,
        _intermediates: &[CertificateDer],
        _server_name: &ServerName,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        // Nothing is computed, so schemes the program has no code for do as well.
        let mut schemes = SIGNATURES.supported_schemes();
        schemes.extend([SignatureScheme::ECDSA_NISTP521_SHA512, SignatureScheme::ED25519]);
        schemes
    }
}

#[cfg(test)]
pub mod tests;
