"""Everything that lies in a data folder, as bytes to search: what the database has compressed is unpacked first.

in   a data folder, of a product that runs or not
out  which files hold one of some words

A compressed block of ClickHouse is 16 bytes of checksum, a byte for the method, its length with this head of 9 bytes, the length unpacked.
In files that pack several others the blocks begin anywhere, so every place is tried that could be a beginning.
"""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import lz4.block  # type: ignore[import-untyped]  # it ships no types

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LZ4, ZSTD, HEAD_BYTES, CHECKSUM_BYTES = 0x82, 0x90, 9, 16
BEGINNING = re.compile(b"[\x82\x90]", re.DOTALL)
UNPACKED_MAX = 64 * 1024 * 1024


def holding(data: Path, words: Iterable[str]) -> dict[str, list[str]]:
    """word -> the files that hold it, named as they lie under `data`; only of words that are found."""
    wanted = [word.encode() for word in words]
    found: dict[str, list[str]] = {}
    for path in sorted(data.rglob("*")):
        for text in texts(path):
            for word in wanted:
                if word in text or word in str(path.name).encode():
                    files = found.setdefault(word.decode(), [])
                    files += [] if str(path.relative_to(data)) in files else [str(path.relative_to(data))]
    return found


def texts(path: Path) -> Iterator[bytes]:
    try:
        raw = path.read_bytes()
    except (IsADirectoryError, FileNotFoundError):  # taken away meanwhile
        return
    yield raw
    if "clickhouse" in path.parts:
        yield from unpacked(raw)


def unpacked(raw: bytes) -> Iterator[bytes]:
    for found in BEGINNING.finditer(raw, CHECKSUM_BYTES):
        at = found.start()
        if at + HEAD_BYTES > len(raw):
            return
        packed_bytes, plain_bytes = struct.unpack_from("<II", raw, at + 1)
        if not HEAD_BYTES < packed_bytes <= len(raw) - at or not 0 < plain_bytes <= UNPACKED_MAX:
            continue
        body = raw[at + HEAD_BYTES : at + packed_bytes]
        try:
            yield lz4.block.decompress(body, uncompressed_size=plain_bytes) if raw[at] == LZ4 else zstd.decompress(body)
        except (lz4.block.LZ4BlockError, zstd.ZstdError):
            continue
