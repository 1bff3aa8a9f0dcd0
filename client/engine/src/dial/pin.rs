//! The verifier: is this the expected key, and does the peer hold it? Nothing else identifies a server.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{DigitallySignedStruct, Error as TlsError, SignatureScheme, version};
use snug_proto::Fingerprint;

/// `keys` is `None` for a probe only, which ends with the handshake.
#[derive(Debug)]
pub(super) struct PinVerifier {
    keys: Option<Vec<Fingerprint>>,
    algorithms: WebPkiSupportedAlgorithms,
    seen: Mutex<Option<Fingerprint>>,
}

impl PinVerifier {
    /// The key that the server presented, also when it was refused: the changed-key screen shows it.
    pub(super) fn seen(&self) -> Option<Fingerprint> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServerCertVerifier for PinVerifier {
    /// "Is this the right key?" No chain (it signs itself), no name, and no clock, which would lock out computers
    /// with a wrong date and adds nothing to a pin.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let parsed = ParsedCertificate::try_from(end_entity)?;
        let shown = Fingerprint::of_spki(parsed.subject_public_key_info().as_ref());
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
        match &self.keys {
            Some(keys) if !keys.contains(&shown) => {
                Err(TlsError::InvalidCertificate(rustls::CertificateError::ApplicationVerificationFailure))
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    /// Not offered. Refused here too, so that no feature of rustls opens this path unseen.
    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Err(TlsError::PeerIncompatible(rustls::PeerIncompatible::Tls12NotOffered))
    }

    /// "Does the peer hold that key?" Certificates are public: without this check anybody can replay one.
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, cert, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Only the hybrid key exchange is offered, so there is nothing to downgrade to.
fn provider() -> Arc<CryptoProvider> {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![aws_lc_rs::kx_group::X25519MLKEM768];
    Arc::new(provider)
}

/// A new configuration for every connection: its own verifier, and no session to resume, since a resumed session
/// never asks the verifier.
pub(super) fn client_config(
    keys: Option<Vec<Fingerprint>>,
    alpn: &[u8],
) -> (Arc<ClientConfig>, Arc<PinVerifier>) {
    let provider = provider();
    let algorithms = provider.signature_verification_algorithms;
    let verifier = Arc::new(PinVerifier { keys, algorithms, seen: Mutex::new(None) });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&version::TLS13])
        .expect("the provider supports TLS 1.3")
        .dangerous()
        .with_custom_certificate_verifier(verifier.clone())
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    config.enable_sni = false;
    config.alpn_protocols = vec![alpn.to_vec()];
    (Arc::new(config), verifier)
}
