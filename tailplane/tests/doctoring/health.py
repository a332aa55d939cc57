"""`tailplane doctor` against servers that are well, alone, refused to, and closed to strangers."""

import datetime
import ipaddress
import json
import pathlib
import socket
import subprocess
import tempfile
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploying.real import served, token

PLACES = ("--set=web.listen=127.0.0.1:0", "--set=ingest.grpc_listen=127.0.0.1:0", "--set=ingest.http_listen=127.0.0.1:0")


def doctor(binary, address, *arguments, scheme="http"):
    """Exit code, what it found, and what it printed for people."""
    server, otlp = (f"{scheme}://{address[key]}" for key in ("web.listen", "ingest.http_listen"))
    command = [binary, "doctor", "--server", server, "--otlp", otlp, *arguments]
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
        with urllib.request.urlopen(f"http://{address['web.listen']}/api/v1/ledger", timeout=30) as answer:
            current = json.load(answer)["current"]
        assert 0 < current["disk_free_bytes"] <= current["disk_all_bytes"], current
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
    """Sends bytes and waits until the other side closes."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(words)
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


def certificates(folder):
    """A CA, and a certificate for this machine that was made for 105 days and has five left."""
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("ca", "server")}
    for name in keys:
        builder = x509.CertificateBuilder().serial_number(x509.random_serial_number()).public_key(keys[name].public_key())
        builder = builder.subject_name(named(name)).issuer_name(named("ca"))
        builder = builder.not_valid_before(now - 100 * day).not_valid_after(now + 5 * day)
        builder = builder.add_extension(x509.BasicConstraints(ca=name == "ca", path_length=None), critical=True)
        if name == "server":
            here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
            builder = builder.add_extension(here, critical=False)
        certificate = builder.sign(keys["ca"], hashes.SHA256())
        (folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key = keys[name].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / f"{name}.key").write_bytes(key)


def named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def a_certificate_that_nobody_renewed(binary):
    with tempfile.TemporaryDirectory() as folder:
        certificates(pathlib.Path(folder))
        files = [f"--set={section}.tls_{kind}_file={folder}/server.{ending}" for section in ("ingest", "web") for kind, ending in (("cert", "crt"), ("key", "key"))]
        with served(binary, folder, f"--set=storage.url={folder}/data", *files, *PLACES) as address:
            code, found, table = doctor(binary, address, "--ca-file", f"{folder}/ca.crt", scheme="https")
            assert code == 1 and found["test_span"]["failure"] is None, table
            for key in ("web.listen", "ingest.http_listen"):
                assert "its certificate expires at" in faults(found)[f"https://{address[key]}"]["what"], table
    return "of both ports, with the day"


CHECKS = (alone_and_with_a_cluster, who_is_refused, what_a_token_lets_it_see, a_certificate_that_nobody_renewed)
