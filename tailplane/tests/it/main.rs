//! The command from outside: what it prints, how it ends; the whole way of a span; and the rules of the
//! house.

mod command;
mod config_docs;
mod corpus;
mod crash;
mod filters;
mod help;
mod latency;
mod oracle;
mod pipeline;
mod redaction;
mod replay;
mod round_trip;
mod server;
mod settings;
mod simulate;
mod start;
mod tidy;
