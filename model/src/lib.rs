//! What spans mean: which attributes are columns, components, the latency histogram, the exemplar choice.
//!
//! Pure functions over spans: no I/O. The only room that knows Kubernetes, etcd and container runtimes.

pub mod attributes;
mod component;
pub mod critical_path;
mod etcd_share;
pub mod joins;
pub mod latency;
pub mod sampling;
mod self_time;
pub mod span_view;
pub mod trace;

pub use component::Component;
pub use etcd_share::{EtcdShare, etcd_share};
pub use span_view::SpanView;
