//! What a span's ancestors tell about its component: webhooks and aggregated API servers.

use super::{Component, SERVER, is_api_path};
use crate::SpanView;

const CLIENT: i32 = 3;

impl Component {
    /// The component of `view`'s span, given its parent and grandparent as far as they arrived.
    ///
    /// A server span under the client span of a `Call mutating webhook` or `Call validating webhook` is a
    /// [`Self::Webhook`]; where the grandparent is missing, a POST by an API server that is no API path is taken for
    /// such a call. A span that says `apiserver`, below one of another `service.instance.id`, is an
    /// [`Self::AggregatedApiserver`]. The spans below either are the same program's while their resource is the
    /// same: the caller hands the component down.
    #[must_use]
    pub fn in_trace(
        view: SpanView<'_>,
        parent: Option<SpanView<'_>>,
        grandparent: Option<SpanView<'_>>,
    ) -> Self {
        let own = Self::of(view);
        let Some(parent) = parent else { return own };
        if view.span.kind != SERVER || Self::of(parent) != Self::Apiserver {
            return own;
        }
        if matches!(own, Self::Other | Self::Apiserver) && is_webhook_call(parent, grandparent) {
            return Self::Webhook;
        }
        if own == Self::Apiserver && instance(view) != instance(parent) {
            return Self::AggregatedApiserver;
        }
        own
    }
}

fn instance(view: SpanView<'_>) -> Option<&str> {
    view.resource_text("service.instance.id")
}

/// Whether an API server's span `call` asks a webhook.
fn is_webhook_call(call: SpanView<'_>, around: Option<SpanView<'_>>) -> bool {
    if call.span.kind != CLIENT || !matches!(call.span.name.as_ref(), "HTTP POST" | "POST") {
        return false;
    }
    if let Some(around) = around {
        return around.span.name.starts_with("Call ") && around.span.name.ends_with(" webhook");
    }
    let url = call.text("url.full").or_else(|| call.text("http.url")).unwrap_or_default();
    let path = crate::normalise::url_target(url);
    path.is_some_and(|path| !is_api_path(path))
}
