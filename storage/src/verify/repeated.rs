//! Rows of derived tables that are there twice.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use proto::{SpanId, Tenant, TraceId};

use super::Check;
use super::derived::REMAKE;
use super::segments::for_each_batch;
use super::table::CheckedTable;
use crate::catalog::SegmentFile;
use crate::segment::row_keys;
use crate::{Error, Result};

/// So many rows are remembered at once, some 200 MB; of more, the files are read several times.
const ROWS_REMEMBERED_MAX: u64 = 4_000_000;

/// Checks that the table has each root of each tenant once.
pub(super) fn check(check: &mut Check<'_>, table: &CheckedTable, spans: Option<&CheckedTable>) {
    let mut tenants: BTreeMap<&Tenant, Vec<&Arc<SegmentFile>>> = BTreeMap::new();
    table.whole.iter().for_each(|file| tenants.entry(&file.tenant).or_default().push(file));
    for (tenant, files) in tenants {
        match find(table, &files, ROWS_REMEMBERED_MAX) {
            // Files that cannot be read have been told of.
            Err(_) | Ok(Repeated { count: 0, .. }) => {}
            Ok(repeated) => tell(check, table, tenant, &repeated, spans),
        }
    }
}

/// What was found twice.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Repeated {
    pub(super) count: u64,
    /// The first, and the paths of the two files that have it.
    first: Option<(TraceId, SpanId, [String; 2])>,
}

/// Which rows of `files` are there twice, remembering so many at once.
pub(super) fn find(
    table: &CheckedTable,
    files: &[&Arc<SegmentFile>],
    remembered_max: u64,
) -> Result<Repeated> {
    let rows: u64 = files.iter().map(|file| file.rows).sum();
    let passes = rows.div_ceil(remembered_max).max(1);
    let mut repeated = Repeated::default();
    for pass in 0..passes {
        let mut seen: HashMap<(u128, u64, u64), usize> = HashMap::new();
        for (number, file) in files.iter().enumerate() {
            for_each_batch(&table.root.join(&file.path), &file.path, &[], |batch| {
                // Spans of the same ids and other starts are other spans, such as those of a capture that was replayed twice.
                for (trace_id, start, span_id, _) in row_keys(batch, 0)?.map(|row| row.sort_key()) {
                    if span_id % passes != pass {
                        continue;
                    }
                    if let Some(other) = seen.insert((trace_id, start, span_id), number) {
                        repeated.count += 1;
                        repeated.first.get_or_insert_with(|| {
                            let paths = [files[other].path.clone(), file.path.clone()];
                            (TraceId(trace_id.to_be_bytes()), SpanId(span_id.to_be_bytes()), paths)
                        });
                    }
                }
                Ok::<(), Error>(())
            })?;
        }
    }
    Ok(repeated)
}

fn tell(
    check: &mut Check<'_>,
    table: &CheckedTable,
    tenant: &Tenant,
    repeated: &Repeated,
    spans: Option<&CheckedTable>,
) {
    let Some((trace_id, span_id, [one, other])) = &repeated.first else { return };
    let elsewhere = if one == other { String::new() } else { format!(", and in {one}") };
    let more = match repeated.count {
        1 => String::new(),
        count => format!("; {} more rows are there twice", count - 1),
    };
    let meaning = format!("the row of span {span_id} of trace {trace_id} is in it twice{elsewhere}{more}");
    let path = table.root.join(other);
    // A root whose spans were sent again makes a row again: that is the client's doing.
    let was_sent_again = spans.is_none_or(|spans| {
        spans.version.files.iter().any(|file| file.tenant == *tenant && file.possible_duplicates)
    });
    if was_sent_again {
        check.note(path, meaning, "nothing: a client sent its spans again");
    } else {
        check.damage(path, meaning, REMAKE);
    }
}
