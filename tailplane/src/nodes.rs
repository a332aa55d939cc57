//! The node file: read at start, and again whenever it changes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use model::place::NodeFile;
use query::{Deriver, Engine};
use storage::env::Env;
use tokio::sync::watch;

/// How often the file is looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// Who wants to know the nodes.
#[derive(Debug, Clone)]
pub(crate) struct Followers {
    pub(crate) engine: Arc<Engine>,
    pub(crate) deriver: Arc<Deriver>,
}

impl Followers {
    fn set_nodes(&self, nodes: NodeFile) {
        let nodes = Arc::new(nodes);
        self.engine.set_nodes(Arc::clone(&nodes));
        self.deriver.set_nodes(nodes);
    }
}

/// Reads `path` and hands the nodes to `followers`, now and after each change, until `stop`.
///
/// # Errors
/// When the file cannot be read now; later a faulty file is logged and the nodes stay as they were.
pub(crate) async fn follow(
    path: PathBuf,
    followers: Followers,
    mut stop: watch::Receiver<bool>,
    env: &Env,
) -> anyhow::Result<()> {
    let mut known = read(&path).await?;
    followers.set_nodes(parse(&path, &known)?);
    let sleeper = env.clone();
    // It ends with the stop signal, by itself.
    drop(env.spawn(async move {
        loop {
            tokio::select! {
                () = sleeper.sleep(LOOK_INTERVAL) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            let changed = match read(&path).await {
                Ok(text) if text == known => continue,
                Ok(text) => parse(&path, &text).map(|nodes| {
                    followers.set_nodes(nodes);
                    known = text;
                }),
                Err(error) => Err(error),
            };
            match changed {
                Ok(()) => tracing::info!(path = %path.display(), "read the nodes again"),
                Err(error) => tracing::warn!(error = %format!("{error:#}"), "the nodes stay as they were"),
            }
        }
    }));
    Ok(())
}

async fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    tokio::fs::read(path).await.with_context(|| {
        format!("cannot read model.nodes_file {}: write it with `kubectl get nodes -o json`", path.display())
    })
}

fn parse(path: &Path, text: &[u8]) -> anyhow::Result<NodeFile> {
    NodeFile::parse(text).with_context(|| {
        format!("model.nodes_file {} is not the output of `kubectl get nodes -o json`", path.display())
    })
}
