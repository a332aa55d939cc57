"""Manifests against the schemas of Kubernetes, Collector samples against what keeps the promise."""

import kubernetes_validate

from . import house

# The oldest and the newest release whose schemas come with the validator and that the manifests are for.
VERSIONS = ("1.27", "1.36")
OURS = ("Kustomization", "Cluster")


def check(document, where):
    for version in VERSIONS:
        kubernetes_validate.validate(document, version, strict=True)
    for pod in pods(document):
        for container in pod["containers"]:
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False, where
            assert context["readOnlyRootFilesystem"] is True, where
            assert "limits" in container["resources"], where
            mounted = {mount["name"] for mount in container["volumeMounts"]}
            there = {volume["name"] for volume in pod.get("volumes", [])} | claims(document)
            assert mounted <= there, f"{where}: {mounted - there} is mounted and not there"


def pods(document):
    if document["kind"] == "Pod":
        return [document["spec"]]
    template = document.get("spec", {}).get("template", {})
    return [template["spec"]] if "spec" in template else []


def claims(document):
    return {claim["metadata"]["name"] for claim in document["spec"].get("volumeClaimTemplates", [])}


def manifests(_binary):
    checked = 0
    for path in house.below(house.DEPLOY, ".yaml"):
        for document in house.documents(path.read_text()):
            if "apiVersion" not in document or "metadata" not in document or document["kind"] in OURS:
                continue
            check(document, house.name(path))
            checked += 1
    return f"{checked} objects, as of Kubernetes {' and '.join(VERSIONS)}"


def the_kustomization_names_what_is_there(_binary):
    folder = house.DEPLOY / "kubernetes"
    [kustomization] = house.documents((folder / "kustomization.yaml").read_text())
    named = set(kustomization["resources"])
    there = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml", "secrets.example.yaml"}
    assert named == there, f"kustomization.yaml names {named}, and there are {there}"
    return f"{len(named)} files"


def collectors_keep_the_promise(_binary):
    samples = {path.stem: house.documents(path.read_text())[0] for path in (house.DEPLOY / "collector").glob("*.yaml")}
    samples.pop("daemonset")
    for name, sample in samples.items():
        house.hold(sample, "collector", name)
        for pipeline in sample["service"]["pipelines"].values():
            assert "batch" not in pipeline["processors"], f"{name} answers before it sends: batch"
        queue = sample["exporters"]["otlp"]["sending_queue"]
        if queue["enabled"]:
            storage = sample["extensions"][queue["storage"]]
            assert storage["fsync"] is True, f"{name} answers before it is on disk"
            assert queue["storage"] in sample["service"]["extensions"], name
            assert sample["exporters"]["otlp"]["retry_on_failure"]["max_elapsed_time"] == "0s", f"{name} gives up"
    return ", ".join(sorted(samples))


CHECKS = (manifests, the_kustomization_names_what_is_there, collectors_keep_the_promise)
