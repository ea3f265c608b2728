"""The id of a row that brings none: from its content and its occurrence number, so that exact duplicates stay distinct.

The file is looked at twice. The first look notes which contents may come again (a bit map, about two bytes a row),
the second numbers only those: memory stays small, and the numbers are exact.
"""

from __future__ import annotations

from hashlib import blake2b


class Repeats:
    def __init__(self, file_bytes: int) -> None:
        self._bits = max(1 << 16, file_bytes // 4)
        self._map = bytearray(self._bits // 8 + 1)
        self._seen: dict[bytes, int] = {}

    def note(self, raw: bytes) -> None:
        """First look."""
        digest = content(raw)
        at = int.from_bytes(digest[:8], "big") % self._bits
        byte, bit = at >> 3, 1 << (at & 7)
        if self._map[byte] & bit:
            self._seen[digest] = 0
        else:
            self._map[byte] |= bit

    def noted(self) -> None:
        self._map = bytearray()

    def event_id(self, raw: bytes) -> str:
        """Second look, in the same order."""
        digest = content(raw)
        occurrence = self._seen.get(digest)
        if occurrence is None:
            return shaped(digest)
        self._seen[digest] = occurrence + 1
        return shaped(digest) if occurrence == 0 else derived(shaped(digest), str(occurrence))


def content(raw: bytes) -> bytes:
    return blake2b(raw, digest_size=16).digest()


def derived(event_id: str, what: str) -> str:
    """An id that hangs on another one: `what` is an occurrence number, or the name of a second event of the same row."""
    return shaped(content(f"{event_id}\0{what}".encode(errors="replace")))


def shaped(digest: bytes) -> str:
    """A UUID of version 8: 128 bits of a vendor's own making."""
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-8{text[13:16]}-a{text[17:20]}-{text[20:]}"
