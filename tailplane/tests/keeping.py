"""Data outlives upgrades and losses: the steps of docs/deploy.md, typed as they stand there, on a machine in a temporary folder.

    python keeping.py target/debug/tailplane
    python keeping.py target/release/tailplane --previous tailplane-0.1

Backs up, loses everything, restores and compares every answer; loses each part of the data folder that the page's table has, and
looks for what it says; upgrades from the older binary and goes back to it, which is left out without `--previous`. A systemctl
of its own (kept/systemctl) does what systemd does with the units of deploy/systemd. Exits with 1 and says what differs.
"""

import argparse
import itertools
import pathlib
import shutil
import tempfile
import time

from checks import run_all
from kept import backup, losses, upgrade
from kept.machine import Machine

PARTS = (backup, losses, upgrade)


class Case:
    """What a check is given: machines, which are ended with it."""

    def __init__(self, folder, binary, previous):
        self.folder, self.binary, self.previous = pathlib.Path(folder), binary, previous
        self.machines, self.numbers, self.asked = [], itertools.count(), None

    def machine(self, of=None, binary=None):
        """A new machine; with the folder of another one, if one is given, in the place of its own."""
        made = Machine(self.folder / str(next(self.numbers)), binary or self.binary)
        self.machines.append(made)
        if of:
            shutil.copytree(of.data, made.data, symlinks=True)
            (made.folder / "lib" / "tailplane").symlink_to("private/tailplane")
            made.sent = list(of.sent)
        return made

    @staticmethod
    def window():
        """The last hour, and no more than is there by now."""
        now = time.time_ns()
        return str(now - 3_600 * 10**9), str(now)

    def end(self):
        for machine in self.machines:
            machine.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--previous", help="an older binary, to upgrade from and to go back to")
    arguments = parser.parse_args()
    binary, previous = (path and pathlib.Path(path).resolve() for path in (arguments.binary, arguments.previous))

    def run(check):
        with tempfile.TemporaryDirectory() as folder:
            case = Case(folder, binary, previous)
            try:
                return check(case)
            finally:
                case.end()

    run_all(PARTS, run)


if __name__ == "__main__":
    main()
