//! What holds for a query, by names that the files in `data/setup` use.

mod environment;

use std::collections::{BTreeMap, BTreeSet};

use super::{Distribution, SetupError, SetupQuery};
use crate::Component;
use environment::Environment;

/// Conditions by name, and whether they hold.
type Conditions = BTreeMap<&'static str, bool>;

/// What holds, and what is filled in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Facts {
    conditions: Conditions,
    values: BTreeMap<String, String>,
}

impl Facts {
    /// What holds for `query`.
    ///
    /// # Errors
    /// When the distribution does not let something send, or cannot protect the way.
    pub(super) fn of(query: &SetupQuery) -> Result<Self, SetupError> {
        check(query)?;
        let components = components(query)?;
        let conditions = conditions(query, &components);
        let holds = |name| conditions.get(name) == Some(&true);
        if !components.is_empty()
            && !["apiserver", "etcd", "kubelet", "containerd", "crio"].into_iter().any(holds)
        {
            return Err(SetupError::Nothing {
                distribution: query.distribution.name(),
                version: query.kubernetes,
            });
        }
        Ok(Self { conditions, values: values(query) })
    }

    /// Adds values of a file's own.
    pub(super) fn extend(&mut self, values: BTreeMap<String, String>) {
        self.values.extend(values);
    }

    /// Adds what is built from the values of a file.
    pub(super) fn add_environment(&mut self, query: &SetupQuery) {
        let folder = self.value("tracing_folder").unwrap_or_default().to_owned();
        self.values.extend(Environment::of(query, &folder).values());
    }

    /// Whether all of `conditions` hold; `!` in front asks for the contrary.
    ///
    /// # Errors
    /// When one of them is unknown.
    pub(super) fn hold<'c>(&self, conditions: impl IntoIterator<Item = &'c str>) -> Result<bool, String> {
        let mut all = true;
        for condition in conditions {
            let name = condition.strip_prefix('!').unwrap_or(condition);
            let holds = self.conditions.get(name).ok_or_else(|| format!("there is no condition {name:?}"))?;
            all &= *holds == (name.len() == condition.len());
        }
        Ok(all)
    }

    /// The value of that name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}

/// The components asked for, or all that usually send.
fn components(query: &SetupQuery) -> Result<BTreeSet<Component>, SetupError> {
    let offered = query.distribution.components();
    if query.components.is_empty() {
        let usual = offered.iter().copied().filter(|component| *component != Component::Crio);
        return Ok(usual.collect());
    }
    let names = |components: &[Component]| {
        components.iter().map(|component| component.name()).collect::<Vec<_>>().join(", ")
    };
    match query.components.iter().find(|component| !offered.contains(component)) {
        Some(component) => Err(SetupError::Component {
            distribution: query.distribution.name(),
            component: component.name(),
            offered: if offered.is_empty() { "nothing".to_owned() } else { names(offered) },
        }),
        None => Ok(query.components.iter().copied().collect()),
    }
}

fn check(query: &SetupQuery) -> Result<(), SetupError> {
    let names = [("cluster", &query.cluster), ("tenant", &query.protection.tenant)];
    for (what, name) in names.into_iter().filter_map(|(what, name)| Some((what, name.as_ref()?))) {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_plain) {
            return Err(SetupError::Name { what, text: name.clone() });
        }
    }
    if query.distribution == Distribution::Kind && query.protection != Default::default() {
        return Err(SetupError::Protection { distribution: query.distribution.name() });
    }
    Ok(())
}

/// The version of kubeadm's configuration. kind keeps the older one for longer.
fn kubeadm_version(query: &SetupQuery) -> &'static str {
    match (query.distribution, query.kubernetes.minor()) {
        (Distribution::Kind, ..=22) => "v1beta2",
        (Distribution::Kind, ..=35) | (_, ..=30) => "v1beta3",
        _ => "v1beta4",
    }
}

