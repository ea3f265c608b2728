"""Ids with a slash: `%2F` in a path of the API is a part of the id, as RFC 3986 (2.2) has it, and no border.

in   a request, its path decoded as a whole by the server
out  the same with a stand-in for each `%2F`, which `whole` takes out of the parameters of the path
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

from starlette.types import ASGIApp, Receive, Scope, Send

STAND_IN = "\ue000"  # private use: no id has it
ESCAPED = re.compile(rb"%2f", re.IGNORECASE)


class Slashes:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = (scope.get("raw_path") or b"").partition(b"?")[0]
        if raw.startswith(b"/v1/") and ESCAPED.search(raw):
            scope = {**scope, "path": unquote(ESCAPED.sub(quote(STAND_IN).encode(), raw).decode("latin-1"))}
        await self.app(scope, receive, send)


def whole(parameters: Mapping[str, str]) -> dict[str, str]:
    return {name: value.replace(STAND_IN, "/") for name, value in parameters.items()}
