"""Segment's HTTP API: one call each, or a batch of them. The mapping is tracker/vocabularies/segment.py.

Statuses are chosen by what Segment's libraries do with them: 429 and 503 are sent again, 400, 401, 403 and 413 never
(segment-analytics-python 2.4, consumer.py).
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from typing import Any
from uuid import uuid4

import msgspec

from tracker.body import TYPES
from tracker.dialects.letter import Letter, NotKept, Outcome, decoded, encode
from tracker.event import Refused
from tracker.imports.ids import derived, shaped
from tracker.row import Unfit
from tracker.vocabularies.draft import Draft, time_ms
from tracker.vocabularies.mapping import Given, Ignored, Source
from tracker.vocabularies.segment import draft_of
from tracker.vocabularies.segment_tables import NOT_KEPT, PASSED_OVER, TIMES

BATCH = "batch"
# Under /v1/. The short names are those of analytics.js, `import` is an older name of batch.
PATHS = {
    "t": "track", "track": "track", "p": "page", "page": "page", "i": "identify", "identify": "identify", "a": "alias", "alias": "alias",
    "g": "group", "group": "group", "s": "screen", "screen": "screen", "b": BATCH, "batch": BATCH, "import": BATCH,
}  # fmt: skip
BODY_MAX_BYTES = 512 * 1024  # their libraries fill a batch up to 475,000 bytes and one more call of 32 KiB
CALLS_MAX = 2500
SHARED_MAX = 50  # keys of a context that is read again with each call
ANONYMOUS = "identify calls without a userId are not kept: traits belong to a customer"
OWN_TIMES, PER_ATTEMPT = TIMES[:3], frozenset(TIMES[3:])
OF_BATCH = frozenset({*PASSED_OVER, "batch", "context"})

_canonical = msgspec.json.Encoder(order="sorted").encode


class Segment:
    types: tuple[bytes, ...] = TYPES
    body_max_bytes = BODY_MAX_BYTES
    is_debug = False

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def read(self, headers: dict[bytes, bytes], query: bytes, body: bytes) -> Letter:
        given = decoded(body)
        top, ignored = Source(given, ""), Ignored()
        key = key_of(headers.get(b"authorization", b"").decode("latin-1"), top.text("writeKey"))
        calls = self.calls(given)
        shared = top.inner("context").values if self.kind == BATCH else {}
        if len(shared) > SHARED_MAX:
            raise Unfit("too_many_keys", f"`context` of the batch has {len(shared)} keys; send at most {SHARED_MAX}")
        if self.kind == BATCH:
            ignored.update((path, why) for path, why in top.left() if path not in OF_BATCH)
        return Letter(key, calls, drafts_of(shared), sent_ms(given, ignored), ignored)

    def calls(self, given: Given) -> list[Any]:
        if self.kind != BATCH:
            return [{**given, "type": self.kind}]
        calls = given.get("batch")
        if not isinstance(calls, list):
            raise Refused(400, "batch_invalid", "`batch` should be a list of calls")
        if len(calls) > CALLS_MAX:
            raise Refused(413, "too_many_events", f"{len(calls)} calls in one batch; send at most {CALLS_MAX}")
        return calls

    def answer(self, outcome: Outcome) -> tuple[int, bytes]:
        """A single call that was refused is an error; in a batch it never fails the others."""
        refused = outcome.parsed.refusals
        told = {"accepted": outcome.accepted, "refused": refused, "warnings": outcome.warnings()}
        if self.kind != BATCH and refused and not outcome.accepted:
            return 400, encode(failed(refused[0].reason, refused[0].message) | told)
        return 200, encode({"success": True, **told})

    def error(self, refused: Refused) -> tuple[int, bytes]:
        return refused.status, encode(failed(refused.code, refused.message))


def failed(code: str, message: str) -> Given:
    """Segment's libraries read `code` and `message` at the top."""
    return {"success": False, "code": code, "message": message, "error": {"code": code, "message": message}}


def with_context(call: Given, shared: Given) -> Given:
    """What a batch says of all its calls; a call's own word goes before."""
    own = call.get("context")
    return {**call, "context": {**shared, **own} if isinstance(own, dict) else shared} if shared else call


def key_of(authorization: str, write_key: str) -> str:
    """Basic with the key as user name; else Bearer, where the token is a key of ours; else `writeKey` of the body. Raises Refused."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(given.strip(), validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            raise Refused(401, "key_unknown", "The Authorization header is no Basic authentication of key and empty password") from None
    if scheme.lower() == "bearer" and given.strip().startswith(("pk_", "sk_")):
        return given.strip()
    return write_key


def sent_ms(given: Given, ignored: Ignored) -> float | None:
    name = "sentAt" if "sentAt" in given else "sent_at"
    try:
        found = time_ms(given.get(name), name)
    except Unfit:
        found = "?"
    if isinstance(found, int | float) and not isinstance(found, bool):
        return found
    if found not in (None, ""):
        ignored[name] = "it is no time"
    return None


def drafts_of(shared: Given) -> Callable[[Any, int], list[Draft]]:
    """It remembers which calls without an id came before in this body."""
    seen: Counter[str] = Counter()

    def drafts(call: Any, index: int) -> list[Draft]:
        if not isinstance(call, dict):
            raise Unfit("not_an_object", "This call is no object {…}")
        kind = str(call.get("type", "")).lower()
        if kind in NOT_KEPT:
            raise NotKept(NOT_KEPT[kind])
        if kind == "identify" and call.get("userId", call.get("user_id")) in (None, ""):
            raise NotKept(ANONYMOUS)
        draft = draft_of(with_context(call, shared))
        if not draft.event["id"] and not any(call.get(name) for name in OWN_TIMES):
            draft.event["id"] = str(uuid4())  # nothing tells a repetition from a second time
            draft.ignored["messageId"] = "it is missing: a call that is sent again counts again"
        elif not draft.event["id"]:
            draft.event["id"] = from_content(call, seen)
        return [draft]

    return drafts


def from_content(call: Given, seen: Counter[str]) -> str:
    """The same call sent again has the same id; two that are alike in one body are two."""
    lasting = {name: value for name, value in call.items() if name not in PER_ATTEMPT}
    made = shaped(blake2b(_canonical(lasting), digest_size=16).digest())
    seen[made] += 1
    return made if seen[made] == 1 else derived(made, str(seen[made] - 1))
