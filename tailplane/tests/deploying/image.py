"""Dockerfile and docker-compose.yml."""

import fnmatch
import json
import re
import subprocess

import compose_spec

from . import house

COMPOSE = house.HOUSE / "docker-compose.yml"
PROFILES = {"local", "demo", "s3", "grafana", "kind"}
PORTS = {"4317", "4318", "4319"}


def instructions():
    text = re.sub(r"\\\n\s*", " ", (house.HOUSE / "Dockerfile").read_text())
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return [tuple(line.split(maxsplit=1)) for line in lines]


def ignored(path):
    """Whether .dockerignore keeps a path of the root out; the last rule that fits decides."""
    out = False
    for rule in (house.HOUSE / ".dockerignore").read_text().split():
        pattern = rule.removeprefix("!").removeprefix("**/")
        if any(fnmatch.fnmatch(part, pattern) for part in ("/".join(path.split("/")[:end + 1]) for end in range(path.count("/") + 1))):
            out = not rule.startswith("!")
    return out


def what_the_image_copies_is_there(_binary):
    copied = 0
    for word, rest in instructions():
        if word != "COPY" or "--from=" in rest:
            continue
        for source in rest.split()[:-1]:
            path = source.rstrip("/")
            assert (house.HOUSE / path).exists(), f"the Dockerfile copies {path}, which is not there"
            assert path == "." or not ignored(path), f".dockerignore keeps {path} out, which the Dockerfile copies"
            copied += 1
    members = house.toml((house.HOUSE / "Cargo.toml").read_text())["workspace"]["members"]
    for needed in ["Cargo.toml", "Cargo.lock", *members]:
        assert not ignored(needed), f".dockerignore keeps {needed} out, which cargo needs"
    return f"{copied} sources, {len(members)} crates"


def it_runs_as_nobody_on_a_root_that_is_read_only(_binary):
    words = dict(instructions())
    assert words["USER"] == "65532:65532", words["USER"]
    assert words["VOLUME"] == words["WORKDIR"] == "/var/lib/tailplane"
    assert json.loads(words["CMD"]) == ["serve"]
    text = (house.HOUSE / "Dockerfile").read_text()
    assert re.search(r"FROM rust:1\.95-", text), "another Rust than Cargo.toml asks for"
    assert 'rust-version = "1.95"' in (house.HOUSE / "Cargo.toml").read_text()
    assert "HEALTHCHECK" in text
    return "uid 65532"


def compose():
    return house.documents(COMPOSE.read_text())[0]


def compose_is_valid(_binary):
    parsed = compose_spec.PyCompose.from_json(json.dumps(compose()))
    parsed.validate()
    how = "by the specification"
    client = house.program("docker")
    if client and subprocess.run([*client, "compose", "version"], capture_output=True).returncode == 0:
        for profile in sorted(PROFILES):
            command = [*client, "compose", "--file", str(COMPOSE), "--profile", profile, "config", "--quiet"]
            subprocess.run(command, check=True, capture_output=True)
        how += " and the client"
    return f"{len(parsed.service_names())} services, {how}"


def ports_are_published_on_loopback_alone(_binary):
    services = compose()["services"]
    assert {profile for service in services.values() for profile in service["profiles"]} == PROFILES
    for profile in PROFILES:
        published = []
        for service in services.values():
            if profile in service["profiles"]:
                published += service.get("ports", [])
        assert all(port.startswith("127.0.0.1:") for port in published), published
        hosts = [port.split(":")[1] for port in published]
        assert len(hosts) == len(set(hosts)) and PORTS <= set(hosts), f"{profile}: {hosts}"
    return f"{len(PROFILES)} profiles"


def what_compose_mounts_is_there(_binary):
    mounted = 0
    for service in compose()["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (house.HOUSE / source).is_file(), f"{source} is mounted and not there"
            else:
                assert source in compose()["volumes"], source
            mounted += 1
    return f"{mounted} mounts"


CHECKS = (
    what_the_image_copies_is_there,
    it_runs_as_nobody_on_a_root_that_is_read_only,
    compose_is_valid,
    ports_are_published_on_loopback_alone,
    what_compose_mounts_is_there,
)
