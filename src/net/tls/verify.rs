//! Who is believed to be the server that was meant: whom an authority of this system vouches for,
//! or, for the one operator who has switched verification off by name, anyone.

use super::SIGNATURES;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// Those whose certificate leads to one of these roots, is good today and for servers, and has the
/// name that was asked for (RFC 5280 section 6, RFC 9525). A certificate that is itself in the
/// operator's file needs nobody to vouch for it: that of a server that signs its own.
///
/// What rustls itself would take does the same and can ask for revocation lists too, which nobody
/// here has: 15 KB of flash.
#[derive(Debug)]
pub struct WebPkiVerifier {
    pub roots: RootCertStore,
    /// Whether the operator has named that very certificate, in DER.
    pub is_listed: fn(&[u8]) -> bool,
}

/// Whether nothing is wrong with a certificate but that no authority vouches for it: it is one's
/// own, or that of an authority that serves itself. Its dates are looked at before.
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

/// Takes every certificate, and every signature made with it: whoever can put himself in between
/// has a key of his own, so that checking his signature would protect nobody.
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
        // Nothing is computed, so those will do as well that the program has no code for.
        let mut schemes = SIGNATURES.supported_schemes();
        schemes.extend([SignatureScheme::ECDSA_NISTP521_SHA512, SignatureScheme::ED25519]);
        schemes
    }
}

#[cfg(test)]
pub mod tests;
