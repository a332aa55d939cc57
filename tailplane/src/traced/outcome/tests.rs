use super::*;

fn outcome<'a>(caller: &'a Caller, passed: &'a Passed) -> Outcome<'a> {
    let context = TraceContext { trace_id: proto::TraceId([1; 16]), span_id: proto::SpanId([2; 8]) };
    let (began, ended) = (1_795_874_600_000_000_000, 1_795_874_601_000_000_000);
    Outcome { server: "http://127.0.0.1:4319/", context, caller, passed, began, ended }
}

fn found(trace_id: &str) -> Found {
    Found { trace_id: trace_id.to_owned(), start: "1".to_owned(), spans: 4 }
}

#[test]
fn the_page_opens_at_the_trace_and_its_time() {
    let (caller, passed) = (Caller::default(), Passed::default());
    let mut outcome = outcome(&caller, &passed);
    assert_eq!(
        outcome.address("ab", "7"),
        "http://127.0.0.1:4319/?from=1795874540000&to=1795874661000&trace=ab&t=7"
    );
    outcome.server = "unix:tailplane.sock";
    assert_eq!(outcome.address("ab", "7"), "ab");
    outcome.server = "localhost:4319";
    assert!(outcome.address("ab", "7").starts_with("http://localhost:4319/?from="));
}

#[test]
fn the_verdict_says_whose_trace_it_is_and_why() {
    let passed = Passed { requests: 5, audit_ids: Vec::new() };
    let unknown = Caller::default();
    let user = Caller { minor: Some(34), groups: Some(vec!["system:authenticated".to_owned()]) };
    let offered = "01".repeat(16);
    let verdict = |caller, found: &[Found]| outcome(caller, &passed).verdict(found);
    assert!(verdict(&user, &[found(&offered)]).contains("continued the trace"));
    let linked = verdict(&user, &[found("ab"), found("cd")]);
    assert!(
        linked.contains("not in system:masters") && linked.contains("; 2 of these were sampled"),
        "{linked}"
    );
    assert!(verdict(&user, &[]).contains("sampled none of these 5 requests"));
    let nothing = verdict(&unknown, &[]);
    assert!(
        nothing.contains("`tailplane doctor`") && nothing.contains(&format!("`tailplane trace {offered}`"))
    );
}
