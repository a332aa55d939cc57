//! What the server says, as far as it is looked at.

use std::collections::BTreeMap;

use proto::UnixNanos;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::nanos;
use crate::cli::SENDING;
use crate::source::Source;

/// The ledger keeps a day, and its oldest minute goes while we ask.
const LEDGER_REACH_NS: u64 = 23 * 3600 * 1_000_000_000;

/// All of it.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    pub info: InfoJson,
    pub senders: SendersJson,
    /// Of the last hour.
    pub ledger: LedgerJson,
    /// The last minute in which spans of a component came, by its name: of those that sent none in the last hour.
    pub earlier: BTreeMap<String, MinuteOf>,
    /// Latency of the last minutes by component, of those that sent some: for what is said beside the figures.
    pub latency: BTreeMap<String, LatencyJson>,
}

/// What the process is.
#[derive(Debug, Deserialize)]
pub(super) struct InfoJson {
    pub version: String,
    pub query_only: Option<String>,
    #[serde(with = "nanos")]
    pub now: UnixNanos,
}

/// Who sends.
#[derive(Debug, Deserialize)]
pub(super) struct SendersJson {
    pub senders_max: usize,
    pub senders: Vec<SenderJson>,
}

/// A peer, and what became of its latest request.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct SenderJson {
    pub address: String,
    pub user_agent: String,
    pub protocol: String,
    pub component: Option<String>,
    #[serde(with = "nanos")]
    pub last_seen: UnixNanos,
    pub spans: u64,
    pub outcome: String,
    pub clock_offset_ms: Option<i64>,
    pub advice: String,
}

/// What came in, and what became of it.
#[derive(Debug, Deserialize)]
pub(super) struct LedgerJson {
    #[serde(with = "nanos")]
    pub since: UnixNanos,
    #[serde(with = "nanos")]
    pub available_from: UnixNanos,
    pub minutes: Vec<MinuteJson>,
    pub tenants: Vec<TenantJson>,
    pub current: Option<CurrentJson>,
}

/// A minute of a tenant and component; figures that are 0 are left out.
#[derive(Debug, Deserialize)]
pub(super) struct MinuteJson {
    #[serde(with = "nanos")]
    pub t: UnixNanos,
    pub component: String,
    #[serde(default)]
    pub refused: BTreeMap<String, RefusalsJson>,
    #[serde(flatten)]
    pub figures: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(super) struct RefusalsJson {
    pub requests: u64,
    pub spans: u64,
    pub unread_requests: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct TenantJson {
    pub tenant: String,
    pub requests: BalanceJson,
    pub spans: BalanceJson,
}

#[derive(Debug, Deserialize)]
pub(super) struct BalanceJson {
    pub holds: bool,
}

/// What is true at this moment.
#[derive(Debug, Deserialize)]
pub(super) struct CurrentJson {
    pub flush_lag_seconds: f64,
    pub wal_is_available: bool,
    pub disk_free_bytes: Option<u64>,
    pub disk_all_bytes: Option<u64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct MinuteOf(#[serde(with = "nanos")] pub UnixNanos);

#[derive(Debug, Deserialize)]
pub(super) struct LatencyJson {
    pub sampling: SamplingJson,
    pub stats: StatsJson,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct SamplingJson {
    pub rate: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct StatsJson {
    #[serde(default)]
    pub incomplete_because: Vec<String>,
}

impl MinuteJson {
    /// The figure of that name.
    pub(super) fn figure(&self, name: &str) -> u64 {
        self.figures.get(name).and_then(serde_json::Value::as_u64).unwrap_or(0)
    }
}

impl Said {
    /// Asks for all of it.
    ///
    /// # Errors
    /// What the API says is wrong, or that it cannot be asked.
    pub(super) async fn ask(source: &Source) -> anyhow::Result<Self> {
        let info: InfoJson = source.get("/api/v1/info").await?;
        let senders = source.get("/api/v1/senders").await?;
        let ledger: LedgerJson = source.get("/api/v1/ledger").await?;
        let (mut earlier, mut latency) = (BTreeMap::new(), BTreeMap::new());
        for name in SENDING.map(model::Component::name) {
            if ledger.minutes.iter().any(|minute| is_sent(minute, name)) {
                latency.insert(name.to_owned(), ask_latency(source, name).await?);
            } else if let Some(last) = ask_earlier(source, name, &info, &ledger).await? {
                earlier.insert(name.to_owned(), MinuteOf(last));
            }
        }
        Ok(Self { info, senders, ledger, earlier, latency })
    }
}

fn is_sent(minute: &MinuteJson, component: &str) -> bool {
    minute.component == component && minute.figure("acknowledged_spans") > 0
}

/// The last minute in which spans of `component` came, if there was one.
async fn ask_earlier(
    source: &Source,
    component: &str,
    info: &InfoJson,
    ledger: &LedgerJson,
) -> anyhow::Result<Option<UnixNanos>> {
    let reach = info.now.saturating_sub(LEDGER_REACH_NS);
    // What a young process holds it holds from its start on.
    let start = reach.max(ledger.available_from).to_string();
    let query = Serializer::new(String::new())
        .append_pair("component", component)
        .append_pair("start", &start)
        .finish();
    let answer: LedgerJson = source.get(&format!("/api/v1/ledger?{query}")).await?;
    Ok(answer.minutes.iter().filter(|minute| is_sent(minute, component)).map(|minute| minute.t).max())
}

async fn ask_latency(source: &Source, component: &str) -> anyhow::Result<LatencyJson> {
    let query = Serializer::new(String::new())
        .append_pair("q", &format!("{{ k8s:component = \"{component}\" }}"))
        .append_pair("start", "now-15m")
        .append_pair("step", "15m")
        .append_pair("quantiles", "0.5")
        .append_pair("exemplars", "0")
        .finish();
    source.get(&format!("/api/v1/latency?{query}")).await
}
