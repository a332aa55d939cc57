//! A file system in memory that keeps its word to the letter and no more: what was not synced may be lost when the power
//! is cut, in part and in any order; and that can be made slow, full, read-only or faulty while it is mounted.
//!
//! - A file's bytes are durable after fsync or fdatasync of the file; a name is durable after fsync of its folder.
//! - At a power cut, the writes since are lost or kept one by one, torn at sectors of 512 bytes; names likewise.
//! - A failed fsync leaves the file's pages clean: the next fsync succeeds, and what was written before is not durable.

mod content;
mod filesystem;
mod mount;
mod pages;
mod tree;

pub use self::mount::{Faults, LossyDisk, Mounted, why_unavailable};

#[cfg(test)]
mod tests;
