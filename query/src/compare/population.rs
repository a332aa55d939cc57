//! The rows that are compared, and what is read of them.

use std::collections::BTreeSet;

use datafusion::prelude::{DataFrame, Expr, col, lit, when};
use model::Phase;
use model::attributes::{HotAttribute, RESOURCE_ATTRIBUTES, SPAN_ATTRIBUTES};
use model::derived::DERIVED;
use model::pod_start::PodPhase;
use proto::TimeRange;
use storage::schema::column;
use storage::schema::requests::phase_column;
use storage::{DerivedTable, Snapshot, SpanInstant};

use super::CompareQuery;
use super::columns::{How, Name};
use crate::Result;
use crate::derived_rows::DerivedRows;
use crate::filter::filter_expression;
use crate::functions::span_slot;
use crate::latency::{SlotInstant, Slots, Stats};
use crate::scan::Scan;
use crate::session::Sessions;
use crate::table::ScanShape;
use crate::traceql::{Attribute, AttributeScope, Intrinsic};

/// The attribute that says what a row waited for most.
pub(super) const LONGEST_PHASE: &str = "longest_phase";
/// The column that says on which side a row is.
pub(super) const IS_SELECTED: &str = "is_selected";

/// A column and what it is of.
#[derive(Debug, Clone)]
pub(super) struct Extract {
    pub(super) name: Name,
    pub(super) from: String,
    pub(super) how: How,
}

