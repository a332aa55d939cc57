//! Everything that is found: what the server said, put together.

use proto::UnixNanos;
use serde::Serialize;

use super::certificates::{self, Certificate};
use super::component::{self, Row};
use super::expected::Expected;
use super::finding::{Finding, Severity};
use super::recent::Recent;
use super::said::Said;
use super::test_span::TestSpan;
use super::{counts, nanos, server as itself, strangers};

/// How the server and its senders are.
#[derive(Debug, Serialize)]
pub(super) struct Diagnosis {
    pub well: bool,
    /// Its address.
    pub server: String,
    pub version: String,
    /// Nanoseconds since the Unix epoch, by the server's clock.
    #[serde(serialize_with = "nanos::serialize")]
    pub now: UnixNanos,
    /// `None` where the server takes no spans.
    pub test_span: Option<TestSpan>,
    /// None where the server takes no spans.
    pub components: Vec<Row>,
    /// Faults first.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// What follows from what was said.
    pub(super) fn new(
        server: &str,
        said: &Said,
        test_span: Option<TestSpan>,
        certificates: &[Certificate],
        expected: &Expected,
    ) -> Self {
        let now = said.info.now;
        let recent = Recent::new(&said.ledger, now);
        // Who takes no spans has no senders.
        let takes_spans = said.info.query_only.is_none();
        let components = if takes_spans { component::rows(said, &recent) } else { Vec::new() };
        let mut findings: Vec<Finding> = test_span.as_ref().and_then(TestSpan::finding).into_iter().collect();
        findings.extend(certificates::findings(certificates, now));
        findings.extend(itself::findings(said));
        if takes_spans {
            findings.extend(expected.findings(&components, now));
        }
        findings.extend(strangers::findings(&said.senders.senders, now));
        findings.extend(counts::findings(&recent));
        // The sort is stable: what is nearer to the server comes first.
        findings.sort_by_key(|finding| finding.severity);
        let well = findings.iter().all(|finding| finding.severity != Severity::Fault);
        let (server, version) = (server.to_owned(), said.info.version.clone());
        Self { well, server, version, now, test_span, components, findings }
    }
}
