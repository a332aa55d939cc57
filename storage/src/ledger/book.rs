//! The pages of one tenant.

use std::collections::VecDeque;

use model::Component;
use parking_lot::Mutex;

use super::window::MinuteCounts;
use super::{Acks, Counts, MINUTE_NS, MINUTES_MAX, Measure};

/// Where counts without a component stand, after those with one.
pub(super) const NO_COMPONENT: usize = Component::ALL.len();
pub(super) const COMPONENTS: usize = NO_COMPONENT + 1;

/// What was counted for one tenant.
#[derive(Debug)]
pub(super) struct Book {
    tenant: Box<str>,
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
pub(super) struct Pages {
    totals: [Counts; COMPONENTS],
    minutes: VecDeque<Minute>,
    pub(super) acks: Acks,
    pub(super) in_flight: InFlight,
}

/// Requests that were read and wait for their outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InFlight {
    /// Requests.
    pub requests: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
    /// Their spans.
    pub spans: u64,
}

/// One minute: few components send in any.
#[derive(Debug)]
struct Minute {
    /// Minutes since the Unix epoch.
    minute: u64,
    rows: Vec<(usize, Counts)>,
}

/// What one tenant sent since the start.
#[derive(Debug, Clone)]
pub struct TenantTotals {
    /// Its name, [`super::OTHER_TENANTS`] or [`super::UNKNOWN_TENANT`].
    pub tenant: String,
    /// By component; `None` is what was refused before its component was known, and what is not told by component.
    pub components: Vec<(Option<Component>, Counts)>,
    /// How long acknowledgements took.
    pub acks: Acks,
    /// What waits for its outcome.
    pub in_flight: InFlight,
}

/// Received = acknowledged + rejected + refused + duplicate + in flight, in one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// What came in.
    pub received: u64,
    /// What is kept.
    pub acknowledged: u64,
    /// What a partial success refused.
    pub rejected: u64,
    /// What was refused for another reason.
    pub refused: u64,
    /// What was kept before.
    pub duplicate: u64,
    /// What waits for its outcome.
    pub in_flight: u64,
}

impl Balance {
    /// Whether nothing is missing.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.received == self.acknowledged + self.rejected + self.refused + self.duplicate + self.in_flight
    }
}

impl TenantTotals {
    /// All components together.
    #[must_use]
    pub fn in_all(&self) -> Counts {
        let mut all = Counts::default();
        self.components.iter().for_each(|(_, counts)| all.merge(counts));
        all
    }

    /// The balance of requests.
    #[must_use]
    pub fn requests(&self) -> Balance {
        let all = self.in_all();
        Balance {
            received: all.get(Measure::ReceivedRequests),
            acknowledged: all.get(Measure::AcknowledgedRequests),
            rejected: 0,
            refused: all.refused_in_all().requests,
            duplicate: all.get(Measure::DuplicateRequests),
            in_flight: self.in_flight.requests,
        }
    }

    /// The balance of bytes.
    #[must_use]
    pub fn bytes(&self) -> Balance {
        let all = self.in_all();
        Balance {
            received: all.get(Measure::ReceivedBytes),
            acknowledged: all.get(Measure::AcknowledgedBytes),
            rejected: 0,
            refused: all.refused_in_all().bytes,
            duplicate: all.get(Measure::DuplicateBytes),
            in_flight: self.in_flight.bytes,
        }
    }

    /// The balance of spans.
    #[must_use]
    pub fn spans(&self) -> Balance {
        let all = self.in_all();
        Balance {
            received: all.get(Measure::ReceivedSpans),
            acknowledged: all.get(Measure::AcknowledgedSpans),
            rejected: all.get(Measure::RejectedSpans),
            refused: all.refused_in_all().spans,
            duplicate: all.get(Measure::DuplicateSpans),
            in_flight: self.in_flight.spans,
        }
    }
}

impl Book {
    pub(super) fn new(tenant: &str) -> Self {
        Self { tenant: tenant.into(), pages: Mutex::default() }
    }

    pub(super) fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Counts what has no component.
    pub(super) fn count(&self, minute: u64, count: impl Fn(&mut Counts)) {
        self.write(|pages| pages.count(minute, NO_COMPONENT, count));
    }

    /// Everything `write` does to the pages is seen at once.
    pub(super) fn write(&self, write: impl FnOnce(&mut Pages)) {
        write(&mut self.pages.lock());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pages.lock().totals.iter().all(Counts::is_empty)
    }

    pub(super) fn totals(&self) -> TenantTotals {
        let pages = self.pages.lock();
        let counted = pages.totals.iter().enumerate().filter(|(_, counts)| !counts.is_empty());
        TenantTotals {
            tenant: self.tenant.to_string(),
            components: counted.map(|(index, counts)| (component(index), counts.clone())).collect(),
            acks: pages.acks.clone(),
            in_flight: pages.in_flight,
        }
    }

    /// The rows of the minutes from `first` to before `end`, of `only` when it is given.
    pub(super) fn minutes(&self, first: u64, end: u64, only: Option<Option<Component>>) -> Vec<MinuteCounts> {
        let pages = self.pages.lock();
        let minutes = pages.minutes.iter().filter(|minute| (first..end).contains(&minute.minute));
        let mut rows = Vec::new();
        for minute in minutes {
            let asked = |index: usize| only.is_none_or(|only| only == component(index));
            rows.extend(minute.rows.iter().filter(|(index, _)| asked(*index)).map(|(index, counts)| {
                MinuteCounts {
                    start: minute.minute * MINUTE_NS,
                    tenant: self.tenant.to_string(),
                    component: component(*index),
                    counts: counts.clone(),
                }
            }));
        }
        rows
    }
}

impl Pages {
    /// Has `count` count in the totals and in the row of `minute`.
    pub(super) fn count(&mut self, minute: u64, index: usize, count: impl Fn(&mut Counts)) {
        count(&mut self.totals[index]);
        count(self.row(minute, index));
    }

    fn row(&mut self, minute: u64, index: usize) -> &mut Counts {
        // The newest minute, nearly always.
        let place = match self.minutes.back() {
            Some(newest) if newest.minute == minute => self.minutes.len() - 1,
            _ => self.place(minute),
        };
        let rows = &mut self.minutes[place].rows;
        let row = rows.iter().position(|(known, _)| *known == index).unwrap_or_else(|| {
            rows.push((index, Counts::default()));
            rows.len() - 1
        });
        &mut rows[row].1
    }

    /// Where `minute` stands, which is made if need be; the oldest makes room for it.
    fn place(&mut self, minute: u64) -> usize {
        match self.minutes.binary_search_by_key(&minute, |known| known.minute) {
            Ok(place) => place,
            Err(mut place) => {
                if self.minutes.len() == MINUTES_MAX && place > 0 {
                    self.minutes.pop_front();
                    place -= 1;
                }
                self.minutes.insert(place, Minute { minute, rows: Vec::new() });
                self.minutes.truncate(MINUTES_MAX);
                place
            }
        }
    }
}

fn component(index: usize) -> Option<Component> {
    Component::ALL.into_iter().find(|component| *component as usize == index)
}
