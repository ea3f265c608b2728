"""`serve`: a small supervisor over two processes, collect and store (docs/decisions/0004-spool-and-processes.md).

in   Settings
out  two children that share its listening sockets; a crashed one is restarted and said so; SIGTERM drains both
The sockets belong to the supervisor, so a connection made while a child restarts waits instead of failing.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from tracker.errors import BadSetting
from tracker.lock import DirectoryLock
from tracker.settings import Settings, variable

STOP_S = 9.0  # both children together; docs/operations.md promises 10
STARTING = 10  # a start may take so many times longer: a new schema over a long history, a database that checks itself
BACK_OFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)
HOPELESS = (2, 3)  # a setting that cannot be used, a folder that another process holds: trying again would not help
STOPPED = (0, -signal.SIGTERM)  # the second one had only begun to start

Say = Callable[[str], None]


@dataclass(slots=True)
class Child:
    name: str
    socket: socket.socket
    process: subprocess.Popen[bytes] | None = None
    pipe: int = -1
    heard_at: float = 0.0
    ready: Mapping[str, Any] | None = None
    restarts: int = 0
    start_at: float = 0.0
    started: bool = False  # this process, as `ready` may be of the one before
    buffer: bytes = b""


class Supervisor:
    def __init__(self, settings: Settings, say: Say) -> None:
        self.settings, self.say = settings, say
        self.stopping = False
        self.children: list[Child] = []

    def run(self) -> int:
        """Blocks until SIGTERM or SIGINT. Returns the exit code: 0 after a clean stop, 3 where the data folder is held."""
        data = self.settings.data
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        lock = DirectoryLock(data)
        try:
            self.children = [
                Child("store", listen(self.settings.admin_host, self.settings.admin_port, "--admin-port")),
                Child("collect", listen(self.settings.host, self.settings.port, "--port")),
            ]
            for child in self.children:
                self.start(child)
            return self.watch()
        finally:
            for child in self.children:
                child.socket.close()
            lock.release()

    def stop(self) -> None:
        self.stopping = True

    def start(self, child: Child) -> None:
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        arguments = [sys.executable, "-m", "tracker", child.name, "--fd", str(child.socket.fileno()), "--pipe", str(write_end)]
        child.process = subprocess.Popen(arguments, env=self.environment(), pass_fds=(child.socket.fileno(), write_end), stdin=subprocess.DEVNULL)  # noqa: S603 - our own command line
        os.close(write_end)
        child.pipe, child.buffer, child.heard_at, child.started = read_end, b"", time.monotonic(), False

    def environment(self) -> dict[str, str]:
        """The children read the same table of settings, with the ports that were really bound."""
        values = {variable(f.name): getattr(self.settings, f.name) for f in fields(Settings)}
        values["TRACKER_DATA"] = self.settings.data.resolve()
        values["TRACKER_PUBLIC_URL"] = public_url(self.settings, self.port("collect"))
        values["TRACKER_PORT"], values["TRACKER_ADMIN_PORT"] = self.port("collect"), self.port("store")
        text = {name: str(int(value)) if isinstance(value, bool) else str(value) for name, value in values.items()}
        return {**os.environ, **text, "PYTHONUNBUFFERED": "1"}

    def port(self, name: str) -> int:
        return int(next(child.socket.getsockname()[1] for child in self.children if child.name == name))

    def watch(self) -> int:
        announced = False
        while not self.stopping:
            self.listen_to_children(0.1)
            for child in self.children:
                code = self.look_at(child)
                if code in HOPELESS and not announced:
                    self.end_all()
                    return code
                if code is not None:
                    self.restart(child, code)
            if not announced and all(child.ready for child in self.children):
                announced = True
                self.announce()
        return self.end_all()

    def look_at(self, child: Child) -> int | None:
        """Start what is due, kill what hangs. Returns the exit code of a child that just ended."""
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_at:
                self.start(child)
            return None
        code = child.process.poll()
        limit_s = self.settings.silent_s * (1 if child.started else STARTING)
        if code is None and now - child.heard_at > limit_s:
            self.say(f"{child.name} has been silent for {limit_s} s and is ended (process {child.process.pid})")
            child.process.kill()
            child.heard_at = now
        return code

    def restart(self, child: Child, code: int) -> None:
        os.close(child.pipe)
        wait_s = BACK_OFF_S[min(child.restarts, len(BACK_OFF_S) - 1)]
        child.process, child.pipe, child.start_at = None, -1, time.monotonic() + wait_s
        child.restarts += 1
        self.say(f"{child.name} {how_it_ended(code)}; restarting it in {wait_s:.1f} s")

    def listen_to_children(self, wait_s: float) -> None:
        """A line on the pipe is a sign of life; the first one is JSON and says that the child is ready, with what."""
        pipes = {child.pipe: child for child in self.children if child.pipe >= 0}
        try:
            readable, _, _ = select.select(list(pipes), [], [], wait_s)
        except InterruptedError:
            return
        for pipe in readable:
            child = pipes[pipe]
            data = os.read(pipe, 65_536)
            if not data:
                time.sleep(wait_s / 2)  # the other end is closed: the process is about to be gone
                continue
            child.heard_at = time.monotonic()
            *lines, child.buffer = (child.buffer + data).split(b"\n")
            for line in lines:
                if line.startswith(b"{"):
                    child.ready, child.restarts, child.started = json.loads(line), 0, True

    def announce(self) -> None:
        ready: dict[str, Any] = {}
        for child in self.children:
            ready.update(child.ready or {})
        for line in ready.get("lines", []):
            self.say(line)

    def end_all(self) -> int:
        """The door first, so that nothing new comes in; then the store, which empties the spool."""
        deadline = time.monotonic() + STOP_S
        clean = True
        for child in reversed(self.children):
            if child.process is None:
                continue
            child.process.send_signal(signal.SIGTERM)
            share_s = (deadline - time.monotonic()) * (0.6 if child.name == "collect" else 1.0)
            try:
                clean = child.process.wait(max(share_s, 0.1)) in STOPPED and clean
            except subprocess.TimeoutExpired:
                self.say(f"{child.name} did not end in time and is killed; the spool keeps what was acknowledged")
                child.process.kill()
                child.process.wait()
                clean = False
            os.close(child.pipe)
        return 0 if clean else 1


def how_it_ended(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def listen(host: str, port: int, flag: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise BadSetting(f"{host}:{port} cannot be used: {error.strerror}. Choose another with {flag}.") from error
    listener.listen(2048)
    return listener


def public_url(settings: Settings, port: int) -> str:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - compared, not bound
    return settings.public_url or f"http://{host}:{port}"
