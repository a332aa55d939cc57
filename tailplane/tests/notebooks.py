"""Every cell of every built-in notebook, asked of a server with the demonstration's spans as the page asks it.

    python notebooks.py target/debug/tailplane

Exits with 1 and says which question is refused, and which notebook finds nothing at all. Needs no network.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

# Rows of derived tables come a flush and ten seconds after their requests.
DERIVED_WITHIN_S = 120
# What a comparison without a selection selects: spans slower than this.
SLOW = "duration > 100ms"


LISTEN = ["ingest.grpc_listen=127.0.0.1:0", "ingest.http_listen=127.0.0.1:0", "web.listen=127.0.0.1:0"]


class Server:
    """`serve` on free ports, once it has said a line that `is_ready` knows."""

    def __init__(self, binary, folder, flags, settings, is_ready):
        arguments = [word for setting in [*LISTEN, *settings] for word in ("--set", setting)]
        self.log = pathlib.Path(folder, "log")
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [binary, "serve", *flags, *arguments], stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder
            )
        for line in self.process.stdout:
            if found := re.fullmatch(r"listening web\.listen (\S+)\n", line):
                self.base = f"http://{found[1]}"
            if is_ready(line):
                return
        sys.exit(f"the server did not start: {self.log.read_text(encoding='utf-8')}")

    def ask(self, path, question=None, **parameters):
        """Status and JSON."""
        url = f"{self.base}{path}?{urllib.parse.urlencode(parameters)}" if parameters else f"{self.base}{path}"
        body = None if question is None else json.dumps(question).encode()
        request = urllib.request.Request(url, data=body, headers={"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=600) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())

    def stop(self):
        self.process.terminate()
        assert self.process.wait(60) == 0, "it ends cleanly"


def spanset(conditions):
    return "{ " + " && ".join(f"({condition})" for condition in conditions) + " }" if conditions else "{ }"


def ask_cell(server, cell, start, end):
    """The answer to a cell, and how much it found."""
    kind, q, window = cell["kind"], spanset(cell.get("filter", [])), {"start": start, "end": end}
    if kind in ("latency", "heatmap"):
        above = ",".join(f"{threshold['ns']}ns" for threshold in cell.get("thresholds", []))
        asked = {"of": cell.get("rows", ""), "by": ",".join(cell.get("by", [])), "above": above, "heatmap": str(kind == "heatmap").lower()}
        status, answer = server.ask("/api/v1/latency", q=q, **window, **{name: text for name, text in asked.items() if text})
        return status, answer, lambda: sum(series["count"] for series in answer["series"])
    if kind == "sql":
        text = cell["query"].replace("$from", start).replace("$to", end)
        status, answer = server.ask("/api/v1/query", {"lang": "sql", "text": text})
        return status, answer, lambda: len(answer["rows"])
    if kind in ("traces", "series"):
        status, answer = server.ask("/api/v1/query", {"lang": "traceql", "text": cell["query"], **window})
        return status, answer, lambda: len(answer[kind])
    if kind == "compare":
        selection = spanset([cell.get("selection") or SLOW])
        status, answer = server.ask("/api/v1/compare", {"of": cell["rows"], "q": q, "selection": selection, **window})
        return status, answer, lambda: len(answer["findings"])
    assert kind == "shares", f"nobody asks cells of kind {kind}"
    status, answer = server.ask("/api/v1/shares", {"of": cell["rows"], "q": q, "by": cell.get("by", []), **window})
    return status, answer, lambda: 1


def wait_for_requests(server, start, end):
    """Waits until the demonstration's requests are derived, of the time that is asked about."""
    deadline = time.monotonic() + DERIVED_WITHIN_S
    while time.monotonic() < deadline:
        status, answer = server.ask("/api/v1/latency", of="requests", q="{ k8s:watch = false }", start=start, end=end)
        if status == 200 and sum(series["count"] for series in answer["series"]) > 1_000:
            return
        time.sleep(1)
    sys.exit(f"no thousand requests were derived within {DERIVED_WITHIN_S} s")


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        # Its last line is the address of the page, when there is something to look at.
        settings = [f"storage.url={folder}/data", "storage.flush_interval=2s"]
        server = Server(binary, folder, ["--demo"], settings, is_ready=lambda line: line.strip().startswith("http://"))
        _, info = server.ask("/api/v1/info")
        start = info.get("start_hint") or str(time.time_ns() - 3_600 * 10**9)
        end = info.get("end_hint") or str(time.time_ns())
        wait_for_requests(server, start, end)
        _, listed = server.ask("/api/v1/notebooks")
        built_in = [notebook["id"] for notebook in listed["notebooks"] if notebook["is_built_in"]]
        files = sorted(path.stem for path in pathlib.Path(__file__).parents[2].glob("web/notebooks/*.json"))
        assert sorted(built_in) == files, f"{built_in} are served, {files} are there"
        cells, wrong = 0, []
        for name in built_in:
            _, kept = server.ask(f"/api/v1/notebooks/{name}")
            found = 0
            for cell in kept["notebook"]["cells"]:
                if cell["kind"] == "markdown":
                    continue
                status, answer, count = ask_cell(server, cell, start, end)
                cells += 1
                if status == 200:
                    found += count()
                else:
                    wrong.append(f"{name} {cell['id']} {cell.get('title')}: {status} {answer}")
            if found == 0:
                wrong.append(f"{name} finds nothing")
        server.stop()
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(built_in)} built-in notebooks, {cells} questions: each is answered")


if __name__ == "__main__":
    main()
