//! One writer of a bucket at a time: whoever holds the lease, an object that is renewed while its holder lives.
//!
//! In a folder the lock of the write-ahead log sees to that; of a bucket another machine's lock says nothing. Two writers would
//! write each other's checksums, merge the same segments and count the same spans twice.
//!
//! No clock is compared with another. Each renewal changes the object. Who waits for it takes it once it has not changed for
//! [`LeaseTimes::taken_after`], by its own clock; the holder stops writing [`LeaseTimes::held_for`] after it began its last
//! renewal, by its own. What lies between the two is for requests that are on their way.

mod record;

use std::sync::{Arc, Weak};
use std::time::Duration;

use object_store::{
    Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutOptions, Result as StoreResult,
    UpdateVersion,
};
use proto::ErrorKind;
use tokio::sync::watch;

pub(crate) use self::record::Holder;
use self::record::{LOCATION, Record};
use crate::env::Env;
use crate::{Error, Result};

/// How long what takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeaseTimes {
    /// Between two renewals.
    pub(crate) renew_interval: Duration,
    /// After the beginning of the last renewal that succeeded the holder writes for so long.
    pub(crate) held_for: Duration,
    /// A lease that was not renewed for so long is another's to take.
    pub(crate) taken_after: Duration,
    /// How often it is looked at while it is waited for.
    pub(crate) look_interval: Duration,
}

impl LeaseTimes {
    /// A store that fails for some seconds costs nothing; a writer that was killed is succeeded within half a minute.
    pub(crate) const USUAL: Self = Self {
        renew_interval: Duration::from_secs(5),
        held_for: Duration::from_secs(20),
        taken_after: Duration::from_secs(30),
        look_interval: Duration::from_secs(1),
    };
}

/// So often in a row may the store fail while the lease is taken: its client has tried each time for a minute.
const FAILURES_MAX: u32 = 5;

/// The right to write to a bucket.
#[derive(Debug)]
pub(crate) struct Lease {
    store: Arc<dyn ObjectStore>,
    holder: Holder,
    times: LeaseTimes,
    env: Env,
    held: watch::Sender<Held>,
    /// One write of the object at a time.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
struct Held {
    version: UpdateVersion,
    renewal: u64,
    /// On the monotonic clock.
    until: Duration,
    /// Who has it now, or that it was given back.
    gone: Option<String>,
}

/// Why something is not written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NotHeld(String);

impl Lease {
    /// Takes the lease of the bucket or prefix `store`, waiting for one whose holder seems dead, and keeps it.
    ///
    /// # Errors
    /// `Unavailable` when a holder is alive, the error names it, or when the store fails.
    pub(crate) async fn take(
        store: Arc<dyn ObjectStore>,
        holder: Holder,
        times: LeaseTimes,
        env: Env,
    ) -> Result<Arc<Self>> {
        let version = taken(&store, &holder, times, &env).await?;
        let lease = Arc::new(Self {
            store,
            holder,
            times,
            env: env.clone(),
            held: watch::Sender::new(version),
            writing: tokio::sync::Mutex::default(),
        });
        env.spawn(keep(Arc::downgrade(&lease), env.clone(), times.renew_interval));
        Ok(lease)
    }

    /// Whether this process may write.
    pub(crate) fn is_held(&self) -> bool {
        self.check().is_ok()
    }

    /// Does `work`, as long as the lease is held.
    ///
    /// # Errors
    /// Those of `work`, or that the lease is not held, or not any more: what was begun may have been done.
    pub(crate) async fn while_held<T>(
        &self,
        work: impl Future<Output = StoreResult<T>> + Send,
    ) -> StoreResult<T> {
        self.check()?;
        tokio::select! {
            done = work => done,
            lost = self.lost() => Err(lost),
        }
    }

    /// # Errors
    /// When the lease is not held.
    pub(crate) fn check(&self) -> StoreResult<()> {
        let held = self.held.borrow();
        let reason = match &held.gone {
            Some(gone) => gone.clone(),
            None if self.env.monotonic() >= held.until => {
                "the lease of the bucket could not be renewed: nothing is written until it is".to_owned()
            }
            None => return Ok(()),
        };
        Err(StoreError::Generic { store: "Lease", source: Box::new(NotHeld(reason)) })
    }

