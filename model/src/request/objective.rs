//! How long a request may take.

use super::RequestRow;
use crate::{RequestScope, Verb};

const SECOND_NS: u64 = 1_000_000_000;
const SHORT_NS: u64 = SECOND_NS;
const LONG_NS: u64 = 30 * SECOND_NS;

impl RequestRow<'_> {
    /// What [`Self::sli_duration_ns`] is to stay below at the 99th percentile by the objectives of Kubernetes
    /// (community repository, sig-scalability/slos/api_call_latency.md): a second for one object and for every change, 30
    /// seconds for a collection. `None` for what they leave out: streams, dry runs, and resources that are not built in.
    #[must_use]
    pub fn objective_ns(&self) -> Option<u64> {
        if self.is_endless() || self.keys.dry_run || !self.keys.is_resource_request() || !is_built_in(self) {
            return None;
        }
        match (self.keys.verb, self.keys.scope) {
            (
                Verb::Create
                | Verb::Update
                | Verb::Patch
                | Verb::Apply
                | Verb::Delete
                | Verb::DeleteCollection,
                _,
            )
            | (Verb::Get | Verb::List, RequestScope::Resource) => Some(SHORT_NS),
            (Verb::Get | Verb::List, RequestScope::Namespace | RequestScope::Cluster) => Some(LONG_NS),
            _ => None,
        }
    }
}

/// Groups of Kubernetes itself have no dot, or end with `.k8s.io`; those of its projects, with `.x-k8s.io`, are custom.
fn is_built_in(row: &RequestRow<'_>) -> bool {
    row.keys.group.as_deref().is_some_and(|group| {
        !group.contains('.') || (group.ends_with(".k8s.io") && !group.ends_with(".x-k8s.io"))
    })
}
