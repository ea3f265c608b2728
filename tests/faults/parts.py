"""The product on a ClickHouse server: whole (`serve`), or its parts as processes of their own.

in   a server, a data folder
out  a site with its keys; running parts, and what they said
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.faults.clickhouse import free_port
from tests.faults.oracle import Oracle
from tests.faults.stored import rows_of
from tests.product import END_S, ROOT, environment, tracker, until
from tracker.store import Store

PATIENCE_S = 90  # four interpreters start at once


def new_site(data: Path, dsn: str, name: str = "shop") -> dict[str, str]:
    made = tracker(data, "site", "add", name, "--origin", "https://shop.example", "--json", "--store", dsn)
    assert made.returncode == 0, made.stderr
    keys: dict[str, str] = json.loads(made.stdout)
    return keys


def verdict(oracle: Oracle, dsn: str) -> None:
    """By what lies in the server, row by row."""
    store = Store(dsn, readers=1)
    found = rows_of(store, "shop")
    store.close()
    oracle.verdict(found)


class Parts:
    """`collect`, `write`, `sessionize` and `profiles` over one data folder, all started at once."""

    NAMES = ("collect", "write", "sessionize", "profiles")

    def __init__(self, data: Path, dsn: str) -> None:
        self.data, self.dsn = data, dsn
        self.ports = {"collect": free_port(), "profiles": free_port()}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        for name in self.NAMES:
            self.start(name)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()

    def start(self, name: str) -> None:
        flags = ["--store", self.dsn, "--port", str(self.ports["collect"]), "--admin-port", str(self.ports["profiles"])]
        with open(self.data.with_name(f"{name}.said"), "ab") as said:
            command = [sys.executable, "-m", "tracker", name, *flags]
            self.processes[name] = subprocess.Popen(command, cwd=ROOT, env=environment(self.data), stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def said(self, name: str) -> str:
        return self.data.with_name(f"{name}.said").read_text()

    def stop(self) -> dict[str, int]:
        """SIGTERM to all; their exit codes."""
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        return {name: process.wait(END_S) for name, process in self.processes.items()}

    @property
    def public(self) -> str:
        return f"http://127.0.0.1:{self.ports['collect']}"

    @property
    def admin(self) -> str:
        return f"http://127.0.0.1:{self.ports['profiles']}"

    def ready(self) -> None:
        until(lambda: is_ready(self.public) and is_ready(self.admin), PATIENCE_S, lambda: f"{[self.said(name)[-500:] for name in self.NAMES]}: ready")


def is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
