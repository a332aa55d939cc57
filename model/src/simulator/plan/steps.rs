//! The steps of a handler, and how long each takes.

use proto::UnixNanos;

use super::super::catalog::{Kind, Read};
use super::super::random::Random;
use super::{Attempt, Call, Operation, Planner, Request, Step, WebhookAnswer, WebhookCall};

/// Pages of a list from etcd have this many objects (apiserver's limit doubles; one size is close enough).
const PAGE_OBJECTS: u64 = 500;

/// Instead of a Go type: the resource is served by the aggregated API server.
const AGGREGATED: &str = "aggregated";

/// A short answer.
pub(super) fn refusal(random: &mut Random) -> Step {
    Step::Serialize { encode: random.duration(30_000), write: random.duration(9_000) }
}

struct Draw<'a> {
    planner: &'a Planner,
    request: &'a Request,
    at: UnixNanos,
    random: &'a mut Random,
}

/// The steps of `request`.
pub(super) fn of(
    planner: &Planner,
    kind: &Kind,
    request: &Request,
    at: UnixNanos,
    random: &mut Random,
) -> Vec<Step> {
    let resource = request.resource.map(|index| &planner.catalog.resources[index]);
    if resource.is_some_and(|resource| resource.go_type == AGGREGATED) {
        return vec![Step::Own(random.duration(120_000)), Step::Aggregate];
    }
    let mut draw = Draw { planner, request, at, random };
    let mut steps = Vec::with_capacity(10);
    match kind.verb {
        "get" => draw.get(&mut steps),
        "list" | "deletecollection" => draw.list(kind, &mut steps),
        "watch" => draw.watch(&mut steps),
        "create" => draw.create(kind, &mut steps),
        "update" | "patch" | "apply" => draw.update(kind, &mut steps),
        "delete" => draw.delete(&mut steps),
        "connect" => {
            steps.push(draw.etcd_get());
            steps.push(Step::Hold(draw.random.exponential(8e9).min(600_000_000_000)));
        }
        _ => steps.push(Step::Own(draw.random.duration(400_000))),
    }
    if !matches!(kind.verb, "watch" | "connect" | "") {
        steps.push(draw.serialize());
    }
    steps
}

