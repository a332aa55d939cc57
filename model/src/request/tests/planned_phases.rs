//! Whether the phases of a row are those that the simulator planned: the time that the spans of a version can show to
//! the nanosecond, and the time as it was within a hundredth of the request, but for what a table names.

use std::collections::BTreeMap;

use super::simulated::{Simulated, VERSIONS, minor, scenarios, usual};
use crate::request::Gap;
use crate::simulator::{PlannedRequest, Scenario};
use crate::{Phase, RequestRow};

/// Phases that spans do not tell apart: since, until, planned, seen, reason.
const AS_SEEN: &str = include_str!("phases_as_seen.tsv");

/// Phases may differ by one such part of the request.
const PARTS: u64 = 100;

/// A line of the table.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    since: u32,
    until: u32,
    planned: &'static str,
    seen: &'static str,
}

fn table() -> Vec<Line> {
    let lines = AS_SEEN.lines().filter(|line| !line.starts_with('#')).skip(1);
    let line = |line: &'static str| {
        let [since, until, planned, seen, reason] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line:?}");
        };
        assert!(reason.len() > 10 && Phase::from_name(planned).is_some(), "{line:?}");
        assert!(Phase::from_name(seen).is_some(), "{line:?}");
        let until = if until == "-" { u32::MAX } else { minor(until) };
        Line { since: minor(since), until, planned, seen }
    };
    lines.map(line).collect()
}

