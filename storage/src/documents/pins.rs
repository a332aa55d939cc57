//! Pinned traces: those that outlive retention, because somebody looks at them still.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use proto::{ErrorKind, Tenant, TraceId, UnixNanos};
use serde::{Deserialize, Serialize};
use tokio::sync::MutexGuard;

use super::file::{Documents, Fault};
use super::to_its_end;
use crate::env::Env;
use crate::stores::TableStores;
use crate::{Error, Result};

/// The name of the document.
const NAME: &str = "pins.json";

/// A trace that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Whose.
    pub tenant: Tenant,
    /// Which.
    pub trace_id: TraceId,
    /// Since when.
    pub pinned_at: UnixNanos,
}

/// The pinned traces of one storage. Cheap to clone; clones are the same.
#[derive(Debug, Clone)]
pub struct Pins {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    documents: Documents,
    env: Env,
    pins_max: usize,
    /// Held by whoever writes the document, or needs that it stays as it is.
    writing: tokio::sync::Mutex<()>,
    state: Mutex<Arc<State>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct State {
    pins: BTreeMap<(Tenant, TraceId), UnixNanos>,
    /// Whether rows are kept that may belong to no pinned trace any more.
    has_leftovers: bool,
}

/// The document.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PinsJson {
    pins: Vec<PinJson>,
    has_leftovers: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PinJson {
    tenant: String,
    trace_id: String,
    pinned_at: UnixNanos,
}

impl Pins {
    /// Those beside the tables of `stores`: `pins_max` at most.
    ///
    /// # Errors
    /// When there are some and they cannot be read: whoever went on would remove what is pinned.
    pub(crate) async fn open(stores: &TableStores, pins_max: usize) -> Result<Self> {
        let documents = Documents::open(stores)?;
        let state = stores.opened(|| State::read(&documents)).await?;
        let shared = Shared {
            documents,
            env: stores.env.clone(),
            pins_max,
            writing: tokio::sync::Mutex::default(),
            state: Mutex::new(Arc::new(state)),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Those of no folder, gone with the process: `pins_max` at most.
    #[must_use]
    pub fn in_memory(pins_max: usize, env: Env) -> Self {
        let (documents, state) = (Documents::in_memory(), Mutex::default());
        let shared = Shared { documents, env, pins_max, writing: tokio::sync::Mutex::default(), state };
        Self { shared: Arc::new(shared) }
    }

    /// The most traces that may be pinned, of all tenants together.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.shared.pins_max
    }

    /// Pins a trace, durably. What is pinned already stays as it is.
    ///
    /// # Errors
    /// `TooLarge` when `storage.pins_max` are pinned; `Unavailable` when nothing can be written.
    pub async fn pin(&self, tenant: &Tenant, trace_id: TraceId) -> Result<Pin> {
        let (this, tenant) = (self.clone(), tenant.clone());
        to_its_end(&self.shared.env, async move { this.pin_now(&tenant, trace_id).await }).await
    }

    async fn pin_now(&self, tenant: &Tenant, trace_id: TraceId) -> Result<Pin> {
        let _one_at_a_time = self.shared.writing.lock().await;
        let mut state = self.current();
        let key = (tenant.clone(), trace_id);
        if let Some(pinned_at) = state.pins.get(&key) {
            return Ok(Pin { tenant: tenant.clone(), trace_id, pinned_at: *pinned_at });
        }
        let pins_max = self.shared.pins_max;
        if state.pins.len() >= pins_max {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!(
                    "{} traces are pinned, and storage.pins_max allows {pins_max}: unpin one first",
                    state.pins.len()
                ),
            ));
        }
        let pinned_at = self.shared.env.now();
        state.pins.insert(key, pinned_at);
        self.save(state).await?;
        Ok(Pin { tenant: tenant.clone(), trace_id, pinned_at })
    }

    /// Unpins a trace, durably: retention removes it as any other. `None` when it was not pinned.
    ///
    /// # Errors
    /// `Unavailable` when nothing can be written.
    pub async fn unpin(&self, tenant: &Tenant, trace_id: TraceId) -> Result<Option<Pin>> {
        let (this, tenant) = (self.clone(), tenant.clone());
        to_its_end(&self.shared.env, async move { this.unpin_now(&tenant, trace_id).await }).await
    }

