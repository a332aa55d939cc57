//! Rows of an answer as a file, for whoever accepts one.

use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use query::RowsFormat;

use super::accepts;

/// A kind of file, and what it is called.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowsFile {
    pub(super) format: RowsFormat,
    pub(super) media: &'static str,
}

const FILES: [RowsFile; 2] = [
    RowsFile { format: RowsFormat::ArrowStream, media: "application/vnd.apache.arrow.stream" },
    RowsFile { format: RowsFormat::Parquet, media: "application/vnd.apache.parquet" },
];

/// The kind of file that `headers` accept, if any.
pub(super) fn rows_file(headers: &HeaderMap) -> Option<RowsFile> {
    FILES.into_iter().find(|file| accepts(headers, file.media))
}

impl RowsFile {
    pub(super) fn response(self, bytes: Vec<u8>) -> Response {
        ([(CONTENT_TYPE, self.media)], bytes).into_response()
    }
}
