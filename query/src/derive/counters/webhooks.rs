//! How long each admission webhook takes, and how often it gives no answer.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StructArray};
use arrow::datatypes::Int64Type;
use parking_lot::Mutex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::{Registry, Unit};
use proto::Tenant;

use super::{Columns, OTHER, TraceLabel};

/// A timeout is ten seconds unless the configuration says otherwise, and thirty at most
/// (<https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#timeouts>).
const BOUNDS_SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// So many webhooks are told apart; others are counted as [`OTHER`].
const WEBHOOKS_MAX: usize = 500;

type Times =
    Family<CallLabels, HistogramWithExemplars<TraceLabel>, fn() -> HistogramWithExemplars<TraceLabel>>;

/// Counters of webhook calls. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct WebhookCounters {
    times: Times,
    failed: Family<CallLabels, Counter>,
    known: Arc<Mutex<HashSet<CallLabels>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    tenant: String,
    /// The webhook's name, which its configurations keep apart: `validate.kyverno.svc-fail`.
    webhook: String,
    /// `mutating` or `validating`.
    kind: String,
}

impl Default for WebhookCounters {
    fn default() -> Self {
        Self {
            times: Family::new_with_constructor(|| HistogramWithExemplars::new(BOUNDS_SECONDS.into_iter())),
            failed: Family::default(),
            known: Arc::default(),
        }
    }
}

impl WebhookCounters {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "api_webhook_call",
            "How long calls of admission webhooks took, failed ones included",
            Unit::Seconds,
            self.times.clone(),
        );
        registry.register(
            "api_webhook_failed_calls",
            "Calls of admission webhooks that had no answer: timeouts, refused connections",
            self.failed.clone(),
        );
    }

    /// Counts the calls that rows of the table `requests` name.
    pub(super) fn count(&self, tenant: &Tenant, rows: &RecordBatch) {
        let Some(lists) = rows.column_by_name("webhooks").and_then(|column| column.as_list_opt::<i32>())
        else {
            return;
        };
        let columns = Columns { rows };
        for row in 0..rows.num_rows() {
            let calls = lists.value(row);
            if let Some(calls) = calls.as_struct_opt() {
                let trace = columns.trace_id(row).map(|id| TraceLabel { trace_id: id.to_string() });
                self.count_calls(tenant, calls, trace.as_ref());
            }
        }
    }

    fn count_calls(&self, tenant: &Tenant, calls: &StructArray, trace: Option<&TraceLabel>) {
        let text = |name: &str, call: usize| {
            let column = calls.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
            column.map(|column| column.value(call).to_owned()).unwrap_or_default()
        };
        let durations =
            calls.column_by_name("duration_ns").and_then(|column| column.as_primitive_opt::<Int64Type>());
        let failures = calls.column_by_name("is_failed").and_then(|column| column.as_boolean_opt());
        let (Some(durations), Some(failures)) = (durations, failures) else { return };
        for call in 0..calls.len() {
            let labels = self.labels(tenant, text("name", call), text("kind", call));
            let seconds = durations.value(call) as f64 / 1e9;
            self.times.get_or_create(&labels).observe(seconds, trace.cloned(), None);
            if failures.value(call) {
                self.failed.get_or_create(&labels).inc();
            }
        }
    }

    fn labels(&self, tenant: &Tenant, webhook: String, kind: String) -> CallLabels {
        let mut labels = CallLabels { tenant: tenant.to_string(), webhook, kind };
        let mut known = self.known.lock();
        if !known.contains(&labels) {
            if known.len() >= WEBHOOKS_MAX {
                OTHER.clone_into(&mut labels.webhook);
            }
            known.insert(labels.clone());
        }
        labels
    }
}

#[cfg(test)]
mod tests;
