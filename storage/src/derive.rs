//! Derived tables: what the spans of whole traces say together, kept up behind the spans table, and rebuilt from it.
//!
//! A *window* is what one commit brought into the spans table. A row is of one span, its root, and is made in the first
//! window that arrived long enough after the root ended: which window that is depends on nothing else, so that each row is
//! there once, whatever happens between two windows. (Where a process runs is a row of each window that has spans of it.) The watermark of each derived table is the last window in it. Spans
//! that rows to come may need wait in memory; after a start they are read again. Compaction merges what is derived, and never with
//! what is not.

mod archive;
mod condense;
mod damaged;
mod erase;
mod file;
mod follow;
mod step;
mod table;
mod tidy;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::datatypes::SchemaRef;
use proto::{Tenant, UnixNanos};
use uuid::Uuid;

use crate::Result;
use crate::catalog::TableDefinition;
use crate::schema::instances::instances_schema;
use crate::schema::pod_starts::pod_starts_schema;
use crate::schema::requests::requests_schema;
use crate::schema::rollup::rollup_schema;

pub(crate) use self::erase::ErasedRows;
pub(crate) use self::follow::Deriving;
pub use self::follow::{DerivedWindow, SETTLED_AFTER_NS, WAITS_AT_MOST_NS};
pub(crate) use self::table::{Table, existing};

/// Who writes derived tables, in their logs. Another number makes every table anew.
pub(crate) const DERIVER: Uuid = Uuid::from_u128(0x7461_696c_706c_616e_652d_6465_7269_7631);

/// A table beside that of the spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DerivedTable {
    /// One row for each API request.
    Requests,
    /// One row for each round of a kubelet that started something of a pod.
    PodStarts,
    /// One row for each process that sent spans of a window: where it runs.
    Instances,
    /// Rollups of segments that retention has removed.
    Rollups,
}

impl DerivedTable {
    /// Every derived table.
    pub const ALL: [Self; 4] = [Self::Requests, Self::PodStarts, Self::Instances, Self::Rollups];
    /// Those that are made from spans.
    pub const FROM_SPANS: [Self; 3] = [Self::Requests, Self::PodStarts, Self::Instances];

    /// Its name: that of its folder under `derived/`, and in SQL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::PodStarts => "pod_starts",
            Self::Instances => "instances",
            Self::Rollups => "rollups",
        }
    }

    /// Where it lies in the data folder.
    #[must_use]
    pub fn folder(self) -> String {
        format!("derived/{}", self.name())
    }

    /// The columns of its files.
    #[must_use]
    pub fn schema(self) -> SchemaRef {
        match self {
            Self::Requests => requests_schema(),
            Self::PodStarts => pod_starts_schema(),
            Self::Instances => instances_schema(),
            Self::Rollups => rollup_schema(),
        }
    }

    /// How its log describes it.
    #[must_use]
    pub fn definition(self) -> TableDefinition {
        let description = match self {
            Self::Requests => "Requests that Kubernetes API servers answered, and where their time went",
            Self::PodStarts => {
                "Rounds of kubelets that started something of a pod, and where their time went"
            }
            Self::Instances => "Processes that sent spans, and where they run",
            Self::Rollups => "How long spans took that are gone, by series and slot",
        };
        TableDefinition { name: self.name(), description, schema: self.schema() }
    }
}

/// Some spans of a window, and those that waited for them: sorted by trace, every trace whole as far as it is here.
#[derive(Debug)]
pub struct DeriveInput<'a> {
    /// Spans that have just arrived.
    pub arrived: &'a RecordBatch,
    /// Spans of earlier windows.
    pub waiting: &'a RecordBatch,
    /// Roots among those that waited have made their rows if they ended before this.
    pub closed_earlier: UnixNanos,
    /// Roots make their rows if they ended before this. With [`UnixNanos::MAX`] nothing waits.
    pub closed_before: UnixNanos,
}

/// Rows of each table, in the order of [`DerivedTable::FROM_SPANS`].
pub type DerivedRows = [RecordBatch; DerivedTable::FROM_SPANS.len()];

/// Whose spans a window holds, and when they arrived.
#[derive(Debug, Clone)]
pub struct Arrivals {
    /// Whose.
    pub tenant: Tenant,
    /// The first arrival.
    pub first: UnixNanos,
    /// The last arrival.
    pub last: UnixNanos,
    /// Whether anybody keeps the rows: after a start windows are read again only to know what waits.
    pub rows_wanted: bool,
}

/// What became of them.
#[derive(Debug)]
pub struct Derived {
    /// The rows that they make.
    pub rows: DerivedRows,
    /// Which of the spans that arrived wait for the next window.
    pub arrived_wait: BooleanArray,
    /// Which of those that waited go on.
    pub waiting_wait: BooleanArray,
}

/// Makes rows of derived tables from spans.
pub trait Derive: Send + Sync {
    /// The columns of spans that it reads, ids and times among them: its input has these, in the table's order.
    fn columns(&self) -> &[&'static str];

    /// Begins a window of one tenant.
    fn window<'a>(&'a self, arrivals: Arrivals) -> Box<dyn DeriveWindow + 'a>;

    /// Hears of rows of `tenant` that are in `table` now.
    fn committed(&self, table: DerivedTable, tenant: &Tenant, rows: &[RecordBatch]);
}

/// Makes the rows of one window, some traces at a time.
pub trait DeriveWindow: Send {
    /// The rows of `input`.
    ///
    /// # Errors
    /// `Corrupt` for spans that cannot be read.
    fn derive(&mut self, input: &DeriveInput<'_>) -> Result<Derived>;

    /// The rows that only the whole window tells.
    ///
    /// # Errors
    /// `Internal` when they cannot be made.
    fn end(self: Box<Self>) -> Result<DerivedRows>;
}
