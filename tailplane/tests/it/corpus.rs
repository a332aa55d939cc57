//! Bad input: every case of `tests/corpus` is sent to the real binary over every transport it names. After each one the
//! answer must be the expected one, whole and half requests must have stored what they should, and a good request must
//! still be answered.
//!
//! `docs/otlp-corpus.md` is the table of the answers; `UPDATE=1 cargo test -p tailplane --test it corpus` writes it.

mod answer;
mod case;
mod client;
mod notation;

use std::fmt::Write;
use std::path::Path;

use prost::Message;

use self::case::{Case, Expected, Transport};
use self::client::Client;
use self::notation::{Ids, protobuf};
use crate::server::{Server, folder};

/// Inputs there must be at least.
const INPUTS_MIN: usize = 200;

const HEAD: &str = "# Bad input and its answers

This page is written by a test, which sends every input to the real binary and holds the answers against
`tailplane/tests/corpus/*.toml` (ids as in our evidence: B01 and so on). After each input a good request must be
answered, and what was stored must be what the last two columns say.

| case | input | over | answer | rejected | stored |
|---|---|---|---|---|---|
";

#[test]
fn every_case_is_answered_as_it_should_be() {
    let folder = folder();
    let server = Server::start(folder.path(), &["--set", "ingest.body_timeout=2s"]);
    let client = Client::new(&server);
    let (mut page, mut faults, mut inputs) = (HEAD.to_owned(), Vec::new(), 0);
    for case in case::all() {
        for transport in case.transports() {
            inputs += 1;
            let expected = case.expected(transport);
            if let Err(fault) = run(&client, &case, transport, &expected) {
                faults.push(format!("{} {} over {transport}: {fault}", case.id, case.what));
            }
            writeln!(page, "| {} | {} | {transport} | {expected} |", case.id, case.what).expect("a string");
        }
    }
    assert!(faults.is_empty(), "{} of {inputs} inputs:\n{}", faults.len(), faults.join("\n"));
    assert!(inputs >= INPUTS_MIN, "{inputs} inputs");
    assert!(server.stop("TERM").success());
    check_page(&page);
}

/// Sends a case and looks at everything that should follow.
fn run(client: &Client, case: &Case, transport: Transport, expected: &Expected) -> Result<(), String> {
    let ids = Ids::of(&format!("{} {} {transport}", case.id, case.what));
    let mut answer = None;
    for _ in 0..case.times.unwrap_or(1) {
        answer = Some(client.send(case, transport, &ids)?);
    }
    let answer = answer.ok_or("it was not sent")?;
    answer.check(case, transport, expected)?;
    let stored = client.spans_of(&ids.trace_id())?;
    let should_be = if answer.is_success() { expected.stored } else { 0 };
    if stored != should_be {
        return Err(format!("{stored} spans were stored, not {should_be}; the answer: {answer}"));
    }
    client.send_good().map_err(|fault| format!("a good request afterwards: {fault}"))
}

fn check_page(page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/otlp-corpus.md");
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, page).expect("the page is written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/otlp-corpus.md is stale: UPDATE=1 cargo test -p tailplane --test it corpus"
    );
}

/// Every beginning of a request is a request or is refused, as prost has it, and never kept in part.
#[test]
fn every_beginning_of_a_request_is_kept_whole_or_refused() {
    let folder = folder();
    let server = Server::start(folder.path(), &[]);
    let client = Client::new(&server);
    let ids = Ids::of("beginnings");
    let whole = "request { span { good 1 9: { 1: \"k\" 2: { 3: 300 } } } } request { span { good 2 } span { good 3 } }";
    let whole = protobuf(whole, &ids).expect("the notation");
    let mut stored = 0;
    for length in 0..=whole.len() {
        let beginning = &whole[..length];
        let spans = opentelemetry_proto::tonic::trace::v1::TracesData::decode(beginning).map(|data| {
            data.resource_spans.iter().flat_map(|r| &r.scope_spans).map(|s| s.spans.len() as u64).sum::<u64>()
        });
        let answer = client.export(beginning.to_vec(), &[], 0).expect("an answer");
        let code = if spans.is_ok() { 0 } else { 3 };
        assert_eq!(answer.code, code, "{length} bytes of {}: {answer}", whole.len());
        // Every beginning holds the spans of a shorter one, and each span is shown once.
        stored = spans.unwrap_or(0).max(stored);
        assert_eq!(client.spans_of(&ids.trace_id()).expect("a trace or none"), stored, "{length} bytes");
    }
    assert_eq!(stored, 3);
}
