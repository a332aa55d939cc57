"""The chart, rendered by Helm's own engine (v4, as a library), with its default values and with all of them changed."""

import json
import re

import helm_python
import jsonschema

from . import house, kubernetes

ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}")
RELEASE = {"name": "spans", "namespace": "observability"}
CHANGED = {
    "image": {"repository": "registry.example/tailplane", "tag": "0.1.0", "pullPolicy": "Always"},
    "secrets": {"tokens": "own-tokens", "tls": "own-tls"},
    "storage": {"size": "1Ti", "className": "fast", "maxBytes": "900GiB", "retention": "14d"},
    "hosts": ["spans.example"],
    "settings": {"query.memory": "1GiB", "storage.pins_max": 5},
    "service": {"nodePorts": {"enabled": False}},
    "networkPolicy": {"enabled": False},
    "resources": {"limits": {"memory": "8Gi"}},
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"operator": "Exists"}],
}


def values():
    return house.documents((house.CHART / "values.yaml").read_text())[0]


def rendered(values):
    """The objects that the chart makes, by kind and name."""
    made = helm_python.Chart.load(str(house.CHART)).render(values, **RELEASE)
    texts = [text for path, text in made.items() if path.endswith(".yaml")]
    objects = [document for text in texts for document in house.documents(text)]
    return {f"{document['kind']}/{document['metadata']['name']}": document for document in objects}


def the_values_fit_their_schema(_binary):
    schema = json.loads((house.CHART / "values.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(values())
    assert set(values()) | {"global"} == set(schema["properties"]), "values and schema name other keys"
    assert set(values()) == set(CHANGED), "a value is not tried"
    try:
        rendered({"storage": {"size": "big"}})
    except helm_python.HelmValuesError:
        return f"{len(values())} keys"
    raise AssertionError("helm takes a size that the schema does not")


def every_value_is_used_and_there(_binary):
    named = set()
    for path in (house.CHART / "templates").iterdir():
        for action in ACTION.findall(path.read_text()):
            for value in re.findall(r"\.Values\.([\w.]+)", action):
                table = values()
                for part in value.split("."):
                    assert part in table, f"{path.name} uses {value}, which values.yaml does not have"
                    table = table[part]
                named.add(value.split(".")[0])
    assert named == set(values()), f"no template uses {set(values()) - named}"
    return f"{len(named)} values"


def lint_finds_nothing(_binary):
    report = helm_python.lint(str(house.CHART), kube_version="v1.36.0")
    # Above information: that an icon is recommended.
    found = [message for message in report["messages"] if message["severity"] > 1]
    assert not found and not report["errors"], report
    return f"by helm {helm_python.helm_sdk_version()}"


def what_it_makes_is_valid(_binary):
    checked = 0
    for values in ({}, CHANGED):
        for name, document in rendered(values).items():
            kubernetes.check(document, f"the chart's {name}")
            checked += 1
    return f"{checked} objects"


def it_makes_what_the_manifests_say(_binary):
    objects = rendered({})
    manifest = [house.documents(path.read_text()) for path in (house.DEPLOY / "kubernetes").glob("*.yaml")]
    theirs = {document["kind"]: document for documents in manifest for document in documents}
    ours = objects["StatefulSet/spans"]["spec"]["template"]["spec"]
    pod = theirs["StatefulSet"]["spec"]["template"]["spec"]
    differs = {"image", "imagePullPolicy"}
    assert trimmed(ours["containers"][0], differs) == trimmed(pod["containers"][0], differs)
    assert trimmed(ours, {"containers", "volumes"}) == trimmed(pod, {"containers", "volumes"})
    text = objects["ConfigMap/spans"]["data"]["tailplane.toml"].replace("spans.observability", "tailplane.tailplane")
    same = house.toml(text.replace('"spans"', '"tailplane"'))
    assert same == house.toml(theirs["ConfigMap"]["data"]["tailplane.toml"])
    return "pod and settings"


def trimmed(table, keys):
    return {key: value for key, value in table.items() if key not in keys}


CHECKS = (
    the_values_fit_their_schema,
    every_value_is_used_and_there,
    lint_finds_nothing,
    what_it_makes_is_valid,
    it_makes_what_the_manifests_say,
)
