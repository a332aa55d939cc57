//! `serve --demo`: 15 minutes of captured control plane with one etcd stall, then more as time goes on.
//!
//! Everything is sent to the gRPC port of this very process, as a control plane would.

mod fixtures;
mod schedule;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use ingest::RetryPolicy;
use proto::UnixNanos;
use proto::capture::Rewrite;
use storage::env::Env;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::access::Access;
use crate::cli::Speed;
use crate::config::{Config, Settings};
use crate::output;
use crate::replay::copy::{self, Copy};
use crate::replay::player::Player;
use crate::replay::progress::Progress;
use crate::replay::slice::Slice;
use crate::replay::tally::Tally;
use schedule::{Part, Periods, Tile};

/// The line above the page.
const BANNER: &str = "demo data";
/// A live copy that is later than this (a suspended laptop) is not made up for.
const LATE_MAX_NS: u64 = 60_000_000_000;
/// How long a request is tried again.
const PATIENCE: Duration = Duration::from_secs(60);

/// The data of the demo and the folder it lives in.
#[derive(Debug)]
pub(crate) struct Demo {
    folder: TempDir,
    calm: Arc<Slice>,
    stall: Arc<Slice>,
    periods: Periods,
    started: UnixNanos,
    backfill: Vec<Tile>,
    env: Env,
}

impl Demo {
    /// Makes the folder, points `settings` to it, and gives default ports that are taken any free one
    /// instead.
    ///
    /// # Errors
    /// When there is no room for temporary files.
    pub(crate) async fn prepare(settings: &mut Settings, env: Env) -> anyhow::Result<Self> {
        let folder =
            tempfile::Builder::new().prefix("tailplane-demo-").tempdir().context("no temporary folder")?;
        folder
            .path()
            .to_str()
            .context("the temporary folder's name is not Unicode")?
            .clone_into(&mut settings.config.storage.url);
        let keys = ["ingest.grpc_listen", "ingest.http_listen", "web.listen"];
        let is_set = keys.map(|key| settings.is_set(key));
        let Config { door, ingest, web, .. } = &mut settings.config;
        // Its own player shows no token and speaks no TLS, and its data is nobody's secret.
        door.tokens_file = None;
        for file in [&mut ingest.tls_cert_file, &mut ingest.tls_key_file, &mut ingest.tls_client_ca_file] {
            *file = None;
        }
        let addresses = [&mut ingest.grpc_listen, &mut ingest.http_listen, &mut web.listen];
        for (address, is_set) in addresses.into_iter().zip(is_set) {
            if !is_set && TcpListener::bind(address.as_str()).is_err() {
                "127.0.0.1:0".clone_into(address);
            }
        }
        let (calm, stall) = env
            .spawn_blocking(|| {
                anyhow::Ok((Slice::survey(fixtures::calm())?, Slice::survey(fixtures::stall())?))
            })
            .await??;
        let periods = Periods { calm_ns: calm.period_ns(), stall_ns: stall.period_ns() };
        let started = env.now();
        let backfill = periods.backfill(started);
        Ok(Self { folder, calm: Arc::new(calm), stall: Arc::new(stall), periods, started, backfill, env })
    }

    /// What the page is told.
    #[must_use]
    pub(crate) fn about(&self) -> web::About {
        let hint = self.periods.hint(&self.backfill);
        web::About {
            demo: true,
            banner: Some(BANNER.to_owned()),
            start_hint: hint.map(|(start, _)| start),
            end_hint: hint.map(|(_, end)| end),
        }
    }

    /// Fills the last 15 minutes, prints where to look, and goes on live until the end is asked for.
    ///
    /// # Errors
    /// When this process does not take its own data.
    pub(crate) async fn run(
        &self,
        grpc: String,
        page: &str,
        stop: watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        let tally = Arc::new(Tally::default());
        let (to, policy) = (Access::own(grpc), RetryPolicy::patient(PATIENCE));
        let player = Player { to, policy, tally: Arc::clone(&tally), stop, env: self.env.clone() };
        let spans = self.backfill.iter().map(|tile| self.slice(tile.part).spans).sum();
        let progress =
            Progress { what: BANNER, spans: Some(spans), tally: Arc::clone(&tally), env: self.env.clone() };
        let began = self.env.monotonic();
        let copies = self.backfill.iter().map(|tile| self.copy(*tile, Speed::Max));
        progress.during(player.play(copies, self.calm.sources.len())).await?;
        let totals = tally.totals();
        if let (false, Some(fault)) = (totals.is_clean(), totals.first_fault.as_deref()) {
            bail!("the demo's data was not taken: {fault}");
        }
        output::note(&format!("{BANNER}: {}", totals.line(self.env.monotonic().saturating_sub(began))));
        if *player.stop.borrow() {
            return Ok(());
        }
        output::answer(&format!(
            "\n  p99 of a real control plane, at a stall of its etcd:\n\n    {}\n",
            self.page(page)
        ))?;
        let live = Live { demo: self, next: self.started, index: 0 };
        player.play(live, self.calm.sources.len()).await
    }

    /// Removes the folder.
    ///
    /// # Errors
    /// When something in it cannot be removed.
    pub(crate) fn close(self) -> anyhow::Result<()> {
        let name = self.folder.path().display().to_string();
        self.folder.close().with_context(|| format!("the temporary folder {name} could not be removed"))
    }

    fn page(&self, url: &str) -> String {
        match self.periods.hint(&self.backfill) {
            Some((from, to)) => format!("{url}/?from={}&to={}", from / 1_000_000, to / 1_000_000),
            None => format!("{url}/"),
        }
    }

    const fn slice(&self, part: Part) -> &Arc<Slice> {
        match part {
            Part::Calm => &self.calm,
            Part::Stall => &self.stall,
        }
    }

    /// A tile with ids of its own; its requests are due when their spans end, so at once where that is past.
    fn copy(&self, tile: Tile, speed: Speed) -> Copy {
        let slice = Arc::clone(self.slice(tile.part));
        let time_shift_ns = copy::shift_ns(slice.first_arrival, tile.start);
        let rewrite = Rewrite { time_shift_ns, ..copy::fresh_keys(&self.env) };
        let (now, monotonic) = (self.env.now(), self.env.monotonic());
        let (ahead, behind) = (tile.start.saturating_sub(now), now.saturating_sub(tile.start));
        let begins = (monotonic + Duration::from_nanos(ahead)).saturating_sub(Duration::from_nanos(behind));
        Copy { slice, rewrite, begins, speed }
    }
}

/// One tile after the other, at the pace of the clock, without end.
struct Live<'a> {
    demo: &'a Demo,
    next: UnixNanos,
    index: u64,
}

impl Iterator for Live<'_> {
    type Item = Copy;

    fn next(&mut self) -> Option<Copy> {
        let now = self.demo.env.now();
        // The first tiles catch up with the time the back-fill took, however long that was.
        let start =
            if self.index > 0 && self.next.saturating_add(LATE_MAX_NS) < now { now } else { self.next };
        let tile = Tile { part: self.demo.periods.live(self.index), start };
        self.next = start + self.demo.periods.of(tile.part);
        self.index += 1;
        Some(self.demo.copy(tile, Speed::Times(1.0)))
    }
}
