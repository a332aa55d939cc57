"""Real exporters whose answers get lost: every span is there once.

    python lost_answers.py target/debug/tailplane

A proxy stands between the Python OTLP exporters (gRPC and HTTP) and the server. It passes everything on, and breaks three
in ten connections when the server has answered, so that the exporters send again. Exits with 1 and says what differs.
"""

import pathlib
import random
import socket
import sys
import tempfile
import threading

from end_to_end import GrpcExporter, HttpExporter, Server, count, export

EXPORTED = 12
LOST = 0.3
HEADERS, END_STREAM = 1, 1


class Proxy:
    """In front of one port; `answer_ends` finds the end of an answer in what the server sends."""

    def __init__(self, server, answer_ends):
        host, port = server.rsplit(":", 1)
        self.server, self.answer_ends = (host, int(port)), answer_ends
        self.dice, self.answers, self.lost = random.Random(1), 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(self.server)
            threading.Thread(target=self.forward, args=(client, server), daemon=True).start()
            threading.Thread(target=self.answer, args=(server, client), daemon=True).start()

    def forward(self, client, server):
        self.copy(client, server, lambda data: True)

    def answer(self, server, client):
        unread = bytearray()

        def passes(data):
            unread.extend(data)
            ends = self.answer_ends(unread)
            self.answers += ends
            losses = sum(self.dice.random() < LOST for _ in range(ends))
            self.lost += losses
            return not losses

        self.copy(server, client, passes)

    @staticmethod
    def copy(source, target, passes):
        try:
            while (data := source.recv(65536)) and passes(data):
                target.sendall(data)
        except OSError:
            pass
        for one in (source, target):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def http2_answers(unread):
    """How many answers end in the whole frames of `unread`, which are taken out."""
    ends = 0
    while len(unread) >= 9 and len(unread) >= (size := 9 + int.from_bytes(unread[:3], "big")):
        ends += unread[3] == HEADERS and bool(unread[4] & END_STREAM)
        del unread[:size]
    return ends


def http1_answers(unread):
    """The answers to exports are small: each comes in one piece."""
    ends = unread.count(b"HTTP/1.1 200")
    unread.clear()
    return ends


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        server = Server(binary, folder)
        grpc = Proxy(server.address["ingest.grpc_listen"], http2_answers)
        http = Proxy(server.address["ingest.http_listen"], http1_answers)
        export(GrpcExporter(f"http://{grpc.address}", insecure=True, timeout=60), "python-grpc", EXPORTED)
        export(HttpExporter(f"http://{http.address}/v1/traces", timeout=60), "python-http", EXPORTED)
        for service, proxy in (("python-grpc", grpc), ("python-http", http)):
            found = count(server, f'{{ resource.service.name = "{service}" }}')
            assert proxy.lost > 0, f"{service}: no answer was lost of {proxy.answers}"
            assert found == EXPORTED, f"{service}: {found} spans of {EXPORTED}, {proxy.lost} answers lost"
            print(f"{service}: {EXPORTED} spans, {proxy.lost} of {proxy.answers} answers lost, each span is there once")
        server.stop()


if __name__ == "__main__":
    main()
