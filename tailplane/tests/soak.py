"""A server under load for a while: how many files it keeps, how long queries take, that nothing is lost and nothing there twice.

    python soak.py target/release/tailplane target/release/load --minutes 30 --rate 20000

Sends captured requests, each copy with ids and times of its own, while the server flushes, derives, merges and, above
`--keep-mib`, removes its oldest segments, whose rollups stay. Every half minute it prints a line: spans that were found, files, bytes, memory,
and what three questions took. In the end every acknowledged span must be counted once: by latency (rollups of what has
left, and spans), and by DuckDB over the spans that are there. Exits with 1 and says what differs.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

import deltalake
import duckdb
from end_to_end import Server

EVERY_S = 30
REQUESTS = '{ kind = server && k8s:component = "apiserver" && k8s:resource != "" && k8s:watch = false }'
METRIC = re.compile(r"^(tailplane_\w+?)(?:\{[^}]*\})? ([-+.\deE]+)$", re.M)


def metrics(server):
    """The server's metrics: the sum over all labels of each."""
    with urllib.request.urlopen(f"http://{server.address['web.listen']}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    sums = {}
    for name, value in METRIC.findall(text):
        sums[name] = sums.get(name, 0) + float(value)
    return sums


def timed(ask):
    started = time.monotonic()
    answer = ask()
    return answer, (time.monotonic() - started) * 1000


def counted(server, start="now-24h"):
    answer = server.get("/api/v1/latency", q="{}", start=start, end="now", step="24h", exemplars=0)
    return sum(point["count"] for series in answer["series"] for point in series["points"]), answer["stats"]


def memory_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) >> 10


def look(server, folder, started):
    """One line: what is there, and what it takes to ask."""
    (spans, _), count_ms = timed(lambda: counted(server))
    by = "k8s:verb,k8s:resource"
    latency, requests_ms = timed(
        lambda: server.get("/api/v1/latency", q=REQUESTS, start="now-15m", end="now", step="60s", by=by, exemplars=3)
    )
    exemplars = [exemplar for series in latency["series"] for exemplar in series["exemplars"]]
    trace_ms = None
    if exemplars:
        _, trace_ms = timed(lambda: server.get(f"/api/v1/traces/{exemplars[-1]['trace_id']}"))
    files = [path for path in pathlib.Path(folder, "data", "spans").rglob("*.parquet") if "_delta_log" not in path.parts]
    on_disk = sum(path.stat().st_size for path in pathlib.Path(folder, "data").rglob("*") if path.is_file())
    now = metrics(server)
    print(
        f"{time.monotonic() - started:6.0f} s: {spans:>10} spans; files of spans: {now['tailplane_storage_segments']:.0f} in the table, "
        f"{len(files)} on disk; {on_disk >> 20} MiB; memory {memory_mib(server.process.pid)} MiB; "
        f"all spans {count_ms:.0f} ms, requests of 15 min {requests_ms:.0f} ms ({latency['stats']['source']}), "
        f"trace without time {trace_ms or 0:.0f} ms",
        flush=True,
    )


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("binary")
    arguments.add_argument("load")
    arguments.add_argument("captures", nargs="*", help="capture files or folders; the repository's fixtures when left out")
    arguments.add_argument("--minutes", type=float, default=30)
    arguments.add_argument("--rate", type=int, default=20_000, help="spans a second")
    arguments.add_argument("--keep-mib", type=int, default=600, help="storage.max_bytes: above it the oldest segments go")
    arguments.add_argument("--folder", help="where the data goes; a temporary folder when left out")
    arguments = arguments.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        server = Server(arguments.binary, folder, f"storage.max_bytes={arguments.keep_mib}MiB", "storage.flush_interval=60s")
        try:
            soak(server, folder, arguments)
        finally:
            server.process.kill()


def soak(server, folder, arguments):
    spans = int(arguments.minutes * 60 * arguments.rate)
    to = f"http://{server.address['ingest.grpc_listen']}"
    command = [arguments.load, *arguments.captures, "--to", to, "--rate", arguments.rate, "--spans", spans]
    command += ["--connections", 8, "--pid", server.process.pid]
    load = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
    started = time.monotonic()
    while load.poll() is None:
        look(server, folder, started)
        try:
            load.wait(EVERY_S)
        except subprocess.TimeoutExpired:
            pass
    report = load.stdout.read()
    print(report, end="")
    assert load.returncode == 0, f"the load ended with {load.returncode}"
    sent = int(re.match(r"(\d+) spans", report)[1])
    # What is still in the log and in the live buffer is found all the same; merges and retention go on for a while.
    time.sleep(3 * EVERY_S)
    look(server, folder, started)
    found, stats = counted(server)
    assert found == sent, f"{sent} spans were acknowledged, {found} are counted: {stats}"
    now = metrics(server)
    kept = {name: value for name, value in now.items() if re.search(r"storage_(compaction|removed|derive|flush)", name)}
    print(json.dumps(kept, indent=2))
    server.stop()
    files = deltalake.DeltaTable(f"{folder}/data/spans").file_uris()
    text = "SELECT count(*), count(DISTINCT (trace_id, span_id)) FROM read_parquet($files)"
    rows, ids = duckdb.execute(text, {"files": files}).fetchone()
    assert rows == ids, f"{rows} rows of {ids} spans"
    assert rows < sent, "retention had nothing to do: choose --keep-mib smaller"
    print(f"{sent} spans acknowledged, each counted once; {rows} of them are still rows, each once, in {len(files)} files")


if __name__ == "__main__":
    main()
