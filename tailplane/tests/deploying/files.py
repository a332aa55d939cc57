"""Every file can be read, holds no secret, and its links lead somewhere."""

import json
import re

from . import house

SECRETS = (
    re.compile(r"-----BEGIN"),
    re.compile(r"sha256:[0-9a-f]{64}"),
    re.compile(r"eyJ[A-Za-z0-9_-]{20,}"),
    # A token that is neither a placeholder nor read from the environment.
    re.compile(r"Bearer(?: |%20|%%20)(?!REPLACE_WITH_TOKEN|TOKEN|\$\{env:)"),
)
LINK = re.compile(r"\]\(([^)#:]+)(#[^)]*)?\)")
PAGES = ("README.md", "docs/deploy.md", "docs/runbook.md")


def yaml_toml_and_json_are_read(_binary):
    read = 0
    for path in house.below(house.DEPLOY, ".yaml", ".yml"):
        assert house.documents(path.read_text()), f"{house.name(path)} is empty"
        read += 1
    for path in [*house.below(house.DEPLOY, ".toml"), *house.below(house.HOUSE / "model" / "data" / "setup", ".toml")]:
        house.toml(path.read_text())
        read += 1
    for path in house.below(house.DEPLOY, ".json"):
        json.loads(path.read_text())
        read += 1
    return f"{read} files"


def nothing_secret_lies_there(_binary):
    paths = [path for path in house.DEPLOY.rglob("*") if path.is_file()]
    paths += [house.HOUSE / "docker-compose.yml", house.HOUSE / "Dockerfile", house.HOUSE / ".env"]
    paths += list(house.SNAPSHOTS.iterdir())
    for path in paths:
        for secret in SECRETS:
            found = secret.search(path.read_text())
            assert found is None, f"{house.name(path)} shows {found.group()!r}"
    return f"{len(paths)} files"


def links_lead_somewhere(_binary):
    links = 0
    for path in [*house.below(house.DEPLOY, ".md"), *(house.HOUSE / page for page in PAGES)]:
        for target, _ in LINK.findall(path.read_text()):
            assert (path.parent / target).exists(), f"{house.name(path)} leads to {target}, which is not there"
            links += 1
    return f"{links} links"


CHECKS = (yaml_toml_and_json_are_read, nothing_secret_lies_there, links_lead_somewhere)
