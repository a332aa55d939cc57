//! What exporters are told through their environment, in the forms that pods, units and lists want it.

use super::super::SetupQuery;

/// Variables and their values. None of them is secret: where a token stands there is a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Environment {
    common: Vec<(&'static str, String)>,
    containerd: Vec<(&'static str, String)>,
}

impl Environment {
    /// The environment of `query`; certificates lie in `folder`.
    pub(super) fn of(query: &SetupQuery, folder: &str) -> Self {
        let protection = &query.protection;
        let mut common = Vec::new();
        if let Some(cluster) = &query.cluster {
            common.push(("OTEL_RESOURCE_ATTRIBUTES", format!("k8s.cluster.name={cluster}")));
        }
        if protection.tls {
            common.push(("OTEL_EXPORTER_OTLP_CERTIFICATE", format!("{folder}/ca.crt")));
        }
        if protection.client_certificate {
            common.push(("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", format!("{folder}/client.crt")));
            common.push(("OTEL_EXPORTER_OTLP_CLIENT_KEY", format!("{folder}/client.key")));
        }
        let token = protection.token.then(|| "authorization=Bearer%20REPLACE_WITH_TOKEN".to_owned());
        let tenant = protection.tenant.as_ref().map(|tenant| format!("x-scope-orgid={tenant}"));
        let headers: Vec<String> = token.into_iter().chain(tenant).collect();
        if !headers.is_empty() {
            common.push(("OTEL_EXPORTER_OTLP_HEADERS", headers.join(",")));
        }
        let http = query.http_endpoint.clone().unwrap_or_else(|| query.endpoint.with_port(4318));
        let scheme = if protection.tls { "https" } else { "http" };
        let containerd = vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("{scheme}://{http}")),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".to_owned()),
            ("OTEL_SERVICE_NAME", "containerd".to_owned()),
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio".to_owned()),
            ("OTEL_TRACES_SAMPLER_ARG", query.sampling.ratio()),
        ];
        Self { common, containerd }
    }

    /// Whether components other than containerd need none.
    pub(super) fn is_empty(&self) -> bool {
        self.common.is_empty()
    }

    /// The forms, by the names that templates use.
    pub(super) fn values(&self) -> Vec<(String, String)> {
        let containerd = || self.containerd.iter().chain(&self.common);
        let forms = [
            ("environment_pod", lines(self.common.iter(), pod)),
            ("environment_list", lines(self.common.iter(), |name, value| format!("- \"{name}={value}\""))),
            ("environment_systemd", lines(self.common.iter(), systemd)),
            ("containerd_environment_systemd", lines(containerd(), systemd)),
            (
                "containerd_environment_prefixed",
                lines(self.containerd.iter(), |name, value| systemd(&format!("CONTAINERD_{name}"), value)),
            ),
        ];
        forms.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn lines<'e>(
    variables: impl Iterator<Item = &'e (&'static str, String)>,
    form: impl Fn(&str, &str) -> String,
) -> String {
    variables.map(|(name, value)| form(name, value)).collect::<Vec<_>>().join("\n")
}

fn pod(name: &str, value: &str) -> String {
    format!("- name: {name}\n  value: \"{value}\"")
}

/// In a unit, `%` begins a specifier.
fn systemd(name: &str, value: &str) -> String {
    format!("Environment=\"{name}={}\"", value.replace('%', "%%"))
}
