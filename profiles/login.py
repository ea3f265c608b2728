"""Who may see the pages: log-ins by secret key or one-time link, kept on the server side.

in   DATA/logins.json (0600, only hashes), the clock
out  a cookie value that names a Login; a one-time token; no or yes to one more try from an address
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import threading
from collections import OrderedDict, deque
from pathlib import Path

import msgspec

from tracker import shared_file
from tracker.clock import Clock

LINK_MS = 24 * 3_600_000
IDLE_MS = 24 * 3_600_000
ABSOLUTE_MS = 7 * 24 * 3_600_000
SEEN_EVERY_MS = 60_000  # how often a visit is written down: an idle clock need not be finer
LINKS_MAX = 20
LOGINS_MAX = 1000
TRIES_MAX = 10
TRIES_MS = 60_000
ADDRESSES_MAX = 10_000


class Login(msgspec.Struct, frozen=True):
    """A person at a browser. `key_id` '' = came by a one-time link, a local admin who may see every site."""

    hash: str
    site: str
    key_id: str
    opened_ms: int
    seen_ms: int

    @property
    def is_local(self) -> bool:
        return not self.key_id


class Link(msgspec.Struct, frozen=True):
    hash: str
    until_ms: int


class LoginFile(msgspec.Struct, frozen=True):
    links: tuple[Link, ...] = ()
    logins: tuple[Login, ...] = ()


class Logins:
    """Safe to share between threads; one process at a time holds the file, as it holds the database."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self.clock = clock
        self.throttle = Throttle(clock)
        self._lock = threading.Lock()
        book = self._read()
        self._links = {link.hash: link for link in book.links}
        self._logins = {login.hash: login for login in book.logins}

    def issue(self) -> str:
        """A token for `/login?token=…`: good once, for a day."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._links[hashed(token)] = Link(hashed(token), self.clock.now_ms() + LINK_MS)
            while len(self._links) > LINKS_MAX:
                del self._links[next(iter(self._links))]
            self._write()
        return token

    def redeem(self, token: str) -> bool:
        """True once for a token that was issued and is not too old."""
        with self._lock:
            link = self._links.pop(hashed(token), None)
            if link is None:
                return False
            self._write()
            return self.clock.now_ms() < link.until_ms

    def open(self, site: str, key_id: str = "") -> str:
        """A new log-in; returns what goes into the cookie. Each log-in has an id of its own, so none can be planted beforehand."""
        cookie = secrets.token_urlsafe(32)
        now = self.clock.now_ms()
        with self._lock:
            self._forget_expired(now)
            while len(self._logins) >= LOGINS_MAX:
                del self._logins[min(self._logins, key=lambda found: self._logins[found].seen_ms)]
            self._logins[hashed(cookie)] = Login(hashed(cookie), site, key_id, now, now)
            self._write()
        return cookie

    def find(self, cookie: str) -> Login | None:
        """The log-in a cookie names, if it is neither idle nor old; being asked for keeps it awake."""
        if not cookie:
            return None
        now = self.clock.now_ms()
        with self._lock:
            login = self._logins.get(hashed(cookie))
            if login is None:
                return None
            if has_expired(login, now):
                del self._logins[login.hash]
                self._write()
                return None
            if now - login.seen_ms >= SEEN_EVERY_MS:
                login = self._logins[login.hash] = msgspec.structs.replace(login, seen_ms=now)
                self._write()
            return login

    def switch(self, cookie: str, site: str) -> None:
        """Look at another site from now on."""
        with self._lock:
            login = self._logins.get(hashed(cookie))
            if login is not None:
                self._logins[login.hash] = msgspec.structs.replace(login, site=site)
                self._write()

    def close(self, cookie: str) -> None:
        with self._lock:
            if self._logins.pop(hashed(cookie), None) is not None:
                self._write()

    def _forget_expired(self, now_ms: int) -> None:
        self._logins = {found: login for found, login in self._logins.items() if not has_expired(login, now_ms)}
        self._links = {found: link for found, link in self._links.items() if now_ms < link.until_ms}

    def _read(self) -> LoginFile:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=LoginFile)
        except (FileNotFoundError, msgspec.MsgspecError):
            return LoginFile()  # a file nobody can read only means that everybody logs in again

    def _write(self) -> None:
        book = LoginFile(tuple(self._links.values()), tuple(self._logins.values()))
        shared_file.replace(self.path, msgspec.json.encode(book))


def hashed(secret: str) -> str:
    """Tokens are 256 random bits: a fast hash is enough, and the look-up by hash gives no timing away."""
    return hashlib.sha256(secret.encode()).hexdigest()


def has_expired(login: Login, now_ms: int) -> bool:
    return now_ms - login.seen_ms >= IDLE_MS or now_ms - login.opened_ms >= ABSOLUTE_MS


class Throttle:
    """At most ten failed tries a minute from one address (/64 of IPv6); one address never locks another out."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, deque[int]] = OrderedDict()

    def wait_s(self, address: str) -> int:
        """0 = go on; else the seconds until the next try may be made."""
        now = self.clock.now_ms()
        with self._lock:
            failures = self._failures.get(neighbourhood(address), deque())
            while failures and now - failures[0] >= TRIES_MS:
                failures.popleft()
            return 0 if len(failures) < TRIES_MAX else max(1, -(-(failures[0] + TRIES_MS - now) // 1000))

    def failed(self, address: str) -> None:
        with self._lock:
            failures = self._failures.setdefault(neighbourhood(address), deque(maxlen=TRIES_MAX))
            failures.append(self.clock.now_ms())
            self._failures.move_to_end(neighbourhood(address))
            while len(self._failures) > ADDRESSES_MAX:
                self._failures.popitem(last=False)


def neighbourhood(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
