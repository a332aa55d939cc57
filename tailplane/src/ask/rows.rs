//! The rows of an SQL answer, as a table, JSON or CSV.

use anyhow::Context;
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use query::SqlAnswer;
use serde_json::Value;

use crate::cli::Format;
use crate::format;

/// The answer as text, null apart.
#[derive(Debug)]
pub(super) struct Rows {
    columns: Vec<Column>,
    cells: Vec<Vec<Option<String>>>,
}

#[derive(Debug)]
struct Column {
    name: String,
    /// Whether its text is a number, or `true` or `false`, in JSON too.
    is_bare: bool,
}

impl Rows {
    /// The rows of `answer`, as Arrow prints them: ids in hex, times in RFC 3339.
    pub(super) fn read(answer: &SqlAnswer) -> anyhow::Result<Self> {
        let columns = answer.schema.fields().iter().map(|field| Column {
            name: field.name().clone(),
            is_bare: field.data_type().is_numeric() || *field.data_type() == DataType::Boolean,
        });
        let options = FormatOptions::default();
        let mut cells = Vec::new();
        for batch in &answer.batches {
            let formatters =
                batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options));
            let formatters =
                formatters.collect::<Result<Vec<_>, _>>().context("a column cannot be printed")?;
            for row in 0..batch.num_rows() {
                let text = |(column, formatter): (&arrow::array::ArrayRef, &ArrayFormatter<'_>)| {
                    column.is_valid(row).then(|| formatter.value(row).to_string())
                };
                cells.push(batch.columns().iter().zip(&formatters).map(text).collect());
            }
        }
        Ok(Self { columns: columns.collect(), cells })
    }

    /// The text in `format`.
    pub(super) fn print(&self, format: Format) -> anyhow::Result<String> {
        Ok(match format {
            Format::Table => self.table(),
            Format::Json => serde_json::to_string_pretty(&self.objects())?,
            Format::Csv => self.csv(),
        })
    }

    fn table(&self) -> String {
        let mut lines = vec![self.columns.iter().map(|column| column.name.clone()).collect()];
        lines.extend(
            self.cells.iter().map(|row| row.iter().map(|cell| cell.clone().unwrap_or_default()).collect()),
        );
        let right: Vec<usize> =
            (0..self.columns.len()).filter(|place| self.columns[*place].is_bare).collect();
        format::table(&lines, &right)
    }

    fn objects(&self) -> Vec<Value> {
        let value = |column: &Column, cell: &Option<String>| match cell {
            None => Value::Null,
            // What JSON has no number for (NaN) stays text.
            Some(text) if column.is_bare => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()))
            }
            Some(text) => Value::from(text.as_str()),
        };
        let object = |row: &Vec<Option<String>>| {
            let pairs = self.columns.iter().zip(row);
            Value::Object(pairs.map(|(column, cell)| (column.name.clone(), value(column, cell))).collect())
        };
        self.cells.iter().map(object).collect()
    }

    fn csv(&self) -> String {
        let mut text = format::csv_line(self.columns.iter().map(|column| column.name.as_str()));
        for row in &self.cells {
            text.push_str(&format::csv_line(row.iter().map(|cell| cell.as_deref().unwrap_or_default())));
        }
        text
    }
}

#[cfg(test)]
mod tests;