fn time(phases: &[(&'static str, u64)], phase: Phase) -> u64 {
    phases.iter().find(|(name, _)| *name == phase.name()).map_or(0, |(_, time)| *time)
}

/// How much of the request is not in the row: what the filters do after the handler, in 1.33 alone.
fn unseen_ns(planned: &PlannedRequest, row: &RequestRow<'_>) -> u64 {
    assert_eq!(row.ends_with_handler, row.gaps.has(Gap::ServerSpanCutShort));
    if row.ends_with_handler { planned.duration_ns - row.duration_ns } else { 0 }
}

/// Whether the row lasts as long as its request: not where 1.33 ended the server span and there is no handler span.
fn lasts(row: &RequestRow<'_>) -> bool {
    !row.gaps.has(Gap::CodeMissing)
}

/// The phases of `row` are what the spans show of `planned`, to the nanosecond.
fn assert_shown(planned: &PlannedRequest, row: &RequestRow<'_>) {
    assert_eq!(row.phases.total_ns(), row.duration_ns);
    if !lasts(row) {
        assert_eq!(planned.kubernetes, "1.33");
        return;
    }
    let unseen_ns = unseen_ns(planned, row);
    assert!(unseen_ns == 0 || planned.kubernetes == "1.33", "{planned:#?}");
    for (phase, seen) in row.phases.iter() {
        let lost = if phase == Phase::Own { unseen_ns } else { 0 };
        let shown = time(&planned.phases, phase) - lost;
        assert_eq!(seen, shown, "{phase} of {planned:#?} {:?}", row.phases.iter().collect::<Vec<_>>());
    }
}

/// The lines of `table` that say why `row` differs from `planned` by more than a hundredth.
fn reasons<'t>(table: &'t [Line], planned: &PlannedRequest, row: &RequestRow<'_>) -> Vec<&'t Line> {
    let unseen_ns = unseen_ns(planned, row);
    let truth = |phase| {
        let lost = if phase == Phase::Own { unseen_ns } else { 0 };
        time(&planned.true_phases, phase).saturating_sub(lost)
    };
    let is_far = |more: u64, less: u64| more.saturating_sub(less) * PARTS > planned.duration_ns;
    let names = |wanted: &dyn Fn(Phase, u64) -> bool| -> Vec<&'static str> {
        row.phases
            .iter()
            .filter(|(phase, seen)| wanted(*phase, *seen))
            .map(|(phase, _)| phase.name())
            .collect()
    };
    let deficits = names(&|phase, seen| is_far(truth(phase), seen));
    let surpluses = names(&|phase, seen| is_far(seen, truth(phase)));
    let release = minor(&planned.kubernetes);
    let lines: Vec<&Line> =
        table.iter().filter(|line| (line.since..=line.until).contains(&release)).collect();
    let explained = |of: fn(&Line) -> &'static str, name: &str| lines.iter().any(|line| of(line) == name);
    let is_explained = deficits.iter().all(|name| explained(|line| line.planned, name))
        && surpluses.iter().all(|name| explained(|line| line.seen, name));
    assert!(is_explained, "too little {deficits:?}, too much {surpluses:?}: {planned:#?} {row:#?}");
    let applies = |line: &&Line| deficits.contains(&line.planned) && surpluses.contains(&line.seen);
    lines.into_iter().filter(applies).collect()
}

/// How many rows of one release were compared, and how many of them differ.
#[derive(Debug, Default)]
struct Count {
    rows: u64,
    /// Rows of 1.33 that last only as long as the server span.
    cut_short: u64,
    /// Rows of 1.33 that lack more than a hundredth of the request: what the filters do after the handler.
    end_unseen: u64,
    /// Rows with phases further from the truth than a hundredth of the request.
    far: u64,
}

fn check(versions: &[&str]) -> Vec<Count> {
    let table = table();
    let mut by_line: BTreeMap<&Line, u64> = BTreeMap::new();
    let mut counts = Vec::new();
    for version in versions {
        let mut count = Count::default();
        for (scenario, seconds) in scenarios(version) {
            for (planned, row) in Simulated::run(&scenario, seconds).pairs() {
                assert_shown(planned, &row);
                count.rows += 1;
                if !lasts(&row) {
                    count.cut_short += 1;
                    continue;
                }
                count.end_unseen += u64::from(unseen_ns(planned, &row) * PARTS > planned.duration_ns);
                let reasons = reasons(&table, planned, &row);
                count.far += u64::from(!reasons.is_empty());
                reasons.into_iter().for_each(|line| *by_line.entry(line).or_default() += 1);
            }
        }
        println!("{version}: {count:?}");
        counts.push(count);
    }
    by_line.iter().for_each(|(line, rows)| println!("{rows} rows of {line:?}"));
    let here =
        |line: &&Line| versions.iter().any(|version| (line.since..=line.until).contains(&minor(version)));
    let unused: Vec<&Line> = table.iter().filter(here).filter(|line| !by_line.contains_key(line)).collect();
    assert!(unused.is_empty(), "lines that explain nothing: {unused:?}");
    counts
}

#[test]
fn phases_are_as_planned_since_filters_have_spans() {
    for count in check(&VERSIONS[9..]) {
        assert!(count.rows > 10_000 && count.cut_short + count.end_unseen == 0, "{count:?}");
        assert!(count.far * 100 < count.rows, "{count:?}");
    }
}

#[test]
fn phases_are_as_planned_as_far_as_older_spans_show() {
    for (version, count) in VERSIONS.iter().zip(check(&VERSIONS[..9])) {
        assert!(count.rows > 10_000, "{version}: {count:?}");
        assert_eq!(count.cut_short > 0, *version == "1.33", "{version}: {count:?}");
    }
}

/// With etcd that has no inner spans, all of its time is the server's.
#[test]
fn phases_are_as_planned_with_older_etcd() {
    for etcd in ["3.5", "3.6"] {
        let scenario = Scenario { etcd: etcd.to_owned(), ..usual("1.36") };
        let simulated = Simulated::run(&scenario, 30);
        let pairs = simulated.pairs();
        assert!(pairs.len() > 1_000);
        for (planned, row) in pairs {
            assert_shown(planned, &row);
            assert_eq!(row.phases.get(Phase::EtcdInner), 0);
        }
    }
}

#[test]
fn phases_add_up_whatever_arrives() {
    for version in VERSIONS {
        let broken = Scenario { clock_skew_ms: 20.0, lost_spans: 0.05, lost_acks: 0.1, ..usual(version) };
        let simulated = Simulated::run(&broken, 30);
        let rows = simulated.rows();
        assert!(rows.len() > 1_000);
        for row in rows {
            assert_eq!(row.phases.total_ns(), row.duration_ns, "{version}: {row:#?}");
        }
    }
}
