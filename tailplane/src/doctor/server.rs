//! How the server itself is: its log, its flushes, its files, its books.

use bytesize::ByteSize;
use storage::{FREE_BYTES_ENOUGH, FREE_PERCENT_MIN};

use super::finding::Finding;
use super::said::Said;
use super::section;
use crate::format;

/// Three times the default of `storage.flush_interval`, as the alert `FlushLag` has it.
const FLUSH_LAG_SHOWN_SECONDS: f64 = 180.0;

/// What is wrong with it.
pub(super) fn findings(said: &Said) -> Vec<Finding> {
    let mut findings: Vec<Finding> = query_only(said).into_iter().chain(log(said)).collect();
    let reasons = said.latency.values().flat_map(|latency| &latency.stats.incomplete_because);
    let mut reasons: Vec<&str> = reasons.map(String::as_str).collect();
    reasons.sort_unstable();
    reasons.dedup();
    findings.extend(reasons.into_iter().filter_map(incomplete));
    findings.extend(books(said));
    if said.senders.senders.len() >= said.senders.senders_max {
        let what = format!(
            "the list is full with {}: who was not seen for longest is left out",
            said.senders.senders_max
        );
        let remedy = "whoever is not in the table may have sent; the ledger counts all";
        findings.push(Finding::note("senders", what, remedy, section::NOT_WHOLE));
    }
    findings
}

fn query_only(said: &Said) -> Option<Finding> {
    let reason = said.info.query_only.as_ref()?;
    let what = format!("takes no spans, and no test span was sent: {reason}");
    Some(Finding::note("server", what, "ask the one that writes: --server", section::NOT_WHOLE))
}

fn log(said: &Said) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(current) = &said.ledger.current else { return findings };
    if !current.wal_is_available {
        let remedy = "make room, or replace a disk that fails; room made is found within seconds";
        findings.push(Finding::fault("disk", "the write-ahead log cannot be written", remedy, section::DISK));
    }
    let disk = current.disk_free_bytes.zip(current.disk_all_bytes);
    findings.extend(disk.and_then(|(free, all)| room(free, all)));
    if current.flush_lag_seconds > FLUSH_LAG_SHOWN_SECONDS {
        let lag = format::duration((current.flush_lag_seconds * 1e9) as u64);
        let what = format!("spans wait for {lag} in the log and are not in Parquet yet");
        let remedy =
            "this server's log says why flushes fail; nothing is lost until storage.wal_bytes_max is reached";
        findings.push(Finding::fault("flushes", what, remedy, section::FLUSHES));
    }
    findings
}

/// How much room there is, if it is little: less than twice of what storage refuses spans below is nearly full.
fn room(free: u64, all: u64) -> Option<Finding> {
    let is_below =
        |times: u64| free < all / 100 * FREE_PERCENT_MIN * times && free < FREE_BYTES_ENOUGH.as_u64() * times;
    let what = format!("{} of {} are free", ByteSize(free), ByteSize(all));
    let remedy = "lower storage.max_bytes or storage.retention and restart, or enlarge the volume";
    if is_below(1) {
        return Some(Finding::fault(
            "disk",
            format!("full: {what}, and spans are refused"),
            remedy,
            section::DISK,
        ));
    }
    let what = format!(
        "nearly full: {what}; spans are refused below {FREE_PERCENT_MIN} % of it and {FREE_BYTES_ENOUGH}"
    );
    is_below(2).then(|| Finding::fault("disk", what, remedy, section::DISK))
}

/// What makes an answer incomplete, unless it is meant to be so, as retention is.
fn incomplete(reason: &str) -> Option<Finding> {
    Some(match reason {
        "replaying" => Finding::note(
            "answers",
            "the write-ahead log is still being replayed: older spans are missing for now",
            "wait; /readyz says how far it is",
            section::REPLAY,
        ),
        "unreadable_files" => Finding::fault(
            "answers",
            "files of the table are damaged and left out",
            "`tailplane verify FOLDER` names each",
            section::DAMAGE,
        ),
        "out_of_touch" => Finding::fault(
            "answers",
            "the tables, which another process writes, could not be read for a while",
            "look at the bucket, and at the way to it",
            section::FLUSHES,
        ),
        _ => return None,
    })
}

fn books(said: &Said) -> Vec<Finding> {
    let torn = said.ledger.tenants.iter().filter(|tenant| !tenant.requests.holds || !tenant.spans.holds);
    torn.map(|tenant| {
        let what = "what was received is not what was acknowledged, rejected, refused, known already or is in flight";
        let remedy = "a fault of this program: report it with the answer of /api/v1/ledger";
        Finding::fault(format!("ledger of {}", tenant.tenant), what, remedy, section::NOT_WHOLE)
    })
    .collect()
}
