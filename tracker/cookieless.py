"""The visitor without consent: an id that nobody can follow beyond the day.

in   site, full IP address and user agent, in memory only
out  HMAC-SHA256 with a salt of the day; the salt lives here and in one 0600 file, and is overwritten by the next day's
"""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path
from typing import ClassVar

import msgspec

from tracker.errors import BadSetting


class Salt(msgspec.Struct):
    day: int
    hex: str


class Cookieless:
    DAY_MS: ClassVar[int] = 86_400_000

    def __init__(self, path: Path) -> None:
        self.path = path
        self._salt = Salt(-1, "")

    def visitor_id(self, site: str, ip: str, ua: str, now_ms: int) -> str:
        day = now_ms // self.DAY_MS
        if self._salt.day != day:
            self._salt = self._today(day)
        message = "\0".join((site, ip, ua)).encode()
        return "day-" + hmac.new(bytes.fromhex(self._salt.hex), message, hashlib.sha256).hexdigest()[:32]

    def _today(self, day: int) -> Salt:
        try:
            kept = msgspec.json.decode(self.path.read_bytes(), type=Salt)
            if kept.day == day:
                return kept
        except FileNotFoundError:
            pass
        except msgspec.MsgspecError as error:
            raise BadSetting(f"{self.path} is damaged ({error}). Delete it: a new salt is made, cookieless visits of today start anew.") from error
        fresh = Salt(day, os.urandom(32).hex())
        temporary = self.path.with_suffix(".tmp")
        with open(temporary, "wb", opener=lambda p, flags: os.open(p, flags, 0o600)) as out:
            out.write(msgspec.json.encode(fresh))
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(self.path)
        return fresh