    /// Returns when another process has the lease.
    pub(crate) async fn succeeded(&self) -> String {
        let mut held = self.held.subscribe();
        match held.wait_for(|held| held.gone.is_some()).await {
            Ok(held) => held.gone.clone().unwrap_or_default(),
            Err(_) => std::future::pending().await,
        }
    }

    /// Gives the lease back, so that nobody has to wait for it.
    pub(crate) async fn release(&self) {
        let _one_at_a_time = self.writing.lock().await;
        let held = self.held.borrow().clone();
        if held.gone.is_none() {
            self.held
                .send_modify(|held| held.gone = Some("the lease of the bucket was given back".to_owned()));
            let record = Record::of(&self.holder, held.renewal + 1, true, self.env.now());
            let released = put(&self.store, &record, PutMode::Update(held.version));
            tokio::select! {
                _ = released => {}
                () = self.env.sleep(self.times.renew_interval) => {}
            }
        }
    }

    async fn lost(&self) -> StoreError {
        let mut held = self.held.subscribe();
        loop {
            if let Err(error) = self.check() {
                return error;
            }
            let left = held.borrow_and_update().until.saturating_sub(self.env.monotonic());
            tokio::select! {
                () = self.env.sleep(left) => {}
                _ = held.changed() => {}
            }
        }
    }

    async fn renew(&self) {
        let _one_at_a_time = self.writing.lock().await;
        let held = self.held.borrow().clone();
        if held.gone.is_some() {
            return;
        }
        let started = self.env.monotonic();
        let renewal = held.renewal + 1;
        let record = Record::of(&self.holder, renewal, false, self.env.now());
        let renewed = tokio::select! {
            renewed = put(&self.store, &record, PutMode::Update(held.version)) => renewed,
            () = self.env.sleep(self.times.renew_interval.saturating_mul(2)) => {
                tracing::warn!("the lease of the bucket is not renewed in time: it is tried again");
                return;
            }
        };
        match renewed {
            Ok(Some(version)) => self.hold(version, renewal, started),
            Ok(None) => self.look(started, renewal).await,
            Err(error) => tracing::warn!(%error, "the lease of the bucket is not renewed: it is tried again"),
        }
    }

    /// The object is not what was last seen: it is another's, or an answer was lost.
    async fn look(&self, started: Duration, renewal: u64) {
        let found = match read(&self.store).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "the lease of the bucket cannot be read: it is tried again");
                return;
            }
        };
        match found {
            Some((record, version)) if record.holder == self.holder.id => {
                // An earlier renewal gives the version to renew, and no time.
                let until = self.held.borrow().until;
                let since = if record.renewal == renewal {
                    started
                } else {
                    until.saturating_sub(self.times.held_for)
                };
                self.hold(version, record.renewal, since);
            }
            Some((record, _)) => self.lose(format!(
                "{} has taken the lease of the bucket: it writes there now, and this process must not",
                record.name
            )),
            None => self.lose(
                "the lease of the bucket was removed: only one process may write there, so this one stops"
                    .to_owned(),
            ),
        }
    }

    fn hold(&self, version: UpdateVersion, renewal: u64, since: Duration) {
        let until = since + self.times.held_for;
        self.held.send_modify(|held| {
            *held = Held { version, renewal, until, gone: None };
        });
    }

    fn lose(&self, reason: String) {
        tracing::error!("{reason}");
        self.held.send_modify(|held| held.gone = Some(reason));
    }
}

/// Renews a lease as long as somebody has it.
async fn keep(lease: Weak<Lease>, env: Env, interval: Duration) {
    loop {
        env.sleep(interval).await;
        let Some(lease) = lease.upgrade() else { return };
        lease.renew().await;
        if lease.held.borrow().gone.is_some() {
            return;
        }
    }
}

