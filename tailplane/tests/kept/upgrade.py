"""From the older binary to this one as docs/deploy.md says, and back."""

import shutil

from .answers import TABLES, latency, spans_of
from .machine import steps

[UPGRADE] = steps("Upgrades")


def once(machine):
    """Every span is there once, and each request once; how many rows each table has."""
    machine.spans()
    ids = "encode(trace_id, 'hex') || encode(span_id, 'hex')"
    for table in ("requests", "pod_starts"):
        found = machine.sql(f"SELECT count(*), count(DISTINCT {ids}) FROM {table}")
        assert found[0] == found[1], f"{table}: {found}"
    return {table: machine.sql(f"SELECT count(*) FROM {table}")[0] for table in TABLES}


def install(machine, binary):
    """Types the steps, with this binary as the one that was brought along."""
    new = machine.folder / "new" / "tailplane"
    new.unlink(missing_ok=True)
    shutil.copy(binary, new)
    machine.type(UPGRADE)


def a_newer_binary_opens_what_an_older_one_left(case):
    if not case.previous:
        return "left out: no --previous"
    machine = case.machine(binary=case.previous)
    machine.start()
    machine.send()
    machine.settled()
    older = once(machine)
    asked = case.window()
    counted = spans_of(latency(machine, *asked))

    # Ended by TERM, as systemd does.
    install(machine, case.binary)
    machine.settled()
    assert once(machine) == older, older
    assert spans_of(latency(machine, *asked)) == counted
    machine.send()
    machine.settled()
    newer = once(machine)
    assert newer["requests"] > older["requests"], (older, newer)
    machine.stop()
    assert "merged" in machine.type("tailplane compact /var/lib/tailplane")
    machine.verify()
    machine.start()
    assert once(machine) == newer
    machine.stop()
    return f"{sum(machine.sent)} spans, {newer['requests']} requests, each once, merged"


def a_newer_binary_reads_the_log_of_a_killed_older_one(case):
    if not case.previous:
        return "left out: no --previous"
    machine = case.machine(binary=case.previous)
    machine.start()
    machine.send()
    machine.settled()
    older = once(machine)
    machine.stop()
    machine.start(flush_interval="1h")
    machine.send()
    machine.kill()
    machine.environment["TAILPLANE__STORAGE__FLUSH_INTERVAL"] = "1s"
    install(machine, case.binary)
    machine.settled()
    newer = once(machine)
    assert newer["requests"] > older["requests"], (older, newer)
    machine.stop()
    machine.verify()
    return f"{sum(machine.sent)} spans, half of them from the log"


def an_older_binary_refuses_or_reads_what_a_newer_one_left(case):
    if not case.previous:
        return "left out: no --previous"
    machine = case.machine()
    machine.start()
    machine.send()
    machine.settled()
    newer = once(machine)
    machine.stop()
    (machine.folder / "bin/tailplane").unlink()
    (machine.folder / "bin/tailplane").symlink_to(case.previous)
    said = machine.refused(or_starts=True)
    if said is not None:
        assert "newer than this binary" in said, said
        machine.verify(2)
        install(machine, case.binary)
        assert once(machine) == newer, newer
        return f"refused: {said}"
    assert once(machine) == newer, newer
    machine.send()
    machine.settled()
    both = once(machine)
    install(machine, case.binary)
    assert once(machine) == both, both
    machine.stop()
    machine.verify()
    return f"it reads and writes on, and so does the newer one again: {sum(machine.sent)} spans"


CHECKS = (
    a_newer_binary_opens_what_an_older_one_left,
    a_newer_binary_reads_the_log_of_a_killed_older_one,
    an_older_binary_refuses_or_reads_what_a_newer_one_left,
)
