//! A simulated control plane, as its exporters would send it: requests of nodes, controllers and users, pod starts, the
//! noise of idle nodes, faults with a known cause, and for each request and pod start the truth.
//!
//! Pure and seeded: the same scenario and seed give the same bytes. Time is a number that the driver names; a driver
//! that paces the exports and answers them is a load generator, one that does not is a test.
//!
//! It shares no table and no code with the rest of the model, so that each is a check on the other.

mod attributes;
mod background;
mod catalog;
mod cluster;
pub mod exporter;
mod faults;
mod fleet;
mod identity;
mod node;
mod plan;
mod profile;
mod random;
mod render;
mod scenario;
mod span;
mod traffic;
mod truth;
mod versions;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proto::UnixNanos;

pub use cluster::{Cluster, Host, ProcessId, Role, ZONES};
pub use exporter::Outcome;
pub use fleet::{Export, Losses, Transport};
pub use profile::ProfileNames;
pub use scenario::{Fault, FaultKind, Scenario, ScenarioError, Webhook};
pub use truth::{PHASES, PlannedContainer, PlannedPodStart, PlannedRequest, PlannedWebhook};

use catalog::Catalog;
use fleet::Fleet;
use node::PodStart;
use plan::Planner;
use random::{Random, mix};
use render::Stage;
use span::Outbox;
use traffic::{Begin, Traffic};
use versions::Versions;

/// The truth about what has begun so far and was not taken yet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Truth {
    /// API requests, in order of their beginning.
    pub requests: Vec<PlannedRequest>,
    /// Pod starts, in order of their beginning.
    pub pod_starts: Vec<PlannedPodStart>,
}

const EXEC_ROUTE: &str = "/exec/{podNamespace}/{podID}/{containerName}";

/// The simulation.
#[derive(Debug)]
pub struct Simulator {
    planner: Planner,
    versions: Versions,
    traffic: Traffic,
    outbox: Outbox,
    fleet: Fleet,
    requests: u64,
    truth: Option<Truth>,
    acknowledging: Option<Acknowledging>,
}

/// Answers that the simulation gives itself.
#[derive(Debug)]
struct Acknowledging {
    latency_ns: u64,
    lost_share: f64,
    due: BinaryHeap<Reverse<(UnixNanos, u32, bool)>>,
    random: Random,
}

impl Simulator {
    /// The simulation of `scenario`; `seed` chooses among its histories. Every export waits for [`Simulator::answer`].
    ///
    /// # Errors
    /// When the scenario names a version that there is no profile of.
    pub fn new(scenario: &Scenario, seed: u64) -> Result<Self, ScenarioError> {
        let catalog = Catalog::read()?;
        let cluster = Cluster::new(scenario, seed);
        let traffic = Traffic::new(scenario, &catalog, seed);
        let fleet = Fleet::new(cluster.processes(), scenario.start_unix_nano, seed);
        let planner = Planner::new(scenario.clone(), catalog, cluster, seed);
        Ok(Self {
            versions: Versions::new(scenario, &planner.cluster, &planner.faults)?,
            outbox: Outbox::new(scenario.lost_spans, seed),
            requests: 0,
            truth: Some(Truth::default()),
            acknowledging: None,
            planner,
            traffic,
            fleet,
        })
    }

    /// The same simulation, which answers each export by itself after `latency_ns`. The scenario's share of
    /// acknowledgements is lost, and those exports come again.
    #[must_use]
    pub fn acknowledging(mut self, latency_ns: u64) -> Self {
        self.acknowledging = Some(Acknowledging {
            latency_ns,
            lost_share: self.planner.scenario.lost_acks,
            due: BinaryHeap::new(),
            random: Random::new(mix(latency_ns)),
        });
        self
    }

    /// The same simulation, which keeps no truth: for load, where nobody takes it.
    #[must_use]
    pub fn without_truth(mut self) -> Self {
        self.truth = None;
        self
    }

