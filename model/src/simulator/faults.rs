//! What goes wrong, asked at the moment it matters.

use proto::UnixNanos;

use super::plan::WebhookAnswer;
use super::random::Random;
use super::scenario::{Fault, FaultKind, Scenario};

/// The scenario's faults.
#[derive(Debug)]
pub(crate) struct Faults {
    faults: Vec<Fault>,
    start: UnixNanos,
}

impl Faults {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        Self { faults: scenario.faults.clone(), start: scenario.start_unix_nano }
    }

    fn seconds(&self, at: UnixNanos) -> f64 {
        at.saturating_sub(self.start) as f64 / 1e9
    }

    fn active(&self, kind: FaultKind, at: UnixNanos) -> impl Iterator<Item = &Fault> {
        let now = self.seconds(at);
        self.faults
            .iter()
            .filter(move |fault| fault.kind == kind && fault.from_s <= now && now < fault.until_s)
    }

    /// The API server that a request at `at` reaches: any that is there.
    pub(crate) fn apiserver(&self, at: UnixNanos, apiservers: u32, random: &mut Random) -> u32 {
        let first = random.below(u64::from(apiservers)) as u32;
        let away =
            |index: u32| self.active(FaultKind::ApiserverRestart, at).any(|fault| fault.index == index);
        (0..apiservers).map(|step| (first + step) % apiservers).find(|index| !away(*index)).unwrap_or(first)
    }

    /// When the API server next goes away after `at`, and with it the requests that it holds.
    pub(crate) fn apiserver_stop(&self, apiserver: u32, at: UnixNanos) -> Option<UnixNanos> {
        self.faults
            .iter()
            .filter(|fault| fault.kind == FaultKind::ApiserverRestart && fault.index == apiserver)
            .map(|fault| self.start + (fault.from_s * 1e9) as u64)
            .filter(|stop| *stop > at)
            .min()
    }

    /// The code of a request that the server cannot serve: 503 in the first seconds after a restart, 429 in overload.
    pub(crate) fn code(&self, apiserver: u32, at: UnixNanos, verb: &str, random: &mut Random) -> Option<u16> {
        let now = self.seconds(at);
        let restarted = self.faults.iter().any(|fault| {
            fault.kind == FaultKind::ApiserverRestart
                && fault.index == apiserver
                && (fault.until_s..fault.until_s + 5.0).contains(&now)
        });
        if restarted && verb != "watch" && random.chance(0.5) {
            return Some(503);
        }
        let overloaded = self.active(FaultKind::Overload, at).next()?;
        (verb != "watch" && random.chance(overloaded.share * 0.2)).then_some(429)
    }

    /// How long a request waits for its seat beyond the usual.
    pub(crate) fn queue_ns(&self, at: UnixNanos, random: &mut Random) -> u64 {
        self.extra(FaultKind::Overload, at, random, |_| true)
    }

    /// What a write through etcd member `member` takes longer.
    pub(crate) fn etcd_write_ns(&self, member: u32, at: UnixNanos, random: &mut Random) -> u64 {
        self.extra(FaultKind::EtcdDiskSlow, at, random, |fault| fault.index == member)
    }

    /// How long a call takes to be refused because there is no leader; zero when there is one.
    pub(crate) fn leader_change_ns(&self, at: UnixNanos, random: &mut Random) -> u64 {
        self.extra(FaultKind::EtcdLeaderChange, at, random, |_| true)
    }

    /// What encrypting an object takes longer.
    pub(crate) fn encryption_ns(&self, at: UnixNanos, random: &mut Random) -> u64 {
        self.extra(FaultKind::Encryption, at, random, |_| true)
    }

    /// What setting up a network on `node` takes longer.
    pub(crate) fn cni_ns(&self, node: &str, at: UnixNanos, random: &mut Random) -> u64 {
        self.extra(FaultKind::CniSlow, at, random, |fault| fault.name == node)
    }

    /// What anything on a node of `zone` takes longer.
    pub(crate) fn zone_ns(&self, zone: usize, at: UnixNanos, random: &mut Random) -> u64 {
        self.extra(FaultKind::ZoneSlow, at, random, |fault| fault.index as usize == zone)
    }

    fn extra(
        &self,
        kind: FaultKind,
        at: UnixNanos,
        random: &mut Random,
        hit: impl Fn(&Fault) -> bool,
    ) -> u64 {
        let mut extra = 0;
        for fault in self.active(kind, at).filter(|fault| hit(fault)) {
            if random.chance(fault.share) {
                extra += random.duration((fault.extra_ms * 1e6) as u64);
            }
        }
        extra
    }

    /// What a call of webhook `name` does instead of answering: how long, and how it ends.
    pub(crate) fn webhook(
        &self,
        name: &str,
        at: UnixNanos,
        random: &mut Random,
    ) -> Option<(u64, WebhookAnswer)> {
        let timed_out = self.active(FaultKind::WebhookTimeout, at).find(|fault| fault.name == name);
        if let Some(fault) = timed_out
            && random.chance(fault.share)
        {
            let over = random.duration(400_000);
            return Some(((fault.extra_ms * 1e6) as u64 + over, WebhookAnswer::TimedOut));
        }
        let fails = self.active(FaultKind::WebhookFails, at).find(|fault| fault.name == name)?;
        random.chance(fails.share).then(|| (random.duration(2_000_000), WebhookAnswer::Failed))
    }

    /// How often a second the unlimited lists come.
    pub(crate) fn report_rate(&self, at: UnixNanos) -> f64 {
        self.active(FaultKind::UnlimitedLists, at).map(|fault| fault.share).sum()
    }

    /// The upgrade, if the scenario has one: its version, and when each of `of` processes in turn goes over.
    pub(crate) fn upgrade(&self) -> Option<(&str, impl Fn(f64) -> UnixNanos)> {
        let fault = self.faults.iter().find(|fault| fault.kind == FaultKind::Upgrade)?;
        let at = move |share: f64| {
            let seconds = fault.from_s + (fault.until_s - fault.from_s) * share;
            self.start + (seconds * 1e9) as u64
        };
        Some((fault.version.as_str(), at))
    }
}
