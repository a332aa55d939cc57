//! Where the time goes, as JSON.

use proto::{SpanId, TraceId, UnixNanos};
use query::shares::{Band, BandShares, SharesAnswer, Times};
use serde::Serialize;

use crate::api::json::{Object, StatsJson, Text};

#[derive(Serialize)]
pub(super) struct SharesJson<'a> {
    phases: Vec<PhaseJson>,
    bounds_ns: Object<&'static str, u64>,
    bands: Vec<BandJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Vec<BandJson>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<GroupJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    slots: Vec<SlotJson>,
    stats: StatsJson,
}

#[derive(Serialize)]
struct PhaseJson {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<&'static str>,
}

#[derive(Serialize)]
struct BandJson {
    band: &'static str,
    #[serde(flatten)]
    times: TimesJson,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exemplars: Vec<ExemplarJson>,
}

#[derive(Serialize)]
struct TimesJson {
    count: u64,
    total_ns: u64,
    /// In the order of `phases`.
    phases_ns: Vec<u64>,
    shares: Vec<f64>,
}

#[derive(Serialize)]
struct ExemplarJson {
    trace_id: Text<TraceId>,
    span_id: Text<SpanId>,
    duration_ns: u64,
}

#[derive(Serialize)]
struct GroupJson<'a> {
    labels: Object<&'a str, Option<&'a str>>,
    bands: Vec<BandJson>,
}

#[derive(Serialize)]
struct SlotJson {
    t: Text<UnixNanos>,
    bands: Vec<BandJson>,
}

impl<'a> SharesJson<'a> {
    /// `by` holds the question's columns, which name the labels.
    pub(super) fn new(answer: &'a SharesAnswer, by: &'a [String]) -> Self {
        let components = answer.components.iter().map(Some).chain(std::iter::repeat(None));
        let phases = answer.phases.iter().zip(components);
        let plain = |bands: &[(Band, Times)]| bands.iter().map(|(band, times)| plain(*band, times)).collect();
        Self {
            phases: phases
                .map(|(name, component)| PhaseJson { name, component: component.copied() })
                .collect(),
            bounds_ns: Object(["p50", "p95", "p99"].into_iter().zip(answer.bounds_ns).collect()),
            bands: answer.bands.iter().map(band_json).collect(),
            baseline: answer.baseline.as_ref().map(|bands| bands.iter().map(band_json).collect()),
            groups: answer
                .groups
                .iter()
                .map(|group| {
                    let values = group.values.iter().map(Option::as_deref);
                    let labels = by.iter().map(String::as_str).zip(values).collect();
                    GroupJson { labels: Object(labels), bands: plain(&group.bands) }
                })
                .collect(),
            slots: answer
                .slots
                .iter()
                .map(|slot| SlotJson { t: Text(slot.start), bands: plain(&slot.bands) })
                .collect(),
            stats: (&answer.stats).into(),
        }
    }
}

fn band_json(shares: &BandShares) -> BandJson {
    let exemplars = shares.exemplars.iter().map(|exemplar| ExemplarJson {
        trace_id: Text(exemplar.trace_id),
        span_id: Text(exemplar.span_id),
        duration_ns: exemplar.duration_ns,
    });
    BandJson { exemplars: exemplars.collect(), ..plain(shares.band, &shares.times) }
}

fn plain(band: Band, times: &Times) -> BandJson {
    let shares = (0..times.phases_ns.len()).map(|place| times.share(place)).collect();
    let Times { count, total_ns, phases_ns } = times.clone();
    BandJson {
        band: band.name(),
        times: TimesJson { count, total_ns, phases_ns, shares },
        exemplars: Vec::new(),
    }
}
