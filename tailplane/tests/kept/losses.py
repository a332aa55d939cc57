"""Parts of the data folder are lost, one at a time: each row of the table of docs/deploy.md, as it says."""

import shutil

from .answers import answers, documents, same, spans_of, write_down
from .machine import rows

HEADING = "What a lost disk takes with it"
DERIVED = ("requests", "pod_starts", "instances")


def remove(machine, *places):
    for place in places:
        shutil.rmtree(machine.data / place)


def nothing(case, of):
    """The folder as it was: what is compared with."""
    machine = case.machine(of)
    machine.start()
    machine.settled()
    machine.spans()
    return machine


def wal(case, of, before):
    machine = case.machine(of)
    remove(machine, "wal")
    assert "cannot read the write-ahead log" in machine.verify(1)
    machine.sent.pop()
    machine.start()
    machine.spans()
    same(before, {"documents": documents(machine)}, but=set(before) - {"documents"})
    return machine


def dedupe(case, of, before):
    machine = case.machine(of)
    remove(machine, "dedupe")
    machine.start()
    machine.settled()
    machine.spans()
    same(before, answers(machine, *case.asked), but=("counts",))
    return machine


def spans(case, of, before):
    machine = case.machine(of)
    remove(machine, "spans", "checksums/spans")
    assert "spans: the table is not there" in machine.verify(1)
    machine.start(TAILPLANE__STORAGE__WAL_QUARANTINE_DAMAGE="true")
    machine.settled()
    # Of what is in the log still, each once, at least what had not been flushed.
    found = machine.found()
    assert of.sent[-1] <= found[0] == found[1] < sum(of.sent), found
    assert machine.sql("SELECT count(*) FROM requests") > (100,)
    same(before, {"documents": documents(machine)}, but=set(before) - {"documents"})
    machine.stop()
    machine.environment["TAILPLANE__STORAGE__WAL_QUARANTINE_DAMAGE"] = "false"
    machine.start()
    return machine


def rollups_of_spans(case, of, before):
    machine = case.machine(of)
    remove(machine, "spans/_rollups")
    assert "the rollup is gone" in machine.verify(1)
    machine.start()
    machine.settled()
    # Quantiles of rollups are within their bound of those of spans, and so may be of other exemplars; counts are exact.
    after = answers(machine, *case.asked)
    same(before, after, but=("latency", "traces"))
    assert spans_of(before["latency"]) == spans_of(after["latency"])
    return machine


def derived(case, of, before):
    machine = case.machine(of)
    remove(machine, *(f"{place}/{table}" for place in ("derived", "checksums/derived") for table in DERIVED))
    machine.start()
    machine.settled()
    same(before, answers(machine, *case.asked))
    return machine


def archive(case, of, before):
    machine = case.machine(of)
    remove(machine, "derived/rollups", "checksums/derived/rollups")
    machine.start()
    machine.settled()
    same(before, answers(machine, *case.asked))
    return machine


def documents_folder(case, of, before):
    machine = case.machine(of)
    remove(machine, "documents")
    machine.start()
    machine.settled()
    assert documents(machine) == {"pins": []}
    same(before, answers(machine, *case.asked), but=("documents",))
    return machine


def checksums(case, of, before):
    machine = case.machine(of)
    remove(machine, "checksums")
    assert "its checksums are gone" in machine.verify(1)
    said = machine.refused()
    assert "its checksums are gone" in said, said
    shutil.copytree(of.data / "checksums", machine.data / "checksums", dirs_exist_ok=True)
    machine.start()
    machine.settled()
    same(before, answers(machine, *case.asked))
    return machine


def a_bit(case, of, before):
    machine = case.machine(of)
    path = next((machine.data / "spans").glob("tenant=*/**/*.parquet"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    said = machine.verify(1)
    assert path.name in said, said
    machine.start()
    answer = machine.ask("latency", q="{ duration > 1ns }", by="name", start=case.asked[0], end=case.asked[1], step="1m")
    assert "complete" in answer["stats"], answer["stats"]
    return machine


WHOLE = {
    "the data folder, tables in it": "backup.py",
    "the local disk, tables in a bucket": "object_store.py",
    "the bucket": None,
    "a Collector's disk with a durable queue": None,
}
PARTS = {
    "one file, or a bit of one": a_bit,
    "`wal/`": wal,
    "`dedupe/`": dedupe,
    "`spans/`": spans,
    "`spans/_rollups/`": rollups_of_spans,
    "`derived/requests`, `pod_starts`, `instances`": derived,
    "`derived/rollups`": archive,
    "`documents/`": documents_folder,
    "`checksums/`": checksums,
}


def each_part_is_lost_as_the_page_says(case):
    named = [row for row in rows(HEADING) if row not in ("lost", "---")]
    assert sorted(named) == sorted([*WHOLE, *PARTS]), f"docs/deploy.md and this file name other parts: {named}"
    # Most of the spans are flushed, and have left the log but for its last segment; the others are in the log alone.
    of = case.machine()
    of.start()
    for _ in range(2):
        of.send()
        of.settled()
    write_down(of)
    of.stop()
    of.start(flush_interval="1h")
    of.send()
    of.kill()
    case.asked = case.window()
    whole = nothing(case, of)
    before = answers(whole, *case.asked)
    whole.stop()
    for lose in PARTS.values():
        try:
            machine = lose(case, of, before)
        except AssertionError as error:
            raise AssertionError(f"{lose.__name__}: {error}") from error
        machine.stop()
        machine.remove()
    return f"{len(PARTS)} parts"


CHECKS = (each_part_is_lost_as_the_page_says,)
