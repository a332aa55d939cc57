//! The calls a request made: admission webhooks and etcd, with the time it waited for each.

use super::{EtcdCalls, WebhookCall, WebhookKind};
use crate::phase::{Member, Phase, Role};
use crate::{normalise, span_view};

/// How many etcd members are told apart; etcd itself advises against more than seven. More count with the last.
const MEMBERS_MAX: usize = 64;

/// Who was called.
pub(super) struct Calls<'a> {
    pub(super) webhooks: Vec<WebhookCall<'a>>,
    pub(super) etcd: Vec<EtcdCalls<'a>>,
    pub(super) is_etcd_undivided: bool,
}

/// The calls among `members`, given the time of the critical path in each.
pub(super) fn calls<'a>(members: &[Member<'a>], path_ns: &[u64]) -> Calls<'a> {
    let mut waited_ns = path_ns.to_vec();
    let mut answer: Vec<Option<usize>> = vec![None; members.len()];
    // Children stand after their parents: from the last to the first, each has all of its subtree when it is passed on.
    for (position, member) in members.iter().enumerate().skip(1).rev() {
        waited_ns[member.parent] = waited_ns[member.parent].saturating_add(waited_ns[position]);
        if member.phase == Phase::EtcdServer {
            answer[member.parent] = Some(position);
        }
    }
    let mut found = Calls { webhooks: Vec::new(), etcd: Vec::new(), is_etcd_undivided: false };
    for (position, member) in members.iter().enumerate().filter(|(_, member)| !members[member.parent].sealed)
    {
        match member.role() {
            Role::MutatingWebhook => {
                found.webhooks.push(webhook(member, WebhookKind::Mutating, waited_ns[position]));
            }
            Role::ValidatingWebhook => {
                found.webhooks.push(webhook(member, WebhookKind::Validating, waited_ns[position]));
            }
            Role::EtcdCall => {
                found.is_etcd_undivided |= answer[position].is_none();
                let answer = answer[position].map(|answer| &members[answer]);
                add_etcd_call(&mut found.etcd, member, answer, waited_ns[position]);
            }
            _ => {}
        }
    }
    found.webhooks.sort_by_key(|webhook| webhook.start);
    found
}

fn webhook<'a>(member: &Member<'a>, kind: WebhookKind, path_ns: u64) -> WebhookCall<'a> {
    let text = |key| member.view.text(key).unwrap_or_default();
    WebhookCall {
        kind,
        name: text("webhook"),
        configuration: text("configuration"),
        operation: text("operation"),
        start: member.start,
        duration_ns: member.end - member.start,
        path_ns,
        is_failed: member.view.event("Request completed").is_none(),
    }
}

fn add_etcd_call<'a>(
    etcd: &mut Vec<EtcdCalls<'a>>,
    member: &Member<'a>,
    answer: Option<&Member<'a>>,
    path_ns: u64,
) {
    let rpc = normalise(member.view).rpc;
    let address = rpc.as_ref().and_then(|rpc| rpc.peer_address).unwrap_or_default();
    let port = rpc.as_ref().and_then(|rpc| rpc.peer_port);
    let instance = answer.and_then(|answer| {
        span_view::find(&answer.view.resource.attributes, "service.instance.id").and_then(span_view::text)
    });
    let same =
        |calls: &EtcdCalls<'_>| calls.address == address && calls.port == port && calls.instance == instance;
    let known = etcd.iter().position(same).or_else(|| (etcd.len() == MEMBERS_MAX).then_some(MEMBERS_MAX - 1));
    match known {
        Some(known) => {
            etcd[known].calls += 1;
            etcd[known].path_ns = etcd[known].path_ns.saturating_add(path_ns);
        }
        None => etcd.push(EtcdCalls { address, port, instance, calls: 1, path_ns }),
    }
}
