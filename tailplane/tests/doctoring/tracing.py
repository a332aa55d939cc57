"""`tailplane trace -- COMMAND` before a stand-in of the API server: what the command gets, what it does, what is found."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from deploying.real import served

from .api_server import ApiServer
from .health import PLACES

KUBECTL = pathlib.Path(__file__).resolve().parent / "kubectl"
PODS = "/api/v1/namespaces/team/pods"


class Cluster:
    """A server, an API server, a kubeconfig, and a place for temporary files of ours alone."""

    def __init__(self, binary, address, api, folder):
        self.binary, self.address, self.api = binary, address, api
        self.kubeconfig, self.temporary = folder / "kubeconfig", folder / "tmp"
        self.temporary.mkdir()
        context = {"name": "prod", "context": {"cluster": "c", "user": "u", "namespace": "team"}}
        document = {"apiVersion": "v1", "kind": "Config", "current-context": "prod", "contexts": [context]}
        document |= {"clusters": [{"name": "c", "cluster": {"server": api.url}}], "users": [{"name": "u", "user": {"token": "very-secret"}}]}
        self.kubeconfig.write_text(json.dumps(document))
        self.environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig), "TMPDIR": str(self.temporary)}

    def command(self, *arguments, wait="8s", kubectl=KUBECTL):
        server = f"http://{self.address['web.listen']}"
        return [self.binary, "trace", "--server", server, "--kubectl", str(kubectl), "--wait", wait, *map(str, arguments)]

    def run(self, *arguments, **more):
        ran = subprocess.run(self.command(*arguments, **more), capture_output=True, text=True, timeout=60, env=self.environment)
        self.is_tidy(ran.stderr)
        return ran

    def is_tidy(self, said):
        """Nothing is left behind, nothing secret was printed."""
        assert list(self.temporary.iterdir()) == [], "temporary files are left"
        assert "very-secret" not in said
        kubectls = subprocess.run(["pgrep", "-f", f"proxy --unix-socket {self.temporary}"], capture_output=True, text=True)
        assert kubectls.stdout == "", "kubectl proxy is left"


@contextlib.contextmanager
def cluster(binary, **more):
    with tempfile.TemporaryDirectory() as folder, served(binary, folder, f"--set=storage.url={folder}/data", *PLACES) as address:
        api = ApiServer(f"http://{address['ingest.http_listen']}", **more)
        try:
            yield Cluster(binary, address, api, pathlib.Path(folder))
        finally:
            api.stop()


def parts(stdout):
    """What the stand-in's `get` printed: what it was given, and what was answered."""
    first, *rest = [json.loads(line) for line in stdout.splitlines()]
    return first, rest


def a_command_and_its_trace(binary):
    with cluster(binary) as here:
        ran = here.run("--", KUBECTL, "get", PODS, "--exit", "7")
        assert ran.returncode == 7, ran.stderr
        given, [answer] = parts(ran.stdout)
        assert given == {"status": 200, "context": "prod", "namespace": "team", "mode": "0o600"}, given
        assert json.loads(answer["text"])["kind"] == "PodList"
        [(_, _, headers)] = [seen for seen in here.api.seen if seen[1] == PODS]
        [trace_id] = re.findall(r"^00-([0-9a-f]{32})-[0-9a-f]{16}-01$", headers["traceparent"])
        assert "tracestate" not in headers and headers["host"] == "localhost", headers
        assert "the API server continued the trace" in ran.stderr, ran.stderr
        page = f"http://{here.address['web.listen']}/?from="
        assert page in ran.stderr and f"&trace={trace_id}&t=" in ran.stderr, ran.stderr
        assert f"trace {trace_id}: 1 spans" in ran.stderr and f"GET {PODS}" in ran.stderr, ran.stderr
    return "its output and exit code are its own, the trace is found and named"


def streams_pass_as_they_come(binary):
    with cluster(binary) as here:
        for path in (f"{PODS}?watch=true", f"{PODS}/web-0/log?follow=true"):
            here.api.seen_parts = threading.Semaphore(0)
            command = here.command("--", KUBECTL, "get", path, wait="1s")
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=here.environment)
            assert json.loads(process.stdout.readline())["status"] == 200
            seen = []
            for line in process.stdout:
                seen.append(json.loads(line)["text"])
                here.api.seen_parts.release()
            _, said = process.communicate(timeout=60)
            assert len(seen) == 3 and not here.api.was_held_back, f"{path} was held back: {seen}"
            here.is_tidy(said)
    return "a watch and a log: no part waits for the next"


