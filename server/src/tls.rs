//! How the server speaks TLS: 1.3 only, one hybrid key exchange, nothing that outlives a connection.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{NoServerSessionStorage, ParsedCertificate, ServerConnection};
use snug_proto::Fingerprint;
use snug_proto::login::{EXPORTER_LABEL, EXPORTER_LEN};
use snug_proto::version::{ALPN_FILE, ALPN_TALK};

/// Who this server is: its key and certificate inside a TLS configuration, and the key that comes next.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The configuration every connection uses.
    pub config: Arc<ServerConfig>,
    /// The fingerprint of the key in use.
    pub fingerprint: Fingerprint,
    /// The fingerprint of the key that will follow it.
    pub successor: Option<Fingerprint>,
}

impl Identity {
    /// An identity from a certificate and its private key.
    ///
    /// # Errors
    /// What rustls says when the two do not belong together or cannot be read.
    pub fn new(
        certificate: CertificateDer<'static>,
        key: PrivateKeyDer<'static>,
        successor: Option<Fingerprint>,
    ) -> Result<Self, rustls::Error> {
        let fingerprint = fingerprint(&certificate)?;
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)?;
        // A resumed connection would not prove the key again, and a ticket is a secret to lose.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.max_early_data_size = 0;
        config.alpn_protocols = vec![ALPN_TALK.to_vec(), ALPN_FILE.to_vec()];
        Ok(Self { config: Arc::new(config), fingerprint, successor })
    }

    /// A fresh identity that is written nowhere: for tests and simulations.
    pub fn throwaway() -> Self {
        let make = || -> Result<Self, Box<dyn std::error::Error>> {
            let key = rcgen::KeyPair::generate()?;
            let certificate = rcgen::CertificateParams::new(vec!["localhost".into()])?.self_signed(&key)?;
            let key = PrivatePkcs8KeyDer::from(key.serialize_der());
            Ok(Self::new(certificate.der().clone(), key.into(), None)?)
        };
        make().expect("a fresh key signs its own certificate")
    }
}

/// aws-lc with the hybrid key exchange X25519MLKEM768 and no other.
pub fn provider() -> Arc<CryptoProvider> {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![aws_lc_rs::kx_group::X25519MLKEM768];
    Arc::new(provider)
}

/// The fingerprint of a certificate's public key.
///
/// # Errors
/// What rustls says when the certificate cannot be read.
pub fn fingerprint(certificate: &CertificateDer<'_>) -> Result<Fingerprint, rustls::Error> {
    let parsed = ParsedCertificate::try_from(certificate)?;
    Ok(Fingerprint::of_spki(parsed.subject_public_key_info().as_ref()))
}

/// Thirty-two bytes that only the two ends of this connection share: what logins are bound to.
pub(crate) fn exporter(connection: &ServerConnection) -> Result<[u8; EXPORTER_LEN], rustls::Error> {
    connection.export_keying_material([0; EXPORTER_LEN], EXPORTER_LABEL, None)
}
