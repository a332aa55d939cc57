//! `tailplane replay`: sends captured export requests to an OTLP/gRPC receiver.

pub(crate) mod copy;
pub(crate) mod player;
pub(crate) mod progress;
pub(crate) mod slice;
pub(crate) mod tally;

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use ingest::RetryPolicy;
use proto::capture::Rewrite;
use storage::env::Env;

use crate::access::Access;
use crate::cli::{ReplayArgs, Speed};
use crate::{output, signals};
use copy::Copy;
use player::Player;
use progress::Progress;
use slice::{Slice, Source};
use tally::Tally;

/// Sends the files of `arguments` and prints a summary.
///
/// # Errors
/// When a file cannot be read, the receiver cannot be reached, or it refused or rejected anything.
pub(crate) async fn run(arguments: ReplayArgs, env: Env) -> anyhow::Result<()> {
    let stop = signals::stop_requested(&env)?;
    let sources: Vec<Source> = arguments.files.iter().cloned().map(Source::File).collect();
    let slice = Arc::new(env.spawn_blocking(|| Slice::survey(sources)).await??);
    let tally = Arc::new(Tally::default());
    let (to, policy) = (Access::new(&arguments.to, &arguments.access)?, RetryPolicy::default());
    let player = Player { to, policy, tally: Arc::clone(&tally), stop, env: env.clone() };
    let spans = (!arguments.repeat).then_some(slice.spans);
    let progress = Progress { what: "replay", spans, tally: Arc::clone(&tally), env: env.clone() };
    let (started, connections) = (env.monotonic(), slice.sources.len());
    let copies = Copies { slice, started, index: 0, arguments: &arguments, env: env.clone() };
    progress.during(player.play(copies, connections)).await?;

    let totals = tally.totals();
    output::answer(&totals.line(env.monotonic().saturating_sub(started)))?;
    if !totals.is_clean() {
        bail!(
            "{} requests were refused and {} spans rejected; the first time with: {}",
            totals.refused_requests,
            totals.rejected_spans,
            totals.first_fault.unwrap_or_default()
        );
    }
    Ok(())
}

/// The copies that the flags ask for: one, or one after the other without end.
struct Copies<'a> {
    slice: Arc<Slice>,
    started: Duration,
    index: u32,
    arguments: &'a ReplayArgs,
    env: Env,
}

impl Iterator for Copies<'_> {
    type Item = Copy;

    fn next(&mut self) -> Option<Copy> {
        let ReplayArgs { speed, now, rekey, repeat, .. } = *self.arguments;
        let index = self.index;
        if index > 0 && !repeat {
            return None;
        }
        self.index = index.checked_add(1)?;
        let period_ns = self.slice.period_ns();
        let begins = match speed {
            Speed::Max => self.env.monotonic(),
            Speed::Times(_) => self.started + copy::compressed(period_ns, speed).saturating_mul(index),
        };
        let time_shift_ns = if now {
            let ahead = begins.saturating_sub(self.env.monotonic()).as_nanos();
            let begins_at = self.env.now().saturating_add(u64::try_from(ahead).unwrap_or(u64::MAX));
            copy::shift_to_now_ns(&self.slice, speed, begins_at)
        } else {
            period_ns.saturating_mul(u64::from(index)).cast_signed()
        };
        // The second copy of the same ids would be taken for the first one's retry.
        let keys = if rekey || index > 0 { copy::fresh_keys(&self.env) } else { Rewrite::default() };
        Some(Copy {
            slice: Arc::clone(&self.slice),
            rewrite: Rewrite { time_shift_ns, ..keys },
            begins,
            speed,
        })
    }
}

#[cfg(test)]
mod tests;
