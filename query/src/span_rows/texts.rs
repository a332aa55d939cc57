//! Columns of strings and bytes in both of their types.

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BinaryViewArray, StringArray, StringViewArray};

/// Strings as files have them, or as queries see them.
pub(crate) enum Texts<'a> {
    Plain(&'a StringArray),
    Views(&'a StringViewArray),
}

impl<'a> Texts<'a> {
    /// None for a column of another type.
    pub(crate) fn of(column: &'a ArrayRef) -> Option<Self> {
        column.as_string_opt().map(Self::Plain).or_else(|| column.as_string_view_opt().map(Self::Views))
    }

    pub(crate) fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Plain(texts) => texts.is_valid(row).then(|| texts.value(row)),
            Self::Views(texts) => texts.is_valid(row).then(|| texts.value(row)),
        }
    }
}

/// Bytes as files have them, or as queries see them.
pub(crate) enum Binaries<'a> {
    Plain(&'a BinaryArray),
    Views(&'a BinaryViewArray),
}

impl<'a> Binaries<'a> {
    /// None for a column of another type.
    pub(crate) fn of(column: &'a ArrayRef) -> Option<Self> {
        column.as_binary_opt().map(Self::Plain).or_else(|| column.as_binary_view_opt().map(Self::Views))
    }

    pub(crate) fn get(&self, row: usize) -> Option<&'a [u8]> {
        match self {
            Self::Plain(bytes) => bytes.is_valid(row).then(|| bytes.value(row)),
            Self::Views(bytes) => bytes.is_valid(row).then(|| bytes.value(row)),
        }
    }
}
