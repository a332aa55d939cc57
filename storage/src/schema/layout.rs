//! The `attribute_layout` byte string: one byte per attribute, in the order they came, saying where the value is.
//!
//! Columns forget order and the map forgets types; this remembers both, and since few layouts exist it costs next
//! to nothing on disk. A byte below [`MAP_STRING`] is a position in [`model::attributes::SPAN_ATTRIBUTES`].

/// The next map entry, a string.
pub const MAP_STRING: u8 = 200;
/// The next map entry, a decimal integer.
pub const MAP_INT: u8 = 201;
/// The next map entry, a finite double in its shortest form that reads back the same.
pub const MAP_DOUBLE: u8 = 202;
/// The next map entry, `true` or `false`.
pub const MAP_BOOL: u8 = 203;
/// The next residual attribute; the next map entry shows it as JSON text.
pub const RESIDUAL_SHOWN: u8 = 204;
/// The next residual attribute; nothing else shows it (no value, or a key the span already had).
pub const RESIDUAL_HIDDEN: u8 = 205;
