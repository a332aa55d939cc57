//! The decoder against prost, over real captures, and its own rules.

mod corpus;
mod faults;
mod limits;
mod oracle;
