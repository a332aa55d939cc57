//! `tailplane simulate`: sends the spans of a simulated control plane to an OTLP/gRPC receiver, at the pace of its
//! exporters.

mod driver;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use model::simulator::{Scenario, Simulator};
use storage::env::Env;

use crate::access::Access;
use crate::cli::SimulateArgs;
use crate::config::Invalid;
use crate::replay::progress::Progress;
use crate::replay::tally::Tally;
use crate::{format, output, signals};
use driver::{Driver, Pace};

/// Sends a scenario and prints a summary.
///
/// # Errors
/// When there is no such scenario, the receiver cannot be reached, or spans were lost on the way.
pub(crate) async fn run(arguments: SimulateArgs, env: Env) -> anyhow::Result<()> {
    if arguments.list {
        return list();
    }
    let mut scenario = scenario(&arguments.scenario)?;
    if let Some(nodes) = arguments.nodes {
        scenario.nodes = nodes;
    }
    let pace = Pace::new(arguments.speed, arguments.duration.into());
    scenario.start_unix_nano = pace.first_instant(env.now());
    let simulator =
        Simulator::new(&scenario, arguments.seed).map_err(|error| Invalid::new(error.to_string()))?;
    let cluster = simulator.cluster();
    if let Some(path) = &arguments.write_nodes {
        std::fs::write(path, cluster.nodes_json())
            .with_context(|| format!("cannot write the nodes to {}", path.display()))?;
    }
    output::note(&format!(
        "{}: {} processes on {} nodes, {} simulated, seed {}",
        scenario.name,
        format::count(cluster.processes().into()),
        format::count(cluster.nodes.len() as u64),
        arguments.duration,
        arguments.seed
    ));
    let stop = signals::stop_requested(&env)?;
    let tally = Arc::new(Tally::default());
    let to = Access::new(&arguments.to, &arguments.access)?;
    let driver = Driver::connect(&to, arguments.connections, &tally, env.clone()).await?;
    let progress = Progress { what: "simulate", spans: None, tally: Arc::clone(&tally), env: env.clone() };
    let started = env.monotonic();
    let driven = progress.during(driver.drive(simulator.without_truth(), pace, stop)).await;
    let totals = tally.totals();
    output::answer(&totals.line(env.monotonic().saturating_sub(started)))?;
    output::answer(&driven.line())?;
    if !totals.is_clean() || driven.lost_spans() > 0 {
        bail!(
            "spans were lost: {} at full exporter queues, {} in batches that were given up; the first fault: {}",
            format::count(driven.losses.dropped),
            format::count(driven.losses.discarded),
            totals.first_fault.as_deref().unwrap_or("none, acknowledgements came too late")
        );
    }
    Ok(())
}

/// A scenario by its name, or of a file.
fn scenario(name: &str) -> anyhow::Result<Scenario> {
    let path = Path::new(name);
    let found = if path.extension().is_some_and(|extension| extension == "toml") {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read the scenario {name}"))?;
        Scenario::parse(&text)
    } else {
        Scenario::named(name)
    };
    Ok(found.map_err(|error| {
        Invalid::new(format!("{error}; `tailplane simulate --list` says what each shows"))
    })?)
}

fn list() -> anyhow::Result<()> {
    let mut rows = vec![["SCENARIO", "NODES", "SHOWS"].map(str::to_owned).to_vec()];
    for name in Scenario::names() {
        let scenario = Scenario::named(name).map_err(|error| Invalid::new(error.to_string()))?;
        rows.push(vec![scenario.name, scenario.nodes.to_string(), scenario.about]);
    }
    Ok(output::answer(&format::table(&rows, &[1]))?)
}
