"""With the real binary: the settings of the manifests and of compose, a real etcd as set-up says."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from . import house

PATIENCE_S = 60


@contextlib.contextmanager
def served(binary, folder, *arguments, environment=None):
    """A server until the end of the block: its addresses by key."""
    with open(f"{folder}/log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [binary, "serve", *arguments], stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder, env=environment
        )
    address = {}
    for line in process.stdout:
        if found := re.fullmatch(r"listening (\S+) (\S+)\n", line):
            address[found[1]] = found[2]
        if line.startswith("ready"):
            break
    assert len(address) == 3, pathlib.Path(folder, "log").read_text(encoding="utf-8")
    try:
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0, "the server does not end cleanly"


def certificates(openssl, folder):
    """A CA and a certificate for this machine, by the commands of deploy/kubernetes/secrets.example.yaml."""
    text = (house.DEPLOY / "kubernetes" / "secrets.example.yaml").read_text()
    script = "\n".join(re.findall(r"^#   ((?:openssl| +-addext).*)$", text, re.MULTILINE)).replace("10.0.0.5", "127.0.0.1")
    assert script.count("openssl") == 3
    script = script.replace("openssl", openssl)
    subprocess.run(["bash", "-ec", script], cwd=folder, check=True, capture_output=True)


def token(binary, folder):
    """A token for everything, and the file with its line."""
    command = [binary, "token", "new", "--name", "all", "--scope", "write", "--scope", "read", "--tenant", "*"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    secret, line = said.splitlines()
    (folder / "tokens").write_text(f"{line}\n")
    return secret


def settings(folder):
    """The file of the manifests, with the paths and ports of here."""
    [document] = house.documents((house.DEPLOY / "kubernetes" / "config.yaml").read_text())
    text = re.sub(r"\[::\]:\d+", "127.0.0.1:0", document["data"]["tailplane.toml"])
    text = text.replace("/var/lib/tailplane", f"{folder}/data").replace("/etc/tailplane/tokens/tokens", f"{folder}/tokens")
    text = text.replace("/etc/tailplane/tls/tls.crt", f"{folder}/server.crt").replace("/etc/tailplane/tls/tls.key", f"{folder}/server.key")
    (folder / "tailplane.toml").write_text(text)


def get(address, path, folder, secret=None):
    """Status and text of an answer over TLS."""
    request = urllib.request.Request(f"https://{address}{path}")
    if secret is not None:
        request.add_header("authorization", f"Bearer {secret}")
    context = ssl.create_default_context(cafile=f"{folder}/ca.crt")
    try:
        with urllib.request.urlopen(request, timeout=30, context=context) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def printed(binary, *arguments):
    """The set-up for the kubeadm cluster of these arguments, files by path."""
    command = [binary, "setup", "kubernetes", "--distribution", "kubeadm", "--format", "json", *arguments]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return {file["path"]: file["content"] for step in answer["steps"] for file in step["files"] if file["path"]}


def etcd_command(files, folder, secret):
    """etcd of the tests' packages with the flags and the environment that are printed."""
    flags = [operation["value"] for operation in json.loads(files["/etc/kubernetes/tracing/etcd-flags.json"])]
    [patch] = house.documents(files["/etc/kubernetes/tracing/patches/etcd.yaml"])
    variables = {each["name"]: each.get("value", "cp-1") for each in patch["spec"]["containers"][0]["env"]}
    flags = [flag.replace("$(NODE_NAME)", variables["NODE_NAME"]) for flag in flags]
    own = {name: value.replace("REPLACE_WITH_TOKEN", secret) for name, value in variables.items()}
    own = {name: value.replace("/etc/kubernetes/tracing", str(folder)) for name, value in own.items()}
    client, peer = free_port(), free_port()
    command = [str(pathlib.Path(sys.executable).with_name("etcd")), f"--data-dir={folder}/etcd", *flags]
    for kind, port in (("client", client), ("peer", peer)):
        command.append(f"--listen-{kind}-urls=http://127.0.0.1:{port}")
    command.append(f"--advertise-client-urls=http://127.0.0.1:{client}")
    command.append(f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}")
    command.append(f"--initial-cluster=default=http://127.0.0.1:{peer}")
    return command, {**os.environ, **own}, client


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def etcd_sends_with_tls_and_a_token_as_set_up_says(binary):
    programs = house.program("openssl", "bash")
    if binary is None or programs is None or not pathlib.Path(sys.executable).with_name("etcd").exists():
        return "left out: no binary, openssl or etcd"
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        certificates(programs[0], folder)
        secret = token(binary, folder)
        settings(folder)
        with served(binary, folder, "--config", "tailplane.toml") as address:
            web = address["web.listen"]
            assert get(web, "/readyz", folder)[0] == get(web, "/livez", folder)[0] == 200
            assert get(web, "/metrics", folder)[0] == 401
            assert get(web, "/metrics", folder, secret)[0] == 200
            more = ["--version", "1.26", "--endpoint", address["ingest.grpc_listen"], "--sampling", "100", "--cluster", "c", "--tls", "--token"]
            command, environment, client = etcd_command(printed(binary, *more), folder, secret)
            with open(folder / "etcd.log", "w", encoding="utf-8") as log:
                etcd = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            try:
                spans = wait_for_spans(web, folder, secret, client)
            finally:
                etcd.terminate()
                etcd.wait(PATIENCE_S)
    return f"{spans} spans of etcd 3.5.1"


def wait_for_spans(web, folder, secret, client):
    """Puts until etcd is listed with spans."""
    body = json.dumps({"key": "YQ==", "value": "YQ=="}).encode()
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{client}/v3/kv/put", body, timeout=5).close()
        senders = json.loads(get(web, "/api/v1/senders", folder, secret)[1])["senders"]
        if found := [sender for sender in senders if sender["component"] == "etcd" and sender["spans"] > 0]:
            assert found[0]["outcome"] == "ok", found
            return found[0]["spans"]
        time.sleep(1)
    raise AssertionError(f"no span of etcd came: {senders}\n{(folder / 'etcd.log').read_text()[-2000:]}")


class SocketConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket, as the health check and the page's proxy speak it."""

    def __init__(self, path, host):
        super().__init__(host)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


def compose_settings_serve_the_page_on_a_socket(binary):
    if binary is None:
        return "left out: no binary"
    with tempfile.TemporaryDirectory() as folder:
        environment = house.documents((house.HOUSE / "docker-compose.yml").read_text())[0]["services"]["tailplane"]["environment"]
        environment = {**environment, "TAILPLANE__STORAGE__URL": f"{folder}/data", "TAILPLANE__STORAGE__LOCAL_FOLDER": f"{folder}/data"}
        page = f"{folder}/web.sock"
        moved = {"unix:/run/tailplane/web.sock": f"unix:{page}", "0.0.0.0:4317": "0.0.0.0:0", "0.0.0.0:4318": "0.0.0.0:0"}
        environment = {**os.environ, **{name: moved.get(value, value) for name, value in environment.items()}}
        with served(binary, folder, environment=environment):
            for host, path, status in (
                ("localhost", "/readyz", 200),
                ("localhost:4319", "/api/v1/senders", 200),
                ("page:4319", "/metrics", 200),
                ("elsewhere.example", "/metrics", 403),
            ):
                connection = SocketConnection(page, host)
                connection.request("GET", path)
                assert connection.getresponse().status == status, f"{path} by the name {host}"
                connection.close()
    return "readyz, senders and metrics by their names, and no other name"


CHECKS = (
    etcd_sends_with_tls_and_a_token_as_set_up_says,
    compose_settings_serve_the_page_on_a_socket,
)
