"""The desk: one route of somebody's API. The way is the hot door's, the words are the dialect's.

in   a request
out  the dialect's answer once the rows are on disk; a refusal with the dialect's error
"""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope, Send

from tracker import body as bodies
from tracker.dialects.letter import Dialect, Letter, Outcome
from tracker.dialects.reception import Reception, Sender
from tracker.door import LARGE_BYTES, Door, Headers, admits, answer, cors
from tracker.event import Refused
from tracker.ledger import Tally
from tracker.row import Unfit

CALLS_AT_A_TIME = 25  # then the other requests have their turn

ALLOWED = b"Authorization, Content-Type, Content-Encoding, X-Retry-Count"


class Desk:
    def __init__(self, door: Door, dialect: Dialect) -> None:
        self.door, self.dialect = door, dialect

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"")
        echoed = origin if self.door.sites.knows_origin(origin.decode("latin-1")) else b""
        if scope["method"] == "OPTIONS":
            await answer(scope, send, 204, b"", preflight(echoed))
            return
        name, events = "", 1  # for the ledger: a body that cannot be read counts as one
        large = 0
        try:
            if scope["method"] != "POST":
                raise Refused(405, "method_not_allowed", "Send with POST")
            self.door.admit_address(scope)
            limits = self.dialect.body_max_bytes, self.door.settings.inflated_max_bytes
            body = await bodies.read(headers, receive, *limits, self.dialect.types)
            if len(body) > LARGE_BYTES:
                large = self.door.admit_large(scope, len(body))
            letter = self.read(headers, scope["query_string"], body)
            events = len(letter.calls)
            sender = self.sender(letter)
            name, echoed = sender.site.name, origin if admits(sender.site, origin) else b""
            self.check(sender, letter.key, origin)
            self.door.admit_events(sender.site, events)
            outcome = await self.take(letter, sender, scope, headers)
            if not self.dialect.is_debug:
                await self.door.keep(name, outcome.parsed)
        except Refused as refused:
            if refused.status != 405 and not self.dialect.is_debug:
                self.door.spool.note(Tally({(name, "received", ""): events, (name, "refused", refused.code): events}))
            status, told = self.dialect.error(refused)
            extra = [(b"allow", b"POST, OPTIONS")] if refused.status == 405 else []
            await answer(scope, send, status, told, [*cors(echoed, refused.retry_after_s), *extra])
            return
        finally:
            self.door.large_bytes -= large
        status, told = self.dialect.answer(outcome)
        await answer(scope, send, status, told, cors(echoed, None))

    def read(self, headers: dict[bytes, bytes], query: bytes, body: bytes) -> Letter:
        try:
            return self.dialect.read(headers, query, body)
        except Unfit as unfit:
            raise Refused(400, unfit.reason, unfit.message) from None

    def sender(self, letter: Letter) -> Sender:
        sites, key = self.door.sites, letter.key
        if not key:
            raise Refused(401, "key_missing", "The call names no key: send the site key, or a secret key from a server, as docs/vocabularies.md says")
        is_trusted = key.startswith("sk_")
        site = sites.by_secret(key, self.door.clock.now_ms()) if is_trusted else sites.by_key(key)
        if site is None and is_trusted:
            raise Refused(401, "key_unknown", "This secret key is unknown, revoked or expired, or lacks the scope `events`")
        if site is None:
            raise Refused(401, "key_unknown", "No site has this key; the Install page shows it")
        if letter.site_key and letter.site_key != site.site_key:
            raise Refused(401, "key_unknown", "The secret key and the site key belong to different sites")
        return Sender(site, is_trusted)

    def check(self, sender: Sender, key: str, origin: bytes) -> None:
        """A secret key that a browser knows is no secret. Raises Refused."""
        if sender.is_trusted and origin:
            raise self.door.leaking(key)
        if not admits(sender.site, origin):
            page = origin.decode("latin-1")[:128]
            raise Refused(403, "origin_refused", f"Pages of {page} may not send to this site; add it with `tracker site set --origin`")

    async def take(self, letter: Letter, sender: Sender, scope: Scope, headers: dict[bytes, bytes]) -> Outcome:
        reception = Reception(self.door, sender, letter, scope, headers)
        for index, call in enumerate(letter.calls):
            if index % CALLS_AT_A_TIME == CALLS_AT_A_TIME - 1:
                await asyncio.sleep(0)
            reception.take(call, index)
        return reception.finished()


def preflight(origin: bytes) -> Headers:
    allow = [(b"access-control-allow-methods", b"POST"), (b"access-control-allow-headers", ALLOWED), (b"access-control-max-age", b"86400")]
    return [*cors(origin, None), *allow]
