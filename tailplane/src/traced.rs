//! `tailplane trace -- COMMAND`: runs a command whose API requests become one trace, and prints that trace.

mod arrival;
mod caller;
mod child;
mod context;
mod kubeconfig;
mod kubectl;
mod outcome;
mod proxy;
mod refusal;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use door::Upstream;
use storage::env::Env;

use crate::cli::{TraceArgs, TracedArgs};
use crate::signals::Interrupts;
use crate::source::Source;
use crate::{format, output};
use arrival::Search;
use caller::Caller;
pub(crate) use context::TraceContext;
use kubeconfig::Surroundings;
use kubectl::{Kubectl, KubectlProxy, Place};
use outcome::Outcome;
use proxy::Proxy;

/// What a cluster is called that the kubeconfig has no name for.
const NO_CONTEXT: &str = "cluster";
/// 128 + SIGINT, which shells expect of an interrupted process.
const INTERRUPTED: u8 = 130;

/// Runs the command, waits for its trace and prints it to standard error. The exit code is the command's.
///
/// # Errors
/// When the server, kubectl or the command cannot be used.
pub(crate) async fn run(arguments: &TraceArgs, env: Env) -> anyhow::Result<ExitCode> {
    let command = child::checked(&arguments.traced.command)?;
    // First: the command must not have run for a trace that nobody can read.
    let source = Source::connect(&arguments.source.server, &arguments.source.access, env.clone()).await?;
    let mut interrupts = Interrupts::catch()?;
    let Stage { surroundings, kubeconfig, kubectl_proxy, proxy, context, caller } = tokio::select! {
        set = Stage::set(&arguments.traced, &env) => set?,
        _ = interrupts.next() => return Ok(ExitCode::from(INTERRUPTED)),
    };
    let began = env.now();
    let ran = child::run(command, &kubeconfig, &surroundings.cache(), &mut interrupts).await;
    let ended = env.now();
    let passed = proxy.stop().await;
    let stopped = kubectl_proxy.stop().await;
    let status = ran?;
    if let Err(error) = stopped {
        output::note(&format!("tailplane: kubectl proxy could not be ended: {error:#}"));
    }

    if passed.requests == 0 {
        output::note("tailplane: no request came through the proxy: does the command read KUBECONFIG?");
    } else {
        output::note(&format!(
            "tailplane: {} in trace {}; waiting for its spans (Ctrl-C ends the wait)",
            format::counted(passed.requests, "request"),
            context.trace_id
        ));
        let patience = arguments.traced.wait.into();
        let trace_id = context.trace_id;
        let search = Search { source: &source, trace_id, passed: &passed, began, patience, env: &env };
        let server = &arguments.source.server;
        let outcome = Outcome { server, context, caller: &caller, passed: &passed, began, ended };
        // Whatever becomes of the trace, the command has run, and its exit code counts.
        match told(&search, &outcome, &mut interrupts).await {
            Ok(text) => output::note(&text),
            Err(error) => output::note(&format!("tailplane: the trace could not be read: {error}")),
        }
    }
    source.close().await;
    Ok(ExitCode::from(child::exit_code(status)))
}

/// What stands when the command begins. What is dropped before ends.
struct Stage {
    surroundings: Surroundings,
    kubeconfig: PathBuf,
    kubectl_proxy: KubectlProxy,
    proxy: Proxy,
    context: TraceContext,
    caller: Caller,
}

impl Stage {
    async fn set(arguments: &TracedArgs, env: &Env) -> anyhow::Result<Self> {
        let surroundings = Surroundings::new()?;
        let kubectl = Kubectl::new(arguments);
        let Place { context: name, namespace } = kubectl.place().await?;
        let kubectl_proxy = kubectl.proxy(&surroundings.socket()).await?;
        let upstream = Upstream::new(surroundings.socket(), env.clone());
        let caller = Caller::ask(&upstream).await;
        let context = TraceContext::fresh(env);
        let proxy = Proxy::start(context, upstream, env).await?;
        let name = if name.is_empty() { NO_CONTEXT } else { &name };
        let kubeconfig = surroundings.write(proxy.url(), name, namespace.as_deref())?;
        Ok(Self { surroundings, kubeconfig, kubectl_proxy, proxy, context, caller })
    }
}

async fn told(
    search: &Search<'_>,
    outcome: &Outcome<'_>,
    interrupts: &mut Interrupts,
) -> anyhow::Result<String> {
    let found = search.wait(interrupts).await?;
    tokio::select! {
        text = outcome.text(search.source, &found) => text,
        _ = interrupts.next() => bail!("interrupted"),
    }
}
