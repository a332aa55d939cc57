//! Disks that are slow, full, read-only or fail to sync, under the real binary: nothing that is acknowledged is lost,
//! refusals say when to come back, questions are answered, and all is well again by itself.

use std::fmt;
use std::time::Duration;

use clap::{Args, ValueEnum};
use nix::sys::signal::Signal;
use storage::env::Env;

use super::clients::{Manner, Sending};
use super::queries::{Asked, Dashboard};
use super::server::Launch;
use super::{Verdict, Workplace, read_back};
use crate::lossy::{Faults, LossyDisk, why_unavailable};
use crate::percentiles::Percentiles;

const CLIENTS: u16 = 8;
/// No request waits longer for its answer, whatever the disk does.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// Acknowledgements come again so soon after the fault.
const RECOVERY_MAX: Duration = Duration::from_secs(5);
/// Before the fault.
const HEALTHY: Duration = Duration::from_secs(2);

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// Every sync takes 300 ms longer
    Slow,
    /// Every sync takes two seconds longer
    VerySlow,
    /// One sync fails
    FailOnce,
    /// Every sync fails
    Fail,
    /// No file can grow
    Full,
    /// Nothing can be written
    ReadOnly,
}

/// Which faults, and for how long.
#[derive(Debug, Clone, Args)]
pub struct DiskArgs {
    #[command(flatten)]
    place: super::PlaceArgs,
    /// What is wrong with the disk; all of these one after the other when left out
    #[arg(long, value_enum)]
    fault: Vec<Fault>,
    /// How long it is wrong
    #[arg(long, default_value = "10", value_name = "SECONDS")]
    seconds: u64,
    /// Spans of a request
    #[arg(long, default_value_t = 50)]
    spans: u16,
}

/// What happened while something was wrong.
#[derive(Debug)]
struct Report {
    fault: Fault,
    acknowledged: usize,
    latency: Percentiles,
    refused: usize,
    bare: Vec<String>,
    slowest: Duration,
    recovered: Option<Duration>,
    questions: usize,
    unanswered: Vec<Asked>,
    balance: super::ledger::Balance,
}

/// Puts each of `all` on a new disk under a new server.
///
/// # Errors
/// When a server cannot be started, or its disk not be read afterwards.
pub async fn run(
    name: &'static str,
    all: &[Fault],
    arguments: DiskArgs,
    env: Env,
) -> anyhow::Result<Verdict> {
    if let Some(reason) = why_unavailable() {
        return Ok(Verdict::skipped(name, reason));
    }
    let faults = if arguments.fault.is_empty() { all } else { &arguments.fault };
    let (mut lines, mut passed) = (Vec::new(), true);
    for (index, fault) in (0..).zip(faults) {
        let report = one(*fault, index, &arguments, &env).await?;
        let shortcomings = report.shortcomings();
        passed &= shortcomings.is_empty();
        lines.push(format!(
            "{report}{}",
            shortcomings.iter().map(|it| format!("\n    FAULT: {it}")).collect::<String>()
        ));
    }
    Ok(Verdict::of(name, passed, lines.join("\n  ")))
}

