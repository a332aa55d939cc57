//! The rows of an SQL answer as texts.

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use proto::ErrorKind;

use super::SqlAnswer;
use crate::{Error, Result, RowsFormat};

/// The rows as texts, null apart.
#[derive(Debug, Clone, PartialEq)]
pub struct SqlRows {
    /// The columns.
    pub columns: Vec<SqlColumn>,
    /// The cells of each row, as Arrow prints them: ids in hex, times in RFC 3339.
    pub cells: Vec<Vec<Option<String>>>,
}

/// A column of an SQL answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlColumn {
    /// Its name.
    pub name: String,
    /// Its Arrow type.
    pub data_type: String,
    /// Whether its text is a number, or `true` or `false`, in JSON too.
    pub is_bare: bool,
}

impl SqlAnswer {
    /// The rows as texts.
    ///
    /// # Errors
    /// `Internal` for a column that cannot be printed.
    pub fn rows(&self) -> Result<SqlRows> {
        let columns = self.schema.fields().iter().map(|field| SqlColumn {
            name: field.name().clone(),
            data_type: field.data_type().to_string(),
            is_bare: field.data_type().is_numeric() || *field.data_type() == DataType::Boolean,
        });
        let failed = |error: ArrowError| {
            Error::new(ErrorKind::Internal, format!("a column cannot be printed: {error}"))
        };
        let options = FormatOptions::default();
        let mut cells = Vec::new();
        for batch in &self.batches {
            let formatters =
                batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options));
            let formatters = formatters.collect::<Result<Vec<_>, _>>().map_err(failed)?;
            for row in 0..batch.num_rows() {
                let text = |(column, formatter): (&ArrayRef, &ArrayFormatter<'_>)| {
                    column.is_valid(row).then(|| formatter.value(row).to_string())
                };
                cells.push(batch.columns().iter().zip(&formatters).map(text).collect());
            }
        }
        Ok(SqlRows { columns: columns.collect(), cells })
    }

    /// A file of the rows.
    ///
    /// # Errors
    /// `Invalid` for a column that the format does not know.
    pub fn encoded(&self, format: RowsFormat) -> Result<Vec<u8>> {
        let cut = self.truncated.then_some("truncated");
        let missing: Vec<_> = self.completeness.incomplete_because().chain(cut).collect();
        format.encode(&self.schema, &self.batches, &missing)
    }
}
