"""Everything that deploys Tailplane, and what `tailplane setup` prints: read, checked against schemas, and tried where it can be.

    python deploy.py target/debug/tailplane

Without the binary what needs it is left out, as is what needs a program that is not there (kubectl, docker compose,
systemd-analyze, bash); each line says so. Exits with 1 and says what is wrong.
"""

import pathlib
import sys

from checks import run_all
from deploying import files, helm, image, kubernetes, prometheus, real, settings, setup, systemd

PARTS = (files, kubernetes, helm, image, systemd, prometheus, settings, setup, real)


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 else None
    run_all(PARTS, lambda check: check(binary))


if __name__ == "__main__":
    main()