async fn one(fault: Fault, index: u32, arguments: &DiskArgs, env: &Env) -> anyhow::Result<Report> {
    let place = Workplace::new(&arguments.place)?;
    let disk = LossyDisk::new(env);
    let point = place.path().join("disk");
    std::fs::create_dir_all(&point)?;
    let mounted = disk.mount(&point)?;
    let mut launch = Launch::new(place.binary.clone(), point.join("data"), place.log()).flushing_often();
    // A small log is full soon.
    launch.settings.push("storage.wal_bytes_max=128MiB".to_owned());
    let mut server = launch.spawn()?;
    let (server, addresses) = super::blocking(env, move || {
        let addresses = server.wait_ready()?;
        Ok((server, addresses))
    })
    .await?;
    let mut sending = Sending::new(place.run.wrapping_add(index), arguments.spans, env);
    sending.pause = Duration::from_millis(2);
    let clients = sending.start(addresses.grpc, CLIENTS, Manner::Persistent);
    let dashboard = Dashboard::start(addresses.web, env);
    env.sleep(HEALTHY).await;
    let began = env.monotonic();
    disk.set_faults(fault.on(&disk));
    env.sleep(Duration::from_secs(arguments.seconds)).await;
    disk.set_faults(Faults::default());
    let ended = env.monotonic();
    env.sleep(RECOVERY_MAX + Duration::from_secs(1)).await;
    let asked = dashboard.stop().await?;
    clients.stop().await?;
    super::blocking(env, move || server.stop(Signal::SIGKILL)).await?;
    let found = read_back::traces(&point.join("data"), env).await;
    super::blocking(env, move || mounted.unmount()).await?;
    let balance = sending.ledger.balance(&found?);
    let answers = &sending.answers;
    let latencies = answers.latencies(began, ended);
    let acknowledged = answers.acknowledged.lock();
    let refused = answers.refused.lock();
    let during = || refused.iter().filter(|refusal| (began..ended).contains(&refusal.at));
    let after = acknowledged.iter().map(|(at, _)| at).filter(|at| **at > ended).min();
    let report = Report {
        fault,
        acknowledged: latencies.len(),
        latency: Percentiles::of(latencies),
        refused: during().count(),
        bare: refused
            .iter()
            .filter(|it| it.error.retry_after.is_none())
            .map(|it| it.error.to_string())
            .collect(),
        slowest: acknowledged
            .iter()
            .map(|(_, latency)| *latency)
            .chain(refused.iter().map(|refusal| refusal.took))
            .max()
            .unwrap_or_default(),
        recovered: after.map(|at| at.saturating_sub(ended)),
        questions: asked.len(),
        unanswered: asked.into_iter().filter(|asked| asked.fault.is_some()).collect(),
        balance,
    };
    if !report.shortcomings().is_empty() {
        place.keep();
    }
    Ok(report)
}

impl Fault {
    fn on(self, disk: &LossyDisk) -> Faults {
        let well = Faults::default();
        match self {
            Self::Slow => Faults { sync_delay: Duration::from_millis(300), ..well },
            Self::VerySlow => Faults { sync_delay: Duration::from_secs(2), ..well },
            Self::FailOnce => Faults { failing_syncs: 1, ..well },
            Self::Fail => Faults { failing_syncs: u64::MAX, ..well },
            Self::Full => Faults { capacity_bytes: Some(disk.used_bytes()), ..well },
            Self::ReadOnly => Faults { is_read_only: true, ..well },
        }
    }

    /// Whether nobody can be acknowledged while it lasts.
    const fn stops_ingest(self) -> bool {
        matches!(self, Self::Fail | Self::ReadOnly)
    }
}

impl Report {
    fn shortcomings(&self) -> Vec<String> {
        let mut found = Vec::new();
        if !self.balance.is_even() || self.balance.acknowledged == 0 {
            found.push(self.balance.to_string());
        }
        if let Some(first) = self.bare.first() {
            found.push(format!("{} refusals without a time to come back, such as: {first}", self.bare.len()));
        }
        if self.slowest > ANSWER_MAX {
            found.push(format!("an answer took {:?}", self.slowest));
        }
        if self.recovered.is_none_or(|after| after > RECOVERY_MAX) {
            found.push(format!("acknowledgements came again after {:?}", self.recovered));
        }
        if let Some(first) = self.unanswered.first() {
            found.push(format!(
                "{} questions went unanswered, such as: {:?}",
                self.unanswered.len(),
                first.fault
            ));
        }
        if self.fault == Fault::Slow && self.latency.at(0.99) > Duration::from_millis(1_000) {
            found.push(format!("ack p99 {:?} at syncs of 300 ms", self.latency.at(0.99)));
        }
        if self.fault.stops_ingest() && self.refused == 0 {
            found.push("nothing was refused: was there a fault?".to_owned());
        }
        found
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name =
            self.fault.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        write!(
            f,
            "{name}: {} acks ({}), {} refusals, slowest answer {:.0} ms, acks again {:.0} ms after the fault, {} \
             questions of which {} unanswered; {}",
            self.acknowledged,
            self.latency,
            self.refused,
            self.slowest.as_secs_f64() * 1e3,
            self.recovered.unwrap_or_default().as_secs_f64() * 1e3,
            self.questions,
            self.unanswered.len(),
            self.balance
        )
    }
}
