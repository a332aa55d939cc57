//! The trace that a command's requests are to belong to.

use std::fmt;

use http::HeaderValue;
use proto::{SpanId, TraceId};
use storage::env::Env;

/// A trace and the span in it that its requests name as their parent. No such span is sent: the requests are its roots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceContext {
    /// The trace.
    pub trace_id: TraceId,
    /// The parent.
    pub span_id: SpanId,
}

impl TraceContext {
    /// A new one.
    ///
    /// Its id is below every sampling rate of one in 60,000 and more as Go's ratio sampler reads ids, so that a runtime
    /// that does not follow its caller samples it too, and it never looks like a trace of a higher rate
    /// ([`model::sampling`]). 112 random bits are left.
    #[must_use]
    pub(crate) fn fresh(env: &Env) -> Self {
        let mut trace_id = env.random_bytes();
        trace_id[8..10].fill(0);
        let [span @ .., _, _, _, _, _, _, _, _] = env.random_bytes();
        Self { trace_id: TraceId(trace_id), span_id: SpanId(span) }
    }

    /// The same as the value of a header.
    #[must_use]
    pub(crate) fn header(self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.to_string()).ok()
    }
}

/// The value of `traceparent` (W3C Trace Context, level 1): sampled.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-01", self.trace_id, self.span_id)
    }
}

#[cfg(test)]
mod tests;
