"""Runs the checks of a script, a line for each, and says once more at the end what failed: there a reader of a long log looks first."""

import sys
import time
import traceback


def run_all(parts, run):
    """Runs `run(check)` for the `CHECKS` of each part; ends the process with 1 when one of them raised."""
    failures = []
    for part in parts:
        for check in part.CHECKS:
            name = f"{part.__name__.split('.')[-1]}: {check.__name__.replace('_', ' ')}"
            began = time.monotonic()
            try:
                said = run(check)
            except Exception:
                said = "FAILED"
                failures.append(f"{name}: FAILED\n{traceback.format_exc()}")
                print(failures[-1], file=sys.stderr, flush=True)
            print(f"{name}: {said} ({time.monotonic() - began:.0f} s)", flush=True)
    for failure in failures:
        print(failure, flush=True)
    sys.exit(1 if failures else 0)
