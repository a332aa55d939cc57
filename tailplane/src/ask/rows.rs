//! The rows of an SQL answer, as a table, JSON or CSV.

use serde::Deserialize;
use serde_json::Value;

use crate::cli::Format;
use crate::format;

/// What is read of the API's answer to SQL.
#[derive(Debug, Deserialize)]
pub(super) struct Rows {
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
    pub(super) truncated: bool,
    pub(super) complete: bool,
    #[serde(default)]
    pub(super) incomplete_because: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Column {
    name: String,
}

impl Rows {
    /// Whether there are none.
    pub(super) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
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
        lines.extend(self.rows.iter().map(|row| row.iter().map(text).collect()));
        let is_number = |place: &usize| {
            let mut cells = self.rows.iter().filter_map(|row| row.get(*place)).filter(|cell| !cell.is_null());
            cells.next().is_some_and(|cell| cell.is_number() || cell.is_boolean())
        };
        let right: Vec<usize> = (0..self.columns.len()).filter(is_number).collect();
        format::table(&lines, &right)
    }

    fn objects(&self) -> Vec<Value> {
        let object = |row: &Vec<Value>| {
            let names = self.columns.iter().map(|column| column.name.clone());
            Value::Object(names.zip(row.iter().cloned()).collect())
        };
        self.rows.iter().map(object).collect()
    }

    fn csv(&self) -> String {
        let mut lines = format::csv_line(self.columns.iter().map(|column| column.name.as_str()));
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(text).collect();
            lines.push_str(&format::csv_line(cells.iter().map(String::as_str)));
        }
        lines
    }
}

fn text(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