    /// The next export that is due before `until`, in order of time. `None` when there is none before.
    pub fn next_until(&mut self, until: UnixNanos) -> Option<Export> {
        loop {
            let answers = self.acknowledging.as_ref().and_then(|acknowledging| acknowledging.due.peek());
            let answer = answers.map_or(UnixNanos::MAX, |Reverse((due, ..))| *due);
            let begin = self.traffic.next_at().unwrap_or(UnixNanos::MAX);
            let end = self.outbox.next_end().unwrap_or(UnixNanos::MAX);
            let tick = self.fleet.next_due().unwrap_or(UnixNanos::MAX);
            let now = answer.min(begin).min(end).min(tick);
            if now >= until {
                return None;
            }
            let world = (&self.planner.cluster, &self.versions);
            let export = if now == begin {
                self.begin();
                None
            } else if now == end {
                self.outbox.pop().and_then(|ended| self.fleet.offer(ended, world))
            } else if now == answer {
                self.acknowledge();
                None
            } else {
                self.fleet.tick(now, world)
            };
            if let Some(export) = export {
                self.expect_answer(&export);
                return Some(export);
            }
        }
    }

    fn begin(&mut self) {
        let faults = &self.planner.faults;
        let Some((at, begin)) = self.traffic.next(|at| faults.report_rate(at)) else { return };
        let mut stage = Stage { planner: &self.planner, versions: &self.versions, outbox: &mut self.outbox };
        match begin {
            Begin::Background { apiserver, number } => background::turn(&mut stage, apiserver, number, at),
            Begin::Round { node, number } => node::round(&mut stage, node, number, at),
            Begin::Request { kind, node, pod } => {
                self.requests += 1;
                let plan = self.planner.plan(self.requests, kind, at, (node, pod.as_deref()));
                let (planned, inner) = render::request(&mut stage, &plan);
                if planned.verb == "connect" {
                    let path = format!("/exec/{}/{}/app", planned.namespace, planned.name);
                    let length = planned.duration_ns - planned.duration_ns / 10;
                    let times = (at + planned.duration_ns / 20, length);
                    node::serve(
                        &mut stage,
                        node,
                        (EXEC_ROUTE, &path),
                        "kubectl/v1.36.4 (linux/amd64)",
                        times,
                    );
                }
                if let Some(truth) = &mut self.truth {
                    truth.requests.push(planned);
                    truth.requests.extend(inner);
                }
            }
            Begin::SyncPod { pod, number } => {
                let plan = PodStart::draw(&stage, &pod, number, at);
                let planned = node::start_pod(&mut stage, &plan, at);
                if let Some(truth) = &mut self.truth {
                    truth.pod_starts.push(planned);
                }
            }
        }
    }

    fn expect_answer(&mut self, export: &Export) {
        if let Some(acknowledging) = &mut self.acknowledging {
            let arrives = !acknowledging.random.chance(acknowledging.lost_share);
            let due = export.at + acknowledging.latency_ns;
            acknowledging.due.push(Reverse((due, export.process.0, arrives)));
        }
    }

    fn acknowledge(&mut self) {
        let due = self.acknowledging.as_mut().and_then(|acknowledging| acknowledging.due.pop());
        if let Some(Reverse((at, process, arrives))) = due {
            let lost = Outcome::Retryable { retry_after_ns: 0 };
            let outcome = if arrives { Outcome::Acknowledged } else { lost };
            self.fleet.answer(ProcessId(process), at, outcome);
        }
    }

    /// The attempt in flight of `process` ended at `at`.
    pub fn answer(&mut self, process: ProcessId, at: UnixNanos, outcome: Outcome) {
        self.fleet.answer(process, at, outcome);
    }

    /// The truth about what began since this was last called.
    pub fn take_truth(&mut self) -> Truth {
        self.truth.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The cluster.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.planner.cluster
    }

    /// What the exporters lost so far.
    #[must_use]
    pub fn losses(&self) -> Losses {
        self.fleet.losses()
    }

    /// How many spans are held: under way, and waiting in the exporters' queues.
    #[must_use]
    pub fn held_spans(&self) -> usize {
        self.outbox.len() + self.fleet.waiting()
    }

    /// The versions that there are profiles of.
    ///
    /// # Errors
    /// When the table of profiles is faulty.
    pub fn profiles() -> Result<ProfileNames, ScenarioError> {
        Ok(profile::Profiles::read()?.names())
    }
}

#[cfg(test)]
mod tests;
