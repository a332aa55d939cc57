//! Storage as a whole: in a folder that is copied, filled, write-protected and taken away.

mod crash;
mod disk;
mod pressure;
mod restart;
pub(crate) mod support;
