//! Folded names.
