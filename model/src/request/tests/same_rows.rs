//! Whether every version gives the same rows for the same requests, but for what a table says it cannot know.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use super::simulated::{Simulated, VERSIONS, minor, scenarios};
use crate::request::WebhookKind;
use crate::simulator::{PlannedRequest, Scenario};
use crate::{Component, RequestRow};

fn text(value: Option<&Cow<'_, str>>) -> String {
    value.map_or_else(|| "unknown".to_owned(), |value| format!("{value:?}"))
}

fn number<N: Debug>(value: Option<N>) -> String {
    value.map_or_else(|| "unknown".to_owned(), |value| format!("{value:?}"))
}

/// The fields of a row, but for ids and the times of the request, as text.
fn fields(row: &RequestRow<'_>) -> Fields {
    let keys = &row.keys;
    let webhooks: Vec<_> = row
        .webhooks
        .iter()
        .map(|call| (call.kind == WebhookKind::Mutating, call.name, call.configuration, call.is_failed))
        .collect();
    let etcd: Vec<_> = row.etcd.iter().map(|calls| (calls.address, calls.port, calls.calls)).collect();
    vec![
        ("verb", keys.verb.name().to_owned()),
        ("group", text(keys.group.as_ref())),
        ("version", text(keys.version.as_ref())),
        ("resource", text(keys.resource.as_ref())),
        ("subresource", text(keys.subresource.as_ref())),
        ("scope", keys.scope.name().to_owned()),
        ("namespace", text(keys.namespace.as_ref())),
        ("name", text(keys.name.as_ref())),
        ("user_agent", number(keys.user_agent)),
        ("client", number(keys.client)),
        ("code", number(keys.code)),
        ("is_watch", keys.is_watch.to_string()),
        ("is_probe", keys.is_probe.to_string()),
        ("is_long_running", keys.is_long_running.to_string()),
        ("dry_run", keys.dry_run.to_string()),
        ("request_bytes", number(row.request_bytes)),
        ("response_bytes", number(row.response_bytes)),
        ("conflicts", row.conflicts.to_string()),
        ("data_source", row.data_source.name().to_owned()),
        ("listed_items", number(row.listed_items)),
        ("returned_items", number(row.returned_items)),
        ("webhooks", format!("{webhooks:?}")),
        ("etcd", format!("{etcd:?}")),
        ("component", row.component.name().to_owned()),
        ("audit_id", number(row.audit_id)),
        ("authentication_ns", number(row.authentication_ns)),
        ("gaps", row.gaps.iter().map(|gap| gap.name()).collect::<Vec<_>>().join(" ")),
    ]
}

/// What was planned of the same fields.
fn planned_fields(planned: &PlannedRequest) -> Fields {
    let webhooks: Vec<_> = planned
        .webhooks
        .iter()
        .map(|call| (call.mutating, call.name.as_str(), call.configuration.as_str(), !call.completed))
        .collect();
    let text = |text: &str| format!("{text:?}");
    // What was refused listed nothing; and a body of no bytes is not reported.
    let is_list = matches!(planned.verb, "list" | "deletecollection") && planned.code < 400;
    let counted = |is_there: bool, count: u64| number(is_there.then_some(count));
    let component =
        if planned.number >> 63 == 1 { Component::AggregatedApiserver } else { Component::Apiserver };
    vec![
        ("verb", planned.verb.to_owned()),
        ("group", text(&planned.group)),
        ("version", text(&planned.version)),
        ("resource", text(&planned.resource)),
        ("subresource", text(&planned.subresource)),
        ("scope", planned.scope.to_owned()),
        ("namespace", text(&planned.namespace)),
        ("name", text(&planned.name)),
        ("user_agent", text(&planned.user_agent)),
        ("client", text(&planned.client)),
        ("code", planned.code.to_string()),
        ("is_watch", planned.watch.to_string()),
        ("is_probe", "false".to_owned()),
        ("is_long_running", (planned.watch || planned.verb == "connect").to_string()),
        ("dry_run", "false".to_owned()),
        ("request_bytes", counted(planned.request_bytes > 0, planned.request_bytes)),
        ("response_bytes", counted(planned.response_bytes > 0, planned.response_bytes)),
        ("conflicts", planned.conflicts.to_string()),
        ("listed_items", counted(is_list, planned.listed)),
        ("returned_items", counted(is_list, planned.returned)),
        ("webhooks", format!("{webhooks:?}")),
        ("component", component.name().to_owned()),
        ("authentication_ns", planned.authentication_ns.to_string()),
        ("gaps", String::new()),
    ]
}