/// Takes the lease, or says who has it.
async fn taken(store: &Arc<dyn ObjectStore>, holder: &Holder, times: LeaseTimes, env: &Env) -> Result<Held> {
    let mut waiting = Waiting { holder, times, seen: None };
    let (mut failures, mut started) = (0, Duration::ZERO);
    loop {
        let looked = read(store).await;
        let step = looked.and_then(|found| waiting.step(found, env.monotonic()));
        let written = match step {
            Ok(Step::Ours { version, renewal }) => Ok(Some((version, renewal))),
            Ok(Step::Write(mode)) => {
                started = env.monotonic();
                let record = Record::of(holder, 1, false, env.now());
                put(store, &record, mode).await.map(|version| version.map(|version| (version, 1)))
            }
            Ok(Step::Wait) => {
                env.sleep(times.look_interval).await;
                continue;
            }
            Err(error) => Err(error),
        };
        match written {
            Ok(Some((version, renewal))) => {
                return Ok(Held { version, renewal, until: started + times.held_for, gone: None });
            }
            // Somebody was quicker, or an answer was lost.
            Ok(None) => {}
            Err(error)
                if error.source.is_some()
                    && error.kind == ErrorKind::Unavailable
                    && failures < FAILURES_MAX =>
            {
                failures += 1;
                tracing::warn!(%error, "the object store failed: it is asked again");
                env.sleep(times.look_interval).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// A process that wants the lease.
struct Waiting<'a> {
    holder: &'a Holder,
    times: LeaseTimes,
    /// What another's lease looked like, and since when.
    seen: Option<(Record, Duration)>,
}

enum Step {
    /// The answer was lost, the lease was not.
    Ours {
        version: UpdateVersion,
        renewal: u64,
    },
    Write(PutMode),
    Wait,
}

impl Waiting<'_> {
    /// What to do about the lease as it was found.
    fn step(&mut self, found: Option<(Record, UpdateVersion)>, now: Duration) -> Result<Step> {
        let Some((record, version)) = found else { return Ok(Step::Write(PutMode::Create)) };
        if record.holder == self.holder.id {
            return Ok(Step::Ours { version, renewal: record.renewal });
        }
        if record.is_released || record.wal == self.holder.wal {
            return Ok(Step::Write(PutMode::Update(version)));
        }
        match &self.seen {
            Some((earlier, _)) if earlier.is_renewed(&record) => Err(refusal(&record)),
            Some((earlier, since)) if *earlier == record => {
                let is_old = now.saturating_sub(*since) >= self.times.taken_after;
                Ok(if is_old { Step::Write(PutMode::Update(version)) } else { Step::Wait })
            }
            _ => {
                tracing::warn!(
                    holder = record.name,
                    wait_s = self.times.taken_after.as_secs(),
                    "another process has the lease of this bucket: it is waited whether it still lives"
                );
                self.seen = Some((record, now));
                Ok(Step::Wait)
            }
        }
    }
}

fn refusal(record: &Record) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!(
            "{} writes to this bucket and is alive: stop it, or give this process a prefix of its own in storage.url, or \
             let it only read with --role query; one that was killed is succeeded {} s after its last sign of life",
            record.name,
            LeaseTimes::USUAL.taken_after.as_secs()
        ),
    )
}

/// The lease as it is; none when nobody ever had it.
async fn read(store: &Arc<dyn ObjectStore>) -> Result<Option<(Record, UpdateVersion)>> {
    let unavailable = |error: StoreError| {
        Error::new(ErrorKind::Unavailable, format!("cannot read the lease {LOCATION}: {error}"))
            .caused_by(error)
    };
    let found = match store.get(&LOCATION.into()).await {
        Ok(found) => found,
        Err(StoreError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(unavailable(error)),
    };
    let version = UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
    let bytes = found.bytes().await.map_err(unavailable)?;
    Ok(Some((Record::decode(&bytes)?, version)))
}

/// Writes the lease; `None` when it is not what `mode` says.
async fn put(store: &Arc<dyn ObjectStore>, record: &Record, mode: PutMode) -> Result<Option<UpdateVersion>> {
    match store.put_opts(&LOCATION.into(), record.encode()?.into(), PutOptions::from(mode)).await {
        Ok(put) => Ok(Some(UpdateVersion { e_tag: put.e_tag, version: put.version })),
        Err(
            StoreError::AlreadyExists { .. } | StoreError::Precondition { .. } | StoreError::NotFound { .. },
        ) => Ok(None),
        Err(error) => {
            Err(Error::new(ErrorKind::Unavailable, format!("cannot write the lease {LOCATION}: {error}"))
                .caused_by(error))
        }
    }
}

#[cfg(test)]
mod tests;
