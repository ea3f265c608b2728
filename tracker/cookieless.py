"""The visitor without consent: an id that nobody can follow beyond the day.

in   site, full IP address and user agent, in memory only
out  HMAC-SHA256 with a salt of the day (UTC), cut to 128 bits

The salt lives here and in one 0600 file. At midnight the file is overwritten and replaced. Yesterday's salt then lives in memory only, for those
who are in the shop at midnight: they keep their id until they were silent for longer than a session lasts, so that their visit stays one.
When the last of them is gone, after four hours at most, that salt is overwritten too. A restart forgets it: then such a visit counts as two.
"""

from __future__ import annotations

import contextlib
import hmac
import logging
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tracker.shared_file import sole_writer

DAY_MS = 86_400_000
GAP_MS = 1_800_000
GAP_MAX_MS = 36_000_000  # the longest a site may set
HELD_MAX_MS = 4 * 3_600_000
SEEN_MAX = 100_000  # ids remembered, some 20 MB; beyond that the longest unseen are forgotten
PREFIX = "day-"

log = logging.getLogger("tracker.cookieless")


def is_cookieless(visitor_id: str) -> bool:
    return visitor_id.startswith(PREFIX)


class Kept(msgspec.Struct):
    """The file."""

    day: int
    hex: str


@dataclass(slots=True)
class Salt:
    day: int
    key: bytearray

    def visitor_id(self, message: bytes) -> str:
        return PREFIX + hmac.digest(self.key, message, "sha256").hex()[:32]

    def destroy(self) -> None:
        self.key[:] = bytes(len(self.key))


class Cookieless:
    """`tend` is called every second or so: the salt changes at midnight whether anybody comes or not."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.salt: Salt | None = None
        self.yesterday: Salt | None = None
        self.seen: dict[str, int] = {}  # id under today's salt -> when, the longest unseen first
        self.staying: dict[str, int] = {}  # the same of yesterday's

    def visitor_id(self, site: str, ip: str, ua: str, now_ms: int, gap_ms: int = GAP_MS) -> str:
        salt = self.current(now_ms)
        message = "\0".join((site, ip, ua)).encode()
        if self.yesterday is not None:
            known = self.yesterday.visitor_id(message)
            if abs(now_ms - self.staying.get(known, -DAY_MS)) <= gap_ms:
                self.staying[known] = now_ms
                return known
        visitor = salt.visitor_id(message)
        self.seen.pop(visitor, None)
        self.seen[visitor] = now_ms
        if len(self.seen) > SEEN_MAX:
            del self.seen[next(iter(self.seen))]
        return visitor

    def tend(self, now_ms: int) -> None:
        self.current(now_ms)
        if self.yesterday is None:
            return
        self.staying = {visitor: at_ms for visitor, at_ms in self.staying.items() if abs(now_ms - at_ms) <= GAP_MAX_MS}
        if not self.staying or now_ms % DAY_MS >= HELD_MAX_MS:
            self.forget_yesterday()

    def current(self, now_ms: int) -> Salt:
        """Today's salt. A clock that goes back over midnight does not bring a new one: the one in use holds for that night."""
        day = now_ms // DAY_MS
        if self.salt is not None and 0 <= self.salt.day - day <= 1:
            return self.salt
        fresh = self.salt_of(day)
        self.forget_yesterday()
        if self.salt is not None and fresh.day == self.salt.day + 1:
            self.yesterday, self.staying = self.salt, self.seen
        elif self.salt is not None:
            self.salt.destroy()
        self.salt, self.seen = fresh, {}
        return fresh

    def forget_yesterday(self) -> None:
        if self.yesterday is not None:
            self.yesterday.destroy()
        self.yesterday, self.staying = None, {}

    def salt_of(self, day: int) -> Salt:
        """As the file says, or made anew and written there. Two processes on one folder get the same."""
        fresh = Kept(day, os.urandom(32).hex())
        try:
            with sole_writer(self.path):
                kept = read(self.path)
                if kept is None or not 0 <= kept.day - day <= 1:
                    kept = fresh
                    write(self.path, msgspec.json.encode(kept))
        except OSError as error:
            log.error("%s cannot be written (%s): the salt of today lives in memory only, a restart makes another", self.path, error)
            kept = fresh
        return Salt(kept.day, bytearray.fromhex(kept.hex))


def read(path: Path) -> Kept | None:
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=Kept)
        bytes.fromhex(kept.hex)
    except FileNotFoundError:
        return None
    except (msgspec.MsgspecError, ValueError) as error:
        log.warning("%s is damaged (%s): a new salt is made, the visits without consent of today count anew", path, error)
        return None
    return kept if len(kept.hex) == 64 else None


def write(path: Path, data: bytes) -> None:
    """The new file is on disk first, then the old one's bytes are overwritten, then it is replaced: dying in between leaves a file without a salt."""
    temporary = path.with_suffix(".tmp")
    put(temporary, os.O_CREAT | os.O_TRUNC, data)
    with contextlib.suppress(FileNotFoundError):
        put(path, 0, bytes(path.stat().st_size))
    temporary.replace(path)


def put(path: Path, flags: int, data: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | flags, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
