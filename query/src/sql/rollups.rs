//! Rollups as tables of SQL: of segments that are there, and of those that retention has removed. Each length of slots is a table of
//! its own, for all of them count the same spans.

use datafusion::prelude::{SessionContext, col, lit};
use proto::{Tenant, TimeRange};
use storage::Snapshot;
use storage::schema::rollup::SLOT_SECONDS;

use crate::Result;
use crate::session::Sessions;
use crate::table::FileTable;

/// The tables, and how long their slots are, in seconds. Not those of five minutes, which older files have not.
const TABLES: [(&str, i32); 2] = [("rollups", 60), ("rollups_1h", 3_600)];

/// Makes the rollups of `tenant` known to `session`.
pub(super) fn register(
    session: &SessionContext,
    tenant: &Tenant,
    snapshot: &Snapshot,
    sessions: &Sessions,
) -> Result<()> {
    let files = snapshot.table.files.iter();
    let segments: Vec<_> =
        files.filter(|file| file.tenant == *tenant && file.rollup_bytes.is_some()).cloned().collect();
    for (name, seconds) in TABLES {
        let table = |files| session.read_table(std::sync::Arc::new(files));
        let mut rows = table(FileTable::rollups(&segments, sessions))?;
        if let Some(removed) = snapshot.archived(tenant, TimeRange::ALL) {
            rows = rows.union(table(FileTable::derived(&removed, tenant, sessions)?)?)?;
        }
        let rows = rows.filter(col(SLOT_SECONDS).eq(lit(seconds)))?.drop_columns(&[SLOT_SECONDS])?;
        session.register_table(name, rows.into_view())?;
    }
    Ok(())
}
