"""The visitor's id as a cookie of the shop's domain, set by the collector's answer: Safari keeps it longer than what a script stores.

in   a site with `cookie_domain`; the visitor of a batch, '' where nobody may be known; the request's headers
out  a Set-Cookie header, or none
The tag asks without cookies, but its beacon, sent whenever a page is left, carries them: there a cookie is set where none is held yet, so it is never
renewed, and taken away where the tag names no visitor any more. A browser takes it only from a host of that very domain.
"""

from __future__ import annotations

import re

NAME = b"tracker.visitor"  # as the tag reads it (snippet/src/who.js)
KEPT_S = 395 * 86_400  # 13 months
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # as the tag makes it


def set_cookie(domain: str, visitor_id: str, headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    held = is_held(headers.get(b"cookie", b""))
    if held == bool(visitor_id) or (visitor_id and not ID.fullmatch(visitor_id)):
        return []
    secure = b"; Secure" if headers.get(b"origin", b"").startswith(b"https:") else b""
    value = b"%b=%b; Domain=%b; Path=/; Max-Age=%d; SameSite=Lax%b"
    return [(b"set-cookie", value % (NAME, visitor_id.encode(), domain.encode(), KEPT_S if visitor_id else 0, secure))]


def is_held(cookies: bytes) -> bool:
    return any(each.strip().startswith(NAME + b"=") for each in cookies.split(b";"))
