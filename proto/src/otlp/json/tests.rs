//! OTLP/JSON as proto3 has it, against opentelemetry-proto where that is right.

mod forms;
mod oracle;
mod refused;
