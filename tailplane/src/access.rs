//! How the commands that talk to a server reach it: its address, whom to believe, what to show.

use door::{Client, ClientTls, Secret};
use http::HeaderName;
use ingest::{Exporter, RetryPolicy};
use storage::env::Env;

use crate::cli::AccessArgs;

/// What names the file of the token.
const TOKEN_FLAG: &str = "--token-file";
const TENANT_HEADER: HeaderName = HeaderName::from_static("x-scope-orgid");

/// A server and how it is reached.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    url: String,
    token: Option<Secret>,
    tls: Option<ClientTls>,
    tenant: Option<String>,
}

impl Access {
    /// The server at `url`, as the flags say.
    ///
    /// # Errors
    /// When the token cannot be read.
    pub(crate) fn new(url: &str, arguments: &AccessArgs) -> door::Result<Self> {
        let AccessArgs { token_file, ca_file, cert_file, key_file, tenant } = arguments;
        let token = token_file.as_deref().map(|path| Secret::read(path, TOKEN_FLAG)).transpose()?;
        let identity = cert_file.clone().zip(key_file.clone());
        let tls = ca_file.clone().map(|ca_file| ClientTls { ca_file, identity });
        Ok(Self { url: url.to_owned(), token, tls, tenant: tenant.clone() })
    }

    /// A server of this process, which asks nobody.
    #[must_use]
    pub(crate) const fn own(url: String) -> Self {
        Self { url, token: None, tls: None, tenant: None }
    }

    /// A client that shows what there is to show.
    ///
    /// # Errors
    /// When the address or a file cannot be used.
    pub(crate) fn client(&self, env: Env) -> door::Result<Client> {
        let mut client = Client::with_tls(&self.url, self.tls.clone(), env)?;
        if let Some(token) = &self.token {
            client = client.with_token(token)?;
        }
        match &self.tenant {
            Some(tenant) => client.with_header(TENANT_HEADER, tenant),
            None => Ok(client),
        }
    }

    /// An exporter, connected.
    ///
    /// # Errors
    /// When the address or a file cannot be used, or no server answers.
    pub(crate) async fn exporter(&self, policy: RetryPolicy, env: Env) -> anyhow::Result<Exporter> {
        Ok(Exporter::over(self.client(env.clone())?, policy, env).await?)
    }
}
