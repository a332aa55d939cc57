//! What spans mean. Pure functions, no I/O; the only room that knows Kubernetes, etcd and container runtimes.
//!
//! - One text: [`redaction`], what of it is secret
//! - One span: [`normalise()`] (attribute generations, [`Component`], [`RequestKeys`]), [`derived`] columns, [`vocabulary`]
//! - One trace: [`trace::assemble`], [`critical_path`], then [`request_rows`] with their [`Phase`]s, [`pod_start_rows`]
//! - Many: [`joins`], [`place`]s of processes, [`shares`] and their causes, [`sampling`] rates, [`latency`] and exemplars
//! - [`setup`]: how a real cluster is attached
//! - [`simulator`]: a control plane that says the truth beside its spans; a check on all of the above

pub mod attributes;
mod component;
pub mod critical_path;
pub mod derived;
pub mod fold;
pub mod joins;
pub mod latency;
mod normalise;
pub mod phase;
pub mod place;
pub mod pod_start;
pub mod redaction;
pub mod request;
mod request_keys;
pub mod sampling;
mod self_time;
pub mod setup;
pub mod shares;
pub mod simulator;
pub mod span_view;
pub mod trace;
pub mod vocabulary;

pub use component::Component;
pub use normalise::{Http, HttpGeneration, Normal, Rpc, RpcGeneration, RpcStatus, normalise};
pub use phase::{Phase, PhaseTimes};
pub use pod_start::{PodStartRow, pod_start_rows};
pub use request::{DataSource, RequestRow, request_rows};
pub use request_keys::{KeySource, RequestKeys, RequestScope, Verb, short_user_agent};
pub use span_view::SpanView;
