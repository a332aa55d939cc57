//! Scenarios as they arrive.

use model::place::{Arrived, Instances};
use model::simulator::{Scenario, Simulator, Truth};

use super::received::{Received, Receiver, Rows, rows, traces};

pub(crate) const SECOND: u64 = 1_000_000_000;

/// What arrived in the first seconds of a scenario.
pub(crate) struct Run {
    pub(crate) scenario: Scenario,
    pub(crate) received: Vec<Received>,
    pub(crate) truth: Truth,
    /// What `kubectl get nodes -o json` says.
    pub(crate) nodes_json: String,
}

/// The first `seconds` of `scenario`; `seed` chooses among its histories.
pub(crate) fn run(scenario: Scenario, seed: u64, seconds: u64) -> Run {
    let mut simulator = Simulator::new(&scenario, seed).unwrap().acknowledging(2_000_000);
    let mut receiver = Receiver::default();
    while let Some(export) = simulator.next_until(scenario.start_unix_nano + seconds * SECOND) {
        let peer = &simulator.cluster().host(export.process).address;
        receiver.request(&export.request, peer, export.at);
    }
    let nodes_json = simulator.cluster().nodes_json();
    Run { received: receiver.received, truth: simulator.take_truth(), nodes_json, scenario }
}

impl Run {
    pub(crate) fn rows(&self) -> Rows<'_> {
        rows(&self.received)
    }

    /// What is known of where the processes run.
    pub(crate) fn instances(&self) -> Instances {
        let mut instances = Instances::default();
        for one in &self.received {
            instances.observe(one.view(), one.arrived().peer_address, one.arrived().arrival);
        }
        for spans in traces(&self.received).values() {
            let arrived: Vec<Arrived<'_>> = spans.iter().map(|one| one.arrived()).collect();
            instances.observe_trace(&arrived);
        }
        instances
    }
}
