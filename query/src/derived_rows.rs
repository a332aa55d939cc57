//! Rows of a derived table as a question sees them: in a range, for one tenant, and met by filters as spans are.

use std::sync::Arc;

use datafusion::common::JoinType;
use datafusion::functions_aggregate::expr_fn::max;
use datafusion::prelude::{DataFrame, Expr, col, lit, when};
use proto::{ErrorKind, Tenant, TimeRange};
use storage::catalog::{SegmentFile, TableVersion};
use storage::schema::column;
use storage::{DerivedTable, DerivedVersion, SETTLED_AFTER_NS, Snapshot, SpanInstant};

use crate::filter::{filter_expression, group_expression};
use crate::functions::span_slot;
use crate::latency::{SlotInstant, Slots, Source, Stats};
use crate::session::Sessions;
use crate::table::FileTable;
use crate::traceql::{Attribute, AttributeScope, SpanFilter};
use crate::{Error, Result};

/// OTLP's kind of a server span, which the span of each request is.
const SERVER: i32 = 2;
/// The columns of spans that hold which process it was, and where.
const INSTANCE: &str = "resource_service_instance_id";
const HOST: &str = "resource_host_name";
/// OTLP's status codes.
const UNSET: i32 = 0;
const ERROR: i32 = 2;

/// Rows of what a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Spans, by all their attributes.
    Spans,
    /// API requests: what the spans of each tell together.
    Requests,
    /// Pod starts, the same.
    PodStarts,
}

impl Of {
    /// The table of rows that are derived from spans.
    pub(crate) const fn derived(self) -> Option<DerivedTable> {
        match self {
            Self::Spans => None,
            Self::Requests => Some(DerivedTable::Requests),
            Self::PodStarts => Some(DerivedTable::PodStarts),
        }
    }
}

/// Rows of `requests` or `pod_starts`.
pub(crate) struct DerivedRows {
    of: DerivedTable,
    pub(crate) rows: DataFrame,
    pub(crate) stats: Stats,
}

impl DerivedRows {
    /// The rows of `tenant` in files that may hold one that ends in one of `ranges`.
    ///
    /// # Errors
    /// `Unavailable` while there is no such table.
    pub(crate) fn open(
        of: DerivedTable,
        tenant: &Tenant,
        ranges: &[TimeRange],
        snapshot: &Snapshot,
        sessions: &Sessions,
    ) -> Result<Self> {
        let version = version_of(of, snapshot)?;
        let theirs = || version.table.files.iter().filter(|file| file.tenant == *tenant);
        let newest = theirs().map(|file| file.times.arrival_max).max();
        let is_touched = |file: &&Arc<SegmentFile>| {
            ranges.iter().any(|range| range.touches(file.times.end_min, file.times.end_max))
        };
        let touched: Vec<_> = theirs().filter(is_touched).cloned().collect();
        // A row is made when what belongs to it has had its time to arrive.
        let derived_to = newest.map_or(0, |arrival| arrival.saturating_sub(SETTLED_AFTER_NS));
        let completeness = snapshot.select_any(tenant, ranges, SpanInstant::End).completeness;
        let stats = Stats {
            source: Source::Derived,
            rows_read: touched.iter().map(|file| file.rows).sum(),
            files_read: touched.len() as u64,
            bytes_read: 0,
            elapsed: std::time::Duration::ZERO,
            completeness,
            complete_to: Some(snapshot.complete_to.map_or(derived_to, |known| known.min(derived_to))),
        };
        let table =
            TableVersion { version: version.table.version, files: touched, ..TableVersion::default() };
        let rows = read(&DerivedVersion { table: Arc::new(table), ..version.clone() }, tenant, sessions)?;
        let status = when(col("is_error"), lit(ERROR)).otherwise(lit(UNSET))?;
        let rows = rows.with_column(column::STATUS_CODE, status)?;
        let rows = match of {
            DerivedTable::PodStarts => with_places(rows, tenant, snapshot, sessions)?,
            _ => as_server_spans(rows)?,
        };
        Ok(Self { of, rows, stats })
    }

