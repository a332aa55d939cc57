"""The chart: rendered by helm where it is there; else by the few rules below, which know no more than the templates use."""

import json
import re
import subprocess

import jsonschema

from . import house, kubernetes

ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}")
RELEASE = {"Name": "tailplane", "Namespace": "tailplane"}
OPENING = ("if ", "with ", "range ")


def values():
    return house.documents((house.CHART / "values.yaml").read_text())[0]


def look_up(path, values):
    value = values
    for part in path.removeprefix(".Values.").split("."):
        assert isinstance(value, dict) and part in value, f"values.yaml has no {path}"
        value = value[part]
    return value


def the_values_fit_their_schema(_binary):
    schema = json.loads((house.CHART / "values.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(values())
    assert set(values()) | {"global"} == set(schema["properties"]), "values and schema name other keys"
    return f"{len(values())} keys"


def every_value_and_every_end_is_there(_binary):
    named = set()
    for path in (house.CHART / "templates").iterdir():
        text = path.read_text()
        assert text.count("{{") == text.count("}}"), path.name
        actions = ACTION.findall(text)
        opened = sum(action.startswith(OPENING) for action in actions)
        assert opened == actions.count("end"), f"{path.name} opens {opened} and ends {actions.count('end')}"
        for action in actions:
            for value in re.findall(r"\.Values\.[\w.]+", action):
                look_up(value, values())
                named.add(value.split(".")[2])
    assert named == set(values()), f"no template uses {set(values()) - named}"
    return f"{len(named)} values"


def rendered_by_hand(text):
    """What the default values make of a template, for what the templates use."""
    lines = []
    for line in text.splitlines():
        if re.fullmatch(r"\s*\{\{-?.*\}\}\s*", line):
            action = ACTION.search(line).group(1)
            if action.startswith((*OPENING, "end")):
                continue
            if found := re.fullmatch(r"toYaml (\S+) \| nindent (\d+)", action):
                value = {} if found.group(1) == "." else look_up(found.group(1), values())
                lines.append(" " * int(found.group(2)) + json.dumps(value))
                continue
        lines.append(ACTION.sub(lambda action: text_of(action.group(1)), line))
    return "\n".join(lines)


def text_of(action):
    if action.startswith(".Release."):
        return RELEASE[action.removeprefix(".Release.")]
    if found := re.fullmatch(r"(\.Values\.[\w.]+)( \| quote)?", action):
        value = str(look_up(found.group(1), values()))
        return json.dumps(value) if found.group(2) else value
    # A checksum, a list, a setting or the value of a `with`: some text.
    return json.dumps("text")


def what_it_makes_is_valid(_binary):
    if helm := house.program("helm"):
        command = [*helm, "template", "tailplane", str(house.CHART), "--namespace", "tailplane"]
        made, how = subprocess.run(command, capture_output=True, text=True, check=True).stdout, "rendered by helm"
    else:
        templates = sorted((house.CHART / "templates").glob("*.yaml"))
        made, how = "\n---\n".join(rendered_by_hand(path.read_text()) for path in templates), "rendered by hand: no helm"
    objects = [document for document in house.documents(made)]
    for document in objects:
        # Optional parts that hold nothing by default.
        for pod in kubernetes.pods(document):
            pod.pop("tolerations", None)
        for claim in document["spec"].get("volumeClaimTemplates", []) if "spec" in document else []:
            claim["spec"].pop("storageClassName", None)
        kubernetes.check(document, f"the chart's {document['kind']}")
    return f"{len(objects)} objects, {how}"


CHECKS = (the_values_fit_their_schema, every_value_and_every_end_is_there, what_it_makes_is_valid)
