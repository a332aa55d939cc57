"""What the built-in notebooks ask of a large table, and what each question costs.

    .venv/bin/python3 benches/notebook_questions.py target/release/tailplane FOLDER [--hours 24] [--memory 512MiB]

FOLDER is a table that `table make` made. A server of its own answers (`--role query`, nothing is merged meanwhile). Prints for each
question wall time of the first run and the median of five more, CPU-seconds of the server, and what was read.
"""

import argparse
import pathlib
import statistics
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).parents[1] / "tailplane" / "tests"))

import notebooks

WARM = 5
TICKS_A_SECOND = 100


class Reader(notebooks.Server):
    """A server that answers from a folder."""

    def __init__(self, binary, folder, scratch, memory):
        settings = [f"storage.url={folder}", f"storage.local_folder={scratch}/own", "query.timeout=600s", f"query.memory={memory}"]
        super().__init__(binary, scratch, ["--role", "query"], settings, is_ready=lambda line: line.startswith("ready "))

    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND

    def memory_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) // 1024


def timed(server, cell, start, end):
    wall, cpu = time.monotonic(), server.cpu_s()
    status, answer, count = notebooks.ask_cell(server, cell, start, end)
    wall, cpu = time.monotonic() - wall, server.cpu_s() - cpu
    if status != 200:
        return wall, cpu, f"{status} {answer['error']['message'][:160]}"
    stats = answer.get("stats", {})
    return wall, cpu, f"{count():,} found; {stats.get('source', '')} {stats.get('rows_read', 0):,} rows of {stats.get('files_read', 0)} files, {stats.get('bytes_read', 0) / 1e6:,.1f} MB"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("folder")
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--memory", default="512MiB")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        server = Reader(arguments.binary, pathlib.Path(arguments.folder).resolve(), scratch, arguments.memory)
        status, answer = server.ask("/api/v1/query", {"lang": "sql", "text": "SELECT max(start_time)::BIGINT FROM spans"})
        assert status == 200, answer
        end_ns = (int(answer["rows"][0][0]) + 1) * 1000
        start, end = str(end_ns - int(arguments.hours * 3_600e9)), str(end_ns)
        print("notebook, cell: first wall; median wall, CPU of five more; what it found and read")
        for name in sorted(path.stem for path in pathlib.Path(__file__).parents[1].glob("web/notebooks/*.json")):
            _, kept = server.ask(f"/api/v1/notebooks/{name}")
            for cell in kept["notebook"]["cells"]:
                if cell["kind"] == "markdown":
                    continue
                first, _, _ = timed(server, cell, start, end)
                more = [timed(server, cell, start, end) for _ in range(WARM)]
                wall, cpu = (statistics.median(one[place] for one in more) for place in (0, 1))
                title = cell.get("title") or cell["id"]
                print(f"{name}, {cell['kind']} {title}: {first * 1e3:,.0f} ms; {wall * 1e3:,.0f} ms, {cpu:.2f} s; {more[0][2]}", flush=True)
        print(f"peak memory {server.memory_mib()} MiB")
        server.stop()


if __name__ == "__main__":
    main()
