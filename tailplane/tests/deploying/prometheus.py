"""The alerts: PromQL is read by a parser, metrics are those of docs/metrics.md, each names a page that explains it."""

import re

import promql_parser

from . import house

FOLDER = house.DEPLOY / "prometheus"
SUFFIXES = ("_total", "_bucket", "_sum", "_count")


def rules():
    found = []
    for path in sorted(FOLDER.glob("*.rules.yaml")):
        [document] = house.documents(path.read_text())
        house.hold(document, "rules", path.name)
        found += [rule for group in document["groups"] for rule in group["rules"]]
    return found


def metrics(expression):
    """The metrics in an expression, by walking what the parser made of it."""
    found, open_parts = set(), [promql_parser.parse(expression)]
    while open_parts:
        part = open_parts.pop()
        if isinstance(part, promql_parser.VectorSelector):
            found.add(part.name)
        for field in ("lhs", "rhs", "expr", "param", "vector_selector", "vs"):
            child = getattr(part, field, None)
            if isinstance(child, promql_parser.Expr):
                open_parts.append(child)
        open_parts += [each for each in getattr(part, "args", []) or [] if isinstance(each, promql_parser.Expr)]
    return found


def documented(metric, page):
    names = [metric, *(metric.removesuffix(suffix) for suffix in SUFFIXES)]
    return any(re.search(rf"`{re.escape(name)}(_total)?`", page) for name in names)


def every_metric_is_documented(_binary):
    page = (house.HOUSE / "docs" / "metrics.md").read_text()
    used = set()
    for rule in rules():
        found = metrics(rule["expr"])
        # The parser is told to be whole: what looks like one of our metrics has been seen.
        assert set(re.findall(r"tailplane_\w+", rule["expr"])) <= found, f"{rule['alert']}: {found}"
        for metric in found:
            assert documented(metric, page), f"{rule['alert']}: docs/metrics.md has no {metric}"
        used |= found
    return f"{len(used)} metrics in {len(rules())} alerts"


def phases_and_labels_exist(_binary):
    source = (house.HOUSE / "model" / "src" / "phase.rs").read_text()
    phases = set(re.findall(r'=> "(\w+)"', source))
    patterns = [pattern for rule in rules() for pattern in re.findall(r'phase=~"([^"]+)"', rule["expr"])]
    for pattern in patterns:
        assert any(re.fullmatch(pattern, phase) for phase in phases), pattern
    return f"{len(patterns)} patterns"


def figures_and_scenarios_in_pages_exist(_binary):
    page = (house.HOUSE / "docs" / "metrics.md").read_text()
    scenarios = {path.stem for path in (house.HOUSE / "model" / "data" / "scenarios").iterdir()}
    read = 0
    for path in (house.HOUSE / "docs" / "runbook.md", house.HOUSE / "docs" / "deploy.md", FOLDER / "README.md"):
        text = path.read_text()
        for metric in re.findall(r"\btailplane_\w+", text):
            assert documented(metric, page), f"{house.name(path)}: docs/metrics.md has no {metric}"
            read += 1
        for scenario in re.findall(r"tailplane simulate ([a-z0-9][\w-]*)", text):
            assert scenario in scenarios, f"{house.name(path)}: there is no scenario {scenario}"
            read += 1
    return f"{read} names"


def anchor(heading):
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def each_alert_is_explained(_binary):
    readme = (FOLDER / "README.md").read_text()
    for rule in rules():
        page, _, place = rule["annotations"]["runbook"].partition("#")
        headings = re.findall(r"^#+ (.*)$", (house.HOUSE / page).read_text(), re.MULTILINE)
        assert place in map(anchor, headings), f"{rule['alert']} leads to {page}#{place}, which is not there"
        assert f"`{rule['alert']}`" in readme, f"README.md does not name {rule['alert']}"
    return f"{len(rules())} alerts"


def each_page_is_a_notebook(_binary):
    source = (house.HOUSE / "web" / "ui" / "src" / "notebook" / "address.ts").read_text()
    assert '.get("v") === "nb"' in source and 'matching("id"' in source, "the address of a notebook has changed"
    notebooks = {path.stem for path in (house.HOUSE / "web" / "notebooks").glob("*.json")}
    for rule in rules():
        page = re.fullmatch(r"\?v=nb&id=([\w-]+)", rule["annotations"]["page"])
        assert page and page[1] in notebooks, f"{rule['alert']} leads to {rule['annotations']['page']}, which is no notebook"
    return f"{len(rules())} alerts"


CHECKS = (
    every_metric_is_documented,
    phases_and_labels_exist,
    figures_and_scenarios_in_pages_exist,
    each_alert_is_explained,
    each_page_is_a_notebook,
)