def what_changes_the_protocol_is_refused(binary):
    with cluster(binary) as here:
        ran = here.run("--", KUBECTL, "get", f"{PODS}/web-0/exec?command=ls", "--upgrade")
        given, [answer] = parts(ran.stdout)
        assert given["status"] == 501 and "run them without `tailplane trace --`" in answer["text"], ran.stdout
        assert not any("exec" in path for _, path, _ in here.api.seen)
        assert "no request came through the proxy" in ran.stderr, ran.stderr
    return "with a Status of which kubectl prints the message"


def who_is_not_privileged_gets_links(binary):
    with cluster(binary, groups=["system:authenticated"]) as here:
        ran = here.run("--", KUBECTL, "get", PODS, wait="2s")
        assert ran.returncode == 0 and "not in system:masters or system:monitoring" in ran.stderr, ran.stderr
        assert "sampled none of these" in ran.stderr, ran.stderr
        here.api.samples_itself = True
        ran = here.run("--", KUBECTL, "get", PODS)
        assert "1 of these were sampled and lead back to trace" in ran.stderr, ran.stderr
        assert "1 spans" in ran.stderr and f"GET {PODS}" in ran.stderr, ran.stderr
    return "its own trace where that is sampled, and why it is another one"


def signals_end_both(binary):
    with cluster(binary) as here:
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 15)):
            command = here.command("--", KUBECTL, "hang", PODS, wait="1s")
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=here.environment, start_new_session=True
            )
            assert json.loads(process.stdout.readline())["status"] == 200
            # Ctrl-C is for all of the terminal's processes, SIGTERM for the one.
            target = os.killpg if number == signal.SIGINT else os.kill
            target(process.pid, number)
            began = time.monotonic()
            _, said = process.communicate(timeout=30)
            # An interpreter that Ctrl-C ends says 1 in some versions and is killed by it in others.
            assert process.returncode in (code, 1 if number == signal.SIGINT else code), (process.returncode, said)
            assert time.monotonic() - began < 20, said
            here.is_tidy(said)
    return "and the trace of what had been asked is still waited for"


def what_is_said_wrong(binary):
    with cluster(binary) as here:
        for arguments, words in (
            (["--", KUBECTL, "--context", "other", "get", PODS], "before the --"),
            (["--", KUBECTL.with_name("no-such-program")], "cannot be run"),
        ):
            ran = here.run(*arguments)
            assert ran.returncode == 2 and words in ran.stderr, ran.stderr
        ran = here.run("--", KUBECTL, "get", PODS, kubectl=KUBECTL.with_name("no-kubectl"))
        assert ran.returncode == 2 and "name it with --kubectl" in ran.stderr, ran.stderr
        ran = here.run("--context", "other", "--", KUBECTL, "get", PODS)
        assert ran.returncode == 1 and 'context "other" does not exist' in ran.stderr, ran.stderr
        assert not any(path.startswith(PODS) for _, path, _ in here.api.seen)
    return "and the API server is not asked for what the command wants"


def a_real_kubectl(binary):
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        return "left out: no kubectl"
    with cluster(binary) as here:
        ran = here.run("--", kubectl, "get", "pods", kubectl=kubectl)
        assert ran.returncode == 0 and "web-0" in ran.stdout, ran.stderr
        assert f"GET {PODS}" in ran.stderr and "the API server continued the trace" in ran.stderr, ran.stderr
        ran = here.run("--", kubectl, "exec", "web-0", "--", "ls", kubectl=kubectl, wait="1s")
        assert ran.returncode != 0 and "run them without `tailplane trace --`" in ran.stderr, ran.stderr
        ran = here.run("--", kubectl, "logs", "-f", "web-0", kubectl=kubectl, wait="1s")
        assert ran.stdout == "line 0\nline 1\nline 2\n", ran.stdout
    return "pods, a log that goes on, and exec refused"


CHECKS = (
    a_command_and_its_trace,
    streams_pass_as_they_come,
    what_changes_the_protocol_is_refused,
    who_is_not_privileged_gets_links,
    signals_end_both,
    what_is_said_wrong,
    a_real_kubectl,
)
