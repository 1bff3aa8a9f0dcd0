//! TLS and frames for the load: a client without copy or outbox, so that it costs less than the server it loads.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, ServerConfig, SignatureScheme};
use snug_proto::codec::{self, PREFIX_LEN};
use snug_proto::version::ALPN_TALK;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Only the hybrid key exchange, as both ends of Snug have it.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![aws_lc_rs::kx_group::X25519MLKEM768];
    Arc::new(provider)
}

/// The load starts the server itself, on this machine: it checks the handshake's signature but pins nothing.
#[derive(Debug)]
struct AnyKey(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyKey {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.2 is not offered".into()))
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// The client's side of TLS.
pub(crate) fn client_config() -> Result<Arc<ClientConfig>> {
    let provider = provider();
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyKey(provider)))
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    config.enable_sni = false;
    config.alpn_protocols = vec![ALPN_TALK.to_vec()];
    Ok(Arc::new(config))
}

/// The floor's side of TLS, with a key made for the run.
pub(crate) fn server_config() -> Result<Arc<ServerConfig>> {
    let key = rcgen::KeyPair::generate()?;
    let certificate = rcgen::CertificateParams::new(vec!["localhost".into()])?.self_signed(&key)?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )?;
    config.send_tls13_tickets = 0;
    config.alpn_protocols = vec![ALPN_TALK.to_vec()];
    Ok(Arc::new(config))
}

/// Dials, from this address where one is given, and shakes hands.
pub(crate) async fn dial(
    address: SocketAddr,
    config: Arc<ClientConfig>,
    from: Option<Ipv4Addr>,
) -> Result<TlsStream<TcpStream>> {
    let socket = TcpSocket::new_v4()?;
    if let Some(from) = from {
        socket.bind((from, 0).into())?;
    }
    let socket = socket.connect(address).await.context("cannot reach the server")?;
    socket.set_nodelay(true)?;
    Ok(TlsConnector::from(config).connect(ServerName::try_from("snug.invalid")?, socket).await?)
}

/// The reading half: many frames a read.
pub(crate) struct Frames {
    from: ReadHalf<TlsStream<TcpStream>>,
    buffer: Vec<u8>,
    start: usize,
    max: usize,
}

impl Frames {
    pub(crate) fn new(from: ReadHalf<TlsStream<TcpStream>>, max: usize) -> Self {
        Self { from, buffer: Vec::new(), start: 0, max }
    }

    /// The bytes of the next frame, without its length; `None` when the peer closed.
    pub(crate) async fn next(&mut self) -> Result<Option<&[u8]>> {
        loop {
            let ready = &self.buffer[self.start..];
            if let Some(prefix) = ready.first_chunk::<PREFIX_LEN>() {
                let len = codec::frame_len(*prefix, self.max)?;
                if ready.len() >= PREFIX_LEN + len {
                    let begin = self.start + PREFIX_LEN;
                    self.start = begin + len;
                    return Ok(Some(&self.buffer[begin..begin + len]));
                }
            }
            self.buffer.drain(..self.start);
            self.start = 0;
            self.buffer.reserve(16 * 1024);
            if self.from.read_buf(&mut self.buffer).await? == 0 {
                return if self.buffer.is_empty() { Ok(None) } else { bail!("the stream ended in a frame") };
            }
        }
    }

    /// Gives an idle connection's buffer back.
    pub(crate) fn release(&mut self) {
        if self.start == self.buffer.len() {
            self.buffer = Vec::new();
            self.start = 0;
        }
    }

    /// The next frame as a value.
    pub(crate) async fn value<T: serde::de::DeserializeOwned>(&mut self) -> Result<T> {
        let bytes = self.next().await?.ok_or_else(|| anyhow!("the server closed the connection"))?;
        Ok(codec::decode_frame(bytes)?)
    }
}

/// The writing half.
pub(crate) struct Writer(pub(crate) WriteHalf<TlsStream<TcpStream>>);

impl Writer {
    /// Writes bytes as one frame.
    pub(crate) async fn raw(&mut self, bytes: &[u8]) -> Result<()> {
        let mut frame = u32::try_from(bytes.len())?.to_le_bytes().to_vec();
        frame.extend(bytes);
        self.bytes(&frame).await
    }
    /// Writes a value as one frame.
    pub(crate) async fn value<T: serde::Serialize>(&mut self, value: &T) -> Result<()> {
        let mut frame = Vec::new();
        codec::encode_frame(value, snug_proto::limits::FRAME_MAX, &mut frame)?;
        self.bytes(&frame).await
    }
    /// Writes bytes as they are.
    pub(crate) async fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.write_all(bytes).await?;
        self.0.flush().await?;
        Ok(())
    }
}
