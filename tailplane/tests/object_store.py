"""Tables in an object store that fails now and then: every span is there once, for the server, its successors and deltalake.

    python object_store.py target/debug/tailplane
    python object_store.py target/release/tailplane --minutes 10 --faults 5

Starts moto's S3 server and a proxy before it that answers some requests with 503, loses the answers to some and cuts some short.
A server keeps its tables there, is killed on the way, and is replaced by one on another machine, which has none of its local
files; another process only reads them all the while, and must have every span up to the arrival that it says it is complete to.
A second writer is refused. In the end the bucket is verified, compacted and verified again. Exits with 1 and says what differs.
"""

import argparse
import collections
import http.client
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import deltalake
from end_to_end import FIXTURES, FIXTURE_SPANS, Server, free_ports

BUCKET = "spans"
URL = f"s3://{BUCKET}/a/prefix"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "hunter2-secret", "AWS_REGION": "us-east-1"}
ROUNDS_MIN = 3
KILL_EVERY = 5
# A writer that is killed is succeeded 30 s after its last sign of life; then its tables are read, of a store that fails meanwhile.
SUCCEEDED_WITHIN_S = 120


class Faults(BaseHTTPRequestHandler):
    """Passes requests on to the store, mostly."""

    protocol_version = "HTTP/1.1"
    store, percent, chance, lock = None, 0, random.Random(1), threading.Lock()
    seen = collections.Counter(passed=0, refused=0, lost=0, cut=0)

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.lock:
            faulty = self.chance.random() * 100 < self.percent
            fault = self.chance.choice(["refused", "lost", "cut"]) if faulty else None
        if fault == "refused":
            return self.reply("refused", 503, {}, b"<Error><Code>SlowDown</Code></Error>")
        store = http.client.HTTPConnection(self.store, timeout=60)
        store.request(self.command, self.path, body, dict(self.headers))
        answer = store.getresponse()
        content, headers = answer.read(), dict(answer.getheaders())
        store.close()
        if fault == "lost":
            return self.hang_up("lost")
        if fault == "cut" and len(content) > 1:
            return self.reply("cut", answer.status, headers, content, len(content) // 2)
        return self.reply("passed", answer.status, headers, content)

    def reply(self, word, status, headers, content, sent=None):
        with self.lock:
            self.seen[word] += 1
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        length = headers.get("Content-Length") if self.command == "HEAD" else len(content)
        self.send_header("Content-Length", str(length or 0))
        self.end_headers()
        self.wfile.write(content[:sent])
        if sent is not None:
            self.hang_up()

    def hang_up(self, word=None):
        if word:
            with self.lock:
                self.seen[word] += 1
        self.close_connection = True
        self.connection.close()

    def log_message(self, *arguments):
        pass

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on


class Proxy(ThreadingHTTPServer):
    """A client that hangs up, because it was killed, is no fault of ours."""

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def start_store():
    """An S3 server with an empty bucket: its process and address."""
    (port,) = free_ports(1)
    command = [str(pathlib.Path(sys.executable).with_name("moto_server")), "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    for attempt in range(100):
        try:
            client.create_bucket(Bucket=BUCKET)
            return process, f"127.0.0.1:{port}"
        except Exception:
            assert attempt < 99 and process.poll() is None, "the store does not start"
            time.sleep(0.3)


class Drill:
    """One bucket, its writers and its reader."""

    def __init__(self, binary, here, store):
        self.binary, self.here, self.rounds = binary, here, 0
        self.environment = {**os.environ, **CREDENTIALS, "AWS_ENDPOINT": f"http://{store}", "AWS_ALLOW_HTTP": "true"}
        # For each round that has ended, when: what is complete to then has its spans.
        self.ended = []
        self.reader = None
        self.starts_s = []

    def serve(self, name, role="all"):
        folder = f"{self.here}/{name}"
        pathlib.Path(folder).mkdir(exist_ok=True)
        settings = (f"storage.url={URL}", f"storage.local_folder={folder}/data", "storage.flush_interval=500ms")
        return Server(self.binary, folder, *settings, environment=self.environment, role=role)

    def run(self, *arguments, code=0):
        """What a command prints, on both its outputs."""
        command = [self.binary, *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=300, cwd=self.here)
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def replay(self, server):
        to = f"http://{server.address['ingest.grpc_listen']}"
        command = [self.binary, "replay", "--to", to, "--speed", "max", "--now", "--rekey", *map(str, FIXTURES)]
        sent = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        # The reader is asked while spans come in too.
        while sent.poll() is None:
            if self.reader:
                self.ask(self.reader)
            time.sleep(0.5)
        assert sent.returncode == 0, sent.stderr.read()
        self.rounds += 1
        self.ended.append(time.time_ns())

    def ask(self, server):
        """How many spans it counts, and what it says of that; nothing when the store failed too often in a row."""
        try:
            answer = server.get("/api/v1/latency", q="{}", start="now-24h", end="now", step="10m")
        except urllib.error.HTTPError as error:
            assert error.code == 503, error.read()
            return None, {}
        found, stats = sum(series["count"] for series in answer["series"]), answer["stats"]
        complete_to = int(stats.get("complete_to") or 0)
        promised = sum(ended < complete_to for ended in self.ended) * FIXTURE_SPANS
        assert found >= promised or not stats["complete"], f"complete to {complete_to} with {found} of {promised} spans"
        return found, stats

    def settled(self, server):
        """Waits until it has all spans, no more and no less, in a complete answer; how long that took, and its statistics."""
        began, found, stats = time.monotonic(), None, {}
        while time.monotonic() - began < 60:
            found, stats = self.ask(server)
            assert found is None or found <= self.rounds * FIXTURE_SPANS, f"{found} spans: some are there twice"
            if found == self.rounds * FIXTURE_SPANS and stats["complete"]:
                return time.monotonic() - began, stats
            time.sleep(0.2)
        raise AssertionError(f"not {self.rounds * FIXTURE_SPANS} spans, or not complete: {found}, {stats}")

    def rounds_until(self, end):
        """Spans come in, are counted by both, and the writer is killed now and then; the last one lives."""
        server, lags = self.serve("first"), []
        while self.rounds < ROUNDS_MIN or time.monotonic() < end:
            began = time.time_ns()
            self.replay(server)
            self.settled(server)
            self.reader = self.reader or self.serve("reader", role="query")
            lag, stats = self.settled(self.reader)
            lags.append(lag)
            assert began < int(stats["complete_to"]) < time.time_ns(), stats
            if self.rounds % KILL_EVERY == 1:
                server.process.kill()
                server.process.wait(10)
                began = time.monotonic()
                server = self.serve("first")
                self.starts_s.append(time.monotonic() - began)
                log = pathlib.Path(self.here, "first", "log").read_text(encoding="utf-8")
                assert "waited whether it still lives" not in log, "the same log need not wait for its own lease"
        return server, lags

    def second_is_refused(self):
        pathlib.Path(self.here, "second").mkdir()
        listen = [f"--set={key}=127.0.0.1:0" for key in ("ingest.grpc_listen", "ingest.http_listen", "web.listen")]
        settings = [f"--set=storage.url={URL}", f"--set=storage.local_folder={self.here}/second/data"]
        said = self.run("serve", *listen, *settings, code=1)
        assert "writes to this bucket and is alive" in said and "--role query" in said, said

    def figures(self, server):
        """Requests that failed, and the blocks of the read cache, of a server's `/metrics`."""
        with urllib.request.urlopen(f"http://{server.address['web.listen']}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        requests = re.findall(r'^tailplane_object_store_requests_total\{operation="(\w+)",outcome="(\w+)"\} (\d+)', text, re.M)
        outcomes = collections.Counter()
        for _, outcome, count in requests:
            outcomes[outcome] += int(count)
        cache = dict(re.findall(r"^tailplane_storage_read_cache_(\w+?)(?:_total)? (\d+)", text, re.M))
        return dict(outcomes), {name: int(value) for name, value in cache.items()}


def drill(binary, here, through, minutes):
    drill = Drill(binary, here, through)
    server, lags = drill.rounds_until(time.monotonic() + 60 * minutes)
    drill.second_is_refused()
    figures = drill.figures(server), drill.figures(drill.reader)
    for outcomes, cache in figures:
        assert outcomes["ok"] and outcomes["throttled"] and outcomes["cut"] and outcomes["connection"], outcomes
        assert cache["damaged"] == 0, cache
    assert figures[1][1]["hits"] > figures[1][1]["misses"] > 0, figures[1]
    server.process.kill()
    server.process.wait(10)
    log = pathlib.Path(here, "first", "log").read_text(encoding="utf-8")
    assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in log, "the log shows a secret"

    began = time.monotonic()
    other = drill.serve("other")
    succeeded = time.monotonic() - began
    assert 20 < succeeded < SUCCEEDED_WITHIN_S, f"the lease of the dead is taken after {succeeded:.0f} s"
    drill.replay(other)
    drill.settled(other)
    drill.settled(drill.reader)
    other.stop()

    assert "\nintact" in drill.run("verify", URL, "--local-folder", f"{here}/other/data")
    compacted = drill.run("compact", URL, "--grace", "3s")
    assert "merged" in compacted, compacted
    verified = drill.run("verify", URL)
    assert "\nintact" in verified, verified
    drill.settled(drill.reader)
    drill.reader.stop()
    print(f"writer: requests {figures[0][0]}, cache {figures[0][1]}")
    print(f"reader: requests {figures[1][0]}, cache {figures[1][1]}")
    print(f"reader behind the writer: {sorted(lags)[len(lags) // 2]:.1f} s in the median of {len(lags)}, {max(lags):.1f} s at most")
    print(f"starts after a kill: {', '.join(f'{took:.1f}' for took in drill.starts_s)} s")
    print(f"taken over from the dead in {succeeded:.1f} s; {compacted.splitlines()[-1]}")
    return drill.rounds * FIXTURE_SPANS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--minutes", type=float, default=0, help="how long spans come in, three rounds at least")
    parser.add_argument("--faults", type=float, default=20, help="per cent of requests that fail")
    arguments = parser.parse_args()
    binary = str(pathlib.Path(arguments.binary).resolve())
    process, Faults.store = start_store()
    Faults.percent = arguments.faults
    proxy = Proxy(("127.0.0.1", 0), Faults)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        with tempfile.TemporaryDirectory() as here:
            spans = drill(binary, here, "127.0.0.1:%d" % proxy.server_port, arguments.minutes)
        options = {**CREDENTIALS, "AWS_ENDPOINT_URL": f"http://{Faults.store}", "AWS_ALLOW_HTTP": "true"}
        table = deltalake.DeltaTable(f"{URL}/spans", storage_options=options)
        rows = sum(table.get_add_actions(flatten=True).column("num_records").to_pylist())
        assert rows == spans, f"deltalake counts {rows} spans of {spans}"
        assert all(Faults.seen.values()), f"the store failed in no way: {Faults.seen}"
        print(f"object store: {rows} spans, each once; requests {dict(Faults.seen)}")
    finally:
        process.kill()
        process.wait(10)


if __name__ == "__main__":
    main()
