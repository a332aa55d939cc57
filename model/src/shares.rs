//! Shares: which phase, component, webhook, node, client or etcd member the time of many requests went to.

mod causes;
mod parts;
mod rank;

pub use causes::{Cause, causes, pod_starts_by_node};
pub use parts::{Share, component_shares, phase_shares, tail};
pub use rank::{Ranked, rank_over_baseline, rank_over_peers};

#[cfg(test)]
mod tests;
