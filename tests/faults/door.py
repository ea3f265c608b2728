"""The public door as a process of its own, and clients that speak bytes to it: polite ones and others."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.product import END_S, ROOT, START_S, environment
from tracker import ledger
from tracker.segment import groups
from tracker.sites import Site, write_site_file

SHOP = Site(name="shop", site_key="pk_shop", origins=("https://shop.example",))
OTHER = Site(name="other", site_key="pk_other", origins=("https://other.example",))
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
ANSWER = re.compile(rb"HTTP/1\.1 (\d{3})[^\r]*\r\n(.*?)\r\n\r\n", re.DOTALL)


class Door:
    """`tracker collect` on a free port of 127.0.0.1; the settings are those of the environment, without TRACKER_."""

    def __init__(self, data: Path, sites: tuple[Site, ...] = (SHOP, OTHER), **settings: str | int) -> None:
        self.data = data
        write_site_file(data / "sites.json", sites)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port: int = self.listener.getsockname()[1]
        variables = environment(data) | {f"TRACKER_{name.upper()}": str(value) for name, value in settings.items()}
        command = [sys.executable, "-m", "tracker", "collect", "--fd", str(self.listener.fileno())]
        with (data / "log").open("wb") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=out, stderr=out, pass_fds=[self.listener.fileno()])
        assert httpx.get(f"http://127.0.0.1:{self.port}/healthz", trust_env=False, timeout=START_S).status_code == 200, self.log()

    def said(self, *pieces: bytes) -> bytes:
        return asyncio.run(talk(self.port, *pieces))

    def status(self, *pieces: bytes) -> list[int]:
        return statuses(self.said(*pieces))

    @property
    def rss_mb(self) -> float:
        return int(self._field("VmRSS:")) / 1024

    @property
    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    def _field(self, name: str) -> str:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(line.split()[1] for line in lines if line.startswith(name))

    def log(self) -> str:
        return (self.data / "log").read_text()

    def spooled(self) -> list[bytes]:
        """Every line in the spool: events and tallies. A segment sealed while we look is there under two names or none: then we look again."""
        while True:
            there = self.segments()
            try:
                read = [path.read_bytes() for path in there]
            except FileNotFoundError:
                continue
            if there == self.segments():
                return [line for data in read for group in groups(data) for line in group.body.splitlines()]

    def segments(self) -> list[Path]:
        return [path for path in sorted((self.data / "spool" / "collect").glob("*.*")) if path.suffix in (".open", ".seg")]

    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.spooled() if not ledger.is_line(line)]

    def counted(self) -> ledger.Tally:
        tally = ledger.Tally()
        for line in self.spooled():
            if ledger.is_line(line):
                tally.update(ledger.tally_of(line))
        return tally

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            assert self.process.wait(END_S) == 0, self.log()
        finally:
            self.process.kill()
            self.listener.close()


@contextmanager
def door(data: Path, **settings: Any) -> Iterator[Door]:
    standing = Door(data, **settings)
    try:
        yield standing
    finally:
        standing.stop()


# --- bytes -------------------------------------------------------------------------------------------------------------------


def event(name: str = "e1", **fields: Any) -> dict[str, Any]:
    return {"id": name, "type": "page_view", "at": time.time_ns() // 1_000_000, "url": "https://shop.example/", **fields}


def batch(*events: dict[str, Any], site: str = "pk_shop", **more: Any) -> bytes:
    return json.dumps({"v": 1, "site": site, "visitor": "v1", "events": list(events) or [event()], **more}).encode()


def head(*headers: bytes, path: bytes = b"/v1/events") -> bytes:
    return b"\r\n".join([b"POST " + path + b" HTTP/1.1", b"Host: t.shop.example", b"Content-Type: text/plain", *headers]) + b"\r\n\r\n"


def post(body: bytes, *headers: bytes) -> bytes:
    return head(b"Content-Length: %d" % len(body), *headers) + body


def chunked(body: bytes, size: int = 65_536) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def statuses(said: bytes) -> list[int]:
    return [int(found[1]) for found in ANSWER.finditer(said.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b""))]


def header(said: bytes, name: bytes) -> bytes | None:
    """Of the first answer."""
    first = ANSWER.search(said)
    found = re.search(rb"(?im)^%b: *([^\r\n]*)" % re.escape(name), first[2]) if first else None
    return found[1] if found else None


def code(said: bytes) -> str:
    """The code of the error that was answered, '' where it was none."""
    found = re.search(rb'"code":"(\w+)"', said)
    return found[1].decode() if found else ""


@dataclass(slots=True)
class Line:
    """One open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    dialled_s: float

    @property
    def age_s(self) -> float:
        return time.monotonic() - self.dialled_s

    async def ask(self, request: bytes, within_s: float = 60.0) -> int:
        """The status of one answer that has a Content-Length; 0 where the connection ended instead."""
        try:
            async with asyncio.timeout(within_s):
                self.writer.write(request)
                await self.writer.drain()
                headed = await self.reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", headed)
                await self.reader.readexactly(int(length[1]) if length else 0)
                return int(headed[9:12])
        except (ConnectionError, asyncio.IncompleteReadError):
            return 0

    async def ended(self, within_s: float) -> bool:
        """Whether the other side closes it within this time."""
        try:
            async with asyncio.timeout(within_s):
                while await self.reader.read(65_536):
                    pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True

    def close(self) -> None:
        self.writer.transport.abort()


async def dial(port: int, source: str = "127.0.0.1") -> Line:
    dialled_s = time.monotonic()
    return Line(*await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0)), dialled_s)


@contextlib.asynccontextmanager
async def dialled(
    port: int, number: int, sources: tuple[str, ...] = ("127.0.0.1",), at_once: int = 100, within_s: float = math.inf
) -> AsyncIterator[list[Line]]:
    """Many connections at once, spread over these addresses of this machine; as many as there is time for."""
    lines: list[Line] = []
    until = time.monotonic() + within_s
    try:
        for start in range(0, number, at_once):
            if time.monotonic() > until:
                break
            more = range(start, min(number, start + at_once))
            lines += await asyncio.gather(*(dial(port, sources[each % len(sources)]) for each in more))
        yield lines
    finally:
        for line in lines:
            line.close()


async def talk(port: int, *pieces: bytes, pause_s: float = 0.0, quiet_s: float = 0.2, within_s: float = 60.0) -> bytes:
    """Everything that is said until the other side closes, or has answered and says nothing more for `quiet_s`."""
    line = await dial(port)
    said = bytearray()

    async def listen() -> None:
        with contextlib.suppress(ConnectionError):
            while piece := await line.reader.read(65_536):
                said.extend(piece)

    listening = asyncio.create_task(listen())
    try:
        async with asyncio.timeout(within_s):
            with contextlib.suppress(ConnectionError):
                for piece in pieces:
                    line.writer.write(piece)
                    await line.writer.drain()
                    await asyncio.sleep(pause_s)
            heard = -1
            while not listening.done() and (heard != len(said) or not statuses(bytes(said))):
                heard = len(said)
                await asyncio.wait([listening], timeout=quiet_s)
    finally:
        listening.cancel()
        line.close()
    return bytes(said)
