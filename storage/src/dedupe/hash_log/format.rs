//! The bytes of a file of the hash log.

use bytes::Buf;
use proto::UnixNanos;
use uuid::Uuid;

/// The version this binary writes, and the newest it reads.
const FORMAT_VERSION: u32 = 1;
const MAGIC: [u8; 8] = *b"TPLNHASH";
const HEADER_BYTES: usize = 32;
const SECTION_HEADER_BYTES: usize = 32;

/// The hashes of one flush, as they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredSection {
    pub(super) through: u64,
    pub(super) saved_at: UnixNanos,
    pub(super) hashes: Vec<u128>,
}

/// The header of a file.
pub(super) fn start_file(wal_id: Uuid) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(wal_id.as_bytes());
    let crc = crc32c::crc32c_append(crc32c::crc32c(&bytes[..12]), &bytes[16..]);
    bytes[12..16].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// Appends the section of one flush.
pub(super) fn write_section(bytes: &mut Vec<u8>, through: u64, saved_at: UnixNanos, hashes: &[u128]) {
    let start = bytes.len();
    bytes.reserve(SECTION_HEADER_BYTES + size_of_val(hashes));
    bytes.extend_from_slice(&through.to_le_bytes());
    bytes.extend_from_slice(&saved_at.to_le_bytes());
    bytes.extend_from_slice(&(hashes.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&[0; 8]);
    for hash in hashes {
        bytes.extend_from_slice(&hash.to_le_bytes());
    }
    let crc = section_crc(&bytes[start..]);
    bytes[start + 28..start + 32].copy_from_slice(&crc.to_le_bytes());
}

fn section_crc(section: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&section[..28]), &section[SECTION_HEADER_BYTES..])
}

/// The sections of a file as far as they are whole, and what is wrong with the rest. A file of another log has none.
pub(super) fn read_sections(bytes: &[u8], wal_id: Uuid) -> (Vec<StoredSection>, Option<String>) {
    let mut sections = Vec::new();
    let Some((header, mut rest)) = bytes.split_at_checked(HEADER_BYTES) else {
        return (sections, Some(format!("it has only {} bytes", bytes.len())));
    };
    let crc = crc32c::crc32c_append(crc32c::crc32c(&header[..12]), &header[16..]);
    if !header.starts_with(&MAGIC) || (&header[12..]).get_u32_le() != crc {
        return (sections, Some("its header is damaged".to_owned()));
    }
    let version = (&header[8..]).get_u32_le();
    if version > FORMAT_VERSION {
        let fault = format!("it has format version {version}, newer than this binary's {FORMAT_VERSION}");
        return (sections, Some(fault));
    }
    if header[16..] != *wal_id.as_bytes() {
        return (sections, None);
    }
    while !rest.is_empty() {
        let Some((section, after)) = read_section(rest) else {
            let fault = format!("it is damaged at or after byte {}", bytes.len() - rest.len());
            return (sections, Some(fault));
        };
        sections.push(section);
        rest = after;
    }
    (sections, None)
}

fn read_section(bytes: &[u8]) -> Option<(StoredSection, &[u8])> {
    let mut header = bytes.get(..SECTION_HEADER_BYTES)?;
    let (through, saved_at) = (header.get_u64_le(), header.get_u64_le());
    let hashes_bytes = usize::try_from(header.get_u64_le()).ok()?.checked_mul(size_of::<u128>())?;
    header.advance(4);
    let crc = header.get_u32_le();
    let (section, after) = bytes.split_at_checked(SECTION_HEADER_BYTES.checked_add(hashes_bytes)?)?;
    if section_crc(section) != crc {
        return None;
    }
    let hashes = section[SECTION_HEADER_BYTES..].as_chunks().0;
    let hashes = hashes.iter().map(|hash| u128::from_le_bytes(*hash)).collect();
    Some((StoredSection { through, saved_at, hashes }, after))
}
