//! The list of what is fuzzed.

mod json;
mod protobuf;
mod request;
mod traceql;
mod wal;

/// Something that reads what strangers write.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is that of its corpus.
    pub name: &'static str,
    /// What it does with an input.
    ///
    /// # Panics
    /// When it breaks a promise.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: [Target; 5] = [
    Target { name: "protobuf", run: protobuf::run },
    Target { name: "json", run: json::run },
    Target { name: "request", run: request::run },
    Target { name: "wal", run: wal::run },
    Target { name: "traceql", run: traceql::run },
];
