//! When what happens: the clock of the simulation.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use proto::UnixNanos;

use super::Scenario;
use super::background::BACKGROUND_NS;
use super::catalog::{Catalog, When};
use super::node::ROUND_NS;
use super::plan::PodContext;
use super::random::{Random, mix};

/// Something that begins.
#[derive(Debug, Clone)]
pub(crate) enum Begin {
    /// A request of this kind, from a node if nodes ask.
    Request { kind: usize, node: u32, pod: Option<Arc<PodContext>> },
    /// A node's round through its runtime.
    Round { node: u32, number: u64 },
    /// An API server looks after its etcd.
    Background { apiserver: u32, number: u64 },
    /// The kubelet sees its new pod.
    SyncPod { pod: Arc<PodContext>, number: u64 },
}

/// What an entry stands for; on its turn it enters its successor.
#[derive(Debug, Clone)]
enum Entry {
    Once(Begin),
    /// A request that each node repeats, with the mean time between.
    Node {
        kind: usize,
        node: u32,
        every_ns: u64,
    },
    Round {
        node: u32,
        number: u64,
    },
    Background {
        apiserver: u32,
        number: u64,
    },
    /// The next of the cluster's other requests.
    Mix,
    PodStart,
    Report {
        kind: usize,
    },
}

#[derive(Debug)]
struct Scheduled {
    at: UnixNanos,
    sequence: u64,
    entry: Entry,
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.sequence) == (other.at, other.sequence)
    }
}

impl Eq for Scheduled {}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        Reverse((self.at, self.sequence)).cmp(&Reverse((other.at, other.sequence)))
    }
}

/// The clock: gives what begins, in order of time.
#[derive(Debug)]
pub(crate) struct Traffic {
    heap: BinaryHeap<Scheduled>,
    sequence: u64,
    random: Random,
    /// Kind and running total of the weights.
    mix: Vec<(usize, f64)>,
    /// Kind and offset of a pod's requests.
    pod: Vec<(usize, u64)>,
    mix_gap_ns: f64,
    pod_gap_ns: f64,
    nodes: u32,
    pods: u64,
}

impl Traffic {
    pub(crate) fn new(scenario: &Scenario, catalog: &Catalog, seed: u64) -> Self {
        let gap = |rate: f64| if rate > 0.0 { 1e9 / rate } else { f64::INFINITY };
        let mut traffic = Self {
            heap: BinaryHeap::new(),
            sequence: 0,
            random: Random::new(mix(seed) ^ 0x7472_6166),
            mix: Vec::new(),
            pod: Vec::new(),
            mix_gap_ns: gap(scenario.requests_per_s),
            pod_gap_ns: gap(scenario.pod_starts_per_s),
            nodes: scenario.nodes.max(1),
            pods: 0,
        };
        let start = scenario.start_unix_nano;
        let mut total = 0.0;
        for (index, kind) in catalog.kinds.iter().enumerate() {
            match kind.when {
                When::Mix(weight) => {
                    total += weight;
                    traffic.mix.push((index, total));
                }
                When::Pod(offset_ms) => traffic.pod.push((index, (offset_ms * 1e6) as u64)),
                When::Report => traffic.enter(start, Entry::Report { kind: index }),
                When::Node(seconds) => traffic.on_every_node(start, index, seconds),
            }
        }
        for node in 0..traffic.nodes {
            let at = start + traffic.random.below(ROUND_NS);
            let number = traffic.random.below(60);
            traffic.enter(at, Entry::Round { node, number });
        }
        for apiserver in 0..scenario.control_planes.max(1) {
            let at = start + traffic.random.below(BACKGROUND_NS);
            let number = traffic.random.below(60);
            traffic.enter(at, Entry::Background { apiserver, number });
        }
        traffic.next_mix(start);
        traffic.next_pod_start(start);
        traffic
    }

    fn on_every_node(&mut self, start: UnixNanos, kind: usize, seconds: f64) {
        let every_ns = (seconds * 1e9) as u64;
        for node in 0..self.nodes {
            let at = start + self.random.below(every_ns);
            self.enter(at, Entry::Node { kind, node, every_ns });
        }
    }

    fn enter(&mut self, at: UnixNanos, entry: Entry) {
        self.sequence += 1;
        self.heap.push(Scheduled { at, sequence: self.sequence, entry });
    }

    fn next_mix(&mut self, at: UnixNanos) {
        if self.mix_gap_ns.is_finite() {
            let gap = self.random.exponential(self.mix_gap_ns);
            self.enter(at + gap, Entry::Mix);
        }
    }

    fn next_pod_start(&mut self, at: UnixNanos) {
        if self.pod_gap_ns.is_finite() {
            let gap = self.random.exponential(self.pod_gap_ns);
            self.enter(at + gap, Entry::PodStart);
        }
    }

    /// When the next thing begins.
    pub(crate) fn next_at(&self) -> Option<UnixNanos> {
        self.heap.peek().map(|scheduled| scheduled.at)
    }

    /// What begins next, if the entry stands for anything by itself. `report_rate` is how often a second reports come.
    pub(crate) fn next(&mut self, report_rate: impl Fn(UnixNanos) -> f64) -> Option<(UnixNanos, Begin)> {
        let Scheduled { at, entry, .. } = self.heap.pop()?;
        let begin = match entry {
            Entry::Once(begin) => begin,
            Entry::Node { kind, node, every_ns } => {
                // Clients add jitter to their periods.
                let gap = every_ns - every_ns / 50 + self.random.below(every_ns / 25 + 1);
                self.enter(at + gap, Entry::Node { kind, node, every_ns });
                Begin::Request { kind, node, pod: None }
            }
            Entry::Round { node, number } => {
                self.enter(at + ROUND_NS, Entry::Round { node, number: number + 1 });
                Begin::Round { node, number }
            }
            Entry::Background { apiserver, number } => {
                let next = Entry::Background { apiserver, number: number + 1 };
                self.enter(at + BACKGROUND_NS, next);
                Begin::Background { apiserver, number }
            }
            Entry::Mix => {
                self.next_mix(at);
                let total = self.mix.last().map_or(0.0, |(_, total)| *total);
                let chosen = self.random.unit() * total;
                let kind = self.mix.iter().find(|(_, reached)| chosen < *reached)?.0;
                let node = self.random.below(u64::from(self.nodes)) as u32;
                Begin::Request { kind, node, pod: None }
            }
            Entry::PodStart => {
                self.next_pod_start(at);
                self.start_pod(at);
                return None;
            }
            Entry::Report { kind } => {
                let rate = report_rate(at);
                let gap = if rate > 0.0 { self.random.exponential(1e9 / rate) } else { 1_000_000_000 };
                self.enter(at + gap.max(1), Entry::Report { kind });
                if rate == 0.0 {
                    return None;
                }
                Begin::Request { kind, node: 0, pod: None }
            }
        };
        Some((at, begin))
    }

    fn start_pod(&mut self, at: UnixNanos) {
        let pod = Arc::new(PodContext::draw(&mut self.random, self.nodes));
        self.pods += 1;
        for index in 0..self.pod.len() {
            let (kind, offset) = self.pod[index];
            let at = at + offset + self.random.duration(2_000_000);
            let request = Begin::Request { kind, node: pod.node, pod: Some(Arc::clone(&pod)) };
            self.enter(at, Entry::Once(request));
        }
        let seen = at + 30_000_000 + self.random.duration(10_000_000);
        let number = mix(self.pods) ^ self.random.next();
        self.enter(seen, Entry::Once(Begin::SyncPod { pod, number }));
    }
}
