//! The command from outside: what it prints, how it ends; the whole way of a span; and the rules of the
//! house.

mod command;
mod compact;
mod config_docs;
mod corpus;
mod damage;
mod filters;
mod flips;
mod help;
mod latency;
mod limits;
mod metrics_docs;
mod oracle;
mod pipeline;
mod redaction;
mod replay;
mod retries;
mod round_trip;
mod server;
mod settings;
mod simulate;
mod start;
mod tidy;
mod versions;
