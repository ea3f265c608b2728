"""Servers under measurement: started on one core, watched, ended."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from tests.house.tree import ROOT

SCRATCH = ROOT / "build" / "bench"
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
READY_WITHIN_S = 60.0


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """An empty folder inside this one, on its disk: an fsync here is a real one."""
    folder = SCRATCH / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(arguments: Sequence[str], ready_url: str, cores: Sequence[int], log: Path) -> Iterator[int]:
    """A Python program on these cores; gives its pid once `ready_url` answers, ends it afterwards."""
    with log.open("wb") as out:
        process = subprocess.Popen([*pinned(cores), sys.executable, *arguments], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
        try:
            wait_for(ready_url, process, log)
            yield process.pid
        except Exception as error:
            error.add_note(f"What the server said:\n{log.read_text()[-2000:]}")
            raise
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def pinned(cores: Sequence[int]) -> list[str]:
    """Goes before a command: taskset replaces itself by it, so the pid stays."""
    return ["taskset", "--cpu-list", ",".join(map(str, cores))]


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"{process.args!r} ended with {process.returncode}:\n{log.read_text()[-2000:]}")
        if answers(url):
            return
        time.sleep(0.05)
    raise SystemExit(f"{url} did not answer within {READY_WITHIN_S:.0f} s:\n{log.read_text()[-2000:]}")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return 200 <= int(answer.status) < 300
    except (URLError, OSError):
        return False


def rss_mb(pid: int) -> float:
    """Memory that lies in RAM, of this process alone."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
