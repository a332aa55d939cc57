//! Shows a replay while it runs: a bar on a terminal, a line now and then elsewhere.

use std::convert::Infallible;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use storage::env::Env;

use super::tally::Tally;
use crate::output;

const BAR_INTERVAL: Duration = Duration::from_millis(150);
const LINE_INTERVAL: Duration = Duration::from_secs(5);
const BAR: &str = "{prefix} {wide_bar} {percent:>3} %\n{msg}";
const NO_BAR: &str = "{prefix} {spinner} {msg}";

/// What is shown.
#[derive(Debug)]
pub(crate) struct Progress {
    /// What is being done, such as `replay`.
    pub what: &'static str,
    /// The spans to be sent in all, where there is an end.
    pub spans: Option<u64>,
    /// What was sent.
    pub tally: Arc<Tally>,
    /// Time.
    pub env: Env,
}

impl Progress {
    /// Shows progress until it is dropped, at most as long as `work` takes, whose result it passes on.
    pub(crate) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::select! {
            result = work => result,
            never = self.show() => match never {},
        }
    }

    async fn show(&self) -> Infallible {
        let started = self.env.monotonic();
        let bar = Bar(io::stderr().is_terminal().then(|| self.bar()));
        loop {
            self.env.sleep(if bar.0.is_some() { BAR_INTERVAL } else { LINE_INTERVAL }).await;
            let totals = self.tally.totals();
            let line = totals.line(self.env.monotonic().saturating_sub(started));
            match &bar.0 {
                Some(bar) => {
                    bar.set_position(totals.spans);
                    bar.set_message(line);
                }
                None => output::note(&format!("{}: {line}", self.what)),
            }
        }
    }

    fn bar(&self) -> ProgressBar {
        let style = ProgressStyle::with_template(if self.spans.is_some() { BAR } else { NO_BAR });
        let bar = ProgressBar::with_draw_target(self.spans, ProgressDrawTarget::stderr());
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.with_prefix(self.what)
    }
}

/// Clears the bar however the wait for it ends.
struct Bar(Option<ProgressBar>);

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
