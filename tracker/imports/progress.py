"""How far an import has come: one small file per (content, site, format, map), replaced in one step after each chunk."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import msgspec

from tracker.errors import BadInput

EXAMPLES_MAX = 20


class Example(msgspec.Struct, frozen=True):
    """A line that was refused."""

    line: int
    reason: str
    message: str


class Progress(msgspec.Struct):
    started_at_ms: int  # received_at of every row, also after a restart
    after: int = 0  # bytes (unpacked) whose rows are in the database
    chunks: int = 0
    lines: int = 0
    events: int = 0
    skipped: int = 0
    refused: dict[str, int] = {}
    examples: list[Example] = []
    done: bool = False

    def refuse(self, line: int, reason: str, message: str) -> None:
        self.refused[reason] = self.refused.get(reason, 0) + 1
        if len(self.examples) < EXAMPLES_MAX:
            self.examples.append(Example(line, reason, message[:300]))


def key(content_digest: str, site: str, fmt: str, map_bytes: bytes) -> str:
    parts = (content_digest, site, fmt, sha256(map_bytes).hexdigest())
    return sha256("\0".join(parts).encode()).hexdigest()


def load(path: Path) -> Progress | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Progress)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise BadInput(f"{path} is damaged ({error}). Delete it and import again: rows that are stored already count once.") from error


def save(path: Path, progress: Progress) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with temporary.open("wb") as out:
        out.write(msgspec.json.encode(progress))
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)
