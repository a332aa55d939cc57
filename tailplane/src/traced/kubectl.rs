//! The caller's own kubectl: authenticates, and knows the context.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::cli::TracedArgs;
use crate::config::Invalid;

/// Time until `kubectl proxy` serves and `kubectl config view` has answered; neither asks the cluster.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// The kubectl that the flags name, and which context it is to use.
#[derive(Debug, Clone)]
pub(super) struct Kubectl {
    program: PathBuf,
    kubeconfig: Option<PathBuf>,
    context: Option<String>,
}

/// What a context is called, and its namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The name; empty where kubectl has none, as in a pod.
    pub context: String,
    /// `None` is `default`.
    pub namespace: Option<String>,
}

/// A running `kubectl proxy`; killed when dropped.
#[derive(Debug)]
pub(super) struct KubectlProxy {
    child: Child,
    /// It would be told by a signal if nobody could read it any more.
    _stdout: BufReader<ChildStdout>,
}

impl Kubectl {
    pub(super) fn new(arguments: &TracedArgs) -> Self {
        let TracedArgs { kubectl, kubeconfig, context, .. } = arguments;
        Self { program: kubectl.clone(), kubeconfig: kubeconfig.clone(), context: context.clone() }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        if let Some(kubeconfig) = &self.kubeconfig {
            command.arg("--kubeconfig").arg(kubeconfig);
        }
        if let Some(context) = &self.context {
            command.arg("--context").arg(context);
        }
        // Ctrl-C is for the traced command, which may want to tidy up through the proxy.
        command.stdin(Stdio::null()).kill_on_drop(true).process_group(0);
        command
    }

    /// The context that it uses; an unnamed one where it has none. Secrets are left out by kubectl.
    ///
    /// # Errors
    /// [`Invalid`] when there is no kubectl.
    pub(super) async fn place(&self) -> anyhow::Result<Place> {
        let mut command = self.command();
        command.args(["config", "view", "--minify", "--output=json"]).stderr(Stdio::null());
        let output = timeout(START_TIMEOUT, command.output())
            .await
            .context("`kubectl config view` does not end")?
            .map_err(|error| self.cannot_run(&error))?;
        Ok(if output.status.success() { place(&output.stdout)? } else { Place::default() })
    }

    /// Starts a proxy to the cluster at `socket` and waits until it serves.
    ///
    /// # Errors
    /// [`Invalid`] when there is no kubectl; or that it ended, having said why on standard error.
    pub(super) async fn proxy(&self, socket: &Path) -> anyhow::Result<KubectlProxy> {
        let mut command = self.command();
        command.arg("proxy").arg("--unix-socket").arg(socket).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| self.cannot_run(&error))?;
        let mut stdout = BufReader::new(child.stdout.take().context("kubectl has no output")?);
        let mut line = String::new();
        let serving = timeout(START_TIMEOUT, stdout.read_line(&mut line)).await;
        match serving.context("`kubectl proxy` does not begin to serve")? {
            Ok(1..) => Ok(KubectlProxy { child, _stdout: stdout }),
            _ => bail!("`kubectl proxy` ended ({}): it says above why", child.wait().await?),
        }
    }

    fn cannot_run(&self, error: &std::io::Error) -> Invalid {
        let program = self.program.display();
        Invalid::new(format!("{program} cannot be run: {error}; install kubectl, or name it with --kubectl"))
    }
}

impl KubectlProxy {
    /// Ends it and waits.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub(super) async fn stop(mut self) -> std::io::Result<()> {
        self.child.kill().await
    }
}

#[derive(Deserialize)]
struct ConfigJson {
    #[serde(rename = "current-context", default)]
    current_context: String,
    #[serde(default)]
    contexts: Vec<NamedContextJson>,
}

#[derive(Deserialize)]
struct NamedContextJson {
    context: ContextJson,
}

#[derive(Deserialize)]
struct ContextJson {
    namespace: Option<String>,
}

fn place(json: &[u8]) -> anyhow::Result<Place> {
    let config: ConfigJson = serde_json::from_slice(json)
        .context("`kubectl config view` answers something else than a kubeconfig")?;
    let namespace = config.contexts.into_iter().next().and_then(|named| named.context.namespace);
    Ok(Place { context: config.current_context, namespace })
}

#[cfg(test)]
mod tests;
