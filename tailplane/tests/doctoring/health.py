"""`tailplane doctor` against servers that are well, alone, refused to, and closed to strangers."""

import json
import pathlib
import socket
import subprocess
import tempfile

from deploying.real import served, token

PLACES = ("--set=web.listen=127.0.0.1:0", "--set=ingest.grpc_listen=127.0.0.1:0", "--set=ingest.http_listen=127.0.0.1:0")


def doctor(binary, address, *arguments):
    """Exit code, what it found, and what it printed for people."""
    command = [binary, "doctor", "--server", f"http://{address['web.listen']}", "--otlp", f"http://{address['ingest.http_listen']}", *arguments]
    ran = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, timeout=60)
    assert ran.stdout, ran.stderr
    table = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert table.returncode == ran.returncode, "the formats say the same"
    return ran.returncode, json.loads(ran.stdout), table.stdout


def faults(found):
    return {finding["about"]: finding for finding in found["findings"] if finding["severity"] == "fault"}


def states(found):
    return {row["component"]: row["state"] for row in found["components"]}


def alone_and_with_a_cluster(binary):
    with tempfile.TemporaryDirectory() as folder, served(binary, folder, f"--set=storage.url={folder}/data", *PLACES) as address:
        code, found, table = doctor(binary, address)
        assert code == 1 and not found["well"]
        assert [step["name"] for step in found["test_span"]["steps"]] == ["connected", "acknowledged", "read back"], found["test_span"]
        assert found["test_span"]["failure"] is None
        assert set(states(found).values()) == {"never_connected"}
        assert set(faults(found)) == {"apiserver", "etcd", "kubelet", "containerd or crio"}, found["findings"]
        assert "mend apiserver first" in faults(found)["etcd"]["remedy"]
        assert "NOT WELL: 4 to mend" in table and "docs/runbook.md#nothing-arrives" in table, table

        send = [binary, "simulate", "small", "--duration", "1m", "--speed", "max", "--to", f"http://{address['ingest.grpc_listen']}"]
        subprocess.run(send, check=True, capture_output=True, timeout=120)
        code, found, table = doctor(binary, address)
        assert code == 0 and found["well"], table
        said = states(found)
        assert {name for name, state in said.items() if state == "sends"} == {"apiserver", "etcd", "kubelet", "containerd"}, said
        rates = {row["component"]: row["spans_per_second"] for row in found["components"]}
        assert rates["apiserver"] > 1 and rates["crio"] == 0, rates
        code, _, table = doctor(binary, address, "--component", "crio")
        assert code == 1 and "fault: crio: never connected" in table, table
    return "four components missed, then none, and the one that was asked for"


def who_is_refused(binary):
    with tempfile.TemporaryDirectory() as folder, served(binary, folder, f"--set=storage.url={folder}/data", *PLACES) as address:
        grpc, http = address["ingest.grpc_listen"], address["ingest.http_listen"]
        say(grpc, b"\x16\x03\x01\x00\x05hello")
        say(http, b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1\r\nconnection: close\r\n\r\n{")
        code, found, table = doctor(binary, address)
        whats = [finding["what"] for finding in found["findings"]]
        assert code == 1 and "tls on plain port from 127.0.0.1" in whats and "invalid from 127.0.0.1" in whats, table
        assert "1 request refused" in faults(found)["invalid"]["what"], table

        # Another port than that of spans, and none at all.
        wrong = {**address, "ingest.http_listen": address["web.listen"]}
        assert faults(doctor(binary, wrong)[1])["test span"]["what"].startswith("was not taken: status 4"), table
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            wrong = {**address, "ingest.http_listen": "127.0.0.1:%d" % nobody.getsockname()[1]}
            assert faults(doctor(binary, wrong)[1])["test span"]["what"].startswith("did not get to the server"), table
    return "TLS, half a message and two wrong ports, each with its words"


def say(address, words):
    """Sends bytes and waits until the other side has had enough."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(words)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass


def what_a_token_lets_it_see(binary):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        secret = token(binary, path)
        reader = subprocess.run([binary, "token", "new", "--name", "reader", "--scope", "read"], capture_output=True, text=True, check=True)
        with open(path / "tokens", "a", encoding="utf-8") as tokens:
            tokens.write(reader.stdout.splitlines()[1] + "\n")
        (path / "all").write_text(f"{secret}\n")
        (path / "reader").write_text(reader.stdout.splitlines()[0] + "\n")
        with served(binary, folder, f"--set=storage.url={folder}/data", f"--set=door.tokens_file={folder}/tokens", *PLACES) as address:
            code, found, table = doctor(binary, address, "--token-file", str(path / "reader"))
            assert code == 1 and "status 403" in faults(found)["test span"]["what"], table
            assert secret not in table
            _, found, table = doctor(binary, address, "--token-file", str(path / "all"))
            assert found["test_span"]["failure"] is None, table
            # The reader's try is not the doctor's own any more.
            assert any("forbidden from 127.0.0.1" == finding["what"] for finding in found["findings"]), table
            command = [binary, "doctor", "--server", f"http://{address['web.listen']}"]
            ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
            assert ran.returncode == 1 and "token" in ran.stderr, ran.stderr
    return "a reader is told what it lacks"


CHECKS = (alone_and_with_a_cluster, who_is_refused, what_a_token_lets_it_see)
