"""Who may see the inspector on a shop's own page: whoever holds a link that the Install page made less than half an hour ago.

in   DATA/inspection.key (0600, made by the process of the pages with the first link); a site, the clock
out  "<until>.<mac>" for the address of the page; GET /t/inspect.js?<site key>,<until>.<mac>, as the tag asks for it
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from snippet import inspect
from tracker.clock import Clock
from tracker.shared_file import replace, sole_writer
from tracker.sites import Site, SiteBook

VALID_MS = 30 * 60_000
FILE = "inspection.key"
PARAMETER = "tracker-inspect"
TOKEN = re.compile(r"(?P<site_key>[\w-]{1,100}),(?P<until_ms>\d{13})\.(?P<mac>[0-9a-f]{64})", re.ASCII)
REFUSED = "This link to the inspector has run out, or it is one of another site. Make a new one on the Install page."


def pass_for(site: Site, secret: bytes, now_ms: int) -> str:
    """What stands in the address of the page to be inspected: good for this site, for half an hour."""
    until_ms = now_ms + VALID_MS
    return f"{until_ms}.{mac(secret, site.site_key, until_ms)}"


def is_valid(token: str, sites: SiteBook, secret: bytes, now_ms: int) -> bool:
    found = TOKEN.fullmatch(token)
    if found is None or not secret:
        return False
    same = hmac.compare_digest(found["mac"], mac(secret, found["site_key"], int(found["until_ms"])))
    return same and now_ms < int(found["until_ms"]) <= now_ms + VALID_MS and sites.by_key(found["site_key"]) is not None


def mac(secret: bytes, site_key: str, until_ms: int) -> str:
    return hmac.new(secret, f"inspect {site_key} {until_ms}".encode(), hashlib.sha256).hexdigest()


def secret_of(data: Path) -> bytes:
    """b'' where no link was ever made, or the file is not whole: then no token is valid."""
    try:
        secret = (data / FILE).read_bytes()
    except FileNotFoundError:
        return b""
    return secret if len(secret) == 64 else b""


def make_secret(data: Path) -> bytes:
    """The one there is, else a new one."""
    with sole_writer(data / FILE):
        if not secret_of(data):
            replace(data / FILE, secrets.token_hex(32).encode())
        return secret_of(data)


def inspect_routes(sites: SiteBook, data: Path, clock: Clock) -> list[BaseRoute]:
    """Before /t/{name}.js, which would take it for the name of a tag."""
    headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}

    async def script(request: Request) -> Response:
        if not is_valid(request.url.query.partition("&")[0], sites, secret_of(data), clock.now_ms()):
            return JSONResponse({"error": {"code": "inspection_refused", "message": REFUSED}}, 403, headers)
        return Response(inspect.script(), media_type="text/javascript", headers=headers)

    return [Route("/t/inspect.js", script)]
