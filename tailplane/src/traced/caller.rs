//! Whether the API server continues the caller's trace, or begins one of its own.

use std::time::Duration;

use bytes::Bytes;
use door::Upstream;
use http::header::{CONTENT_TYPE, HOST};
use http::{Method, Request};
use http_body_util::{BodyExt, Full, Limited};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The groups whose callers may continue a trace (apiserver `pkg/endpoints/filters/traces.go`).
const PRIVILEGED: [&str; 2] = ["system:masters", "system:monitoring"];
/// Before 1.33 nobody may, and before 1.26 there is no link either.
const CONTINUES_FROM: u32 = 33;
const LINKS_FROM: u32 = 26;
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// Nothing depends on the answer but a sentence.
const PATIENCE: Duration = Duration::from_secs(5);
const WHO_AM_I: &str = r#"{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}"#;

/// What the API server said of itself and of the caller, as far as it answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Caller {
    /// The minor version of Kubernetes.
    pub minor: Option<u32>,
    /// The caller's groups.
    pub groups: Option<Vec<String>>,
}

impl Caller {
    /// Asks; these requests are not part of the trace.
    pub(super) async fn ask(upstream: &Upstream) -> Self {
        let reviews = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        let asking = async {
            tokio::join!(
                send::<VersionJson>(upstream, Method::GET, "/version", ""),
                send::<ReviewJson>(upstream, Method::POST, reviews, WHO_AM_I)
            )
        };
        let (version, review) = tokio::time::timeout(PATIENCE, asking).await.unwrap_or_default();
        Self {
            minor: version.and_then(|version| minor(&version.minor)),
            groups: review.map(|review| review.status.user_info.groups),
        }
    }

    /// Why the command's requests are not in the trace that was offered; `None` where they should be.
    #[must_use]
    pub(super) fn why_not(&self) -> Option<String> {
        let privileged = PRIVILEGED.join(" or ");
        match (self.minor, &self.groups) {
            (Some(minor), _) if minor < LINKS_FROM => Some(format!(
                "Kubernetes 1.{minor} begins a trace of its own for each request, and says nothing of the caller's"
            )),
            (Some(minor), _) if minor < CONTINUES_FROM => Some(format!(
                "Kubernetes 1.{minor} continues nobody's trace: it begins one of its own with a link, at its own sampling \
                 rate; 1.{CONTINUES_FROM} and later continue those of {privileged}"
            )),
            (_, Some(groups)) if !groups.iter().any(|group| PRIVILEGED.contains(&group.as_str())) => {
                Some(format!(
                    "the caller is not in {privileged} (`kubectl auth whoami`; of kubeadm, super-admin.conf is), so that the \
                     API server begins a trace of its own with a link, at its own sampling rate"
                ))
            }
            _ => None,
        }
    }
}

async fn send<T: DeserializeOwned>(
    upstream: &Upstream,
    method: Method,
    path: &str,
    body: &'static str,
) -> Option<T> {
    let request = Request::builder().method(method).uri(path).header(HOST, "localhost");
    let request = request.header(CONTENT_TYPE, "application/json").body(Full::new(Bytes::from(body))).ok()?;
    let answer = upstream.send(request).await.ok().filter(|answer| answer.status().is_success())?;
    let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await.ok()?;
    serde_json::from_slice(&body.to_bytes()).ok()
}

/// `33` and `33+`, as managed clusters write it.
fn minor(text: &str) -> Option<u32> {
    text.trim_end_matches(|character: char| !character.is_ascii_digit()).parse().ok()
}

#[derive(Deserialize)]
struct VersionJson {
    minor: String,
}

#[derive(Deserialize)]
struct ReviewJson {
    status: ReviewStatusJson,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReviewStatusJson {
    user_info: UserInfoJson,
}

#[derive(Deserialize)]
struct UserInfoJson {
    #[serde(default)]
    groups: Vec<String>,
}

#[cfg(test)]
mod tests;
