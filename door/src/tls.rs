//! TLS on a listener: certificates from files, read again when they change, and who the other end is.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use proto::UnixNanos;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{AlertDescription, CertificateError, RootCertStore, ServerConfig};
use storage::env::Env;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::reload::{KeyedFile, Reloaded};
use crate::{Error, Result};

/// What is spoken inside, the preferred one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];
/// The name of a certificate that names nobody.
const UNNAMED: &str = "unnamed";

/// The certificate of a listener. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tls {
    config: Reloaded<ServerConfig>,
    asks_for_certificate: bool,
}

impl Tls {
    /// What the settings `tls_cert_file`, `tls_key_file` and `tls_client_ca_file` of `section` say; `None` when none is
    /// set. With a client CA every client has to show a certificate that it signed.
    ///
    /// # Errors
    /// `Invalid` when only one of two that belong together is set, or a file cannot be used.
    pub(crate) fn follow(files: &TlsFiles<'_>, interval: Duration, env: &Env) -> Result<Option<Self>> {
        let TlsFiles { section, cert_file, key_file, client_ca_file } = *files;
        let keyed =
            |name: &str, path: &Path| KeyedFile { key: format!("{section}.{name}"), path: path.to_owned() };
        let (cert, key) = match (cert_file, key_file) {
            (Some(cert), Some(key)) => (keyed("tls_cert_file", cert), keyed("tls_key_file", key)),
            (None, None) if client_ca_file.is_none() => return Ok(None),
            _ => {
                let message = format!(
                    "{section}.tls_cert_file and {section}.tls_key_file belong together and are needed for TLS: set both"
                );
                return Err(Error::new(proto::ErrorKind::Invalid, message));
            }
        };
        let mut files = vec![cert, key];
        files.extend(client_ca_file.map(|path| keyed("tls_client_ca_file", path)));
        let named = files.clone();
        let config = Reloaded::follow(files, interval, env, move |contents| server_config(&named, contents))?;
        Ok(Some(Self { config, asks_for_certificate: client_ca_file.is_some() }))
    }

    /// Whether clients have to show a certificate.
    #[must_use]
    pub const fn asks_for_certificate(&self) -> bool {
        self.asks_for_certificate
    }

    /// The server's side of the handshake; a stable word for why it failed.
    pub(crate) async fn accept(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, &'static str> {
        let acceptor = TlsAcceptor::from(self.config.current());
        acceptor.accept(stream).await.map_err(|error| failure(&error))
    }
}

/// The TLS settings of a section of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct TlsFiles<'a> {
    /// Such as `ingest`.
    pub section: &'a str,
    /// `tls_cert_file`: our certificates, PEM, the own one first.
    pub cert_file: Option<&'a Path>,
    /// `tls_key_file`: its key, PEM.
    pub key_file: Option<&'a Path>,
    /// `tls_client_ca_file`: the CAs of client certificates, PEM.
    pub client_ca_file: Option<&'a Path>,
}

/// The common name in the certificate that the client has shown.
pub(crate) fn client_name(stream: &TlsStream<TcpStream>) -> Option<Arc<str>> {
    let certificate = stream.get_ref().1.peer_certificates()?.first()?;
    let name = X509Certificate::from_der(certificate).ok().and_then(|(_, certificate)| {
        let name = certificate.subject().iter_common_name().next()?.as_str().ok()?;
        Some(Arc::from(name))
    });
    Some(name.unwrap_or_else(|| UNNAMED.into()))
}

/// From when until when a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// It is not before this.
    pub from: UnixNanos,
    /// It is not after this.
    pub until: UnixNanos,
}

impl Validity {
    /// What a certificate says of itself; `None` when it cannot be read.
    pub(crate) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
        // Times before 1970 are 0, and those that are too far off to be counted the last one that can be.
        let nanos = |seconds: i64| u64::try_from(seconds).unwrap_or(0).saturating_mul(1_000_000_000);
        let validity = certificate.validity();
        Some(Self {
            from: nanos(validity.not_before.timestamp()),
            until: nanos(validity.not_after.timestamp()),
        })
    }
}

/// The one implementation of ciphers that is used.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// The certificates in the text of `file`: at least one.
pub(crate) fn certificates(file: &KeyedFile, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let found = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| file.fault(&format!("is not PEM: {error}")).caused_by(error))?;
    if found.is_empty() {
        return Err(file.fault("holds no certificate (PEM, -----BEGIN CERTIFICATE-----)"));
    }
    Ok(found)
}

/// The key in the text of `file`.
pub(crate) fn private_key(file: &KeyedFile, pem: &[u8]) -> Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_slice(pem)
        .map_err(|error| file.fault(&format!("holds no private key: {error}")).caused_by(error))
}

/// The CAs in the text of `file`.
pub(crate) fn roots(file: &KeyedFile, pem: &[u8]) -> Result<Arc<RootCertStore>> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file, pem)? {
        roots.add(certificate).map_err(|error| {
            file.fault(&format!("holds a certificate that is no CA: {error}")).caused_by(error)
        })?;
    }
    Ok(Arc::new(roots))
}

/// `files` are certificate, key and, for mTLS, client CA.
fn server_config(files: &[KeyedFile], contents: &[Vec<u8>]) -> Result<ServerConfig> {
    let chain = certificates(&files[0], &contents[0])?;
    let key = private_key(&files[1], &contents[1])?;
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| files[0].fault(&error.to_string()))?;
    let builder = match files.get(2) {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let roots = roots(file, &contents[2])?;
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider())
                .build()
                .map_err(|error| file.fault(&error.to_string()).caused_by(error))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder.with_single_cert(chain, key).map_err(|error| {
        files[0].fault(&format!("and the key in {} do not fit: {error}", files[1].key)).caused_by(error)
    })?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    Ok(config)
}

/// Why a handshake failed, as few stable words.
fn failure(error: &std::io::Error) -> &'static str {
    use CertificateError as Certificate;
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return "connection_closed";
    };
    match error {
        rustls::Error::NoCertificatesPresented => "no_certificate",
        rustls::Error::InvalidCertificate(fault) => match fault {
            Certificate::Expired | Certificate::ExpiredContext { .. } => "certificate_expired",
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => "certificate_not_yet_valid",
            // A CA of the same name and another key, as after it was made anew.
            Certificate::UnknownIssuer | Certificate::BadSignature => "unknown_ca",
            Certificate::InvalidPurpose | Certificate::InvalidPurposeContext { .. } => "wrong_usage",
            _ => "bad_certificate",
        },
        rustls::Error::PeerIncompatible(_) => "no_common_version_or_cipher",
        rustls::Error::AlertReceived(AlertDescription::UnknownCA) => "peer_does_not_know_our_ca",
        rustls::Error::AlertReceived(_) => "peer_refused",
        rustls::Error::InvalidMessage(_) => "not_tls",
        _ => "protocol_error",
    }
}

#[cfg(test)]
mod tests;