impl Draw<'_> {
    fn own(&mut self, median_ns: u64) -> Step {
        Step::Own(self.random.duration(median_ns))
    }

    fn serialize(&mut self) -> Step {
        // About 12 ns a byte to encode, and 4 ns to write.
        let bytes = self.request.response_bytes;
        Step::Serialize {
            encode: self.random.duration(25_000 + 12 * bytes),
            write: self.random.duration(9_000 + 4 * bytes),
        }
    }

    fn call(&mut self, operation: Operation, sent_bytes: u64, received_bytes: u64) -> Call {
        let members = self.planner.cluster.control_planes.len() as u64;
        let member = self.random.below(members) as u32;
        let median = match operation {
            Operation::Get | Operation::Revision | Operation::Watch => 110_000,
            Operation::Page { limit } => 300_000 + 2_500 * limit,
            _ => 2_200_000,
        };
        let is_write = matches!(operation, Operation::Create | Operation::Update | Operation::Delete);
        let slower =
            if is_write { self.planner.faults.etcd_write_ns(member, self.at, self.random) } else { 0 };
        Call {
            member,
            operation,
            refused: self.planner.faults.leader_change_ns(self.at, self.random),
            wire_before: self.random.duration(230_000),
            server_before: self.random.duration(30_000),
            inner: self.random.duration(median) + slower,
            server_after: self.random.duration(25_000),
            wire_after: self.random.duration(160_000),
            sent_bytes,
            received_bytes,
        }
    }

    fn object_bytes(&self) -> u64 {
        self.request.resource.map_or(1_000, |index| self.planner.catalog.resources[index].object_bytes)
    }

    fn etcd_get(&mut self) -> Step {
        let call = self.call(Operation::Get, 60, self.object_bytes());
        Step::EtcdGet { before: self.random.duration(60_000), call, after: self.random.duration(40_000) }
    }

    fn get(&mut self, steps: &mut Vec<Step>) {
        steps.push(self.own(40_000));
        if self.request.read == Read::Cache {
            steps.push(Step::CacheGet(self.random.duration(30_000)));
        } else {
            steps.push(self.etcd_get());
        }
        steps.push(self.own(15_000));
    }

    fn list(&mut self, kind: &Kind, steps: &mut Vec<Step>) {
        if kind.verb == "deletecollection" {
            steps.push(Step::ReadBody(self.random.duration(30_000)));
        }
        steps.push(self.own(60_000));
        let before = self.random.duration(20_000);
        if self.request.read == Read::Etcd {
            let pages = (kind.listed.max(1)).div_ceil(PAGE_OBJECTS);
            let bytes = self.object_bytes() * kind.listed / pages;
            let pages = (0..pages)
                .map(|_| {
                    let call = self.call(Operation::Page { limit: PAGE_OBJECTS }, 120, bytes);
                    // Decoding is most of what follows a page: about 6 µs an object.
                    (call, self.random.duration(30_000 + 6_000 * PAGE_OBJECTS.min(kind.listed)))
                })
                .collect();
            steps.push(Step::EtcdList { before, pages });
        } else {
            let revision = (self.request.read == Read::Consistent).then(|| {
                let before = self.random.duration(30_000);
                (before, self.call(Operation::Revision, 60, 300), self.random.duration(20_000))
            });
            let scan = self.random.duration(20_000 + 300 * kind.listed);
            steps.push(Step::CacheList { before, revision, scan });
        }
        steps.push(self.own(30_000));
    }

    fn watch(&mut self, steps: &mut Vec<Step>) {
        // Reflectors ask for 5 to 10 minutes; one in ten watches ends before its time.
        let asked = 300_000_000_000 + self.random.below(300_000_000_000);
        let held = if self.random.chance(0.1) { self.random.below(asked) } else { asked };
        if self.request.read == Read::Etcd {
            let call = self.call(Operation::Watch, 90, 40_000);
            steps.push(Step::EtcdWatch(Call { inner: held, ..call }));
            return;
        }
        let revision = self.request.watch_list.then(|| self.call(Operation::Revision, 60, 300));
        steps.push(Step::WatchSetup { revision, setup: self.random.duration(400_000) });
        steps.push(Step::Hold(held + self.random.duration(1_000_000)));
    }

    fn create(&mut self, kind: &Kind, steps: &mut Vec<Step>) {
        steps.push(Step::ReadBody(self.random.duration(30_000)));
        steps.push(Step::Convert(self.random.duration(90_000)));
        steps.push(self.own(400_000));
        let stored = kind.resource.is_some_and(|index| !self.planner.catalog.resources[index].key.is_empty());
        if kind.subresource == "token" {
            steps.push(self.etcd_get());
        } else if kind.subresource.is_empty() && stored {
            for call in self.webhooks(true) {
                steps.push(Step::Mutating(call));
                steps.push(self.own(60_000));
            }
            let validating = self.webhooks(false);
            if !validating.is_empty() {
                steps.push(Step::Validating(validating));
                steps.push(self.own(60_000));
            }
            if self.request.code < 400 {
                let call = self.call(Operation::Create, self.object_bytes(), 60);
                steps.push(Step::Create {
                    before: self.random.duration(9_000),
                    encode: self.random.duration(35_000),
                    transform: self.random.duration(1_500)
                        + self.planner.faults.encryption_ns(self.at, self.random),
                    call,
                    after: self.random.duration(45_000),
                });
            }
        } else if stored {
            steps.push(Step::Update { before: self.random.duration(45_000), attempts: self.attempts(1) });
        } else {
            steps.push(self.own(700_000));
        }
        steps.push(self.own(20_000));
    }

    fn update(&mut self, kind: &Kind, steps: &mut Vec<Step>) {
        steps.push(Step::ReadBody(self.random.duration(30_000)));
        if kind.verb == "update" {
            steps.push(Step::Convert(self.random.duration(90_000)));
        }
        steps.push(self.own(60_000));
        let before = self.random.duration(45_000);
        if self.request.code >= 400 {
            let call = self.call(Operation::Get, 60, self.object_bytes());
            let after = self.random.duration(60_000);
            steps.push(Step::UpdateRefused { before, attempt: self.random.duration(150_000), call, after });
        } else {
            let conflicts =
                if kind.verb == "update" || !self.random.chance(0.03) { 0 } else { 1 + self.random.below(3) };
            steps.push(Step::Update { before, attempts: self.attempts(1 + conflicts) });
        }
        steps.push(self.own(25_000));
    }

    fn attempts(&mut self, attempts: u64) -> Vec<Attempt> {
        let webhooks = self.request.subresource.is_empty();
        (0..attempts)
            .map(|_| Attempt {
                admission: self.random.duration(150_000),
                mutating: if webhooks { self.webhooks(true) } else { Vec::new() },
                validating: if webhooks { self.webhooks(false) } else { Vec::new() },
                encode: self.random.duration(30_000),
                transform: self.random.duration(1_500)
                    + self.planner.faults.encryption_ns(self.at, self.random),
                call: self.call(Operation::Update, self.object_bytes(), 60),
                after: self.random.duration(40_000),
            })
            .collect()
    }

    fn delete(&mut self, steps: &mut Vec<Step>) {
        steps.push(Step::ReadBody(self.random.duration(30_000)));
        steps.push(self.own(120_000));
        steps.push(self.etcd_get());
        steps.push(self.own(60_000));
        if self.request.code < 400 {
            steps.push(Step::DeleteKey(self.call(Operation::Delete, 90, 60)));
            steps.push(self.own(90_000));
        }
    }

    /// The calls of all webhooks of one sort that the request meets.
    fn webhooks(&mut self, mutating: bool) -> Vec<WebhookCall> {
        let Some(resource) = self.request.resource else { return Vec::new() };
        let name = self.planner.catalog.resources[resource].resource;
        let mut calls = Vec::new();
        for (index, webhook) in self.planner.scenario.webhooks.iter().enumerate() {
            let is_called = webhook.resources.iter().any(|resource| resource == name)
                && webhook.operations.iter().any(|known| known == self.request.operation());
            if webhook.mutating != mutating || !is_called {
                continue;
            }
            let usual = self.random.duration((webhook.median_ms * 1e6) as u64);
            let fault = self.planner.faults.webhook(&webhook.name, self.at, self.random);
            let (http, answer) = fault.unwrap_or((usual, WebhookAnswer::Allowed));
            calls.push(WebhookCall {
                webhook: index,
                before: self.random.duration(180_000),
                http,
                after: self.random.duration(if mutating { 700_000 } else { 60_000 }),
                answer,
                uid: self.random.uuid(),
            });
        }
        calls
    }
}

fn fails(step: &Step) -> bool {
    let failed = |calls: &[WebhookCall]| calls.iter().any(|call| call.answer == WebhookAnswer::Failed);
    match step {
        Step::Mutating(call) => call.answer == WebhookAnswer::Failed,
        Step::Validating(calls) => failed(calls),
        Step::Update { attempts, .. } => {
            attempts.iter().any(|attempt| failed(&attempt.mutating) || failed(&attempt.validating))
        }
        _ => false,
    }
}

/// Whether a webhook fails the request.
pub(super) fn failed_webhook(steps: &[Step]) -> bool {
    steps.iter().any(fails)
}

/// The steps up to the failed webhook, and the answer.
pub(super) fn cut_at_failure(mut steps: Vec<Step>, random: &mut Random) -> Vec<Step> {
    if let Some(index) = steps.iter().position(fails) {
        steps.truncate(index + 1);
    }
    // An update's webhooks run inside its storage call, which then ends without a write.
    if let Some(Step::Update { attempts, .. }) = steps.last_mut() {
        attempts.truncate(1);
    }
    steps.push(Step::Own(random.duration(30_000)));
    steps.push(refusal(random));
    steps
}
