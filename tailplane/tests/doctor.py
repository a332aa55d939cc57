"""`tailplane doctor` and `tailplane trace -- COMMAND` from outside, with the real binary.

    python doctor.py target/debug/tailplane

An API server and a kubectl are stood in for; with a kubectl on the path that one is tried, too. Each line says what was seen.
Exits with 1 and says what is wrong.
"""

import pathlib
import sys
import traceback

from doctoring import health, tracing

PARTS = (health, tracing)


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    failed = 0
    for part in PARTS:
        for check in part.CHECKS:
            name = f"{part.__name__.split('.')[-1]}: {check.__name__.replace('_', ' ')}"
            try:
                said = check(binary)
            except Exception:
                traceback.print_exc()
                failed += 1
                said = "FAILED"
            print(f"{name}: {said}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
