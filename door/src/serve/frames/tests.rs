//! What counts as a frame that carries nothing, however the bytes are cut.

use super::*;

fn frame(kind: u8, flags: u8, payload: usize) -> Vec<u8> {
    let length = u32::try_from(payload).unwrap().to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags, 0, 0, 0, 1];
    bytes.resize(HEADER_BYTES + payload, 0xff);
    bytes
}

fn talk() -> Vec<u8> {
    let mut bytes = PREFACE.to_vec();
    // Four that carry nothing: SETTINGS, PING, empty DATA, CONTINUATION; three that carry something.
    for (kind, flags, payload) in
        [(4, 0, 18), (1, 4, 300), (6, 0, 8), (0, 0, 0), (0, 0, 1000), (0, 1, 0), (9, 4, 20)]
    {
        bytes.extend(frame(kind, flags, payload));
    }
    bytes
}

#[test]
fn frames_are_told_apart_wherever_the_bytes_are_cut() {
    for piece in [1, 2, 7, 24, 33, 5000] {
        let mut meter = FrameMeter::new(u32::MAX);
        for bytes in talk().chunks(piece) {
            assert!(meter.see(bytes, || Duration::ZERO));
        }
        assert_eq!((meter.frames, meter.is_http2), (4, Some(true)), "cut every {piece} bytes");
    }
}

#[test]
fn too_many_in_a_period_end_it_and_a_new_period_forgives() {
    let mut meter = FrameMeter::new(4);
    assert!(meter.see(&talk(), || Duration::from_secs(1)));
    assert!(!meter.see(&frame(6, 0, 8), || Duration::from_secs(2)));
    let mut meter = FrameMeter::new(4);
    assert!(meter.see(&talk(), || Duration::from_secs(1)));
    assert!(meter.see(&frame(6, 0, 8), || Duration::from_secs(11)));
}

#[test]
fn what_is_no_http2_is_let_alone() {
    let mut meter = FrameMeter::new(10);
    assert!(meter.see(b"PRI /very HTTP/1.1\r\n\r\n", || Duration::ZERO));
    for _ in 0..100 {
        assert!(meter.see(&frame(6, 0, 8), || Duration::ZERO));
    }
    assert_eq!((meter.frames, meter.is_http2), (0, Some(false)));
}
