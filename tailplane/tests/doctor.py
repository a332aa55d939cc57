"""`tailplane doctor` and `tailplane trace -- COMMAND` from outside, with the real binary.

    python doctor.py target/debug/tailplane

An API server and a kubectl are stood in for; with a kubectl on the path that one is tried, too. Each line says what was seen.
Exits with 1 and says what is wrong.
"""

import pathlib
import sys

from checks import run_all
from doctoring import health, tracing

PARTS = (health, tracing)


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    run_all(PARTS, lambda check: check(binary))


if __name__ == "__main__":
    main()
