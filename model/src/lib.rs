//! What spans mean: which attributes are columns, components, the latency histogram, the exemplar choice.
//!
//! Pure functions over spans: no I/O. The only room that knows Kubernetes, etcd and container runtimes.

pub mod attributes;
mod component;
mod etcd_share;
pub mod latency;
pub mod sampling;
pub mod simulator;
pub mod span_view;

pub use component::Component;
pub use etcd_share::{EtcdShare, etcd_share};
pub use span_view::SpanView;
