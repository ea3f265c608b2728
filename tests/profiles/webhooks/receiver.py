"""The other end: a small HTTP server on loopback that remembers what it got and answers as it is told."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Got:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]


@dataclass(frozen=True)
class Answer:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    first_s: float = 0.0  # before it says anything
    drip_s: float = 0.0  # between the bytes of the body
    endless: bool = False


class Receiver:
    """`answers` maps a path to what is answered there; a callable is asked each time. Elsewhere it is 200."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.answers: dict[str, Answer | Callable[[Got], Answer]] = {}
        self.ending = threading.Event()
        self.server = Server(("127.0.0.1", 0), handler_of(self))
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def at(self, path: str) -> list[Got]:
        return [got for got in self.got if got.path == path]

    def answer(self, got: Got) -> Answer:
        found = self.answers.get(got.path, Answer())
        return found if isinstance(found, Answer) else found(got)

    def close(self) -> None:
        self.ending.set()
        self.server.shutdown()
        self.server.server_close()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


def handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got = Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            receiver.got.append(got)
            answer = receiver.answer(got)
            with suppress(OSError):
                self.say(answer)

        def say(self, answer: Answer) -> None:
            receiver.ending.wait(answer.first_s)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(10**9 if answer.endless else len(answer.body)))
            self.end_headers()
            if answer.endless:
                while not receiver.ending.is_set():
                    self.wfile.write(bytes(65536))
            for byte in answer.body:
                self.wfile.write(bytes([byte]))
                receiver.ending.wait(answer.drip_s)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the library's name
            pass

    return Handler


class Canary:
    """A listener that nobody should ever meet: counts the connections that were made to it."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.socket.bind((host, 0))
        self.socket.listen(64)
        self.socket.settimeout(0.05)
        self.port: int = self.socket.getsockname()[1]

    def __enter__(self) -> Canary:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    def met(self) -> int:
        """How many came so far; one that was underway has arrived by now, as this is one machine."""
        count, until = 0, time.monotonic() + 0.2
        while time.monotonic() < until:
            with suppress(TimeoutError):
                connection, _ = self.socket.accept()
                connection.close()
                count += 1
        return count
