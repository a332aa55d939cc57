"""A machine in a folder, on which the steps of docs/deploy.md are typed as they stand there."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from deploying import house

HERE = pathlib.Path(__file__).resolve().parent
PAGE = house.HOUSE / "docs" / "deploy.md"
# Generous: a check that waits for longer has found a fault, not a slow machine.
WITHIN_S = 300
START = "systemctl start tailplane-grpc.socket tailplane-http.socket tailplane-web.socket tailplane.service"
# Where the page says that things lie, and where they lie on this machine.
PLACES = {"/var/lib/tailplane": "lib/tailplane", "/etc/tailplane": "etc/tailplane", "/usr/local/bin": "bin", "/backup": "backup"}


def section(heading):
    found = PAGE.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    assert found, f"docs/deploy.md has no {heading}"
    return found


def steps(heading):
    """The blocks of commands below a heading of docs/deploy.md."""
    return [block for language, block in house.FENCE.findall(section(heading)) if language == "sh"]


def rows(heading):
    """The first cells of the rows of its tables."""
    return [row.split("|")[1].strip() for row in re.findall(r"^\| .*", section(heading), re.M)]


class Machine:
    def __init__(self, folder, binary):
        self.folder, self.sent = pathlib.Path(folder), []
        # A log of small segments, so that what was flushed leaves it.
        self.environment = {"TAILPLANE__STORAGE__FLUSH_INTERVAL": "1s", "TAILPLANE__STORAGE__WAL_BYTES_MAX": "32MiB"}
        for name in ("bin", "run", "backup", "new", "etc/tailplane", "lib"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "bin" / "tailplane").symlink_to(binary)
        (self.folder / "bin" / "systemctl").symlink_to(HERE / "systemctl")
        made = self.type("tailplane token new --name all --scope read --scope write --scope edit")
        self.token, line = made.splitlines()[:2]
        (self.folder / "etc/tailplane/tokens").write_text(line + "\n")
        (self.folder / "run/token").write_text(self.token + "\n")
        self.settings()

    def settings(self):
        """The settings of deploy/systemd, with tokens, on free ports."""
        text = (house.DEPLOY / "systemd" / "tailplane.toml").read_text()
        assert '\nurl = "/var/lib/tailplane"\n' in text, "deploy/systemd/tailplane.toml"
        places = 'grpc_listen = "127.0.0.1:0"\nhttp_listen = "127.0.0.1:0"'
        text += f'\n[door]\ntokens_file = "/etc/tailplane/tokens"\n[ingest]\n{places}\n[web]\nlisten = "127.0.0.1:0"\n'
        (self.folder / "etc/tailplane/tailplane.toml").write_text(self.here(text))

    @property
    def data(self):
        return self.folder / "lib/private/tailplane"

    def here(self, text):
        for place, ours in PLACES.items():
            text = re.sub(rf"{place}(?![\w-])", str(self.folder / ours), text)
        return text

    def type(self, commands, code=0):
        """What commands of a page print, typed on this machine; all of them must succeed."""
        environment = {**os.environ, **self.environment, "KEPT_MACHINE": str(self.folder)}
        environment["PATH"] = f"{self.folder}/bin:{environment['PATH']}"
        command = ["bash", "-euo", "pipefail", "-c", self.here(commands)]
        typed = subprocess.run(command, env=environment, cwd=self.folder / "new", capture_output=True, text=True, timeout=WITHIN_S)
        assert typed.returncode == code, f"{commands}: {typed.returncode}\n{typed.stdout}\n{typed.stderr}"
        return typed.stdout + typed.stderr

    def start(self, flush_interval="1s", **environment):
        self.environment |= {"TAILPLANE__STORAGE__FLUSH_INTERVAL": flush_interval, **environment}
        self.type(START)

    def refused(self, or_starts=False):
        """The last line of a server that does not start; None if it does, and may."""
        self.environment["TAILPLANE__STORAGE__FLUSH_INTERVAL"] = "1s"
        try:
            self.type(START)
        except AssertionError as error:
            return str(error).strip().splitlines()[-1]
        assert or_starts, "it starts"
        return None

    def stop(self):
        self.type("systemctl stop tailplane.service tailplane-grpc.socket tailplane-http.socket tailplane-web.socket")

    def signal(self, number):
        os.kill(int((self.folder / "run/pid").read_text()), number)

    def kill(self):
        """kill -9, and stop waits until it is gone."""
        self.signal(signal.SIGKILL)
        self.stop()

    def remove(self):
        shutil.rmtree(self.folder)

    def end(self):
        with contextlib.suppress(OSError, ValueError):
            self.kill()

    def address(self, key):
        return re.search(rf"listening {re.escape(key)} (\S+)", (self.folder / "run/out").read_text())[1]

    def ask(self, path, question=None, method=None, headers=(), **parameters):
        url = f"http://{self.address('web.listen')}/api/v1/{path}"
        url += f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json", **dict(headers)}
        body = None if question is None else json.dumps(question).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=60) as answer:
                return json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read().decode()}") from error

    def sql(self, text):
        """The one row of an answer, as numbers."""
        return tuple(int(value) for value in self.ask("query", {"lang": "sql", "text": text})["rows"][0])

    def send(self):
        """Sends the spans of another simulated half minute: all of them are acknowledged. How many."""
        to, seed = f"http://{self.address('ingest.grpc_listen')}", 3000 * len(self.sent) + 1
        command = f"tailplane simulate small --duration 30s --speed max --seed {seed} --to {to} --token-file {self.folder}/run/token"
        self.sent.append(int(re.search(r"^([\d,]+) spans, ", self.type(command), re.M)[1].replace(",", "")))
        return self.sent[-1]

    def found(self):
        """How many spans are there, and how many different ones."""
        return self.sql("SELECT count(*), count(DISTINCT encode(trace_id, 'hex') || encode(span_id, 'hex')) FROM spans")

    def spans(self):
        """Waits until all spans that were sent are found, each once."""
        sent = sum(self.sent)
        found = self.until(self.found, lambda found: found[0] >= sent)
        assert found == (sent, sent), f"{found} of {sent} spans"

    def settled(self):
        """Waits until all spans are in the tables, and the derived tables follow them."""
        self.until(self.waiting, lambda waiting: not waiting)

    def waiting(self):
        url = f"http://{self.address('web.listen')}/metrics"
        request = urllib.request.Request(url, headers={"authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            found = re.findall(r"^(tailplane_storage_live_rows [1-9].*)", answer.read().decode(), re.M)
        followed = re.findall(r"^(derived/\w+): .* all there are$", self.type("tailplane inspect catalog /var/lib/tailplane"), re.M)
        return found + sorted({"derived/requests", "derived/pod_starts", "derived/instances"} - set(followed))

    @staticmethod
    def until(ask, is_enough):
        deadline = time.monotonic() + WITHIN_S
        while not is_enough(found := ask()):
            assert time.monotonic() < deadline, f"still {found} after {WITHIN_S} s"
            time.sleep(0.2)
        return found

    def verify(self, code=0):
        return self.type("tailplane verify /var/lib/tailplane", code)
