//! Captured export requests as a load.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context;
use proto::capture::{self, Rewrite};
use proto::otlp::{DecodeLimits, Resource, Scope, Span, SpanSink, decode_request};

/// Every request of the capture files, or of the capture files in a folder; of this repository's fixtures when `paths`
/// is empty.
///
/// # Errors
/// When a file is no capture.
pub fn requests(paths: &[PathBuf]) -> anyhow::Result<Vec<Vec<u8>>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/fixtures");
    let paths =
        if paths.is_empty() { vec![fixtures.join("calm"), fixtures.join("stall")] } else { paths.to_vec() };
    let mut requests = Vec::new();
    for path in paths {
        for file in files_in(&path)? {
            let opened = File::open(&file).with_context(|| format!("cannot open {}", file.display()))?;
            for request in capture::read(opened)? {
                requests.push(request.with_context(|| format!("in {}", file.display()))?);
            }
        }
    }
    Ok(requests)
}

/// The capture files in a folder, or the file itself.
fn files_in(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = path.read_dir().with_context(|| format!("cannot read {}", path.display()))?;
    let mut files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "zst"));
    files.sort();
    Ok(files)
}

/// Gives `request` ids that copy number `copy` alone has, and moves its times.
///
/// # Errors
/// When it is no export request.
pub fn rekey(request: &mut [u8], copy: u64, time_shift_ns: i64) -> anyhow::Result<()> {
    let mut trace_id_xor = [0; 16];
    trace_id_xor[..8].copy_from_slice(&copy.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    let span_id_xor = copy.wrapping_mul(0xc2b2_ae3d_27d4_eb4f).to_be_bytes();
    capture::rewrite(request, &Rewrite { trace_id_xor, span_id_xor, time_shift_ns })?;
    Ok(())
}

/// How many spans the requests hold.
///
/// # Errors
/// When one does not decode.
pub fn count_spans(requests: &[Vec<u8>]) -> anyhow::Result<u64> {
    requests.iter().try_fold(0, |spans, request| {
        Ok(spans + decode_request(request, &DecodeLimits::default(), &mut Nothing)?.spans)
    })
}

/// Takes spans and keeps none: what decoding alone costs.
#[derive(Debug, Default, Clone, Copy)]
pub struct Nothing;

impl SpanSink for Nothing {
    fn resource(&mut self, _resource: &Resource<'_>) {}
    fn scope(&mut self, _scope: &Scope<'_>) {}
    fn span(&mut self, span: &Span<'_>) {
        std::hint::black_box(span);
    }
}
