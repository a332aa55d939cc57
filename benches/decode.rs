//! Criterion: decoding the fixture, beside prost.

use std::hint::black_box;

use benches::captures::{self, Nothing};
use benches::store;
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use proto::otlp::{DecodeLimits, decode_request};

fn decode(criterion: &mut Criterion) {
    let requests = captures::requests(&[]).expect("the fixtures");
    let bodies: Vec<Bytes> = requests.iter().map(|request| Bytes::copy_from_slice(request)).collect();
    let mut group = criterion.benchmark_group("decode");
    group
        .sample_size(20)
        .throughput(Throughput::Elements(captures::count_spans(&requests).expect("it decodes")));
    group.bench_function("prost", |bench| {
        bench.iter(|| {
            for body in &bodies {
                black_box(ExportTraceServiceRequest::decode(body.as_ref()).expect("it decodes"));
            }
        });
    });
    group.bench_function("spans", |bench| {
        bench.iter(|| {
            for body in &bodies {
                black_box(decode_request(body, &DecodeLimits::default(), &mut Nothing).expect("it decodes"));
            }
        });
    });
    group.bench_function("columns", |bench| {
        let logged = store::logged(&requests);
        bench.iter(|| {
            for together in logged.chunks(store::SETTLED_TOGETHER) {
                black_box(ingest::decode_requests(together).expect("it decodes"));
            }
        });
    });
    group.finish();
}

criterion_group!(all, decode);
criterion_main!(all);
