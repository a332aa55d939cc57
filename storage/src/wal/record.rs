//! What a caller puts into the log and gets back, and how it lies in a frame of bytes.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use bytes::{Buf, Bytes};
use proto::{Tenant, UnixNanos};

/// Bytes of a frame before tenant, user agent and body.
pub(super) const HEADER_BYTES: usize = 88;
/// Frames start at multiples of this, so that a search for them need not look at every byte.
pub(super) const ALIGNMENT_BYTES: u64 = 8;
/// The longest tenant or user agent a frame can hold.
pub(super) const TEXT_BYTES_MAX: usize = u16::MAX as usize;

/// The door a request came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Transport {
    /// OTLP/gRPC.
    Grpc = 1,
    /// OTLP/HTTP, protobuf body.
    HttpProtobuf = 2,
    /// OTLP/HTTP, JSON body.
    HttpJson = 3,
    /// A Unix socket.
    Unix = 4,
}

impl Transport {
    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Grpc),
            2 => Some(Self::HttpProtobuf),
            3 => Some(Self::HttpJson),
            4 => Some(Self::Unix),
            _ => None,
        }
    }
}

/// What is known of a request beside its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordMeta {
    /// Whose it is.
    pub tenant: Tenant,
    /// When it arrived.
    pub arrival: UnixNanos,
    /// Who sent it (flow and scope of an IPv6 address are not kept); none for a Unix socket.
    pub peer: Option<SocketAddr>,
    /// The door it came in by.
    pub transport: Transport,
    /// The exporter's user agent, at most 65,535 bytes.
    pub user_agent: String,
    /// A hash of the body as it was sent, for the recognition of retries; opaque here.
    pub body_hash: u128,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A request.
    Data {
        /// What is known of it.
        meta: RecordMeta,
        /// Its bytes.
        body: Bytes,
    },
    /// A flush was begun of every record before this one that no earlier flush had taken.
    FlushBoundary {
        /// The flusher's own notes.
        description: Bytes,
    },
}

/// A record read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place in the log: 1 for the first record of a directory, one more for each that follows.
    pub sequence: u64,
    /// What it says.
    pub content: Content,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum FrameKind {
    Data = 1,
    FlushBoundary = 2,
    /// Takes no sequence: says that all before it is durable, and may raise the epoch.
    Mark = 3,
}

/// Where a frame belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// The writer's generation; stale bytes of a recycled segment have a lower one.
    pub(super) epoch: u64,
    /// This record's sequence; for a mark, the one of the next record.
    pub(super) sequence: u64,
    /// The first sequence of the round this was written in: all below was durable by then.
    pub(super) round_sequence: u64,
}

/// The fixed start of a frame that was not verified yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prefix {
    pub(super) frame_bytes: usize,
    pub(super) stamp: Stamp,
}

impl Content {
    /// What the frame takes in a segment, alignment included.
    pub(super) fn frame_bytes(&self) -> u64 {
        let variable = match self {
            Self::Data { meta, body } => meta.tenant.as_str().len() + meta.user_agent.len() + body.len(),
            Self::FlushBoundary { description } => size_of::<u64>() + description.len(),
        };
        aligned(HEADER_BYTES as u64 + variable as u64)
    }
}

/// The next frame's place after a frame of `bytes`.
pub(super) const fn aligned(bytes: u64) -> u64 {
    bytes.next_multiple_of(ALIGNMENT_BYTES)
}

/// Appends the frame of `content` to `buffer`. `seed` binds the checksum to this log.
pub(super) fn encode(buffer: &mut Vec<u8>, seed: u32, stamp: Stamp, content: &Content) {
    let start = buffer.len();
    match content {
        Content::Data { meta, body } => {
            encode_header(buffer, stamp, FrameKind::Data, Some(meta));
            buffer.extend_from_slice(meta.tenant.as_str().as_bytes());
            buffer.extend_from_slice(meta.user_agent.as_bytes());
            buffer.extend_from_slice(body);
        }
        Content::FlushBoundary { description } => {
            encode_header(buffer, stamp, FrameKind::FlushBoundary, None);
            buffer.extend_from_slice(&stamp.sequence.saturating_sub(1).to_le_bytes());
            buffer.extend_from_slice(description);
        }
    }
    finish(buffer, start, seed);
}

/// Appends a mark to `buffer`.
pub(super) fn encode_mark(buffer: &mut Vec<u8>, seed: u32, epoch: u64, next_sequence: u64) {
    let start = buffer.len();
    let stamp = Stamp { epoch, sequence: next_sequence, round_sequence: next_sequence };
    encode_header(buffer, stamp, FrameKind::Mark, None);
    finish(buffer, start, seed);
}

