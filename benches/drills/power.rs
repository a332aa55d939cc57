//! Power cuts under the real binary, on a disk that loses what was not synced.

use std::time::Duration;

use anyhow::Context;
use clap::Args;
use nix::sys::signal::Signal;
use storage::env::Env;

use super::clients::{Manner, Sending};
use super::ledger::Balance;
use super::server::{Addresses, Launch, Server, send_signal};
use super::{Verdict, Workplace, read_back};
use crate::chance::Chance;
use crate::lossy::{Faults, LossyDisk, why_unavailable};

/// A life that no sync has ended is cut after this.
const LIFE_MAX: Duration = Duration::from_millis(1_500);
/// After so many cuts a new disk is taken: long enough for checkpoints and recycled segments.
const CUTS_PER_DISK: u64 = 60;

/// How often, and where.
#[derive(Debug, Clone, Args)]
pub struct PowerArgs {
    #[command(flatten)]
    place: super::PlaceArgs,
    /// Cuts at random moments, of one disk again and again
    #[arg(long, default_value_t = 400)]
    cuts: u64,
    /// Besides, a cut at the k-th sync of an empty disk, for every k up to this
    #[arg(long, default_value_t = 120)]
    enumerated: u64,
    /// Check the disk after so many random cuts; after enumerated ones always
    #[arg(long, default_value_t = 4)]
    check_every: u64,
    /// Begin no further life after so many minutes
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// Spans of a request
    #[arg(long, default_value_t = 100)]
    spans: u16,
}

/// A disk, and what was sent to the servers on it.
struct Drill {
    place: Workplace,
    disk: LossyDisk,
    sending: Sending,
    spans: u16,
    disks: u32,
    env: Env,
}

/// When the power goes.
#[derive(Debug, Clone, Copy)]
enum Moment {
    Sync(u64),
    After(Duration),
}

/// Cuts, and reads back.
///
/// # Errors
/// When the server cannot be started after a cut, or its disk not be read.
pub async fn run(arguments: PowerArgs, env: Env) -> anyhow::Result<Verdict> {
    if let Some(reason) = why_unavailable() {
        return Ok(Verdict::skipped("power", reason));
    }
    let place = Workplace::new(&arguments.place)?;
    let sending = Sending::new(place.run, arguments.spans, &env);
    let disk = LossyDisk::new(&env);
    let mut drill = Drill { place, disk, sending, spans: arguments.spans, disks: 0, env: env.clone() };
    let mut chance = Chance::new(arguments.place.seed);
    let until = env.monotonic() + Duration::from_secs(arguments.minutes * 60);
    let mut total = Balance::default();
    let mut cuts = 0;
    for number in 1..=arguments.enumerated {
        if env.monotonic() >= until {
            break;
        }
        drill.new_disk();
        drill.life(Moment::Sync(number), &mut chance).await?;
        cuts += 1;
        let balance = drill.check().await?;
        total.add(&balance);
        if !balance.is_even() {
            return Ok(drill.failed(&format!("cut at sync {number} of an empty disk: {balance}")));
        }
    }
    for number in 1..=arguments.cuts {
        let is_last = number == arguments.cuts || env.monotonic() >= until;
        if number % CUTS_PER_DISK == 1 {
            drill.new_disk();
        }
        let moment = match chance.within(0..4) {
            // Often within the start, whose recovery syncs too.
            0 => Moment::Sync(chance.within(1..40)),
            1 => Moment::Sync(chance.within(1..400)),
            _ => Moment::After(Duration::from_millis(chance.within(50..800))),
        };
        drill.life(moment, &mut chance).await?;
        cuts += 1;
        let ends_disk = number % CUTS_PER_DISK == 0 || is_last;
        if ends_disk || number % arguments.check_every == 0 {
            let balance = drill.check().await?;
            if !balance.is_even() {
                return Ok(drill.failed(&format!("at random cut {number} ({moment:?}): {balance}")));
            }
            if ends_disk {
                super::note(&format!("after {cuts} cuts: {balance}"));
                total.add(&balance);
            }
        }
        if is_last {
            break;
        }
    }
    let line = format!("{cuts} cuts ({} enumerated), {total}", arguments.enumerated.min(cuts));
    Ok(Verdict::of("power", total.is_even() && total.acknowledged > 0, line))
}

impl Drill {
    /// An empty disk, and a ledger that knows nothing.
    fn new_disk(&mut self) {
        self.disk = LossyDisk::new(&self.env);
        self.disks += 1;
        self.sending = Sending::new(self.place.run.wrapping_add(self.disks), self.spans, &self.env);
    }

    /// A server's life until the power is cut, and what the cut leaves.
    async fn life(&mut self, moment: Moment, chance: &mut Chance) -> anyhow::Result<()> {
        let point = self.place.path().join("disk");
        std::fs::create_dir_all(&point)?;
        let mounted = self.disk.mount(&point)?;
        if let Moment::Sync(number) = moment {
            self.disk.set_faults(Faults { cut_at_sync: Some(number), ..Faults::default() });
        }
        let launch = Launch::new(self.place.binary.clone(), point.join("data"), self.place.log());
        let mut server = launch.flushing_often().spawn()?;
        let pid = server.pid();
        let starting = self.env.spawn_blocking(move || {
            let ready = server.wait_ready();
            (server, ready)
        });
        // Slowly, so that a flush has as many syncs as the appends around it; or as fast as it goes.
        self.sending.pause = Duration::from_millis(if chance.coin() { 15 } else { 0 });
        let serving = self.serve(starting, moment);
        let cut = async {
            self.disk.cut_off().await;
            send_signal(pid, Signal::SIGKILL)
        };
        let (served, killed) = tokio::join!(serving, cut);
        killed.or_else(|error| if served.is_ok() { Ok(()) } else { Err(error) })?;
        let server = served?;
        super::blocking(&self.env, move || {
            drop(server);
            mounted.unmount()
        })
        .await?;
        self.disk.power_on(chance);
        Ok(())
    }

    /// Sends until the power is gone.
    async fn serve(
        &self,
        starting: storage::env::JoinHandle<(Server, anyhow::Result<Addresses>)>,
        moment: Moment,
    ) -> anyhow::Result<Server> {
        let (server, ready) = starting.await?;
        let was_cut = self.disk.is_cut();
        let addresses = match ready {
            Ok(addresses) => addresses,
            Err(_) if was_cut => return Ok(server),
            Err(error) => {
                // Lets the other half of this life end too.
                self.disk.cut();
                return Err(error).context("the server does not start after a power cut");
            }
        };
        let clients = self.sending.start(addresses.grpc, 4, Manner::UntilRefused);
        let life = if let Moment::After(life) = moment { life } else { LIFE_MAX };
        tokio::select! {
            () = self.env.sleep(life) => self.disk.cut(),
            () = self.disk.cut_off() => {}
        }
        clients.join().await?;
        Ok(server)
    }

    /// What is on the disk.
    async fn check(&self) -> anyhow::Result<Balance> {
        let point = self.place.path().join("disk");
        let mounted = self.disk.mount(&point)?;
        let found = read_back::traces(&point.join("data"), &self.env).await;
        super::blocking(&self.env, move || mounted.unmount()).await?;
        Ok(self.sending.ledger.balance(&found?))
    }

    fn failed(self, line: &str) -> Verdict {
        self.place.keep();
        Verdict::failed("power", line.to_owned())
    }
}