    /// Only rows that meet `filter`.
    ///
    /// # Errors
    /// `Invalid` when it asks for what these rows do not know.
    pub(crate) fn filter(self, filter: &SpanFilter) -> Result<Self> {
        let rows = match self.expression(filter)? {
            Some(condition) => self.rows.clone().filter(condition)?,
            None => self.rows.clone(),
        };
        Ok(Self { rows, ..self })
    }

    /// Only rows that end in `range`, to the nanosecond.
    pub(crate) fn ending_in(self, range: TimeRange) -> Result<Self> {
        let whole = span_slot(Slots { range, step_ns: u64::MAX }, SlotInstant::End);
        Ok(Self { rows: self.rows.clone().filter(whole.is_not_null())?, ..self })
    }

    /// `filter` over the columns of these rows; None when all meet it.
    ///
    /// # Errors
    /// As [`Self::filter`].
    pub(crate) fn expression(&self, filter: &SpanFilter) -> Result<Option<Expr>> {
        let Some(condition) = filter_expression(filter)? else { return Ok(None) };
        self.check(&condition, filter)?;
        Ok(Some(condition))
    }

    /// `attribute` as a value of these rows.
    ///
    /// # Errors
    /// As [`Self::filter`].
    pub(crate) fn group(&self, attribute: &Attribute) -> Result<Expr> {
        // Of a resource's attribute a row has the text alone.
        if let Attribute::Scoped { scope: AttributeScope::Resource, name } = attribute {
            match (self.of, name.as_str()) {
                (DerivedTable::Requests, "service.instance.id") => return Ok(col(INSTANCE)),
                (DerivedTable::PodStarts, "host.name") => return Ok(col(HOST)),
                _ => {}
            }
        }
        let value = group_expression(attribute)?;
        self.check(&value, attribute)?;
        Ok(value)
    }

    /// Whether these rows have all that `expression`, made of `asked`, reads.
    fn check(&self, expression: &Expr, asked: &impl std::fmt::Display) -> Result<()> {
        let known = self.rows.schema();
        if expression.column_refs().into_iter().all(|column| known.has_column(column)) {
            return Ok(());
        }
        let attributes = match self.of {
            DerivedTable::PodStarts => "k8s:namespace, resource.host.name, duration, status and trace:id",
            _ => "k8s:* keys, duration, status, kind, resource.service.instance.id and trace:id",
        };
        Err(Error::invalid(format!(
            "{asked} asks for more than a row of {} knows: use {attributes}, or ask spans",
            self.of.name()
        )))
    }
}

fn version_of(of: DerivedTable, snapshot: &Snapshot) -> Result<&DerivedVersion> {
    snapshot.derived.iter().find(|derived| derived.of == of).ok_or_else(|| {
        Error::new(
            ErrorKind::Unavailable,
            format!("there is no table {} yet: the server that writes here makes it", of.name()),
        )
    })
}

fn read(version: &DerivedVersion, tenant: &Tenant, sessions: &Sessions) -> Result<DataFrame> {
    let table = FileTable::derived(version, tenant, sessions)?;
    Ok(sessions.session().read_table(Arc::new(table))?)
}

/// Request rows with the columns that filters of their server spans read.
fn as_server_spans(rows: DataFrame) -> Result<DataFrame> {
    Ok(rows.with_column(column::KIND, lit(SERVER))?.with_column(INSTANCE, col("instance"))?)
}

/// Pod starts with the zones of their nodes, as far as `instances` knows them.
fn with_places(
    rows: DataFrame,
    tenant: &Tenant,
    snapshot: &Snapshot,
    sessions: &Sessions,
) -> Result<DataFrame> {
    let rows = rows.with_column(HOST, col("node"))?;
    let Ok(instances) = version_of(DerivedTable::Instances, snapshot) else {
        return Ok(rows.with_column("zone", lit(datafusion::common::ScalarValue::Utf8View(None)))?);
    };
    let places = read(instances, tenant, sessions)?
        .filter(col("component").eq(lit("kubelet")))?
        .aggregate(vec![col("node").alias("place")], vec![max(col("zone")).alias("zone")])?;
    Ok(rows.join(places, JoinType::Left, &["node"], &["place"], None)?.drop_columns(&["place"])?)
}
