//! Whom `query` and `trace` ask: a running server over HTTP, or the folder of a stopped one through the same
//! API.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use bytes::Bytes;
use door::{Client, Validity};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use prometheus_client::registry::Registry;
use query::Engine;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use storage::Storage;
use storage::env::Env;
use tokio::sync::watch;
use tower::ServiceExt;

use crate::access::Access;
use crate::cli::{AccessArgs, SourceArgs};
use crate::config::Invalid;
use crate::rooms;

/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// Whom to ask.
#[derive(Debug)]
pub(crate) enum Source {
    /// A running server.
    Server(Client),
    /// A stopped server's folder.
    Folder(Folder),
}

/// An opened folder and the API over it.
#[derive(Debug)]
pub(crate) struct Folder {
    storage: Arc<Storage>,
    engine: Arc<Engine>,
    services: web::Services,
}

impl Source {
    /// Connects to the server, or opens the folder.
    ///
    /// # Errors
    /// When there is no server, or no folder, or a running server has it locked.
    pub(crate) async fn open(arguments: &SourceArgs, env: Env) -> anyhow::Result<Self> {
        match &arguments.data {
            Some(folder) => Ok(Self::Folder(Folder::open(folder, env).await?)),
            None => Self::connect(&arguments.server, &arguments.access, env).await,
        }
    }

    /// Connects to the server at `url`.
    ///
    /// # Errors
    /// When there is none, or it cannot be reached like this.
    pub(crate) async fn connect(url: &str, access: &AccessArgs, env: Env) -> anyhow::Result<Self> {
        let client = Access::new(url, access)?.client(env).context("--server cannot be used")?;
        client.connect().await.context(
            "no server to ask: start one with `tailplane serve`, or name another with --server (`tailplane query` and \
             `trace` ask the folder of a stopped one with --data)",
        )?;
        Ok(Self::Server(client))
    }

    /// Opens the folder, and what answers over it.
    ///
    /// # Errors
    /// When there is no such folder, or a running server has it locked.
    pub(crate) async fn open_folder(folder: &Path, env: Env) -> anyhow::Result<(Self, Arc<Engine>)> {
        let folder = Folder::open(folder, env).await?;
        let engine = Arc::clone(&folder.engine);
        Ok((Self::Folder(folder), engine))
    }

    /// How long the certificate is valid that the server has shown; `None` without TLS.
    pub(crate) fn certificate(&self) -> Option<Validity> {
        match self {
            Self::Server(client) => client.certificate(),
            Self::Folder(_) => None,
        }
    }

    /// The answer of the API to `GET path`.
    ///
    /// # Errors
    /// What the API says is wrong, or that it cannot be asked.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.ask(Method::GET, path).await
    }

    /// The answer of the API to `POST path` with a question in JSON.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        question: &impl Serialize,
    ) -> anyhow::Result<T> {
        self.send(Method::POST, path, serde_json::to_vec(question)?.into()).await
    }

    /// The answer of the API to `method path`.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub(crate) async fn ask<T: DeserializeOwned>(&self, method: Method, path: &str) -> anyhow::Result<T> {
        self.send(method, path, Bytes::new()).await
    }

    async fn send<T: DeserializeOwned>(&self, method: Method, path: &str, body: Bytes) -> anyhow::Result<T> {
        // In-process requests have no connection: the host stands for this machine, which the API asks for.
        let request =
            Request::builder().method(method).uri(format!("http://localhost{path}")).body(Full::new(body))?;
        let (head, body) = match self {
            Self::Server(client) => {
                let (head, body) = client.send(request).await?.into_parts();
                (
                    head,
                    Limited::new(body, ANSWER_BYTES_MAX)
                        .collect()
                        .await
                        .map_err(anyhow::Error::from_boxed)?
                        .to_bytes(),
                )
            }
            Self::Folder(folder) => {
                let router = web::router(folder.services.clone());
                let (head, body) = router.oneshot(request).await?.into_parts();
                (
                    head,
                    Limited::new(body, ANSWER_BYTES_MAX)
                        .collect()
                        .await
                        .map_err(anyhow::Error::from_boxed)?
                        .to_bytes(),
                )
            }
        };
        if head.status.is_success() {
            return serde_json::from_slice(&body)
                .context("the answer is not what this version of tailplane expects");
        }
        match serde_json::from_slice::<Failure>(&body) {
            Ok(Failure { error }) if head.status == StatusCode::BAD_REQUEST => {
                Err(Invalid::new(error.sentence()).into())
            }
            Ok(Failure { error }) => bail!("{}", error.sentence()),
            Err(_) => bail!("the server answered with status {}: is it a tailplane?", head.status),
        }
    }

    /// Closes the folder.
    pub(crate) async fn close(self) {
        if let Self::Folder(folder) = self {
            folder.storage.stop().await;
        }
    }
}

impl Folder {
    async fn open(folder: &Path, env: Env) -> anyhow::Result<Self> {
        let shown = folder.display();
        if !folder.is_dir() {
            bail!("there is no folder --data {shown}");
        }
        if !folder.join("wal").is_dir() {
            bail!(
                "--data {shown} has no write-ahead log: it is no folder of a tailplane server, or lost its log, which starting a \
                 server on it begins anew"
            );
        }
        let config = rooms::reading(folder);
        let storage = rooms::open_storage(config, env.clone()).await.with_context(|| {
            format!("cannot open --data {shown}; a running server is asked with --server, where the command takes it, or has to be stopped")
        })?;
        storage.replayed().await?;
        let engine = Arc::new(Engine::new(query::Config::default(), Arc::clone(&storage))?);
        let mut registry = Registry::default();
        let metrics = web::Metrics::register(&mut registry);
        // Their senders are dropped: what they say stays true.
        let (_, readiness) = watch::channel(web::Readiness::Ready);
        let (_, about) = watch::channel(web::About::default());
        let services = web::Services {
            config: web::Config::default(),
            engine: Arc::clone(&engine),
            readiness,
            about,
            registry: Arc::new(registry),
            ledger: storage.ledger().clone(),
            pins: storage.pins().clone(),
            notebooks: storage.notebooks().clone(),
            metrics,
            env,
        };
        Ok(Self { storage, engine, services })
    }
}

#[derive(Deserialize)]
struct Failure {
    error: FailureBody,
}

#[derive(Deserialize)]
struct FailureBody {
    message: String,
    position: Option<Position>,
}

/// Where in the query, in bytes.
#[derive(Deserialize)]
struct Position {
    offset: usize,
}

impl FailureBody {
    fn sentence(&self) -> String {
        match &self.position {
            Some(Position { offset }) => format!("at byte {offset} of the query: {}", self.message),
            None => self.message.clone(),
        }
    }
}
