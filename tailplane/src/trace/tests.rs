use super::{TraceJson, tree};

#[test]
fn a_trace_is_a_tree_and_where_its_requests_spent_their_time() {
    let answer = serde_json::json!({
        "trace_id": "eb892db4e93375035fb84545ccabeebd", "start": "1", "end": "2", "duration_ns": 1_362_963_000_u64,
        "complete": true, "orphans": 1,
        "requests": [{"verb": "create", "resource": "pods", "subresource": "", "namespace": "prod", "name": "web-0",
            "code": 201, "duration_ns": 1_362_738_000_u64, "gaps": ["the handler's span did not arrive"],
            "phases": [{"phase": "etcd_wire", "duration_ns": 1_101_244_000_u64}, {"phase": "self", "duration_ns": 261_000_000},
                {"phase": "audit", "duration_ns": 494_000}]}],
        "resources": [],
        "spans": [
            {"depth": 0, "orphan": false, "name": "POST /api/v1/pods", "component": "apiserver", "service": "apiserver",
             "offset_ns": 0, "duration_ns": 1_362_738_000_u64, "status": "unset"},
            {"depth": 1, "orphan": false, "name": "etcdserverpb.KV/Txn", "component": "apiserver", "service": "apiserver",
             "offset_ns": 260_052_000, "duration_ns": 1_101_244_000_u64, "status": "error"},
            {"depth": 0, "orphan": true, "name": "deploy", "component": "other", "service": "deploy-bot",
             "offset_ns": -5_000, "duration_ns": 12, "status": "ok"},
        ]
    });
    let trace: TraceJson = serde_json::from_value(answer).expect("the API's shape");
    assert_eq!(
        tree(&trace),
        "trace eb892db4e93375035fb84545ccabeebd: 3 spans, 1.36 s\n\
         \n\
         \x20 OFFSET  DURATION  COMPONENT   SPAN\n\
         \x20  +0 ns    1.36 s  apiserver   POST /api/v1/pods\n\
         \x20+260 ms    1.10 s  apiserver     etcdserverpb.KV/Txn  [error]\n\
         -5.00 µs     12 ns  deploy-bot  ? deploy\n\
         \n\
         ? 1 spans name a parent that did not arrive\n\
         create pods prod/web-0: 1.36 s, 201\n\
         \x20  81 %    1.10 s  etcd wire\n\
         \x20  19 %    261 ms  self\n\
         \x20 ? the handler's span did not arrive"
    );
}
