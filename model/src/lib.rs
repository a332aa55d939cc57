//! What spans mean: which attributes are columns, components, the latency histogram, the exemplar choice.
//!
//! Pure functions over spans: no I/O. The only room that knows Kubernetes, etcd and container runtimes.

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
pub mod request;
mod request_keys;
pub mod sampling;
mod self_time;
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
