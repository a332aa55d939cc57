use arrow::array::AsArray;
use arrow::datatypes::UInt64Type;
use model::latency::{Pick, Point as Figures, Quantile};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proto::{SpanId, TimeRange, TraceId};
use storage::Completeness;

use super::*;
use crate::latency::{Explanation, Label, Sampling, SamplingSource, SlotInstant, Source, Stats};

fn point(slot: u64, count: u64) -> Point {
    let quantile =
        |quantile, value_ns| Quantile { quantile, value_ns, is_max: false, interval_ns: (value_ns, None) };
    let quantiles = vec![quantile(0.5, count * 10), quantile(0.999, count * 20)];
    let figures = Figures { count, errors: 1, quantiles, exact: count < 10, error_bound: 0.0 };
    Point { slot, figures, count_estimated: count * 2 }
}

fn exemplar(slot: u64, duration_ns: u64) -> Exemplar {
    Exemplar {
        slot,
        time: slot,
        start: slot,
        trace_id: TraceId([7; 16]),
        span_id: SpanId([9; 8]),
        duration_ns,
        error: false,
        pick: Pick::Max,
        rank: (1.0, 1.0),
    }
}

fn answer() -> LatencyAnswer {
    let series = |value: Option<&str>, is_other, points, exemplars| Series {
        labels: if is_other {
            Vec::new()
        } else {
            vec![Label { name: "k8s:verb".to_owned(), value: value.map(str::to_owned) }]
        },
        is_other,
        count: 1,
        points,
        total: None,
        above: Vec::new(),
        exemplars,
    };
    LatencyAnswer {
        range: TimeRange { start: 0, end: 3_000 },
        step_ns: 1_000,
        slots: SlotInstant::End,
        quantiles: vec![0.5, 0.999],
        series: vec![
            series(
                Some("GET"),
                false,
                vec![point(1_000, 5), point(2_000, 50)],
                vec![exemplar(1_000, 77), exemplar(1_000, 66), exemplar(2_000, 55)],
            ),
            series(None, true, vec![point(1_000, 3)], Vec::new()),
        ],
        heatmap: None,
        not_by_rollup: None,
        explanation: Explanation::default(),
        sampling: Sampling { rate: None, source: SamplingSource::Unknown },
        stats: Stats {
            source: Source::Live,
            rows_read: 0,
            files_read: 0,
            bytes_read: 0,
            elapsed: std::time::Duration::ZERO,
            completeness: Completeness::default(),
            complete_to: None,
        },
    }
}

#[test]
fn a_point_is_a_row_with_its_best_exemplar() {
    let labels = ["verb".to_owned()];
    let rows = answer().rows(&labels).unwrap();
    let schema = rows.schema();
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(
        names,
        [
            "slot_start",
            "verb",
            "is_other",
            "count",
            "count_estimated",
            "errors",
            "p50_ns",
            "p99.9_ns",
            "is_exact",
            "error_bound",
            "exemplar_trace_id",
            "exemplar_span_id",
            "exemplar_duration_ns"
        ]
    );
    let texts = |name: &str| rows.column_by_name(name).unwrap().as_string::<i32>().iter().collect::<Vec<_>>();
    let numbers = |name: &str| {
        rows.column_by_name(name).unwrap().as_primitive::<UInt64Type>().iter().collect::<Vec<_>>()
    };
    assert_eq!(texts("verb"), [Some("GET"), Some("GET"), None]);
    assert_eq!(numbers("count"), [Some(5), Some(50), Some(3)]);
    assert_eq!(numbers("p99.9_ns"), [Some(100), Some(1_000), Some(60)]);
    assert_eq!(numbers("exemplar_duration_ns"), [Some(77), Some(55), None]);
    assert_eq!(texts("exemplar_span_id"), [Some("0909090909090909"), Some("0909090909090909"), None]);
}

#[test]
fn both_files_hold_the_same_rows() {
    let labels = ["verb".to_owned()];
    let rows = answer().rows(&labels).unwrap();
    let arrow = answer().encoded(&labels, RowsFormat::ArrowStream).unwrap();
    let mut read = arrow::ipc::reader::StreamReader::try_new(arrow.as_slice(), None).unwrap();
    let found = read.next().unwrap().unwrap();
    assert_eq!(found.columns(), rows.columns());
    assert_eq!(found.schema().metadata()["tailplane.complete"], "true");
    let parquet = answer().encoded(&labels, RowsFormat::Parquet).unwrap();
    let mut read =
        ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(parquet)).unwrap().build().unwrap();
    assert_eq!(read.next().unwrap().unwrap().columns(), rows.columns());
    let nothing = LatencyAnswer { series: Vec::new(), ..answer() };
    assert!(nothing.encoded(&labels, RowsFormat::Parquet).unwrap().starts_with(b"PAR1"));
}