fn conditions(query: &SetupQuery, components: &BTreeSet<Component>) -> Conditions {
    let minor = query.kubernetes.minor();
    let etcd = query.etcd.unwrap_or(query.kubernetes.etcd());
    let protection = &query.protection;
    let has = |component| components.contains(&component);
    let kubelet = has(Component::Kubelet) && minor >= 25;
    let plane = has(Component::Apiserver) || has(Component::Etcd);
    let extra_args_map = kubeadm_version(query) != "v1beta4";
    let environment = !Environment::of(query, "").is_empty();
    let rate = query.sampling.per_million();
    let loopback = query.endpoint.is_loopback();
    Conditions::from([
        ("apiserver", has(Component::Apiserver)),
        ("etcd", has(Component::Etcd)),
        ("kubelet", kubelet),
        ("containerd", has(Component::Containerd)),
        ("crio", has(Component::Crio) && minor >= 23),
        ("plane", plane),
        ("node", kubelet || has(Component::Containerd)),
        ("patched", plane || kubelet),
        ("mounted", has(Component::Apiserver) || has(Component::Containerd)),
        ("self_managed", !query.distribution.is_managed()),
        ("kubelet_too_old", has(Component::Kubelet) && minor < 25),
        ("kubelet_without_pods", kubelet && minor < 27),
        ("crio_too_old", has(Component::Crio) && minor < 23),
        ("gate", minor < 27 && !query.distribution.is_managed()),
        ("kubelet_gate", kubelet && minor < 27),
        ("privileged", minor >= 33),
        ("broken_server_span", minor == 33),
        ("extra_args_map", extra_args_map),
        ("drop_in", minor >= 32),
        ("etcd_without_sampler", has(Component::Etcd) && !etcd.has_sampler()),
        ("containerd_toml", query.containerd.is_some_and(|version| version.reads_file())),
        ("environment", environment),
        ("node_environment", environment || has(Component::Containerd)),
        ("certificates", protection.tls || protection.client_certificate),
        ("tls", protection.tls),
        ("client_certificate", protection.client_certificate),
        ("token", protection.token),
        ("plain", !protection.tls && !loopback),
        ("loopback", loopback),
        ("rate_zero", rate == 0),
        ("sampled_apart", has(Component::Apiserver) && kubelet && rate > 0 && rate < 1_000_000),
    ])
}

fn values(query: &SetupQuery) -> BTreeMap<String, String> {
    let protection = &query.protection;
    let etcd = query.etcd.unwrap_or(query.kubernetes.etcd());
    let http = query.http_endpoint.clone().unwrap_or_else(|| query.endpoint.with_port(4318));
    let is_secret = protection.token || protection.client_certificate;
    let api_version = match query.kubernetes.minor() {
        ..=26 => "v1alpha1",
        27..=33 => "v1beta1",
        _ => "v1",
    };
    let containerd =
        query.containerd.map_or_else(|| "2.0 or newer".to_owned(), |version| version.to_string());
    let values = [
        ("version", query.kubernetes.to_string()),
        ("endpoint", query.endpoint.to_string()),
        ("host", query.endpoint.host().to_owned()),
        ("port", query.endpoint.port().to_string()),
        ("http_endpoint", http.to_string()),
        ("http_port", http.port().to_string()),
        ("scheme", if protection.tls { "https" } else { "http" }.to_owned()),
        ("web", format!("http://{}", query.endpoint.with_port(4319))),
        ("per_million", query.sampling.per_million().to_string()),
        ("percent", query.sampling.percent()),
        ("both_percent", query.sampling.both_percent()),
        ("ratio", query.sampling.ratio()),
        ("api_version", api_version.to_owned()),
        ("kubeadm_version", kubeadm_version(query).to_owned()),
        ("etcd_version", etcd.to_string()),
        ("etcd_prefix", if etcd.is_experimental() { "experimental-" } else { "" }.to_owned()),
        ("containerd_version", containerd),
        ("cluster", query.cluster.clone().unwrap_or_else(|| "kind".to_owned())),
        // A file with a token or beside a key is nobody else's to read.
        ("secret_mode", if is_secret { "0600" } else { "0644" }.to_owned()),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests;
