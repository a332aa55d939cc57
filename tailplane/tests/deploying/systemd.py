"""The units, by systemd itself where it is there."""

import configparser
import pathlib
import re
import shutil
import subprocess
import tempfile

from . import house

UNITS = house.DEPLOY / "systemd"


def parse(path):
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str
    parser.read_string(path.read_text())
    return parser


def sockets_have_the_names_that_the_door_knows(_binary):
    source = (house.HOUSE / "door" / "src" / "activation.rs").read_text()
    known = re.findall(r'"(\w+)"', re.search(r"const NAMES.*?;\n", source).group())
    sockets = [parse(path)["Socket"] for path in sorted(UNITS.glob("*.socket"))]
    assert sorted(socket["FileDescriptorName"] for socket in sockets) == sorted(known), known
    for socket in sockets:
        assert socket["ListenStream"].startswith("127.0.0.1:"), socket["ListenStream"]
        assert socket["Service"] == "tailplane.service"
    required = parse(UNITS / "tailplane.service")["Unit"]["Requires"].split()
    assert required == sorted(path.name for path in UNITS.glob("*.socket")), required
    return ", ".join(known)


def systemd_takes_them(_binary):
    programs = house.program("systemd-analyze", "true")
    if programs is None:
        return "left out: no systemd-analyze"
    analyze, stand_in = programs
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        units = [shutil.copy(path, folder) for path in sorted(UNITS.glob("tailplane*")) if path.suffix != ".toml"]
        service = folder / "tailplane.service"
        # It looks whether the program is there.
        service.write_text(service.read_text().replace("/usr/local/bin/tailplane", stand_in))
        said = subprocess.run([analyze, "verify", *map(str, units)], capture_output=True, text=True)
        assert said.returncode == 0 and "tailplane" not in said.stderr, said.stderr
    return f"{len(units)} units"


CHECKS = (sockets_have_the_names_that_the_door_knows, systemd_takes_them)