/// How a version's rows may differ from the planned requests: since, until, field, verb, seen, reason.
const UNKNOWN: &str = include_str!("fields_unknown.tsv");

/// The version whose rows tell what was planned of the fields that the truth does not have.
const NEWEST_CAPTURED: &str = "1.36";

/// A line of the table: requests with `verb` may have `seen` for `field`; `*` is any.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    since: u32,
    until: u32,
    field: &'static str,
    verb: &'static str,
    seen: &'static str,
}

fn table() -> Vec<Line> {
    let lines = UNKNOWN.lines().filter(|line| !line.starts_with('#')).skip(1);
    let line = |line: &'static str| {
        let [since, until, field, verb, seen, reason] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line:?}");
        };
        assert!(reason.len() > 10, "{line:?}");
        let until = if until == "-" { u32::MAX } else { minor(until) };
        Line { since: minor(since), until, field, verb, seen }
    };
    lines.map(line).collect()
}

impl Line {
    fn allows(&self, release: u32, field: &str, verb: &str, seen: &str) -> bool {
        let is_any = |one: &str, other: &str| one == "*" || one == other;
        (self.since..=self.until).contains(&release)
            && self.field == field
            && is_any(self.verb, verb)
            && is_any(self.seen, seen)
    }
}

type Fields = Vec<(&'static str, String)>;

/// Rows of the newest version that was captured, by number of request, for each scenario.
fn captured() -> Vec<HashMap<u64, Fields>> {
    let by_number = |(scenario, seconds): (Scenario, u64)| {
        let simulated = Simulated::run(&scenario, seconds);
        simulated.pairs().into_iter().map(|(planned, row)| (planned.number, fields(&row))).collect()
    };
    scenarios(NEWEST_CAPTURED).into_iter().map(by_number).collect()
}

#[test]
fn every_version_gives_the_same_rows() {
    let table = table();
    let captured = captured();
    let mut by_line: BTreeMap<(&Line, &str), u64> = BTreeMap::new();
    let (mut rows, mut values) = (0_u64, 0_u64);
    for version in VERSIONS {
        for ((scenario, seconds), captured) in scenarios(version).into_iter().zip(&captured) {
            let simulated = Simulated::run(&scenario, seconds);
            let pairs = simulated.pairs();
            assert_eq!(pairs.len(), captured.len(), "{version}");
            for (planned, row) in pairs {
                rows += 1;
                let expected = planned_fields(planned);
                for (field, seen) in fields(&row) {
                    values += 1;
                    let same = |(name, _): &&(&str, String)| *name == field;
                    let wanted = expected.iter().find(same);
                    let wanted = wanted.or_else(|| captured[&planned.number].iter().find(same));
                    let (_, wanted) = wanted.unwrap();
                    if *wanted == seen {
                        continue;
                    }
                    let line =
                        table.iter().find(|line| line.allows(minor(version), field, planned.verb, &seen));
                    let Some(line) = line else {
                        panic!("{version}: {field} is {seen}, not {wanted}: {planned:#?}");
                    };
                    *by_line.entry((line, version)).or_default() += 1;
                }
            }
        }
    }
    println!("{rows} rows, {values} values, {} of them differ", by_line.values().sum::<u64>());
    by_line.iter().for_each(|((line, version), count)| println!("{version}: {count} of {line:?}"));
    for line in &table {
        for version in VERSIONS.iter().filter(|version| (line.since..=line.until).contains(&minor(version))) {
            assert!(by_line.contains_key(&(line, version)), "never in {version}: {line:?}");
        }
    }
}
