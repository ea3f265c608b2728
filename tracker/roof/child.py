"""What both children share: the socket and the pipe they inherit, the web server, the way to stop."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import select
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from tracker.guard import guarded
from tracker.settings import Settings

DRAIN_S = 3
KEEP_ALIVE_S = 5  # browsers send seldom
KEEP_ALIVE_PROXY_S = 75  # longer than a proxy's own 60, so that it never sends a POST into a closing connection
BEAT_S = 1.0
PR_SET_PDEATHSIG = 1
ASKED_TO_STOP = threading.Event()


class Pipe:
    """The way to the supervisor; does nothing where there is none."""

    def __init__(self, fd: int | None) -> None:
        self.fd = fd
        if fd is not None:
            die_with_supervisor(fd)

    def ready(self, **what: Any) -> None:
        self._write(json.dumps(what).encode() + b"\n")

    def beat(self) -> None:
        self._write(b".\n")

    def _write(self, line: bytes) -> None:
        if self.fd is not None:
            os.write(self.fd, line)


def die_with_supervisor(fd: int) -> None:
    """A killed supervisor takes its children along at once, even one that hangs: nobody is left holding the folder (docs/guarantees.md, no. 34).

    Nothing is lost: what was acknowledged is on disk. One that was gone before this call shows by the pipe, whose other end nobody holds.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    pipe = select.poll()
    pipe.register(fd, 0)
    if pipe.poll(0):
        raise SystemExit(1)


class Server(uvicorn.Server):
    """uvicorn that tells when it is up and leaves with exit code 0 on SIGTERM."""

    def __init__(
        self, app: ASGIApp, settings: Settings, started: asyncio.Event, *, ending: Callable[[], object] = lambda: None, body_max_bytes: int = 0
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop",
                http=guarded(settings, body_max_bytes),
                ws="none",
                lifespan="on",
                access_log=False,
                log_config=None,  # its records go to our log
                log_level="warning",
                server_header=False,
                proxy_headers=bool(settings.trusted_proxies),
                forwarded_allow_ips=settings.trusted_proxies or None,
                timeout_graceful_shutdown=DRAIN_S,
                timeout_keep_alive=KEEP_ALIVE_PROXY_S if settings.trusted_proxies else KEEP_ALIVE_S,
                backlog=2048,
            )
        )
        self._up, self._ending = started, ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._up.set()
        if ASKED_TO_STOP.is_set():
            asyncio.get_running_loop().call_soon(setattr, self, "should_exit", True)  # a moment later, else it leaves without closing the app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)


def inherited(fd: int) -> socket.socket:
    return socket.socket(fileno=fd)


def remember_signals() -> None:
    """A signal before the web server listens for it is remembered; one it has handled is raised once more when it is done, and has had its effect."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ASKED_TO_STOP.set())
