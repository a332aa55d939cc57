//! The client's side of TLS: whom it believes, and what it shows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::uri::Authority;
use proto::ErrorKind;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::reload::KeyedFile;
use crate::tls::{certificates, private_key, provider, roots};
use crate::{Error, Result};

/// The files of a client, PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientTls {
    /// The CAs whose servers are believed.
    pub ca_file: PathBuf,
    /// Certificate and key to show to a server that asks for one.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// Shakes hands with one server.
pub(super) struct Connector {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl ClientTls {
    /// # Errors
    /// `Invalid` when a file cannot be used, or the host is no name.
    pub(super) fn connector(&self, authority: &Authority) -> Result<Connector> {
        let (ca, pem) = read("--ca-file", &self.ca_file)?;
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(|error| ca.fault(&error.to_string()).caused_by(error))?
            .with_root_certificates(roots(&ca, &pem)?);
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some((cert_file, key_file)) => {
                let (cert, pem) = read("--cert-file", cert_file)?;
                let (key, key_pem) = read("--key-file", key_file)?;
                let chain = certificates(&cert, &pem)?;
                builder
                    .with_client_auth_cert(chain, private_key(&key, &key_pem)?)
                    .map_err(|error| cert.fault(&format!("does not fit its key: {error}")).caused_by(error))?
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(|source| {
            Error::new(ErrorKind::Invalid, format!("{authority} names no server")).caused_by(source)
        })?;
        Ok(Connector { connector: TlsConnector::from(Arc::new(config)), name })
    }
}

impl Connector {
    pub(super) async fn connect(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        self.connector.connect(self.name.clone(), stream).await
    }
}

fn read(key: &str, path: &Path) -> Result<(KeyedFile, Vec<u8>)> {
    let file = KeyedFile { key: key.to_owned(), path: path.to_owned() };
    let bytes = std::fs::read(path)
        .map_err(|source| file.fault(&format!("cannot be read: {source}")).caused_by(source))?;
    Ok((file, bytes))
}
