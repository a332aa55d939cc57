//! A request in protobuf: what prost makes of it, we make of it, and columns hold exactly what the check counted.

use bytes::Bytes;
use proto::Tenant;
use proto::otlp::oracle::{assert_as_oracle, through};
use storage::LoggedRequest;
use storage::wal::{RecordMeta, Transport};

pub(super) fn run(data: &[u8]) {
    if !assert_as_oracle(data) {
        return;
    }
    let (_, summary) = through(data).expect("it was accepted a moment ago");
    let meta = RecordMeta {
        tenant: Tenant::default(),
        arrival: 1,
        peer: None,
        transport: Transport::Grpc,
        user_agent: String::new(),
        body_hash: 0,
    };
    let logged = LoggedRequest { meta, body: Bytes::copy_from_slice(data) };
    let batch = ingest::decode_requests(&[logged]).expect("what passes the check becomes columns");
    assert_eq!(batch.rows.num_rows() as u64, summary.spans);
}
