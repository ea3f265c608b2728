"""Secret keys: their form, their scopes, and what is stored of one.

in   random bits
out  `sk_…`, shown once; of it only the first characters and a hash are kept
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

import msgspec

from tracker.clock import iso

SCOPES = ("read", "lists", "orders", "customers", "events", "admin")
OWNER_SCOPES = SCOPES[:-1]
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KEY_ID_LENGTH = 11


@dataclass(frozen=True, slots=True)
class Access:
    """What a key opens: one site, by scopes."""

    site: str
    scopes: frozenset[str]
    key_id: str


@dataclass(frozen=True, slots=True)
class Key:
    """A secret key as it is stored: never the key itself."""

    key_id: str
    site: str
    hash: str
    scopes: tuple[str, ...]
    created_ms: int
    expires_ms: int | None = None
    last_used_ms: int | None = None
    revoked: bool = False

    def row(self, version: int) -> bytes:
        return msgspec.json.encode(
            {
                "key_id": self.key_id, "site": self.site, "hash": self.hash, "scopes": self.scopes, "created_at": self.created_ms / 1000,
                "expires_at": seconds(self.expires_ms), "last_used_at": seconds(self.last_used_ms), "revoked": self.revoked, "version": version,
            }
        )  # fmt: skip

    def shown(self, leaked_ms: int | None = None) -> dict[str, Any]:
        """`leaked_at` = when it was last sent to the public door, where no secret key belongs."""
        times = {"created_at": self.created_ms, "expires_at": self.expires_ms, "last_used_at": self.last_used_ms, "leaked_at": leaked_ms}
        shown = {name: None if at is None else iso(at) for name, at in times.items()}
        return {"key_id": self.key_id, "site": self.site, "scopes": list(self.scopes), **shown}


def new_key() -> str:
    """`sk_`, 43 random characters (256 bits), 6 of checksum: a scanner can tell a real key from a look-alike."""
    body = f"sk_{random_text(43)}"
    return body + checksum(body)


def is_key(token: str) -> bool:
    return len(token) == 52 and token.startswith("sk_") and token.isascii() and hmac.compare_digest(checksum(token[:46]), token[46:])


def checksum(body: str) -> str:
    number = int.from_bytes(hashlib.sha256(b"tracker:" + body.encode()).digest()[:4], "big")
    return "".join(BASE62[number // 62**place % 62] for place in range(6))


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def random_text(length: int) -> str:
    return "".join(secrets.choice(BASE62) for _ in range(length))


def seconds(at_ms: int | None) -> float | None:
    return None if at_ms is None else at_ms / 1000
