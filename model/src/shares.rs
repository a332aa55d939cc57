//! Shares: which phase, component, webhook, node, client or etcd member the time of many requests went to.

mod causes;
mod parts;
mod placed;
mod pods;
mod rank;

pub use causes::{Cause, causes};
pub use parts::{Share, component, component_shares, phase_shares, tail};
pub use placed::{Placed, by_place};
pub use pods::{PodCause, pod_causes, pod_starts_by_node};
pub use rank::{Ranked, rank_over_baseline, rank_over_peers};

#[cfg(test)]
mod tests;
