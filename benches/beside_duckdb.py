"""What DuckDB takes for the questions that `table ask` asks, of the same Parquet files on the same machine.

    .venv/bin/python3 benches/beside_duckdb.py FOLDER [--bytes]

Prints for each question wall time and CPU-seconds of the first run and the median of five more. With `--bytes` the spans are
written into a file of DuckDB's own instead, and what each of its spans takes is printed.
"""

import argparse
import os
import pathlib
import resource
import statistics
import tempfile
import time

import deltalake
import duckdb

WARM = 5
REQUESTS = "kind = 2 AND k8s_component = 'apiserver' AND k8s_resource <> '' AND k8s_watch = false"
SLOT = "time_bucket(INTERVAL '{step}', start_time + to_microseconds(duration_ns // 1000))"
P99 = """SELECT {keys}, {slot} AS slot, count(*), {quantile}, arg_max(trace_id, duration_ns), arg_max(span_id, duration_ns)
    FROM spans WHERE {condition} GROUP BY ALL"""
EXACT = "quantile_disc(duration_ns, [0.5, 0.99])"
APPROXIMATE = "approx_quantile(duration_ns, [0.5, 0.99])"


def questions(trace_ids):
    def p99(keys, step, condition, quantile=EXACT):
        slot = SLOT.format(step=step)
        return lambda _: P99.format(keys=keys, slot=slot, quantile=quantile, condition=condition)

    by = "k8s_verb, k8s_resource"
    yield "requests by verb and resource, 5 min", p99(by, "5 minutes", REQUESTS)
    yield "the same, 1 h", p99(by, "1 hour", REQUESTS)
    yield "all by name, 5 min (approx_quantile)", p99("name", "5 minutes", "true", APPROXIMATE)
    yield "requests in a namespace, 5 min", p99(by, "5 minutes", f"{REQUESTS} AND k8s_namespace = 'kube-system'")
    yield "20 slowest server spans", lambda _: (
        "SELECT trace_id, name, duration_ns FROM spans WHERE kind = 2 ORDER BY duration_ns DESC LIMIT 20"
    )
    yield "values of k8s_resource", lambda _: "SELECT k8s_resource, count(*) FROM spans GROUP BY 1 ORDER BY 2 DESC LIMIT 1000"
    # Not `=`: up to 1.5.5 that finds nothing in a column of bytes with a bloom filter (duckdb/duckdb#23829).
    between = "SELECT * FROM spans WHERE trace_id BETWEEN from_hex('{0}') AND from_hex('{0}')"
    yield "trace by id, without a time", lambda run: between.format(trace_ids[run].hex())


def run(connection, text):
    cpu, wall = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    connection.execute(f"CREATE OR REPLACE TEMP TABLE answer AS {text}")
    (rows,) = connection.execute("SELECT count(*) FROM answer").fetchone()
    after = resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - cpu.ru_utime - cpu.ru_stime
    return (time.monotonic() - wall) * 1000, used, rows


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder")
    arguments.add_argument("--bytes", action="store_true")
    arguments = arguments.parse_args()
    table = deltalake.DeltaTable(str(pathlib.Path(arguments.folder, "spans")))
    files = [uri.removeprefix("file://") for uri in table.file_uris()]
    with tempfile.TemporaryDirectory() as folder:
        own = pathlib.Path(folder, "spans.duckdb")
        connection = duckdb.connect(str(own), config={"threads": os.cpu_count(), "memory_limit": "8GB"})
        listed = ", ".join(f"'{file}'" for file in files)
        if arguments.bytes:
            connection.execute(f"CREATE TABLE spans AS SELECT * FROM read_parquet([{listed}])")
            (spans,) = connection.execute("SELECT count(*) FROM spans").fetchone()
            connection.close()
            parquet = sum(pathlib.Path(file).stat().st_size for file in files)
            print(f"{spans} spans: {parquet / spans:.2f} B/span in Parquet, {own.stat().st_size / spans:.2f} in a file of DuckDB's own")
            return
        connection.execute(f"CREATE VIEW spans AS SELECT * FROM read_parquet([{listed}])")
        ids = connection.execute(f"SELECT DISTINCT trace_id FROM read_parquet(['{files[0]}']) LIMIT {WARM + 1}").fetchall()
        print(f"DuckDB {duckdb.__version__}, {len(files)} files; cold wall, CPU; warm wall (median of {WARM}), CPU; rows of the answer")
        for name, text in questions([row[0] for row in ids]):
            runs = [run(connection, text(number)) for number in range(WARM + 1)]
            wall, cpu = (statistics.median(one[place] for one in runs[1:]) for place in (0, 1))
            print(f"{name:<45} {runs[0][0]:9.1f} ms {runs[0][1]:7.3f} s; {wall:9.1f} ms {cpu:7.3f} s; {runs[0][2]} rows", flush=True)


if __name__ == "__main__":
    main()
