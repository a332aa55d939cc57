"""Everything that deploys Tailplane, and what `tailplane setup` prints: read, checked against schemas, and tried where it can be.

    python deploy.py target/debug/tailplane

Without the binary what needs it is left out, as is what needs a program that is not there (kubectl, docker compose,
systemd-analyze, bash); each line says so. Exits with 1 and says what is wrong.
"""

import pathlib
import sys
import traceback

from deploying import files, helm, image, kubernetes, prometheus, real, settings, setup, systemd

PARTS = (files, kubernetes, helm, image, systemd, prometheus, settings, setup, real)


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 else None
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
            print(f"{name}: {said}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
