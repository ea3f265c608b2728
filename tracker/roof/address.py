"""Where a running store process answers commands of this machine: DATA/serve.json.

in   its address and a token for this machine's owner, which it writes
out  the same, for a command
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import msgspec

from tracker import shared_file
from tracker.errors import StoreDown

STARTING_S = 10.0


class Address(msgspec.Struct):
    url: str
    token: str
    pid: int


def write_address(data: Path, url: str, token: str) -> None:
    shared_file.replace(data / "serve.json", msgspec.json.encode(Address(url, token, os.getpid())))


def read_address(data: Path) -> Address:
    """Waits a little: a `serve` that has just been started is still opening its database."""
    deadline = time.monotonic() + STARTING_S
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError):
            return msgspec.json.decode((data / "serve.json").read_bytes(), type=Address)
        time.sleep(0.1)
    raise StoreDown(f"The store of {data} is in use by something that is no `serve`: another command may be at work. Try again when it is done.")
