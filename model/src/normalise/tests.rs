//! Normalisation over the captured slices, and over spans typed from the reference for the other versions.

mod captures;
pub(crate) mod fixtures;
pub(crate) mod typed;
