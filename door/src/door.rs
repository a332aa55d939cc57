//! What all listeners of a process share: their limits, who is let in, and who is told of those that were not.

use std::sync::Arc;

use storage::env::Env;

use crate::knock::Bell;
use crate::tls::TlsFiles;
use crate::{Activation, Config, Doorbell, Exposure, Listener, Result, Tls, Tokens};

/// What all listeners of a process share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Door {
    pub(crate) config: Arc<Config>,
    pub(crate) tokens: Tokens,
    pub(crate) bell: Bell,
    pub(crate) env: Env,
    activation: Activation,
}

/// What [`Door::listen`] listens to.
#[derive(Debug, Clone)]
pub struct Entrance<'a> {
    /// `host:port` or `unix:/path`.
    pub address: &'a str,
    /// The key in the configuration, such as `ingest.grpc_listen`.
    pub key: &'a str,
    /// What a supervisor calls the socket, if it hands one over: then the address is not used.
    pub socket_name: &'a str,
    /// How far it may be reached.
    pub exposure: Exposure<'a>,
    /// TLS, unless it is a Unix socket.
    pub tls: Option<Tls>,
}

impl Door {
    /// A door with the settings of `config`, whose knocks are told to `doorbell`. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// `Invalid` for a configuration that [`Config::validate`] refuses, and for a tokens file that cannot be used.
    pub fn new(config: Config, doorbell: Option<Arc<dyn Doorbell>>, env: Env) -> Result<Self> {
        config.validate()?;
        let tokens = match &config.tokens_file {
            Some(path) => Tokens::follow(path, config.reload_interval, &env)?,
            None => Tokens::default(),
        };
        let bell = Bell::new(doorbell, env.clone());
        Ok(Self { config: Arc::new(config), tokens, bell, env, activation: Activation::default() })
    }

    /// A door with the default limits that asks nobody who is there.
    #[must_use]
    pub fn unguarded(env: Env) -> Self {
        Self {
            config: Arc::default(),
            tokens: Tokens::default(),
            bell: Bell::new(None, env.clone()),
            env,
            activation: Activation::default(),
        }
    }

    /// The same, with the sockets that a supervisor handed over.
    #[must_use]
    pub fn with_activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// Whether anybody is asked for a token.
    #[must_use]
    pub fn requires_tokens(&self) -> bool {
        self.tokens.are_required()
    }

    /// The TLS of a section's listeners; `None` when none of its files is set. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// `Invalid` when only one of two that belong together is set, or a file cannot be used.
    pub fn tls(&self, files: &TlsFiles<'_>) -> Result<Option<Tls>> {
        Tls::follow(files, self.config.reload_interval, &self.env)
    }

    /// Takes the socket that was handed over, or binds the address.
    ///
    /// # Errors
    /// As [`Listener::bind`].
    pub async fn listen(&self, entrance: Entrance<'_>) -> Result<Listener> {
        let Entrance { address, key, socket_name, exposure, tls } = entrance;
        let listener = match self.activation.take(socket_name)? {
            Some(socket) => Listener::inherit(socket, key, exposure)?,
            None => Listener::bind(address, key, exposure).await?,
        };
        Ok(listener.with_tls(tls))
    }
}
