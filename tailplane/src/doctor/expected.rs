//! Which components have to send, and what it means for each that it does not.

use model::Component;

use super::component::{COLLECTOR, Row, State};
use super::finding::Finding;
use super::section;
use crate::format;

/// Either is enough.
const RUNTIMES: [Component; 2] = [Component::Containerd, Component::Crio];

/// What has to send.
#[derive(Debug)]
pub(super) struct Expected {
    all: Vec<Component>,
    /// One of these, if `all` has none of them.
    any: Vec<Component>,
}

impl Expected {
    /// What the flags name; without any a whole cluster of either runtime.
    pub(super) fn new(named: &[Component]) -> Self {
        if named.is_empty() {
            let all = vec![Component::Apiserver, Component::Etcd, Component::Kubelet];
            return Self { all, any: RUNTIMES.to_vec() };
        }
        Self { all: named.to_vec(), any: Vec::new() }
    }

    /// What is wrong with the rows.
    pub(super) fn findings(&self, rows: &[Row], now: proto::UnixNanos) -> Vec<Finding> {
        let state = |component: Component| {
            rows.iter()
                .find(|row| row.component == component.name())
                .map_or(State::NeverConnected, |row| row.state)
        };
        let absent = |component: &&Component| state(**component) == State::NeverConnected;
        let mut findings: Vec<Finding> = self
            .all
            .iter()
            .filter(absent)
            .map(|component| never_connected(component.name(), depends_on(*component, state)))
            .collect();
        if !self.any.is_empty() && self.any.iter().filter(absent).count() == self.any.len() {
            let names: Vec<&str> = self.any.iter().map(|component| component.name()).collect();
            findings.push(never_connected(&names.join(" or "), None));
        }
        findings.extend(rows.iter().filter_map(|row| found(row, now)));
        findings
    }
}

/// Whose sampling `component` follows, where that one does not send either: no span of it comes before.
fn depends_on(component: Component, state: impl Fn(Component) -> State) -> Option<Component> {
    let follows = match component {
        Component::Etcd => Component::Apiserver,
        Component::Containerd | Component::Crio => Component::Kubelet,
        _ => return None,
    };
    (!matches!(state(follows), State::Sends | State::ClockOff)).then_some(follows)
}

fn never_connected(names: &str, first: Option<Component>) -> Finding {
    let component = names.split(' ').next().unwrap_or(names);
    let remedy = match first {
        Some(first) => {
            format!("mend {first} first: {names} sends within its sampled traces and hardly any of its own")
        }
        None => format!(
            "`tailplane setup kubernetes --component {component} --version VERSION --distribution NAME --endpoint HOST:PORT` \
             prints what it needs; if it should not send, name with --component those that should"
        ),
    };
    Finding::fault(
        names,
        "never connected, as far back as the ledger goes: a day, or to the start",
        remedy,
        section::NOTHING_ARRIVES,
    )
}

/// What a row's state calls for.
fn found(row: &Row, now: proto::UnixNanos) -> Option<Finding> {
    let ago = row.last_seen.map_or(0, |last_seen| now.saturating_sub(last_seen));
    Some(match row.state {
        State::Silent => Finding::fault(
            row.component,
            format!("silent: its last spans came {} ago", format::age(ago)),
            if row.component == COLLECTOR {
                "look at its log and its metric otelcol_exporter_queue_size"
            } else {
                "was it restarted or upgraded? `tailplane setup kubernetes` says under \"Keep it through upgrades\" how its flags \
                 stay"
            },
            section::SILENT,
        ),
        State::ClockOff => {
            let offset_ms = row.clock_offset_ms.unwrap_or(0);
            let by = format::duration(offset_ms.unsigned_abs().saturating_mul(1_000_000));
            let way = if offset_ms < 0 { "ahead" } else { "behind, or spans are held back for so long" };
            Finding::fault(
                row.component,
                format!("{} of {} clocks are off, the worst by {by}: {way}", row.clocks_off, row.senders),
                "`timedatectl` there says whether NTP works; /api/v1/senders has the offset of each address",
                section::CLOCKS,
            )
        }
        State::ConnectedWithoutSpans => Finding::fault(
            row.component,
            format!("{} connected, and no span was taken", format::counted(row.senders as u64, "sender")),
            "what was refused is below; if nothing was, raise the sampling rate, whose default is 0",
            section::NOTHING_ARRIVES,
        ),
        State::NeverConnected | State::Sends => return None,
    })
}
