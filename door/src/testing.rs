//! Shared by the tests of this room: a small certificate authority, and files.

use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use tempfile::TempDir;

use crate::{ClientTls, TlsFiles};

/// A CA and the folder for what it signs.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
    pub(crate) ca_file: PathBuf,
}

/// The files of a certificate and its key.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) cert_file: PathBuf,
    pub(crate) key_file: PathBuf,
}

/// What is special about a certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    Expired,
    ForServers,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let (key, mut params) = (KeyPair::generate().unwrap(), CertificateParams::new([]).unwrap());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "a CA");
        let folder = tempfile::tempdir().unwrap();
        let ca_file = folder.path().join("ca.pem");
        std::fs::write(&ca_file, params.self_signed(&key).unwrap().pem()).unwrap();
        Self { issuer: Issuer::new(params, key), folder, ca_file }
    }

    /// Writes the certificate `name` into its files, over older ones.
    pub(crate) fn sign(&self, name: &str, flaw: Flaw) -> Identity {
        let hosts = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let (key, mut params) = (KeyPair::generate().unwrap(), CertificateParams::new(hosts).unwrap());
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = match flaw {
            Flaw::ForServers => vec![ExtendedKeyUsagePurpose::ServerAuth],
            Flaw::None | Flaw::Expired => {
                vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth]
            }
        };
        if flaw == Flaw::Expired {
            (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2020, 1, 2));
        }
        let file = |ending: &str| self.folder.path().join(format!("{name}.{ending}"));
        let identity = Identity { cert_file: file("crt"), key_file: file("key") };
        std::fs::write(&identity.key_file, key.serialize_pem()).unwrap();
        std::fs::write(&identity.cert_file, params.signed_by(&key, &self.issuer).unwrap().pem()).unwrap();
        identity
    }

    /// What a client needs that believes this CA.
    pub(crate) fn client(&self, identity: Option<Identity>) -> ClientTls {
        let identity = identity.map(|identity| (identity.cert_file, identity.key_file));
        ClientTls { ca_file: self.ca_file.clone(), identity }
    }
}

impl Identity {
    /// The same as a listener's settings.
    pub(crate) fn files<'a>(&'a self, client_ca: Option<&'a Authority>) -> TlsFiles<'a> {
        TlsFiles {
            section: "test",
            cert_file: Some(&self.cert_file),
            key_file: Some(&self.key_file),
            client_ca_file: client_ca.map(|authority| authority.ca_file.as_path()),
        }
    }
}
