"""Every setting that is used exists, and the binary takes the files."""

import re
import subprocess

from . import house

PAGE = house.HOUSE / "docs" / "config.md"
VARIABLE = re.compile(r"\bTAILPLANE__([A-Z0-9_]+)")
SENTENCE = re.compile(r"`((?:storage|door|ingest|query|web|model|log)\.[a-z0-9_]+)")


def known():
    return set(re.findall(r"^\| `([\w.]+)` \|", PAGE.read_text(), re.MULTILINE))


def flat(table, prefix=""):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def embedded():
    """Every tailplane.toml, also those in ConfigMaps."""
    found = [(house.name(path), path.read_text()) for path in house.below(house.DEPLOY, ".toml")]
    for path in [house.DEPLOY / "kubernetes" / "config.yaml"]:
        [document] = house.documents(path.read_text())
        found.append((house.name(path), document["data"]["tailplane.toml"]))
    template = (house.CHART / "templates" / "config.yaml").read_text()
    text = template.split("tailplane.toml: |\n")[1]
    found.append(("the chart", re.sub(r"\{\{.*?\}\}", '"text"', re.sub(r"^    ", "", text, flags=re.MULTILINE))))
    return found


def keys_of_files_exist(_binary):
    used = 0
    for where, text in embedded():
        # Settings in comments are meant to be taken out of them.
        text = re.sub(r"^# ?(\[\w+\]|\w+ = .*)$", r"\1", text, flags=re.MULTILINE)
        for key in flat(house.toml(text)):
            assert key in known(), f"{where} sets {key}, which docs/config.md does not know"
            used += 1
    return f"{used} keys"


def variables_exist(_binary):
    used = 0
    keys = {key.replace(".", "__").upper() for key in known()}
    paths = [house.HOUSE / "Dockerfile", house.HOUSE / "docker-compose.yml", house.HOUSE / "docs" / "deploy.md"]
    for path in [*paths, *(path for path in house.DEPLOY.rglob("*") if path.is_file())]:
        for variable in VARIABLE.findall(path.read_text()):
            assert variable in keys, f"{house.name(path)} sets TAILPLANE__{variable}, which docs/config.md does not know"
            used += 1
    return f"{used} variables"


def keys_in_sentences_exist(_binary):
    used = 0
    pages = [house.HOUSE / "docs" / "deploy.md", house.HOUSE / "docs" / "runbook.md", *house.below(house.DEPLOY, ".md")]
    for path in pages:
        for key in SENTENCE.findall(path.read_text()):
            assert key in known(), f"{house.name(path)} speaks of {key}, which docs/config.md does not know"
            used += 1
    return f"{used} keys"


def the_binary_takes_the_file_of_the_unit(binary):
    if binary is None:
        return "left out: no binary"
    file = house.DEPLOY / "systemd" / "tailplane.toml"
    said = subprocess.run([binary, "config", "--config", str(file)], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    return house.name(file)


CHECKS = (keys_of_files_exist, variables_exist, keys_in_sentences_exist, the_binary_takes_the_file_of_the_unit)
