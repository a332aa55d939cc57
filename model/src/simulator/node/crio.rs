//! CRI-O's spans: the interceptor's, and those named after Go functions.

use proto::{SpanId, UnixNanos};

use super::super::span::{INTERNAL, ScopeName, event_with, text};
use super::{Content, Method, Scene};

const SERVER_FUNCTION: &str = "github.com/cri-o/cri-o/server.(*Server).";
const OCI_FUNCTION: &str = "github.com/cri-o/cri-o/internal/oci.(*Runtime).";

impl Scene<'_, '_> {
    /// The interceptor's span, which is named as the method with a slash in front, and the handler's function.
    pub(super) fn interceptor(
        &mut self,
        method: Method,
        server: SpanId,
        (start, end): (UnixNanos, UnixNanos),
    ) -> SpanId {
        let name = format!("/{}", method.qualified);
        let margin = (end - start) / 50;
        let (inner_start, inner_end) = (start + margin, end - margin);
        let what = (ScopeName::Crio, name.as_str(), INTERNAL);
        let above = self.runtime_span(what, Some(server), (inner_start, inner_end), Content::default());
        let mut first = method.name.chars();
        let lower = first.next().map_or(String::new(), |letter| letter.to_lowercase().collect::<String>());
        let function = match method.name {
            "RunPodSandbox" | "PullImage" => format!("{SERVER_FUNCTION}{lower}{}", first.as_str()),
            other => format!("{SERVER_FUNCTION}{other}"),
        };
        let log = event_with(
            inner_start + margin,
            "log",
            vec![text("log.severity", "INFO"), text("log.message", format!("Serving {}", method.name))],
        );
        let content = Content { events: vec![log], ..Content::default() };
        self.internal(&function, Some(above), (inner_start + margin, inner_end - margin), content)
    }

    /// What happens in `runPodSandbox`: `network` is the time that the network takes.
    pub(super) fn crio_sandbox(
        &mut self,
        parent: SpanId,
        (start, end): (UnixNanos, UnixNanos),
        network: (UnixNanos, UnixNanos),
    ) {
        let server = |name: &str| format!("{SERVER_FUNCTION}{name}");
        let oci = |name: &str| format!("{OCI_FUNCTION}{name}");
        self.internal(
            &server("getSandboxIDMappings"),
            Some(parent),
            (start, start + 60_000),
            Content::default(),
        );
        self.internal(&server("networkStart"), Some(parent), network, Content::default());
        let half = network.1 + (end - network.1) / 2;
        self.internal(&oci("CreateContainer"), Some(parent), (network.1, half), Content::default());
        self.internal(&oci("StartContainer"), Some(parent), (half, end), Content::default());
    }

    /// What happens in `CreateContainer` and `StartContainer`.
    pub(super) fn crio_step(&mut self, name: &str, parent: SpanId, times: (UnixNanos, UnixNanos)) {
        self.internal(&format!("{OCI_FUNCTION}{name}"), Some(parent), times, Content::default());
    }
}
