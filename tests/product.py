"""The whole product as a newcomer starts it: `tracker serve` in a process of its own, on free ports."""

from __future__ import annotations

import atexit
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import httpx

ROOT = Path(__file__).parent.parent
START_S = 120  # on a machine that does a lot beside it
END_S = 60
PATIENCE_S = 60  # a request to a process that is being restarted waits for its successor


def tracker(data: Path, *arguments: str, timeout_s: float = 180) -> subprocess.CompletedProcess[str]:
    """One command of the product, run to its end."""
    command = [sys.executable, "-m", "tracker", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(data), capture_output=True, text=True, timeout=timeout_s, check=False)


def environment(data: Path) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}, "TRACKER_DATA": str(data)}


def until(condition: Callable[[], Any], timeout_s: float = 90, what: str | Callable[[], str] = "the condition") -> Any:
    """Waits for something true and returns it. `what` is asked, where it can be, when it has been in vain."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what if isinstance(what, str) else what()} did not come true within {timeout_s} s")


class Product:
    """`tracker serve`; everything it prints is in `said`."""

    def __init__(self, data: Path, *flags: str, own_group: bool = False) -> None:
        self.data = data
        command = [sys.executable, "-m", "tracker", "serve", "--port", "0", "--admin-port", "0", *flags]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment(data), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=own_group
        )
        self.said: list[str] = []
        atexit.register(self.process.kill)  # where a test fails before it stops it; its children die with it
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        until(lambda: self.line("Your tag") or self.process.poll() is not None, START_S, lambda: "\n".join(["the welcome", *self.said]))
        assert self.process.poll() is None, "\n".join(self.said)
        self.admin = re.search(r"http://\S+?(?=/login)", self.line("Web UI"))[0]  # type: ignore[index]  # the line was there
        self.children = {name: self._child(name) for name in ("collect", "store")}

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
        self.process.stdout.close()

    def line(self, start: str) -> str:
        return next((line for line in self.said if line.startswith(start)), "")

    @property
    def public(self) -> str:
        found = re.search(r"http://[^/\s]+", self.line("Demo shop"))
        assert found, self.said
        return found[0]

    @property
    def login_link(self) -> str:
        return self.line("Web UI").split()[-1]

    def _child(self, name: str) -> int:
        """The pid of a child, found by its command line."""
        return int(until(lambda: child_pid(self.process.pid, name), what=f"process {name}"))

    def kill(self, name: str) -> None:
        """SIGKILL to one child; returns when its successor runs."""
        old = self._child(name)
        os.kill(old, signal.SIGKILL)
        until(lambda: child_pid(self.process.pid, name) not in (None, old), what=f"a new {name}")

    def kill_all(self) -> None:
        """SIGKILL to supervisor and children at once, as if the machine went down; only with a group of its own."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(END_S)
        self._reader.join()
        return code


def child_pid(parent: int, name: str) -> int | None:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status, command = (entry / "status").read_text(), (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:  # ended meanwhile
                continue
            if f"PPid:\t{parent}\n" in status and name.encode() in command and "State:\tZ" not in status:
                return int(entry.name)
    return None


def add_site(data: Path, name: str) -> dict[str, str]:
    made = tracker(data, "site", "add", name, "--origin", "https://shop.example", "--json")
    assert made.returncode == 0, made.stderr
    keys: dict[str, str] = json.loads(made.stdout)
    return keys


class Running(Protocol):
    """The product, whole or in parts."""

    data: Path

    @property
    def public(self) -> str: ...

    @property
    def admin(self) -> str: ...


class Shop:
    """A site of the running product and its owner: posts events, reads profiles."""

    def __init__(self, product: Running, name: str, keys: dict[str, str] | None = None) -> None:
        """A new site, or that of these keys where the product was started anew."""
        self.keys = keys or add_site(product.data, name)
        self.product = product
        plain = {"Origin": "https://shop.example", "Content-Type": "text/plain"}
        self.door = httpx.Client(base_url=product.public, headers=plain, trust_env=False, timeout=PATIENCE_S)
        bearer = {"Authorization": f"Bearer {self.keys['api_key']}"}
        self.api = httpx.Client(base_url=product.admin, headers=bearer, trust_env=False, timeout=PATIENCE_S)

    def post(self, visitor: str, *events: dict[str, Any]) -> httpx.Response:
        now_ms = time.time_ns() // 1_000_000
        told = [{"at": now_ms, **event} for event in events]
        batch = {"v": 1, "site": self.keys["site_key"], "visitor": visitor, "sent_at": now_ms, "events": told}
        return self.door.post("/v1/events", content=json.dumps(batch))

    def sessions(self, visitor: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.get("/v1/sessions", params={"visitor_id": visitor}).json()["data"]
        return found

    def close(self) -> None:
        self.door.close()
        self.api.close()