fn encode_header(buffer: &mut Vec<u8>, stamp: Stamp, kind: FrameKind, meta: Option<&RecordMeta>) {
    buffer.extend_from_slice(&[0; 8]);
    buffer.extend_from_slice(&stamp.epoch.to_le_bytes());
    buffer.extend_from_slice(&stamp.sequence.to_le_bytes());
    buffer.extend_from_slice(&stamp.round_sequence.to_le_bytes());
    buffer.extend_from_slice(&meta.map_or(0, |meta| meta.arrival).to_le_bytes());
    buffer.extend_from_slice(&meta.map_or(0, |meta| meta.body_hash).to_le_bytes());
    let (family, port, address) = match meta.and_then(|meta| meta.peer) {
        None => (0, 0, [0; 16]),
        Some(SocketAddr::V4(peer)) => (4, peer.port(), peer.ip().to_ipv6_mapped().octets()),
        Some(SocketAddr::V6(peer)) => (6, peer.port(), peer.ip().octets()),
    };
    let transport = meta.map_or(0, |meta| meta.transport as u8);
    buffer.extend_from_slice(&[kind as u8, transport, family, 0]);
    buffer.extend_from_slice(&port.to_le_bytes());
    for text in [meta.map_or("", |meta| meta.tenant.as_str()), meta.map_or("", |meta| &meta.user_agent)] {
        let bytes = u16::try_from(text.len()).expect("append refuses longer texts");
        buffer.extend_from_slice(&bytes.to_le_bytes());
    }
    buffer.extend_from_slice(&[0; 6]);
    buffer.extend_from_slice(&address);
}

fn finish(buffer: &mut Vec<u8>, start: usize, seed: u32) {
    let frame_bytes = u32::try_from(buffer.len() - start).expect("append refuses longer bodies");
    buffer[start + 4..start + 8].copy_from_slice(&frame_bytes.to_le_bytes());
    let crc = crc32c::crc32c_append(seed, &buffer[start + 4..]);
    buffer[start..start + 4].copy_from_slice(&crc.to_le_bytes());
    buffer.resize(start + aligned(u64::from(frame_bytes)) as usize, 0);
}

/// Reads the start of what may be a frame; `header` has [`HEADER_BYTES`] bytes.
pub(super) fn peek(mut header: &[u8]) -> Option<Prefix> {
    header.advance(4);
    let frame_bytes = header.get_u32_le() as usize;
    let stamp = Stamp {
        epoch: header.get_u64_le(),
        sequence: header.get_u64_le(),
        round_sequence: header.get_u64_le(),
    };
    (frame_bytes >= HEADER_BYTES).then_some(Prefix { frame_bytes, stamp })
}

/// Reads only the epoch of what may be a frame.
pub(super) fn peek_epoch(header: &[u8]) -> u64 {
    let mut epoch = &header[8..16];
    epoch.get_u64_le()
}

/// Whether the checksum of a whole frame is right.
pub(super) fn is_intact(mut frame: &[u8], seed: u32) -> bool {
    let crc = frame.get_u32_le();
    crc == crc32c::crc32c_append(seed, frame)
}

/// The kind of an intact frame.
pub(super) fn kind(frame: &[u8]) -> Option<FrameKind> {
    match frame[56] {
        1 => Some(FrameKind::Data),
        2 => Some(FrameKind::FlushBoundary),
        3 => Some(FrameKind::Mark),
        _ => None,
    }
}

/// What an intact data or boundary frame says; none if it breaks the format although its checksum is right.
pub(super) fn decode(frame: &Bytes, kind: FrameKind) -> Option<Content> {
    let mut rest = frame.slice(HEADER_BYTES..);
    match kind {
        FrameKind::Mark => None,
        FrameKind::FlushBoundary => {
            // The last sequence of the flush: the one before the boundary's own.
            rest.try_get_u64_le().ok()?;
            Some(Content::FlushBoundary { description: rest })
        }
        FrameKind::Data => {
            let mut header = &frame[32..HEADER_BYTES];
            let arrival = header.get_u64_le();
            let body_hash = header.get_u128_le();
            header.advance(1);
            let transport = Transport::from_byte(header.get_u8())?;
            let family = header.get_u8();
            header.advance(1);
            let port = header.get_u16_le();
            let tenant_bytes = usize::from(header.get_u16_le());
            let user_agent_bytes = usize::from(header.get_u16_le());
            header.advance(6);
            let address = Ipv6Addr::from(header.get_u128());
            if rest.len() < tenant_bytes + user_agent_bytes {
                return None;
            }
            let tenant = Tenant::new(std::str::from_utf8(&rest.split_to(tenant_bytes)).ok()?).ok()?;
            let user_agent = String::from_utf8(rest.split_to(user_agent_bytes).to_vec()).ok()?;
            let peer = peer(family, address, port)?;
            let meta = RecordMeta { tenant, arrival, peer, transport, user_agent, body_hash };
            Some(Content::Data { meta, body: rest })
        }
    }
}

fn peer(family: u8, address: Ipv6Addr, port: u16) -> Option<Option<SocketAddr>> {
    match family {
        0 => Some(None),
        4 => Some(Some(SocketAddr::new(IpAddr::V4(address.to_ipv4_mapped()?), port))),
        6 => Some(Some(SocketAddr::new(IpAddr::V6(address), port))),
        _ => None,
    }
}
