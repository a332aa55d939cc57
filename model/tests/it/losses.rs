//! What "complete" is worth: rows of requests that lost a span say so, as far as the other spans can tell.

use std::collections::BTreeMap;
use std::path::Path;

use model::request::Excluded;
use model::request_rows;
use model::trace::{TraceLimits, assemble};

use super::received::{Receiver, traces};

/// Leaves out each span of each request once. One above others is always missed, and so is a write that the storage span
/// speaks of; another leaf (`SerializeObject`, etcd's inner spans, a webhook's `HTTP POST`) cannot be.
#[test]
fn a_lost_span_is_noticed_where_others_tell() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/fixtures/calm");
    let received = Receiver::captures(&folder);
    let (mut inner, mut inner_noticed) = (0, 0);
    let mut leaves: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for spans in traces(&received).values() {
        let views = || spans.iter().map(|one| one.view());
        let whole = assemble(views(), TraceLimits::default());
        let rows = request_rows(&whole, |_| None).rows;
        let [row] = &rows[..] else { continue };
        if row.is_endless() {
            continue;
        }
        let server = whole.nodes.iter().position(|node| node.view.span.span_id == row.span_id).unwrap();
        for lost in whole.subtree(server).skip(1) {
            let node = &whole.nodes[lost];
            let id = node.view.span.span_id;
            let rest = assemble(views().filter(|view| view.span.span_id != id), TraceLimits::default());
            let found = request_rows(&rest, |_| None);
            let noticed = found.rows.iter().any(|row| !row.is_complete() || row.is_etcd_undivided);
            assert_eq!(found.rows.len(), 1);
            assert_eq!(found.excluded.get(Excluded::ServerSpanMissing), 0);
            if node.descendants > 0 {
                inner += 1;
                inner_noticed += usize::from(noticed);
            } else {
                let count = leaves.entry(node.view.span.name.to_string()).or_default();
                *count = (count.0 + 1, count.1 + usize::from(noticed));
            }
        }
    }
    println!("{inner_noticed} of {inner} spans above others are missed; of leaves: {leaves:#?}");
    assert!(inner > 10_000);
    assert_eq!(inner_noticed, inner);
    let (lost, noticed) = leaves["etcdserverpb.KV/Txn"];
    assert!(lost > 0 && noticed == lost);
}
