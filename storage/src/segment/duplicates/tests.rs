//! Copies go, and nothing else.

use proto::Tenant;

use super::super::order::row_keys;
use super::*;
use crate::testing::{Row, span_batch};

fn row(span_id: u64, name: &'static str, peer_address: &'static str, duration_ns: i64) -> Row {
    Row { span_id, name, peer_address, duration_ns, ..Row::default() }
}

fn batch(rows: &[Row]) -> Arc<LiveBatch> {
    let spans = span_batch(rows);
    Arc::new(LiveBatch { tenant: Tenant::default(), arrival_min: 0, arrival_max: 0, sequence: 1, spans })
}

/// The places of the rows that stay, in order.
fn kept(batches: &[Arc<LiveBatch>]) -> Vec<u32> {
    let mut rows: Vec<RowKey> = Vec::new();
    for batch in batches {
        rows.extend(row_keys(&batch.spans.rows, rows.len() as u32).unwrap());
    }
    rows.sort_unstable_by_key(RowKey::sort_key);
    let all = rows.len();
    let removed = remove(&mut rows, batches);
    assert_eq!(removed as usize, all - rows.len());
    let mut places: Vec<u32> = rows.iter().map(|row| row.row).collect();
    places.sort_unstable();
    places
}

#[test]
fn copies_go_whatever_batch_and_peer_they_came_by() {
    let first = batch(&[row(1, "get", "10.0.0.1", 5), row(2, "put", "10.0.0.1", 5)]);
    let second =
        batch(&[row(3, "get", "10.0.0.2", 5), row(1, "get", "10.0.0.2", 5), row(2, "put", "10.0.0.1", 5)]);
    assert_eq!(kept(&[first, second]), [0, 1, 2]);
}

#[test]
fn spans_that_differ_in_anything_stay() {
    let first = batch(&[row(1, "get", "", 5), row(1, "put", "", 5), row(1, "get", "", 6)]);
    let second = batch(&[row(2, "get", "", 5), row(1, "put", "", 5)]);
    assert_eq!(kept(&[first, second]), [0, 1, 2, 3]);
}

#[test]
fn a_flood_of_variants_costs_little_and_loses_nothing() {
    let names: Vec<&'static str> = (0..2_000).map(|number| &*format!("{number}").leak()).collect();
    let rows: Vec<Row> = names.iter().map(|name| row(1, name, "", 5)).collect();
    assert_eq!(kept(&[batch(&rows)]).len(), 2_000);
}
