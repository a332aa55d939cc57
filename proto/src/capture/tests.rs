//! Captures are read as written, and a rewritten request differs in ids and times only.

use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use proptest::prelude::*;
use prost::Message;

use super::testing::fixture_files;
use super::*;
use crate::otlp::testing::{Random, canonical, mutated, oracle, through, traces_data};

fn written(requests: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), 3).unwrap();
    requests.iter().for_each(|body| writer.write(body).unwrap());
    writer.finish().unwrap()
}

#[test]
fn requests_are_read_as_written() {
    let requests = vec![vec![], vec![7; 1], vec![8; 200], vec![9; 70_000], vec![]];
    let found: Result<Vec<_>, _> = read(&written(&requests)[..]).unwrap().collect();
    assert_eq!(found.unwrap(), requests);
    assert_eq!(read(&written(&[])[..]).unwrap().count(), 0);
}

#[test]
fn a_damaged_capture_is_an_error_and_the_end() {
    let all = |bytes: &[u8]| read(bytes).unwrap().collect::<Vec<_>>();
    let good = written(&[vec![1; 100], Random(1).0.to_le_bytes().repeat(1_000)]);
    let cut = all(&good[..good.len() - 20]);
    assert!(cut.last().unwrap().is_err() && cut.len() <= 2, "{cut:?}");
    let other = all(b"this is no capture");
    assert_eq!(other.len(), 1);
    assert!(other[0].as_ref().unwrap_err().to_string().starts_with("request 1 of the capture: "));

    let raw = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
    assert!(matches!(all(&raw(&[2, 1]))[..], [Err(CaptureError::Truncated { request: 1 })]));
    assert!(matches!(all(&raw(&[1, 1, 0x80]))[..], [Ok(_), Err(CaptureError::Truncated { request: 2 })]));
    let too_large = all(&raw(&[0xff, 0xff, 0xff, 0xff, 0x0f]));
    assert_eq!(
        too_large[0].as_ref().unwrap_err().to_string(),
        "request 1 of the capture has 4294967295 bytes, at most 67108864 are allowed"
    );
    assert!(matches!(all(&raw(&[0xff; 11]))[..], [Err(CaptureError::TooLarge { request: 1, .. })]));
}

/// The change, made on prost's message.
fn changed(mut data: TracesData, change: &Rewrite) -> TracesData {
    let id = |id: &mut Vec<u8>, mask: &[u8]| {
        if id.len() == mask.len() && id.iter().any(|byte| *byte != 0) {
            id.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        }
    };
    let time = |time: &mut u64| {
        if *time != 0 {
            *time = time.saturating_add_signed(change.time_shift_ns);
        }
    };
    let scopes = data.resource_spans.iter_mut().flat_map(|resource| &mut resource.scope_spans);
    let spans: Vec<&mut Span> = scopes.flat_map(|scope| &mut scope.spans).collect();
    for span in spans {
        id(&mut span.trace_id, &change.trace_id_xor);
        id(&mut span.span_id, &change.span_id_xor);
        id(&mut span.parent_span_id, &change.span_id_xor);
        time(&mut span.start_time_unix_nano);
        time(&mut span.end_time_unix_nano);
        span.events.iter_mut().for_each(|event| time(&mut event.time_unix_nano));
        for link in &mut span.links {
            id(&mut link.trace_id, &change.trace_id_xor);
            id(&mut link.span_id, &change.span_id_xor);
        }
    }
    data
}

proptest! {
    #[test]
    fn a_rewrite_changes_ids_and_times_only(
        data in traces_data(),
        trace_id_xor: [u8; 16],
        span_id_xor: [u8; 8],
        time_shift_ns: i64,
    ) {
        let change = Rewrite { trace_id_xor, span_id_xor, time_shift_ns };
        let mut body = data.encode_to_vec();
        rewrite(&mut body, &change).unwrap();
        prop_assert_eq!(oracle(&body).unwrap().encode_to_vec(), changed(data, &change).encode_to_vec());
    }

    #[test]
    fn a_damaged_request_is_left_alone(data in traces_data(), seed: u64) {
        let body = mutated(&data.encode_to_vec(), &mut Random(seed));
        let mut copy = body.clone();
        let change = Rewrite { trace_id_xor: [1; 16], span_id_xor: [1; 8], time_shift_ns: 1 };
        if rewrite(&mut copy, &change).is_err() {
            prop_assert_eq!(copy, body);
            prop_assert!(through(&data.encode_to_vec()).is_ok());
        } else {
            prop_assert_eq!(copy.len(), body.len());
        }
    }
}

#[test]
fn a_rewrite_and_back_is_the_capture() {
    let change =
        Rewrite { trace_id_xor: [0x5a; 16], span_id_xor: [0x77; 8], time_shift_ns: 3_600_000_000_000 };
    let back = Rewrite { time_shift_ns: -change.time_shift_ns, ..change };
    for file in fixture_files() {
        let body = read(file).unwrap().next().unwrap().unwrap();
        let mut copy = body.clone();
        rewrite(&mut copy, &change).unwrap();
        assert_eq!(canonical(oracle(&copy).unwrap()), changed(oracle(&body).unwrap(), &change));
        let (before, after) = (span_times(&body).unwrap(), span_times(&copy).unwrap());
        assert_eq!((before.0 + 3_600_000_000_000, before.1 + 3_600_000_000_000, before.2), after);
        rewrite(&mut copy, &back).unwrap();
        assert!(copy == body);
    }
}

#[test]
fn times_of_no_span_are_none() {
    assert_eq!(span_times(&[]), None);
    assert_eq!(span_times(&[0x0a, 0x09]), None);
    assert_eq!(span_times(&[0x0a, 0x04, 0x12, 0x02, 0x12, 0x00]), None, "a span without times");
}
