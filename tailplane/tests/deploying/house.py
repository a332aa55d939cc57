"""Where things lie, and how they are read."""

import json
import pathlib
import re
import shutil
import tomllib

import jsonschema
import yaml

HOUSE = pathlib.Path(__file__).resolve().parents[3]
DEPLOY = HOUSE / "deploy"
CHART = DEPLOY / "helm" / "tailplane"
SNAPSHOTS = HOUSE / "model" / "data" / "setup" / "snapshots"
SCHEMAS = pathlib.Path(__file__).resolve().parent / "schemas"

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, which YAML forbids and PyYAML lets through."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        assert len(keys) == len(set(map(str, keys))), f"a key stands twice {node.start_mark}"
        return super().construct_mapping(node, deep)


def documents(text):
    return [document for document in yaml.load_all(text, Loader) if document is not None]


def below(folder, *endings):
    """The files below a folder with one of these endings, templates of the chart left out."""
    found = (path for path in sorted(folder.rglob("*")) if path.suffix in endings and path.is_file())
    return [path for path in found if "templates" not in path.parts]


def name(path):
    return str(path.relative_to(HOUSE))


def schema(kind):
    return json.loads((SCHEMAS / f"{kind}.json").read_text())


def hold(document, kind, where):
    """Checks a document against the schema of its kind."""
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema(kind)).iter_errors(document))
    assert error is None, f"{where}: {'/'.join(map(str, error.path))}: {error.message}"


def toml(text):
    return tomllib.loads(text)


def fences(path):
    """The fenced blocks of a Markdown file: language, text."""
    return FENCE.findall(path.read_text())


def program(*names):
    """The paths of programs, or None if one of them is not there."""
    paths = [shutil.which(each) for each in names]
    return None if None in paths else paths
