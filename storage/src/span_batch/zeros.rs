//! Zeros that all batches share: most columns of most batches are absent or say one thing, and need no keys of their own.

use std::sync::LazyLock;

use arrow::array::{Array, ArrayData, RecordBatch};
use arrow::buffer::Buffer;

/// Enough for the 64-bit values of 8,192 rows.
const SHARED_BYTES: usize = 64 << 10;

static SHARED: LazyLock<Buffer> = LazyLock::new(|| Buffer::from_vec(vec![0_u64; SHARED_BYTES / 8]));

/// A buffer of `bytes` zeros, which costs nothing when it is short.
#[must_use]
pub fn zeros(bytes: usize) -> Buffer {
    if bytes <= SHARED_BYTES {
        SHARED.slice_with_length(0, bytes)
    } else {
        Buffer::from_vec(vec![0_u8; bytes])
    }
}

/// The bytes of memory that `rows` holds of its own.
pub(super) fn own_bytes(rows: &RecordBatch) -> usize {
    rows.columns().iter().map(|column| own_bytes_of(&column.to_data())).sum()
}

fn own_bytes_of(data: &ArrayData) -> usize {
    let shared = SHARED.data_ptr();
    let buffers = data.buffers().iter().chain(data.nulls().map(|nulls| nulls.buffer()));
    let own: usize = buffers.filter(|buffer| buffer.data_ptr() != shared).map(Buffer::capacity).sum();
    // Nesting is as deep as the schema: three.
    size_of::<ArrayData>() + own + data.child_data().iter().map(own_bytes_of).sum::<usize>()
}
