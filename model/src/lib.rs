//! What spans mean: which attributes are columns, components, the latency histogram, the exemplar choice.
//!
//! Pure functions over spans: no I/O. The only room that knows Kubernetes, etcd and container runtimes.

pub mod attributes;
mod component;
mod etcd_share;
pub mod fold;
pub mod latency;
mod normalise;
mod request_keys;
pub mod sampling;
pub mod span_view;
pub mod vocabulary;

pub use component::Component;
pub use etcd_share::{EtcdShare, etcd_share};
pub use normalise::{Http, HttpGeneration, Normal, Rpc, RpcGeneration, RpcStatus, normalise};
pub use request_keys::{KeySource, RequestKeys, RequestScope, Verb, short_user_agent};
pub use span_view::SpanView;
