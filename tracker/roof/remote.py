"""How a command reaches the store: through the admin port of a running `serve`, or by opening it itself.

in   the address that a running store process wrote (tracker/roof/address.py)
out  answers of /internal/… (tracker/roof/asked.py)
Nothing of the server is imported here: a command that only asks starts in half the time.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import msgspec

from tracker.errors import BadInput, SpoolFull, StoreDown
from tracker.roof.address import read_address


class Remote:
    """The admin port of the `serve` that holds this data folder."""

    def __init__(self, data: Path) -> None:
        address = read_address(data)
        patience = httpx.Timeout(60, read=None)  # a rebuild answers when it is done
        self._client = httpx.Client(base_url=address.url, headers={"Authorization": f"Bearer {address.token}"}, timeout=patience, trust_env=False)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Waits for the answer as long as it takes. Raises BadInput with the server's own words, StoreDown where it does not answer."""
        return self._send(method, path, content=msgspec.json.encode(body) if body is not None else None)

    def send_rows(self, lines: list[bytes]) -> None:
        """Durable when it returns; waits where the spool is full."""
        for attempt in range(60):
            try:
                self._send("POST", "/internal/rows", content=b"\n".join(lines))
            except SpoolFull:
                if attempt == 59:
                    raise
                time.sleep(1)
            else:
                return

    def _send(self, method: str, path: str, content: bytes | None) -> Any:
        try:
            reply = self._client.request(method, path, content=content)
        except httpx.HTTPError as error:
            raise StoreDown(f"The running `serve` does not answer at {self._client.base_url}: {error}") from error
        answer: Any = msgspec.json.decode(reply.content) if reply.content else None
        if reply.status_code == 503:
            raise SpoolFull(answer["error"]["message"])
        if reply.is_error:
            raise BadInput(answer["error"]["message"])
        return answer

    def close(self) -> None:
        self._client.close()
