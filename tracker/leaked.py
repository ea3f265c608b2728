"""Secret keys that came to the public door, where anybody may have read them: told to the owner until they are revoked.

in   requests to the door; the keys of the site book
out  DATA/leaked-keys.json: key id -> when it last came, in ms; only keys that exist, so nobody can fill it
"""

from __future__ import annotations

import base64
import binascii
import logging
import re
from pathlib import Path

import msgspec

from tracker import shared_file
from tracker.clock import Clock
from tracker.sites import SiteBook

TOKEN = re.compile(rb"sk_[0-9A-Za-z]{49}")
AGAIN_MS = 60_000  # a key that goes on coming is written down and logged once in this time

log = logging.getLogger("tracker.leaked")


class LeakedKeys:
    """Written by one process: the one that has the public port."""

    def __init__(self, path: Path, sites: SiteBook, clock: Clock) -> None:
        self.path, self.sites, self.clock = path, sites, clock
        self._seen = read_leaked(path)
        self._logged_ms = 0

    def note(self, token: str) -> str:
        """The site of the key, '' where there is no such key."""
        now_ms = self.clock.now_ms()
        key = self.sites.secret(token)
        if key is None:
            if abs(now_ms - self._logged_ms) >= AGAIN_MS:
                self._logged_ms = now_ms
                log.warning("Something like a secret key, %s…, was sent to the public door; it opens nothing", ascii(token[:11])[1:-1])
            return ""
        if abs(now_ms - self._seen.get(key.key_id, 0)) >= AGAIN_MS:
            log.warning("The secret key %s… of %s was sent to the public door. Revoke it: tracker key revoke %s", key.key_id, key.site, key.key_id)
            self._seen[key.key_id] = now_ms
            self._write()
        return key.site

    def _write(self) -> None:
        try:
            shared_file.replace(self.path, msgspec.json.encode(self._seen))
        except OSError as error:  # a full disk must not make the door fail
            log.error("%s cannot be written: %s", self.path, error)


def read_leaked(path: Path) -> dict[str, int]:
    """Empty where nothing ever came; a file that cannot be read is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, int])
    except (OSError, msgspec.DecodeError):
        return {}


def secret_in(headers: dict[bytes, bytes], query: bytes) -> str:
    """A secret key in the address or in `Authorization`, bare or in Basic's wrapping; '' where there is none."""
    given = headers.get(b"authorization", b"")
    kind, _, wrapped = given.partition(b" ")
    if kind.lower() == b"basic":
        try:
            given = base64.b64decode(wrapped)
        except binascii.Error:
            given = b""
    found = TOKEN.search(given) or TOKEN.search(query)
    return found[0].decode() if found else ""
