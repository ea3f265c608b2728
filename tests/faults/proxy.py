"""A bad network on purpose: it stands between a client and a server, and what it does can be changed at any time.

in   the server's port; a fault, the share of inserts that it strikes
out  a port of its own; `struck` counts
Faults: none · refuse (nobody listens) · hole (connections stay, nothing passes) · drip (answers come byte by byte, one a second) ·
reset (an insert is cut off by RST after some bytes) · lose (an insert goes through whole, its answer does not come back, RST instead).
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from typing import Literal, Self

Fault = Literal["none", "refuse", "hole", "drip", "reset", "lose"]
INSERT = b"insert_deduplication_token"  # stands in the first line of an insert's request
READ_BYTES = 65_536
DRIP_S = 1.0


class Link:
    """One connection with what became of the request that is under way on it."""

    def __init__(self, writers: tuple[asyncio.StreamWriter, ...]) -> None:
        self.writers = writers
        self.is_doomed = False
        self.sent_bytes = 0

    def reset(self) -> None:
        for writer in self.writers:
            link: socket.socket = writer.get_extra_info("socket")
            if link.fileno() >= 0:
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a close sends RST
            writer.transport.abort()


class Proxy:
    """Runs in a thread of its own, as the store's client is synchronous."""

    def __init__(self, target_port: int, seed: int = 20261122) -> None:
        self.target_port = target_port
        self.fault: Fault = "none"
        self.share, self.after_bytes, self.struck, self.port = 1.0, 0, 0, 0
        self._random = random.Random(seed)
        self._links: set[Link] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._thread.start()
        self._flows = asyncio.Event()
        self.switch("none")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def switch(self, fault: Fault, *, share: float = 1.0, after_bytes: int = 0) -> None:
        """From now on; `share` of the inserts are struck by reset and lose, the other faults strike all."""
        asyncio.run_coroutine_threadsafe(self._switch(fault, share, after_bytes), self._loop).result(60)

    async def _switch(self, fault: Fault, share: float, after_bytes: int) -> None:
        self.fault, self.share, self.after_bytes = fault, share, after_bytes
        if fault == "hole":
            self._flows.clear()
        else:
            self._flows.set()
        if fault == "refuse" and self._server is not None:
            self._server.close()
            self._server = None
            for link in list(self._links):
                link.reset()
        elif fault != "refuse" and self._server is None:
            self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        self.switch("refuse")
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            Link((writer,)).reset()
            return
        link = Link((writer, server_writer))
        self._links.add(link)
        try:
            await asyncio.gather(self._ask(link, reader, server_writer), self._answer(link, server_reader, writer))
        except (OSError, asyncio.CancelledError):  # the network broke, or the test is over
            link.reset()
        finally:
            self._links.discard(link)
            for end in link.writers:
                end.close()

    async def _ask(self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(READ_BYTES):
            await self._flows.wait()
            if data.startswith(b"POST "):
                is_insert = INSERT in data.split(b"\r\n", 1)[0]
                link.is_doomed = is_insert and self.fault in ("reset", "lose") and self._random.random() < self.share
                link.sent_bytes = 0
            link.sent_bytes += len(data)
            if link.is_doomed and self.fault == "reset" and link.sent_bytes > self.after_bytes:
                writer.write(data[: max(0, len(data) - (link.sent_bytes - self.after_bytes))])
                await writer.drain()
                self._strike(link)
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    async def _answer(self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(READ_BYTES):
            await self._flows.wait()
            if link.is_doomed and self.fault == "lose":
                self._strike(link)
            if self.fault == "drip":
                for byte in data:
                    writer.write(bytes((byte,)))
                    await writer.drain()
                    await asyncio.sleep(DRIP_S)
            else:
                writer.write(data)
                await writer.drain()
        writer.close()

    def _strike(self, link: Link) -> None:
        """Raises ConnectionResetError, which ends both directions."""
        self.struck += 1
        link.reset()
        raise ConnectionResetError