/// What is read of a row, beside its ids and duration.
#[derive(Debug, Clone, Default)]
pub(super) struct Read {
    pub(super) extracts: Vec<Extract>,
    /// Columns of phases, and the phases.
    pub(super) phases: Vec<(String, &'static str)>,
    /// Whether there is a map of further attributes, and a resource.
    pub(super) has_map: bool,
}

/// Rows to be compared.
pub(super) struct Population {
    pub(super) rows: DataFrame,
    pub(super) read: Read,
    pub(super) stats: Stats,
}

/// Opens the rows of both sides.
pub(super) fn open(query: &CompareQuery, snapshot: &Snapshot, sessions: &Sessions) -> Result<Population> {
    let (rows, stats, read) = match query.of.derived() {
        None => {
            let selection = snapshot.select_any(&query.tenant, &ranges(query), SpanInstant::End);
            let scan = Scan::of(sessions, selection, ScanShape::Aggregate)?;
            let Scan { rows, stats } = scan.filter(&query.scope)?;
            (rows, stats, of_spans())
        }
        Some(table) => of_derived(table, query, snapshot, sessions)?,
    };
    let mut columns = vec![col(column::TRACE_ID), col(column::SPAN_ID), col(column::DURATION_NS)];
    columns.push(side(query)?.alias(IS_SELECTED));
    columns.extend(read.columns());
    let rows = rows.select(columns)?.filter(col(IS_SELECTED).is_not_null())?;
    Ok(Population { rows, read, stats })
}

fn of_derived(
    table: DerivedTable,
    query: &CompareQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
) -> Result<(DataFrame, Stats, Read)> {
    let rows = DerivedRows::open(table, &query.tenant, &ranges(query), snapshot, sessions)?;
    // What it cannot tell is said before anything is read.
    rows.expression(&query.selection)?;
    let DerivedRows { rows, stats, .. } = rows.filter(&query.scope)?;
    let read = if table == DerivedTable::Requests { of_requests() } else { of_pod_starts() };
    Ok((rows, stats, read))
}

/// The times that are read.
fn ranges(query: &CompareQuery) -> Vec<TimeRange> {
    std::iter::once(query.range).chain(query.baseline_range).collect()
}

/// True for a selected row, false for one of the others, null for one of neither.
fn side(query: &CompareQuery) -> Result<Expr> {
    let ends_in =
        |range: TimeRange| span_slot(Slots { range, step_ns: u64::MAX }, SlotInstant::End).is_not_null();
    let meets = filter_expression(&query.selection)?.map_or_else(|| lit(true), Expr::is_true);
    let selected = ends_in(query.range).and(meets);
    let baseline = ends_in(query.baseline_range.unwrap_or(query.range));
    Ok(when(selected, lit(true)).when(baseline, lit(false)).end()?)
}

impl Read {
    fn columns(&self) -> Vec<Expr> {
        let extracts = self.extracts.iter().map(|extract| extract.from.as_str());
        let phases = self.phases.iter().map(|(column, _)| column.as_str());
        let map = [column::ATTRIBUTES, column::ATTRIBUTE_LAYOUT, column::RESOURCE];
        let map = map.into_iter().filter(|_| self.has_map);
        // Several attributes may be read from one column.
        let columns: BTreeSet<&str> = extracts.chain(phases).chain(map).collect();
        columns.into_iter().map(col).collect()
    }
}

fn of_spans() -> Read {
    let intrinsic = |intrinsic: Intrinsic, from: &str, how: How| Extract {
        name: Name::Attribute(Attribute::Intrinsic(intrinsic)),
        from: from.to_owned(),
        how,
    };
    let mut extracts = vec![
        intrinsic(Intrinsic::Name, column::NAME, How::Plain),
        intrinsic(Intrinsic::Kind, column::KIND, How::Kind),
        intrinsic(Intrinsic::Status, column::STATUS_CODE, How::Status),
        intrinsic(Intrinsic::StatusMessage, column::STATUS_MESSAGE, How::Plain),
        intrinsic(Intrinsic::InstrumentationName, column::SCOPE_NAME, How::Plain),
    ];
    extracts.extend(DERIVED.iter().map(derived));
    let scoped = |scope: AttributeScope, hot: &HotAttribute| Extract {
        name: Name::Attribute(Attribute::Scoped { scope, name: hot.key.to_owned() }),
        from: hot.column.to_owned(),
        how: How::Plain,
    };
    extracts.extend(SPAN_ATTRIBUTES.iter().map(|hot| scoped(AttributeScope::Span, hot)));
    extracts.extend(RESOURCE_ATTRIBUTES.iter().map(|hot| scoped(AttributeScope::Resource, hot)));
    Read { extracts, phases: Vec::new(), has_map: true }
}

fn derived(hot: &'static HotAttribute) -> Extract {
    Extract { name: Name::Attribute(Attribute::Derived(hot)), from: hot.column.to_owned(), how: How::Plain }
}

fn other(name: &'static str) -> Extract {
    Extract { name: Name::Other(name), from: name.to_owned(), how: How::Plain }
}

fn of_list(name: &'static str, list: &str, field: usize) -> Extract {
    Extract { name: Name::Other(name), from: list.to_owned(), how: How::TextsOfList(field) }
}

fn of_largest(name: &'static str, list: &str, field: usize, number: usize) -> Extract {
    Extract { name: Name::Other(name), from: list.to_owned(), how: How::TextOfLargest(field, number) }
}

fn of_requests() -> Read {
    let keys = DERIVED.iter().filter(|hot| DerivedTable::Requests.schema().index_of(hot.column).is_ok());
    let mut extracts: Vec<Extract> = keys.map(derived).collect();
    extracts.extend(["instance", "cluster", "client", "k8s_name", "data_source", "gaps"].map(other));
    extracts.extend(["dry_run", "is_long_running", "is_error"].map(other));
    extracts.extend(
        ["request_bytes", "response_bytes", "listed_items", "returned_items", "conflicts"].map(other),
    );
    extracts.push(of_list("webhook", "webhooks", 1));
    extracts.push(of_list("etcd_member", "etcd_calls", 2));
    extracts.push(of_list("etcd_address", "etcd_calls", 0));
    // Being called is one thing, being waited for most another.
    extracts.push(of_largest("slowest_webhook", "webhooks", 1, 6));
    extracts.push(of_largest("slowest_etcd_member", "etcd_calls", 2, 4));
    let phases = Phase::ALL.iter().map(|phase| (phase_column(phase.name()), phase.name()));
    Read { extracts, phases: phases.collect(), has_map: false }
}

fn of_pod_starts() -> Read {
    let texts = ["node", "runtime", "k8s_namespace", "pod", "update_type", "network_source", "error"];
    let mut extracts: Vec<Extract> = texts.map(other).into();
    extracts.push(other("is_error"));
    extracts.push(other("zone"));
    extracts.push(of_list("image", "containers", 2));
    let phases = PodPhase::ALL.iter().map(|phase| (phase_column(phase.name()), phase.name()));
    Read { extracts, phases: phases.collect(), has_map: false }
}
