//! `tailplane setup`: prints how a cluster is attached, or writes the files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use model::setup::{File, Protection, Setup, SetupQuery, setup};

use crate::cli::{KubernetesArgs, SetupCommand, SetupFormat};
use crate::config::Invalid;
use crate::output;

/// Prints the set-up, or writes its files.
///
/// # Errors
/// When the distribution cannot do what is asked for, or a file cannot be written.
pub(crate) fn run(command: &SetupCommand) -> anyhow::Result<()> {
    let SetupCommand::Kubernetes(arguments) = command;
    let setup = setup(&query(arguments)).map_err(|error| Invalid::new(error.to_string()))?;
    match &arguments.write {
        Some(folder) => write(&setup, folder),
        None => Ok(output::answer(&page(&setup, arguments.format)?)?),
    }
}

fn query(arguments: &KubernetesArgs) -> SetupQuery {
    SetupQuery {
        kubernetes: arguments.version,
        distribution: arguments.distribution,
        endpoint: arguments.endpoint.clone(),
        http_endpoint: arguments.http_endpoint.clone(),
        sampling: arguments.sampling,
        protection: Protection {
            tls: arguments.tls,
            client_certificate: arguments.mtls,
            token: arguments.token,
            tenant: arguments.tenant.clone(),
        },
        cluster: arguments.cluster.clone(),
        components: arguments.components.clone(),
        etcd: arguments.etcd,
        containerd: arguments.containerd,
        nodes: arguments.nodes,
    }
}

fn page(setup: &Setup, format: SetupFormat) -> anyhow::Result<String> {
    Ok(match format {
        SetupFormat::Text => setup.text(),
        SetupFormat::Markdown => setup.markdown(),
        SetupFormat::Json => setup.json()?,
    })
}

/// Writes every file as it is to lie on its machine, below a folder of its step.
fn write(setup: &Setup, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir(folder).with_context(|| {
        format!("cannot make the folder {}; name one that is not there yet", folder.display())
    })?;
    let readme = folder.join("README.md");
    fs::write(&readme, setup.markdown()).with_context(|| format!("cannot write {}", readme.display()))?;
    output::answer(&readme.display().to_string())?;
    for (index, step) in setup.steps.iter().enumerate() {
        let below = folder.join(step.folder_name(index + 1));
        for (number, file) in step.files.iter().enumerate() {
            let path = below.join(relative(file, number));
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
            }
            fs::write(&path, &file.content).with_context(|| format!("cannot write {}", path.display()))?;
            output::answer(&path.display().to_string())?;
        }
    }
    Ok(())
}

/// Where a file lies below its step's folder; a fragment is named by its place in the step.
fn relative(file: &File, number: usize) -> PathBuf {
    match &file.path {
        Some(path) => PathBuf::from(path.trim_start_matches('/')),
        None => PathBuf::from(format!("merge-{}.yaml", number + 1)),
    }
}
