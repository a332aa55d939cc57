//! An object store in the network: S3, or what speaks like it.
//!
//! A put returns when the object is durable, and "create only if absent" (`If-None-Match: *`) orders the commits, as links do in
//! a local folder.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use object_store::path::Path as ObjectPath;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use proto::ErrorKind;
use url::Url;

use super::requests::{CountingConnector, RequestMetrics};
use crate::config::ObjectStoreOptions;
use crate::env::Env;
use crate::{Error, Result};

/// One attempt takes so long at most: a segment of 128 MiB goes in parts of 10 MiB.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A request that fails is tried again, after random waits that grow.
const RETRIES_MAX: usize = 10;
const RETRY_TIMEOUT: Duration = Duration::from_secs(60);

/// The part of an object store that is below a URL.
#[derive(Debug, Clone)]
pub(crate) struct Remote {
    store: Arc<dyn ObjectStore>,
    prefix: ObjectPath,
}

impl Remote {
    /// The bucket and prefix of `s3://bucket/prefix`, whose requests `metrics` counts. Nothing is asked of it yet.
    ///
    /// # Errors
    /// `Invalid` when an option is not understood or one is missing.
    pub(crate) fn open(
        url: &Url,
        options: &ObjectStoreOptions,
        metrics: &Arc<RequestMetrics>,
        env: &Env,
    ) -> Result<Self> {
        let invalid = |error: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Invalid, format!("storage.url {url} cannot be used: {error}"))
        };
        let mut builder = AmazonS3Builder::new()
            .with_url(url.as_str())
            .with_http_connector(CountingConnector { metrics: Arc::clone(metrics), env: env.clone() })
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            .with_retry(RetryConfig {
                backoff: BackoffConfig::default(),
                max_retries: RETRIES_MAX,
                retry_timeout: RETRY_TIMEOUT,
            })
            .with_client_options(
                ClientOptions::new().with_timeout(ATTEMPT_TIMEOUT).with_connect_timeout(CONNECT_TIMEOUT),
            );
        for (name, value) in &options.0 {
            // The environment has variables for other programs too.
            if let Ok(key) = name.parse::<AmazonS3ConfigKey>() {
                builder = builder.with_config(key, value);
            }
        }
        let store = builder.build().map_err(|error| invalid(&error))?;
        let prefix = ObjectPath::from_url_path(url.path()).map_err(|error| invalid(&error))?;
        Ok(Self { store: Arc::new(store), prefix })
    }

    /// All of it.
    pub(crate) fn root(&self) -> Arc<dyn ObjectStore> {
        Arc::new(PrefixStore::new(Arc::clone(&self.store), self.prefix.clone()))
    }

    /// What lies in one of its folders.
    pub(crate) fn folder(&self, name: &str) -> Arc<dyn ObjectStore> {
        let path = name.split('/').fold(self.prefix.clone(), |path, part| path.join(part));
        Arc::new(PrefixStore::new(Arc::clone(&self.store), path))
    }
}
