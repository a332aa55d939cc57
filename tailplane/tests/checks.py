"""Runs the checks of a script, a line for each, and says once more at the end what failed: there a reader of a long log looks first."""

import sys
import time
import traceback

# So many checks of a run may fail at first and pass when run again: what they said at first is shown at the end, too.
AGAIN_MAX = 1


def run_all(parts, run):
    """Runs `run(check)` for the `CHECKS` of each part; ends the process with 1 when one of them failed."""
    said_of_failures, failed, again = [], 0, 0
    for part in parts:
        for check in part.CHECKS:
            name = f"{part.__name__.split('.')[-1]}: {check.__name__.replace('_', ' ')}"
            began = time.monotonic()
            said, failure = said_by(run, check)
            if failure and again < AGAIN_MAX:
                said_of_failures.append(f"{name}: FAILED at first\n{failure}")
                print(said_of_failures[-1], flush=True)
                again += 1
                said, failure = said_by(run, check)
                said = f"{said}, at the second time"
            if failure:
                said_of_failures.append(f"{name}: FAILED\n{failure}")
                print(said_of_failures[-1], flush=True)
                failed += 1
            print(f"{name}: {said} ({time.monotonic() - began:.0f} s)", flush=True)
    for failure in said_of_failures:
        print(failure, flush=True)
    sys.exit(1 if failed else 0)


def said_by(run, check):
    """What a check says, and why it failed, if it did."""
    try:
        return run(check), None
    except Exception:
        return "FAILED", traceback.format_exc()
