"""Head and body of an answer in one write: uvicorn makes two, and a system call each costs a tenth of the whole request.

in   an answer as uvicorn's cycle writes it: the head, then the body
out  the same bytes, the first two writes as one
"""

from __future__ import annotations

import asyncio


class OneWrite(asyncio.Transport):
    """What a cycle takes for its transport. Only for answers that have a body: a head without one would be held for ever."""

    __slots__ = ("_head", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head: bytes | None = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._head is None:  # the further chunks of a stream
            self._transport.write(data)
        elif self._head:
            self._transport.write(self._head + data)
            self._head = None
        else:
            self._head = bytes(data)

    def close(self) -> None:
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()
