//! `tailplane inspect wal`: what lies in a write-ahead log, record by record.

use std::path::Path;

use anyhow::Context;
use storage::wal::{Content, FrameView, LogView, RecordMeta, read_log};

use crate::cli::InspectWalArgs;
use crate::{format, output};

/// Prints a line for each record.
pub(super) fn run(arguments: &InspectWalArgs) -> anyhow::Result<()> {
    let folder = arguments.folder.join("wal");
    let mut rows = vec![HEADER.map(str::to_owned).to_vec()];
    let log = read_log(&folder, |segment, frame| rows.push(row(segment, &frame)))
        .context("cannot look into the log")?;
    output::answer(&format!("{}{}", format::table(&rows, &[1, 2, 3, 5]), summary(&log)))?;
    Ok(())
}

const HEADER: [&str; 9] =
    ["segment", "byte", "epoch", "sequence", "what", "bytes", "arrived", "tenant", "from"];

fn row(segment: &Path, frame: &FrameView) -> Vec<String> {
    let segment = segment.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let (what, arrived, tenant, from) = match &frame.content {
        None => ("mark".to_owned(), String::new(), String::new(), String::new()),
        Some(Content::FlushBoundary { .. }) => {
            ("flush".to_owned(), String::new(), String::new(), String::new())
        }
        Some(Content::Data { meta, .. }) => {
            ("request".to_owned(), arrival(meta), meta.tenant.to_string(), sender(meta))
        }
    };
    let numbers = [frame.offset, frame.epoch & u64::from(u32::MAX), frame.sequence].map(|n| n.to_string());
    let [offset, epoch, sequence] = numbers;
    vec![segment, offset, epoch, sequence, what, frame.bytes.to_string(), arrived, tenant, from]
}

fn arrival(meta: &RecordMeta) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(meta.arrival));
    time.map_or_else(|_| meta.arrival.to_string(), |time| time.to_string())
}

fn sender(meta: &RecordMeta) -> String {
    let peer = meta.peer.map_or_else(|| "-".to_owned(), |peer| peer.to_string());
    format!("{peer} {:?} {}", meta.transport, meta.user_agent)
}

fn summary(log: &LogView) -> String {
    let mut text = format!("log {}: {} segments, {} spare", log.id, log.segments.len(), log.spares);
    for segment in &log.segments {
        text.push_str(&format!(
            "\n{}: {} requests, records {} to {}, {} of {} bytes used",
            segment.path.display(),
            segment.requests,
            segment.first_sequence,
            segment.end_sequence.saturating_sub(1),
            segment.used_bytes,
            segment.file_bytes
        ));
    }
    if log.is_held {
        text.push_str("\na running server has it: what is newest may not be shown");
    }
    text
}
