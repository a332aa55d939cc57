//! Counters of API requests for `/metrics`, from the rows that are in the table: what alerts are made of.

mod webhooks;

use std::collections::HashSet;
use std::sync::atomic::AtomicU64;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use model::Phase;
use parking_lot::Mutex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::CounterWithExemplar;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::{Registry, Unit};
use proto::{Tenant, TraceId};
use storage::schema::column;
use storage::schema::requests::phase_column;

use self::webhooks::WebhookCounters;

/// So many combinations of labels are told apart; resources of others are counted as [`OTHER`].
const LABELS_MAX: usize = 5_000;
const OTHER: &str = "other";

/// Counters of API requests. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct ApiCounters {
    requests: Family<RequestLabels, CounterWithExemplar<TraceLabel>>,
    with_objective: Family<ObjectiveLabels, Counter>,
    over_objective: Family<OverLabels, CounterWithExemplar<TraceLabel>>,
    phases: Family<PhaseLabels, Counter<f64, AtomicU64>>,
    webhooks: WebhookCounters,
    known: std::sync::Arc<Mutex<HashSet<RequestLabels>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    tenant: String,
    verb: String,
    resource: String,
    scope: String,
    code: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ObjectiveLabels {
    tenant: String,
    verb: String,
    resource: String,
    scope: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OverLabels {
    tenant: String,
    verb: String,
    resource: String,
    scope: String,
    /// `sli`: without webhooks and queueing; `raw`: all of it.
    duration: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PhaseLabels {
    tenant: String,
    phase: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TraceLabel {
    trace_id: String,
}

impl ApiCounters {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "api_requests",
            "Requests that API servers answered, watches and streams included, of those that were sampled",
            self.requests.clone(),
        );
        registry.register(
            "api_requests_with_slo",
            "Those that have an objective of Kubernetes: a second, for collections thirty",
            self.with_objective.clone(),
        );
        registry.register(
            "api_requests_over_slo",
            "Those that took longer, by their duration without webhooks and queueing (sli) and by all of it (raw)",
            self.over_objective.clone(),
        );
        registry.register_with_unit(
            "api_phase",
            "What requests that are no watches or streams spent their time on",
            Unit::Seconds,
            self.phases.clone(),
        );
        self.webhooks.register(registry);
    }

    /// Counts rows of the table `requests`.
    pub(super) fn count(&self, tenant: &Tenant, rows: &RecordBatch) {
        let columns = Columns { rows };
        for row in 0..rows.num_rows() {
            self.count_row(tenant, &columns, row);
        }
        self.count_phases(tenant, &columns);
        self.webhooks.count(tenant, rows);
    }

    fn count_row(&self, tenant: &Tenant, columns: &Columns<'_>, row: usize) {
        let labels = self.labels(tenant, columns, row);
        let trace = || columns.trace_id(row).map(|id| TraceLabel { trace_id: id.to_string() });
        self.requests.get_or_create(&labels).inc_by(1, trace(), None);
        let Some(objective_ns) = columns.number("objective_ns", row) else { return };
        let RequestLabels { tenant, verb, resource, scope, .. } = labels;
        let labels = ObjectiveLabels { tenant, verb, resource, scope };
        self.with_objective.get_or_create(&labels).inc();
        for (duration, column) in [("sli", "sli_duration_ns"), ("raw", column::DURATION_NS)] {
            if columns.number(column, row).is_some_and(|duration_ns| duration_ns > objective_ns) {
                let ObjectiveLabels { tenant, verb, resource, scope } = labels.clone();
                let labels = OverLabels { tenant, verb, resource, scope, duration };
                self.over_objective.get_or_create(&labels).inc_by(1, trace(), None);
            }
        }
    }

    fn labels(&self, tenant: &Tenant, columns: &Columns<'_>, row: usize) -> RequestLabels {
        let mut labels = RequestLabels {
            tenant: tenant.to_string(),
            verb: columns.text("k8s_verb", row),
            resource: columns.text("k8s_resource", row),
            scope: columns.text("k8s_scope", row),
            code: columns.number("k8s_code", row).map(|code| code.to_string()).unwrap_or_default(),
        };
        let mut known = self.known.lock();
        if !known.contains(&labels) {
            if known.len() >= LABELS_MAX {
                OTHER.clone_into(&mut labels.resource);
            }
            known.insert(labels.clone());
        }
        labels
    }

    fn count_phases(&self, tenant: &Tenant, columns: &Columns<'_>) {
        for phase in Phase::ALL {
            let column = phase_column(phase.name());
            let ends =
                |row: &usize| !columns.flag("k8s_watch", *row) && !columns.flag("is_long_running", *row);
            let rows = (0..columns.rows.num_rows()).filter(ends);
            let spent_ns: i64 =
                rows.filter_map(|row| columns.number(&column, row)).fold(0, i64::saturating_add);
            let labels = PhaseLabels { tenant: tenant.to_string(), phase: phase.name() };
            self.phases.get_or_create(&labels).inc_by(spent_ns as f64 / 1e9);
        }
    }
}

/// The columns of rows, by name.
struct Columns<'a> {
    rows: &'a RecordBatch,
}

impl Columns<'_> {
    fn text(&self, name: &str, row: usize) -> String {
        let column = self.rows.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        column
            .filter(|column| column.is_valid(row))
            .map(|column| column.value(row).to_owned())
            .unwrap_or_default()
    }

    fn number(&self, name: &str, row: usize) -> Option<i64> {
        let column = self.rows.column_by_name(name)?.as_primitive_opt::<Int64Type>()?;
        column.is_valid(row).then(|| column.value(row))
    }

    fn flag(&self, name: &str, row: usize) -> bool {
        let column = self.rows.column_by_name(name).and_then(|column| column.as_boolean_opt());
        column.is_some_and(|column| column.value(row))
    }

    fn trace_id(&self, row: usize) -> Option<TraceId> {
        TraceId::from_slice(
            self.rows.column_by_name(column::TRACE_ID)?.as_fixed_size_binary_opt()?.value(row),
        )
    }
}