    async fn unpin_now(&self, tenant: &Tenant, trace_id: TraceId) -> Result<Option<Pin>> {
        let _one_at_a_time = self.shared.writing.lock().await;
        let mut state = self.current();
        let Some(pinned_at) = state.pins.remove(&(tenant.clone(), trace_id)) else { return Ok(None) };
        state.has_leftovers = true;
        self.save(state).await?;
        Ok(Some(Pin { tenant: tenant.clone(), trace_id, pinned_at }))
    }

    /// What is pinned of `tenant`, by trace id.
    ///
    /// # Errors
    /// When another process pins, and what it has written cannot be read.
    pub async fn list(&self, tenant: &Tenant) -> Result<Vec<Pin>> {
        if !self.shared.documents.is_writable {
            let state = State::read(&self.shared.documents).await?;
            *self.shared.state.lock() = Arc::new(state);
        }
        let pin = |((of, trace_id), pinned_at): (&(Tenant, TraceId), &UnixNanos)| Pin {
            tenant: of.clone(),
            trace_id: *trace_id,
            pinned_at: *pinned_at,
        };
        Ok(self.current().pins.iter().filter(|((of, _), _)| of == tenant).map(pin).collect())
    }

    /// How many traces are pinned.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shared.state.lock().pins.len()
    }

    /// The pinned traces of `tenant` as numbers, ascending.
    pub(crate) fn traces_of(&self, tenant: &Tenant) -> Arc<[u128]> {
        let state = Arc::clone(&self.shared.state.lock());
        let own = state.pins.keys().filter(|(of, _)| of == tenant);
        own.map(|(_, trace_id)| u128::from_be_bytes(trace_id.0)).collect()
    }

    /// While this is held nothing is pinned or unpinned.
    pub(crate) async fn hold(&self) -> HeldPins<'_> {
        HeldPins { pins: self, _writing: self.shared.writing.lock().await }
    }

    fn current(&self) -> State {
        self.shared.state.lock().as_ref().clone()
    }

    async fn save(&self, state: State) -> Result<()> {
        self.shared.documents.write(NAME, &state.to_json()).await?;
        *self.shared.state.lock() = Arc::new(state);
        Ok(())
    }
}

/// Pins that do not change.
#[derive(Debug)]
pub(crate) struct HeldPins<'a> {
    pins: &'a Pins,
    _writing: MutexGuard<'a, ()>,
}

impl HeldPins<'_> {
    /// Whether rows may be kept that belong to no pinned trace any more.
    pub(crate) fn have_leftovers(&self) -> bool {
        self.pins.shared.state.lock().has_leftovers
    }

    /// Notes that there are no such rows.
    pub(crate) async fn clear_leftovers(&self) -> Result<()> {
        let state = State { has_leftovers: false, ..self.pins.current() };
        self.pins.save(state).await
    }
}

impl State {
    async fn read(documents: &Documents) -> Result<Self> {
        let Some(saved) = documents.read(NAME).await? else { return Ok(Self::default()) };
        Self::of(saved).map_err(|what| {
            Error::new(ErrorKind::Corrupt, format!("documents/{NAME} has a pin that makes no sense: {what}"))
        })
    }

    fn of(saved: PinsJson) -> std::result::Result<Self, String> {
        let pins = saved.pins.into_iter().map(|pin| {
            let tenant = Tenant::new(&pin.tenant).map_err(|error| error.to_string())?;
            let trace_id = pin.trace_id.parse().map_err(|error| format!("{error}"))?;
            Ok(((tenant, trace_id), pin.pinned_at))
        });
        Ok(Self {
            pins: pins.collect::<std::result::Result<_, String>>()?,
            has_leftovers: saved.has_leftovers,
        })
    }

    fn to_json(&self) -> PinsJson {
        let pins = self.pins.iter().map(|((tenant, trace_id), pinned_at)| PinJson {
            tenant: tenant.to_string(),
            trace_id: trace_id.to_string(),
            pinned_at: *pinned_at,
        });
        PinsJson { pins: pins.collect(), has_leftovers: self.has_leftovers }
    }
}

/// The name of the document of pins among `documents`, and what is wrong with it.
pub(super) async fn examine(documents: &Documents) -> Result<(&'static str, Option<Fault>)> {
    let saved = documents.examine::<PinsJson>(NAME).await?;
    let read = saved.and_then(|saved| saved.map(State::of).transpose().map_err(Fault::Damaged));
    Ok((NAME, read.err()))
}

#[cfg(test)]
mod tests;
