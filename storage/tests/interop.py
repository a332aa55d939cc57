"""Opens a Tailplane table with two other engines and compares what they see with what was written.

    pip install deltalake==1.6.6 duckdb==1.5.5 duckdb-extension-delta==1.5.5
    python interop.py TABLE --rows N [--files N] [--tenant NAME=N ...]

Exits with 1 and a line per difference when an engine sees something else. Needs no network.
"""

import argparse
import datetime
import pathlib
import sys

import deltalake
import duckdb


def tenant_rows(text):
    name, _, rows = text.partition("=")
    return name, int(rows)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=pathlib.Path, help="the table's folder")
    parser.add_argument("--rows", type=int, required=True, help="how many rows it has")
    parser.add_argument("--files", type=int, help="how many files it has")
    parser.add_argument("--tenant", type=tenant_rows, action="append", default=[], metavar="NAME=ROWS")
    return parser.parse_args()


def connect():
    """A DuckDB with the delta extension from its Python package: a signed file, loaded by its path."""
    import duckdb_extension_delta

    folder = pathlib.Path(duckdb_extension_delta.__file__).parent
    [extension] = folder.glob(f"extensions/v{duckdb.__version__}/delta.duckdb_extension")
    connection = duckdb.connect()
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute(f"LOAD '{extension}'")
    return connection


def iso(micros):
    """Microseconds since 1970 as text; the engines' own Python times would need further packages."""
    time = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=micros)
    return time.isoformat(timespec="microseconds") + "Z"


def seen_by_duckdb(table):
    connection = connect()
    scan = f"delta_scan('{table.as_posix()}')"
    rows, first, last, traces = connection.execute(
        f"""SELECT count(*), epoch_us(min(start_time)), epoch_us(max(start_time)), count(DISTINCT trace_id)
            FROM {scan}"""
    ).fetchone()
    tenants = dict(connection.execute(f"SELECT tenant, count(*) FROM {scan} GROUP BY tenant").fetchall())
    seen = {"rows": rows, "first": first, "last": last, "traces": traces, "tenants": tenants}
    if rows:
        # The first and the last span must survive each engine's pruning by the statistics in the log.
        seen["at the ends"] = [
            connection.execute(f"SELECT count(*) FROM {scan} WHERE start_time = TIMESTAMPTZ '{iso(end)}'").fetchone()[0]
            for end in (first, last)
        ]
        seen["first span"] = list(
            connection.execute(
                f"SELECT lower(hex(trace_id)), lower(hex(span_id)), name FROM {scan} ORDER BY start_time, span_id LIMIT 1"
            ).fetchone()
        )
    return seen


def seen_by_deltalake(table):
    delta = deltalake.DeltaTable(table)
    protocol = delta.protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2), protocol
    assert delta.metadata().configuration["tailplane.format_version"] == "1"
    assert delta.metadata().partition_columns == ["tenant", "date"]
    query = deltalake.QueryBuilder().register("spans", delta)

    def ask(sql):
        return query.execute(sql).read_all()

    def row(sql):
        table = ask(sql)
        return [table.column(index)[0].as_py() for index in range(table.num_columns)]

    rows, first, last, traces = row(
        """SELECT count(*), CAST(min(start_time) AS BIGINT), CAST(max(start_time) AS BIGINT),
                  count(DISTINCT trace_id) FROM spans"""
    )
    grouped = ask("SELECT tenant, count(*) AS rows FROM spans GROUP BY tenant")
    pairs = zip(grouped.column("tenant"), grouped.column("rows"))
    tenants = {tenant.as_py(): count.as_py() for tenant, count in pairs}
    seen = {"rows": rows, "first": first, "last": last, "traces": traces, "tenants": tenants}
    if rows:
        seen["at the ends"] = [
            row(f"SELECT count(*) FROM spans WHERE start_time = TIMESTAMP '{iso(end)}'")[0] for end in (first, last)
        ]
        seen["first span"] = row(
            """SELECT encode(trace_id, 'hex'), encode(span_id, 'hex'), name
               FROM spans ORDER BY start_time, span_id LIMIT 1"""
        )
    return seen, len(delta.file_uris())


def main():
    arguments = parse_arguments()
    table = arguments.table.resolve()
    by_duckdb = seen_by_duckdb(table)
    by_deltalake, files = seen_by_deltalake(table)
    print("duckdb   ", duckdb.__version__, by_duckdb)
    print("deltalake", deltalake.__version__, by_deltalake, "files", files)

    differences = [
        f"{what}: duckdb sees {by_duckdb.get(what)!r}, deltalake {by_deltalake.get(what)!r}"
        for what in sorted(by_duckdb.keys() | by_deltalake.keys())
        if by_duckdb.get(what) != by_deltalake.get(what)
    ]
    expected = {"rows": (by_duckdb["rows"], arguments.rows)}
    if arguments.files is not None:
        expected["files"] = (files, arguments.files)
    for tenant, rows in arguments.tenant:
        expected[f"rows of {tenant}"] = (by_duckdb["tenants"].get(tenant, 0), rows)
    if arguments.rows:
        trace_id, span_id, _ = by_duckdb["first span"]
        expected["bytes of a trace id and a span id"] = ((len(trace_id) // 2, len(span_id) // 2), (16, 8))
    differences += [f"{what}: {found!r}, not {wanted!r}" for what, (found, wanted) in expected.items() if found != wanted]
    for difference in differences:
        print("DIFFERENT", difference)
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
