"""A whole answer in one write. uvicorn makes two and looks at each header with two regular expressions: a tenth of what a request costs at the door.

in   status, headers and body, all at once, from the applications of the public port
out  the bytes uvicorn would write; or False, and the application sends them in uvicorn's own way
The guard puts one into `scope["extensions"]` (ASGI's place for what only some servers can do), for POST alone: an answer to HEAD has no body.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

NAME = "tracker.whole_answer"
NONE: dict[str, Any] = {}


class WholeAnswer:
    """Headers must be the program's own words: nobody looks for line breaks in them here."""

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = ref(cycle)  # the cycle holds its scope, and that holds this

    def __call__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> bool:
        cycle = self._cycle()
        if cycle is None or cycle.response_started or cycle.disconnected or cycle.flow.write_paused or cycle.waiting_for_100_continue:
            return False
        head = [b"%b: %b\r\n" % header for header in cycle.default_headers + headers]
        cycle.response_started = cycle.response_complete = True
        cycle.transport.write(b"".join((STATUS_LINE[status], *head, b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n", body)))
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()
        return True


def whole_answer(scope: Scope, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> bool:
    """True where the server took it."""
    extension = scope.get("extensions", NONE).get(NAME)
    return extension is not None and extension["write"](status, headers, body)
