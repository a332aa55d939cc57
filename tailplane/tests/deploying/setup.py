"""What `tailplane setup` prints, from its snapshots: YAML by schema, commands by bash, patches by kubectl."""

import json
import pathlib
import re
import subprocess
import tempfile

from . import house

KINDS = {
    "TracingConfiguration": "tracing_configuration",
    "KubeletConfiguration": "kubelet_configuration",
    "ClusterConfiguration": "cluster_configuration",
    "Cluster": "kind_cluster",
    "NodeConfig": "node_config",
}
COMMAND = {"kube-apiserver": "--advertise-address=10.0.0.1", "etcd": "--name=cp-1"}


def pages():
    return sorted(house.SNAPSHOTS.glob("*.md"))


def kind_of(document, context):
    """The schema of a document; a fragment is told by what it is merged into."""
    if "kind" in document:
        return KINDS[document["kind"]]
    if "key ClusterConfiguration" in context:
        return "cluster_configuration"
    if "kubelet-config" in context:
        return "kubelet_configuration"
    return "pod_patch" if "spec" in document else "rancher_configuration"


def blocks(page, language):
    """The fenced blocks of a language, each with the line before it."""
    pattern = re.compile(rf"^([^\n]*)\n\n```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [(context, text) for context, text in pattern.findall(page.read_text())]


def yaml_fits_its_schema(_binary):
    checked = 0
    for page in pages():
        for context, text in blocks(page, "yaml"):
            for document in house.documents(text):
                where = f"{page.name}, {context}"
                house.hold(document, kind_of(document, context), where)
                checked += 1
                for patch in document.get("kubeadmConfigPatches", []):
                    [inner] = house.documents(patch)
                    house.hold(inner, KINDS[inner["kind"]], where)
                    checked += 1
        for context, text in blocks(page, "text"):
            for part in text.split("---\n")[1:]:
                [document] = house.documents(part.split("\n--TAILPLANE")[0])
                house.hold(document, KINDS[document["kind"]], f"{page.name}, {context}")
                checked += 1
    return f"{checked} documents of {len(pages())} pages"


def arguments_have_the_form_of_their_version(_binary):
    forms = {"v1beta2": dict, "v1beta3": dict, "v1beta4": list}
    checked = 0
    for page in pages():
        for context, text in blocks(page, "yaml"):
            for document in house.documents(text):
                version = re.search(r"v1beta\d", context)
                found = [(version, document)] if version and "ClusterConfiguration" in context else []
                inner = [house.documents(patch)[0] for patch in document.get("kubeadmConfigPatches", [])]
                found += [(re.search(r"v1beta\d", each["apiVersion"]), each) for each in inner if "kubeadm" in each["apiVersion"]]
                for version, each in found:
                    for part in (each.get("apiServer"), each.get("etcd", {}).get("local")):
                        if part is not None:
                            assert isinstance(part["extraArgs"], forms[version.group()]), f"{page.name}, {context}"
                            checked += 1
    return f"{checked} lists and maps"


def bash_reads_the_commands(_binary):
    if (bash := house.program("bash")) is None:
        return "left out: no bash"
    checked = 0
    for page in pages():
        script = "\n".join(text for _, text in blocks(page, "sh"))
        said = subprocess.run([*bash, "-n"], input=script, capture_output=True, text=True)
        assert said.returncode == 0, f"{page.name}: {said.stderr}"
        checked += 1
    for script in house.SNAPSHOTS.glob("*.txt"):
        said = subprocess.run([*bash, "-n", str(script)], capture_output=True, text=True)
        assert said.returncode == 0, f"{script.name}: {said.stderr}"
        checked += 1
    return f"{checked} scripts"


def manifest(component):
    """As kubeadm writes it, what is of no interest left out."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": component, "namespace": "kube-system", "labels": {"tier": "control-plane"}},
        "spec": {
            "containers": [
                {
                    "name": component,
                    "image": f"registry.k8s.io/{component}",
                    "command": [component, COMMAND[component]],
                    "volumeMounts": [{"name": "certs", "mountPath": "/etc/kubernetes/pki"}],
                }
            ],
            "hostNetwork": True,
            "volumes": [{"name": "certs", "hostPath": {"path": "/etc/kubernetes/pki"}}],
        },
    }


def patched(kubectl, component, flags, patch, folder):
    """What the commands of the page make of a manifest."""
    paths = [folder / name for name in ("manifest.json", "flags.json", "patch.yaml", "between.yaml")]
    for path, text in zip(paths, (json.dumps(manifest(component)), flags, patch)):
        path.write_text(text)
    file, flags, patch, between = map(str, paths)
    command = [*kubectl, "patch", "--local", "-o", "yaml"]
    environment = {"KUBECONFIG": "/dev/null", "PATH": "/usr/bin:/bin:/usr/local/bin"}
    run = lambda *rest: subprocess.run([*command, *rest], capture_output=True, text=True, check=True, env=environment).stdout
    pathlib.Path(between).write_text(run("-f", file, "--type=json", "--patch-file", flags))
    [pod] = house.documents(run("-f", between, "--type=strategic", "--patch-file", patch))
    return pod["spec"]


def kubectl_takes_the_patches(_binary):
    if (kubectl := house.program("kubectl")) is None:
        return "left out: no kubectl"
    checked = 0
    wanted = [page for page in pages() if re.match(r"kubeadm-1\.(22|26|30|31|36)(-secured)?\.md", page.name)]
    with tempfile.TemporaryDirectory() as folder:
        for page in wanted:
            text = page.read_text()
            for component in COMMAND:
                name = "kube-apiserver" if component == "kube-apiserver" else "etcd"
                flags = re.search(rf"/{name}-flags\.json`, mode \d+:\n\n```json\n(.*?)```", text, re.DOTALL).group(1)
                patch = re.search(rf"/patches/{name}\.yaml`, mode \d+:\n\n```yaml\n(.*?)```", text, re.DOTALL).group(1)
                spec = patched(kubectl, component, flags, patch, pathlib.Path(folder))
                container = spec["containers"][0]
                added = [operation["value"] for operation in json.loads(flags)]
                assert container["command"] == [component, COMMAND[component], *added], f"{page.name}: {container}"
                assert {mount["name"] for mount in container["volumeMounts"]} == {"certs", "tracing"}, page.name
                assert {volume["name"] for volume in spec["volumes"]} == {"certs", "tracing"}, page.name
                variables = {variable["name"] for variable in container["env"]}
                assert variables >= {"OTEL_RESOURCE_ATTRIBUTES"} | ({"NODE_NAME"} if component == "etcd" else set())
                checked += 1
    return f"{checked} manifests"


def kinds_files_are_what_is_printed(binary):
    if binary is None:
        return "left out: no binary"
    command = [binary, "setup", "kubernetes", "--version", "1.36", "--distribution", "kind", "--endpoint", "tailplane:4317"]
    command += ["--sampling", "100", "--cluster", "tailplane", "--format", "json"]
    printed = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    files = [file for step in printed["steps"] for file in step["files"]]
    for file in files:
        there = (house.DEPLOY / "kind" / file["path"].replace("kind.yaml", "cluster.yaml")).read_text()
        # The file says where it is from.
        there = "".join(line for line in there.splitlines(keepends=True) if not line.startswith("#"))
        assert there == file["content"], f"deploy/kind has another {file['path']}"
    return f"{len(files)} files"


CHECKS = (
    yaml_fits_its_schema,
    arguments_have_the_form_of_their_version,
    bash_reads_the_commands,
    kubectl_takes_the_patches,
    kinds_files_are_what_is_printed,
)
