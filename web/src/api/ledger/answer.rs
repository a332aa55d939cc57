//! The ledger as JSON.

use model::Component;
use proto::UnixNanos;
use serde::Serialize;
use storage::ledger::{
    ACK_BOUNDS_SECONDS, Acks, Balance, Counts, Ledger, Measure, Question, Refusals, TenantTotals, Window,
};

use crate::api::Failure;
use crate::api::json::{Object, Text};

/// What has no component is called so in questions and answers.
const NO_COMPONENT: &str = "none";

/// The component of that name; `None` is what has none.
pub(super) fn component(name: &str) -> Result<Option<Component>, Failure> {
    if name == NO_COMPONENT {
        return Ok(None);
    }
    let found = Component::ALL.into_iter().find(|component| component.name() == name);
    found.map(Some).ok_or_else(|| {
        let names = Component::ALL.map(Component::name).join(", ");
        Failure::invalid(format!("component is {name:?}: write one of {names}, {NO_COMPONENT}"))
    })
}

fn component_name(component: Option<Component>) -> &'static str {
    component.map_or(NO_COMPONENT, Component::name)
}

#[derive(Serialize)]
pub(super) struct LedgerJson {
    /// When counting began: the start of the process.
    since: Text<UnixNanos>,
    available_from: Text<UnixNanos>,
    start: Text<UnixNanos>,
    end: Text<UnixNanos>,
    /// Of the window, and of what was asked for.
    totals: CountsJson,
    minutes: Vec<MinuteJson>,
    /// Since the start, of every tenant asked for.
    tenants: Vec<TenantJson>,
    current: Option<CurrentJson>,
}

#[derive(Serialize)]
struct MinuteJson {
    t: Text<UnixNanos>,
    tenant: String,
    component: &'static str,
    #[serde(flatten)]
    counts: CountsJson,
}

/// The figures that are not 0.
#[derive(Serialize)]
struct CountsJson {
    #[serde(flatten)]
    figures: Object<&'static str, u64>,
    #[serde(skip_serializing_if = "Object::is_empty")]
    refused: Object<&'static str, RefusalsJson>,
}

#[derive(Serialize)]
struct RefusalsJson {
    requests: u64,
    bytes: u64,
    spans: u64,
    unread_requests: u64,
}

#[derive(Serialize)]
struct TenantJson {
    tenant: String,
    requests: BalanceJson,
    bytes: BalanceJson,
    spans: BalanceJson,
    ack_seconds: AcksJson,
    /// Its spans reach back to here.
    raw_data_from: Option<Text<UnixNanos>>,
}

#[derive(Serialize)]
struct BalanceJson {
    received: u64,
    acknowledged: u64,
    rejected: u64,
    refused: u64,
    duplicate: u64,
    in_flight: u64,
    /// Whether received is the sum of the others.
    holds: bool,
}

#[derive(Serialize)]
struct AcksJson {
    count: u64,
    sum: f64,
    /// Upper bound in seconds and acknowledgements up to it and above the bound before; the last has no bound.
    buckets: Vec<(Option<f64>, u64)>,
}

#[derive(Serialize)]
struct CurrentJson {
    live_spans: u64,
    live_bytes: u64,
    unsettled_bytes: u64,
    flush_lag_seconds: f64,
    wal_disk_bytes: u64,
    wal_lag_records: u64,
    wal_is_available: bool,
    disk_free_bytes: Option<u64>,
    disk_all_bytes: Option<u64>,
}

impl LedgerJson {
    pub(super) fn new(
        ledger: &Ledger,
        window: &Window,
        question: &Question,
        sees: impl Fn(&str) -> bool,
        raw_data_from: impl Fn(&str) -> Option<UnixNanos>,
    ) -> Self {
        let mut totals = Counts::default();
        let rows = window.minutes.iter().filter(|row| sees(&row.tenant));
        let minutes = rows
            .map(|row| {
                totals.merge(&row.counts);
                MinuteJson {
                    t: Text(row.start),
                    tenant: row.tenant.clone(),
                    component: component_name(row.component),
                    counts: CountsJson::new(&row.counts),
                }
            })
            .collect();
        let asked = |tenant: &str| question.tenant.as_ref().is_none_or(|only| only == tenant) && sees(tenant);
        let tenants = ledger.totals();
        Self {
            since: Text(ledger.since()),
            available_from: Text(ledger.available_from()),
            start: Text(window.start),
            end: Text(window.end),
            totals: CountsJson::new(&totals),
            minutes,
            tenants: tenants
                .iter()
                .filter(|row| asked(&row.tenant))
                .map(|row| TenantJson::new(row, raw_data_from(&row.tenant)))
                .collect(),
            current: ledger.current().map(|current| CurrentJson {
                live_spans: current.live_spans,
                live_bytes: current.live_bytes,
                unsettled_bytes: current.unsettled_bytes,
                flush_lag_seconds: current.flush_lag.as_secs_f64(),
                wal_disk_bytes: current.wal_disk_bytes,
                wal_lag_records: current.wal_lag_records,
                wal_is_available: current.wal_is_available,
                disk_free_bytes: current.disk_bytes.map(|(free, _)| free),
                disk_all_bytes: current.disk_bytes.map(|(_, all)| all),
            }),
        }
    }
}

impl CountsJson {
    fn new(counts: &Counts) -> Self {
        let figures = Measure::ALL.map(|measure| (measure.name(), counts.get(measure)));
        let refused = counts.refused().map(|(reason, refusals)| (reason, RefusalsJson::new(refusals)));
        Self {
            figures: Object(figures.into_iter().filter(|(_, value)| *value > 0).collect()),
            refused: Object(refused.collect()),
        }
    }
}

impl RefusalsJson {
    const fn new(refusals: &Refusals) -> Self {
        let Refusals { requests, bytes, spans, unread_requests } = *refusals;
        Self { requests, bytes, spans, unread_requests }
    }
}

impl TenantJson {
    fn new(totals: &TenantTotals, raw_data_from: Option<UnixNanos>) -> Self {
        Self {
            tenant: totals.tenant.clone(),
            requests: BalanceJson::new(totals.requests()),
            bytes: BalanceJson::new(totals.bytes()),
            spans: BalanceJson::new(totals.spans()),
            ack_seconds: AcksJson::new(&totals.acks),
            raw_data_from: raw_data_from.map(Text),
        }
    }
}

impl BalanceJson {
    const fn new(balance: Balance) -> Self {
        let Balance { received, acknowledged, rejected, refused, duplicate, in_flight } = balance;
        Self { received, acknowledged, rejected, refused, duplicate, in_flight, holds: balance.holds() }
    }
}

impl AcksJson {
    fn new(acks: &Acks) -> Self {
        let bounds = ACK_BOUNDS_SECONDS.into_iter().map(Some).chain([None]);
        Self {
            count: acks.count(),
            sum: acks.total.as_secs_f64(),
            buckets: bounds.zip(acks.buckets).collect(),
        }
    }
}
