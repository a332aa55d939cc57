//! Lets simulated time pass, sends what the exporters send, and tells them how it ended.

use std::sync::Arc;
use std::time::Duration;

use ingest::{ExportError, Exporter, RetryPolicy};
use model::simulator::{Export, Losses, Outcome, ProcessId, Simulator};
use proto::UnixNanos;
use storage::env::Env;
use tokio::sync::{mpsc, watch};

use crate::access::Access;
use crate::cli::Speed;
use crate::format;
use crate::replay::tally::Tally;

/// How long the driver sleeps between two looks at the clock.
const TICK: Duration = Duration::from_millis(2);
/// At full speed, so much simulated time passes at once, and then none until every export is answered: otherwise
/// exporters' queues would fill up for no other reason than our haste.
const STRIDE: Duration = Duration::from_millis(20);
/// How long exports in flight may take once the simulation has ended.
const DRAIN: Duration = Duration::from_secs(10);

/// How simulated time passes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    speed: Speed,
    duration: Duration,
}

impl Pace {
    /// `duration` of simulated time at `speed`.
    pub(super) const fn new(speed: Speed, duration: Duration) -> Self {
        Self { speed, duration }
    }

    /// When the simulation begins, so that no span lies in the future: now at the real pace, earlier when time passes
    /// faster.
    pub(super) fn first_instant(self, now: UnixNanos) -> UnixNanos {
        let ahead = match self.speed {
            Speed::Max => self.duration,
            Speed::Times(times) => self.duration.saturating_sub(self.duration.div_f64(times)),
        };
        now.saturating_sub(nanoseconds(ahead))
    }

    /// How much simulated time has passed after `elapsed`, with `in_flight` exports unanswered; `before` had passed
    /// already.
    fn passed(self, elapsed: Duration, before: Duration, in_flight: usize) -> Duration {
        let passed = match self.speed {
            Speed::Times(times) => elapsed.mul_f64(times),
            Speed::Max if in_flight == 0 => before + STRIDE,
            Speed::Max => before,
        };
        passed.min(self.duration)
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Driven {
    pub(super) losses: Losses,
    /// The most that the driver was behind its pace.
    late_max: Duration,
}

impl Driven {
    /// Spans that the exporters lost.
    pub(super) const fn lost_spans(&self) -> u64 {
        self.losses.dropped + self.losses.discarded
    }

    /// One line.
    pub(super) fn line(&self) -> String {
        format!(
            "exporters dropped {} spans at full queues and gave up {}; the sender was behind by at most {}",
            format::count(self.losses.dropped),
            format::count(self.losses.discarded),
            format::duration(nanoseconds(self.late_max))
        )
    }
}

/// The connections.
#[derive(Debug)]
pub(super) struct Driver {
    exporters: Vec<Arc<Exporter>>,
    tally: Arc<Tally>,
    env: Env,
}

impl Driver {
    /// Connects `connections` times; processes share them.
    ///
    /// # Errors
    /// When the receiver cannot be reached.
    pub(super) async fn connect(
        to: &Access,
        connections: usize,
        tally: &Arc<Tally>,
        env: Env,
    ) -> anyhow::Result<Self> {
        let mut exporters = Vec::with_capacity(connections);
        for _ in 0..connections.max(1) {
            // The simulated exporters retry by themselves.
            let policy = RetryPolicy::single_attempt();
            exporters.push(Arc::new(to.exporter(policy, env.clone()).await?));
        }
        Ok(Self { exporters, tally: Arc::clone(tally), env })
    }

    /// Runs `simulator` at `pace` until its time is over or `stop`.
    pub(super) async fn drive(
        &self,
        mut simulator: Simulator,
        pace: Pace,
        stop: watch::Receiver<bool>,
    ) -> Driven {
        let began = self.env.monotonic();
        let first = pace.first_instant(self.env.now());
        let (answered, mut answers) = mpsc::unbounded_channel();
        let (mut in_flight, mut late_max, mut passed) = (0_usize, Duration::ZERO, Duration::ZERO);
        let mut drain_until = None;
        loop {
            let elapsed = self.env.monotonic().saturating_sub(began);
            while let Ok((process, outcome)) = answers.try_recv() {
                in_flight -= 1;
                simulator.answer(process, first + nanoseconds(passed), outcome);
            }
            if drain_until.is_none() {
                passed = pace.passed(elapsed, passed, in_flight);
                while let Some(export) = simulator.next_until(first + nanoseconds(passed)) {
                    in_flight += 1;
                    self.send(export, answered.clone());
                }
                let now = self.env.monotonic().saturating_sub(began);
                if matches!(pace.speed, Speed::Times(_)) {
                    late_max = late_max.max(now.saturating_sub(elapsed));
                }
                if passed >= pace.duration || *stop.borrow() {
                    drain_until = Some(now + DRAIN);
                }
            }
            if drain_until.is_some_and(|until| in_flight == 0 || elapsed > until) {
                return Driven { losses: simulator.losses(), late_max };
            }
            self.wait(pace, &mut answers, &mut in_flight, |process, outcome| {
                simulator.answer(process, first + nanoseconds(passed), outcome);
            })
            .await;
        }
    }

    /// Sleeps a tick; at full speed with exports in flight, until an answer comes.
    async fn wait(
        &self,
        pace: Pace,
        answers: &mut mpsc::UnboundedReceiver<(ProcessId, Outcome)>,
        in_flight: &mut usize,
        answer: impl FnOnce(ProcessId, Outcome),
    ) {
        match pace.speed {
            Speed::Times(_) => self.env.sleep(TICK).await,
            Speed::Max if *in_flight == 0 => tokio::task::yield_now().await,
            Speed::Max => {
                if let Some((process, outcome)) = answers.recv().await {
                    *in_flight -= 1;
                    answer(process, outcome);
                }
            }
        }
    }

    /// Sends in the background. Each process has one export in flight, so that there are as many as processes at most.
    fn send(&self, export: Export, answered: mpsc::UnboundedSender<(ProcessId, Outcome)>) {
        let lane = export.process.0 as usize % self.exporters.len();
        let (exporter, tally) = (Arc::clone(&self.exporters[lane]), Arc::clone(&self.tally));
        drop(self.env.spawn(async move {
            let outcome = match exporter.export(&export.request).await {
                Ok(ack) => {
                    let retries = export.attempt.saturating_sub(1);
                    tally.acknowledged(export.spans as u64, export.request.len(), ack.latency, retries);
                    if ack.rejected > 0 {
                        tally.rejected(ack.rejected, &ack.message);
                    }
                    Outcome::Acknowledged
                }
                Err(error) => outcome(&error, &tally),
            };
            // The driver may have ended already: then nobody needs to know.
            let _unread = answered.send((export.process, outcome));
        }));
    }
}

fn outcome(error: &ExportError, tally: &Tally) -> Outcome {
    if error.retryable {
        return Outcome::Retryable { retry_after_ns: nanoseconds(error.retry_after.unwrap_or_default()) };
    }
    tally.refused(&error.to_string());
    Outcome::Refused
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
