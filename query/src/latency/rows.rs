//! A latency answer as rows: one for each series and slot.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray, TimestampNanosecondArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Schema};
use proto::ErrorKind;

use super::answer::{Exemplar, LatencyAnswer, Point, Series};
use crate::{Error, Result, RowsFormat};

impl LatencyAnswer {
    /// A file of its points: `slot_start`, a column for each of `labels`, which name those of the series, `is_other`, `count`, `count_estimated`,
    /// `errors`, `p99_ns` and so on for each quantile, `is_exact`, `error_bound`, and the best exemplar by its ids and duration.
    ///
    /// # Errors
    /// `Internal` when the rows cannot be written.
    pub fn encoded(&self, labels: &[String], format: RowsFormat) -> Result<Vec<u8>> {
        let rows = self
            .rows(labels)
            .map_err(|error| Error::new(ErrorKind::Internal, format!("the points are no rows: {error}")))?;
        let missing: Vec<_> = self.stats.completeness.incomplete_because().collect();
        format.encode(&rows.schema(), std::slice::from_ref(&rows), &missing)
    }

    fn rows(&self, labels: &[String]) -> Result<RecordBatch, arrow::error::ArrowError> {
        let points: Vec<(&Series, &Point)> = self
            .series
            .iter()
            .flat_map(|series| series.points.iter().map(move |point| (series, point)))
            .collect();
        let mut columns = Columns::default();
        let starts = points.iter().map(|(_, point)| point.slot as i64);
        let starts = TimestampNanosecondArray::from_iter_values(starts).with_timezone("UTC");
        columns.push("slot_start", Arc::new(starts));
        for (place, name) in labels.iter().enumerate() {
            let value = |series: &Series| series.labels.get(place).and_then(|label| label.value.clone());
            let values: StringArray = points.iter().map(|(series, _)| value(series)).collect();
            columns.push(name, Arc::new(values));
        }
        let others: BooleanArray = points.iter().map(|(series, _)| Some(series.is_other)).collect();
        columns.push("is_other", Arc::new(others));
        let numbers = |number: &dyn Fn(&Point) -> u64| -> ArrayRef {
            Arc::new(UInt64Array::from_iter_values(points.iter().map(|(_, point)| number(point))))
        };
        columns.push("count", numbers(&|point| point.figures.count));
        columns.push("count_estimated", numbers(&|point| point.count_estimated));
        columns.push("errors", numbers(&|point| point.figures.errors));
        for (place, quantile) in self.quantiles.iter().enumerate() {
            let value = |point: &Point| point.figures.quantiles.get(place).map_or(0, |found| found.value_ns);
            // As people say it: 0.999 is p99.9, whatever binary fractions make of it.
            let percent = (quantile * 1e11).round() / 1e9;
            columns.push(&format!("p{percent}_ns"), numbers(&value));
        }
        let exact: BooleanArray = points.iter().map(|(_, point)| Some(point.figures.exact)).collect();
        columns.push("is_exact", Arc::new(exact));
        let bounds = points.iter().map(|(_, point)| point.figures.error_bound);
        columns.push("error_bound", Arc::new(Float64Array::from_iter_values(bounds)));
        let best: Vec<Option<&Exemplar>> =
            points.iter().map(|(series, point)| best_of(series, point)).collect();
        let texts = |text: &dyn Fn(&Exemplar) -> String| -> ArrayRef {
            Arc::new(best.iter().map(|best| best.map(text)).collect::<StringArray>())
        };
        columns.push("exemplar_trace_id", texts(&|exemplar| exemplar.trace_id.to_string()));
        columns.push("exemplar_span_id", texts(&|exemplar| exemplar.span_id.to_string()));
        let durations: UInt64Array = best.iter().map(|best| best.map(|best| best.duration_ns)).collect();
        columns.push("exemplar_duration_ns", Arc::new(durations));
        RecordBatch::try_new(Arc::new(Schema::new(columns.fields)), columns.arrays)
    }
}

/// The first exemplar of a point: they are in order of slots, best first.
fn best_of<'a>(series: &'a Series, point: &Point) -> Option<&'a Exemplar> {
    let place = series.exemplars.partition_point(|exemplar| exemplar.slot < point.slot);
    series.exemplars.get(place).filter(|exemplar| exemplar.slot == point.slot)
}

#[derive(Default)]
struct Columns {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    fn push(&mut self, name: &str, array: ArrayRef) {
        let is_nullable = array.null_count() > 0 || *array.data_type() == DataType::Utf8;
        self.fields.push(Field::new(name, array.data_type().clone(), is_nullable));
        self.arrays.push(array);
    }
}

#[cfg(test)]
mod tests;
