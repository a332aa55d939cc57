"""What stands for kube-apiserver: a few paths of its API, and a server span for each request that is sampled.

It continues the trace of a caller in `system:masters`, and for others begins one of its own with a link, as Kubernetes does
from 1.33 on. It samples no request by itself.
"""

import http.server
import json
import re
import secrets
import threading
import time
import urllib.request

SERVER, UNSET = 2, 0
TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
RESOURCES = {
    "/version": {"major": "1", "minor": "34", "gitVersion": "v1.34.1"},
    "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [{"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "verbs": ["get", "list", "watch"]}],
    },
}
REVIEW = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
# How long the next part of an answer waits for the one before to be seen.
PATIENCE_S = 30


def pod(name):
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "team", "uid": name, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"containers": [{"name": "main", "image": "none"}]},
        "status": {"phase": "Running"},
    }


class ApiServer:
    """Serves on a free port; spans go to an OTLP/HTTP address. `groups` is who the caller is."""

    def __init__(self, otlp, groups=("system:masters", "system:authenticated")):
        self.otlp, self.groups = otlp, list(groups)
        self.seen = []
        self.samples_itself = False
        # Where set, each part of an answer is sent only once the one before was seen.
        self.seen_parts = None
        self.was_held_back = False
        outer = self

        class Handler(Answers):
            server_of = outer

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def stop(self):
        self.http.shutdown()
        self.http.server_close()

    def trace(self, traceparent, audit_id, method, path, status, began_ns):
        """Sends the span of a request, if it is sampled."""
        found = TRACEPARENT.fullmatch(traceparent or "")
        is_offered = bool(found) and int(found[3], 16) & 1
        is_continued = is_offered and "system:masters" in self.groups
        if not is_continued and not self.samples_itself:
            return
        span = {
            "traceId": found[1] if is_continued else secrets.token_hex(16),
            "spanId": secrets.token_hex(8),
            "name": f"{method} {path}",
            "kind": SERVER,
            "startTimeUnixNano": str(began_ns),
            "endTimeUnixNano": str(time.time_ns()),
            "attributes": [
                {"key": key, "value": {"stringValue": value}}
                for key, value in (("http.request.method", method), ("url.path", path), ("audit-id", audit_id))
            ],
        }
        span["attributes"].append({"key": "http.response.status_code", "value": {"intValue": str(status)}})
        if is_continued:
            span["parentSpanId"] = found[2]
        elif is_offered:
            span["links"] = [{"traceId": found[1], "spanId": found[2]}]
        resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "apiserver"}}]}
        body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {}, "spans": [span]}]}]}
        request = urllib.request.Request(f"{self.otlp}/v1/traces", json.dumps(body).encode(), {"content-type": "application/json"})
        urllib.request.urlopen(request, timeout=30).close()


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.respond()

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.respond()

    def respond(self):
        api, began_ns = self.server_of, time.time_ns()
        path, _, query = self.path.partition("?")
        audit_id = secrets.token_hex(8)
        api.seen.append((self.command, self.path, dict(self.headers)))
        if path == REVIEW:
            status, parts = 201, [json.dumps({"status": {"userInfo": {"username": "u", "groups": api.groups}}})]
        elif path in RESOURCES:
            status, parts = 200, [json.dumps(RESOURCES[path])]
        elif path == "/api/v1/namespaces/team/pods" and "watch=true" in query:
            status = 200
            parts = [json.dumps({"type": "ADDED", "object": pod(f"pod-{number}")}) + "\n" for number in range(3)]
        elif path in ("/api/v1/namespaces/team/pods", "/api/v1/pods"):
            status = 200
            parts = [json.dumps({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": [pod("web-0")]})]
        elif path == "/api/v1/namespaces/team/pods/web-0":
            status, parts = 200, [json.dumps(pod("web-0"))]
        elif path.endswith("/log"):
            status, parts = 200, [f"line {number}\n" for number in range(3)]
        else:
            failure = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
            status, parts = 404, [json.dumps({**failure, "message": f"nothing at {path}"})]
        self.send(status, audit_id, parts, "text/plain" if path.endswith("/log") else "application/json")
        api.trace(self.headers.get("traceparent"), audit_id, self.command, path, status, began_ns)

    def send(self, status, audit_id, parts, content_type):
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("audit-id", audit_id)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for number, part in enumerate(parts):
            if number > 0 and self.server_of.seen_parts is not None:
                self.server_of.was_held_back |= not self.server_of.seen_parts.acquire(timeout=PATIENCE_S)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part.encode()))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")
