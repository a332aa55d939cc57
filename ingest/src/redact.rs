//! Masks secrets in a request's own bytes, before anything of it is written or said.
//!
//! Each byte of a secret becomes `*`: lengths stay, and so the request stays a request.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use model::redaction::{MASK, Reason, Redaction};
use proto::otlp::for_each_text;

/// In how many places something was masked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Masked(BTreeMap<Reason, u64>);

impl Masked {
    /// In how many, for all reasons.
    pub(crate) fn values(&self) -> u64 {
        self.0.values().sum()
    }
}

/// `body`, an `ExportTraceServiceRequest`, with its secrets masked; the same bytes when it has none.
pub(crate) fn masked(body: Bytes, redaction: &Redaction) -> (Bytes, Masked) {
    let mut masked = Masked::default();
    if !redaction.may_apply(&body) {
        return (body, masked);
    }
    let mut parts: Vec<Range<usize>> = Vec::new();
    for_each_text(&body, |text| {
        redaction.find(text.key, text.bytes, |reason, part| {
            *masked.0.entry(reason).or_default() += 1;
            parts.push(text.range.start + part.start..text.range.start + part.end);
        });
    });
    if parts.is_empty() {
        return (body, masked);
    }
    let mut bytes = body.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&*shared));
    for part in parts {
        bytes[part].fill(MASK);
    }
    (bytes.freeze(), masked)
}

#[cfg(test)]
mod tests;
