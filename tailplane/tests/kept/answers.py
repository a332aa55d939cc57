"""What a server is asked before and after: the same questions about the same time, whose answers must be the same."""

TABLES = ("spans", "requests", "pod_starts", "instances")
NOTEBOOK = {
    "schema": "tailplane.notebook/1",
    "title": "What we saw",
    "time": {"from": "now-1h", "to": "now"},
    "cells": [{"id": "c1", "kind": "markdown", "text": "etcd was slow"}],
}


def write_down(machine):
    """Pins a trace and keeps a notebook of two revisions, and another."""
    trace_id = exemplars(latency(machine, "now-1h", "now"))[0]
    machine.ask(f"pins/{trace_id}", method="PUT")
    kept = machine.ask("notebooks", NOTEBOOK)
    again = NOTEBOOK | {"title": "What it was"}
    assert machine.ask(f"notebooks/{kept['id']}", again, "PUT", {"if-match": '"1"'})["revision"] == 2
    machine.ask("notebooks", NOTEBOOK)


def latency(machine, start, end):
    answer = machine.ask("latency", q='{ k8s:component = "apiserver" }', by="k8s:verb", start=start, end=end, step="1m", exemplars=3)
    assert answer["stats"]["complete"], answer["stats"]
    return answer["series"]


def exemplars(series):
    return sorted(exemplar["trace_id"] for one in series for exemplar in one["exemplars"])


def without_stats(answer):
    return {name: value for name, value in answer.items() if name != "stats"}


def counts(machine):
    """The rows of each table, and what they add up to."""
    found = {}
    for table in TABLES:
        what = "sum(spans)" if table == "instances" else "sum(duration_ns)"
        found[table] = machine.sql(f"SELECT count(*), coalesce({what}, 0) FROM {table}")
    return found


def documents(machine):
    mine = [kept["id"] for kept in machine.ask("notebooks")["notebooks"] if not kept["is_built_in"]]
    found = {"pins": machine.ask("pins")["pins"]}
    for name in sorted(mine):
        revisions = machine.ask(f"notebooks/{name}/revisions")["revisions"]
        found[name] = [machine.ask(f"notebooks/{name}", revision=each["revision"]) for each in revisions]
    return found


def spans_of(series):
    return sum(one["count"] for one in series)


def answers(machine, start, end):
    """Everything: traces by id, latency by verb with its exemplars, counts of all tables, notebooks and pins."""
    series = latency(machine, start, end)
    traces = exemplars(series)[:20]
    assert len(series) > 5 and len(traces) == 20 and spans_of(series) > 1_000, (len(series), len(traces))
    return {
        "latency": series,
        "traces": {each: without_stats(machine.ask(f"traces/{each}")) for each in traces},
        "counts": counts(machine),
        "documents": documents(machine),
    }


def difference(before, after, where):
    """The first place where two answers differ, and what is there; None if there is none."""
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        parts = ((before[name], after[name], f"{where}.{name}") for name in before)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        parts = ((one, other, f"{where}[{number}]") for number, (one, other) in enumerate(zip(before, after)))
    else:
        return None if before == after else f"{where}: {str(before)[:500]} became {str(after)[:500]}"
    return next((found for part in parts if (found := difference(*part))), None)


def same(before, after, but=()):
    for name in before.keys() - set(but):
        found = difference(before[name], after[name], name)
        assert found is None, found
