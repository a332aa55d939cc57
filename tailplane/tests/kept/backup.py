"""Backups as docs/deploy.md makes them, the loss of all there is, and what comes back."""

import shutil
import signal

from .answers import answers, same, write_down
from .machine import steps

BACKUP, RESTORE = steps("Backup and restore")


def goes_on(machine):
    """New spans are taken, flushed, derived, merged and answered."""
    requests = machine.sql("SELECT count(*) FROM requests")
    machine.send()
    machine.settled()
    machine.spans()
    assert machine.sql("SELECT count(*) FROM requests") > requests
    machine.stop()
    assert "merged" in machine.type("tailplane compact /var/lib/tailplane")
    machine.verify()
    machine.start()
    machine.spans()


def a_stopped_server_comes_back_whole(case):
    machine = case.machine()
    machine.start()
    machine.send()
    machine.settled()
    write_down(machine)
    window = case.window()
    before = answers(machine, *window)
    machine.type(BACKUP)
    same(before, answers(machine, *window))
    # What came after the backup is lost with the disk.
    machine.send()
    machine.kill()
    machine.sent.pop()
    for lost in ("lib", "etc"):
        shutil.rmtree(machine.folder / lost)
    (machine.folder / "lib").mkdir()
    machine.type("".join(line for line in RESTORE.splitlines(keepends=True) if not line.startswith("mv ")))
    same(before, answers(machine, *window))
    machine.verify()
    machine.spans()
    goes_on(machine)

    # A folder that is damaged gives way to the backup.
    for path in (machine.data / "spans" / "_delta_log").iterdir():
        path.write_bytes(b"damaged")
    machine.type(RESTORE)
    same(before, answers(machine, *window))
    assert (machine.folder / "lib/private/tailplane.damaged").is_dir()
    machine.stop()
    return f"{machine.sent[0]} spans, their rows, notebooks, pins and tokens, twice"


def a_snapshot_of_a_running_server_opens(case):
    machine = case.machine()
    machine.start()
    machine.send()
    machine.settled()
    write_down(machine)
    machine.send()
    # Stopped in its tracks it is copied as a file system's snapshot would be: all files at one moment, whatever it was at.
    machine.signal(signal.SIGSTOP)
    other = case.machine(machine)
    machine.signal(signal.SIGCONT)
    machine.settled()
    window = case.window()
    before = answers(machine, *window)
    machine.stop()
    other.verify()
    other.start()
    other.spans()
    other.settled()
    # Rows of requests may wait for the next flush: when that is, differs.
    same(before, answers(other, *window), but=("counts",))
    goes_on(other)
    other.stop()
    return f"{sum(other.sent)} spans, some of them from the log"


CHECKS = (a_stopped_server_comes_back_whole, a_snapshot_of_a_running_server_opens)
