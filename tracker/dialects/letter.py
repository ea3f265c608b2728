"""A body in somebody's words, read; and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs

import msgspec

from tracker.event import Parsed, Refused
from tracker.row import Unfit
from tracker.vocabularies.draft import Draft, json_object
from tracker.vocabularies.mapping import Given, Ignored

WARNINGS_MAX = 100
PARTS_MAX = 50_000  # commas in a body, some 30 ms of decoding; a full batch of real calls has half as many

encode = msgspec.json.Encoder().encode


class NotKept(Exception):
    """A call that is understood and says nothing we keep. The message names it."""


@dataclass(frozen=True, slots=True)
class Letter:
    key: str  # pk_… or sk_…
    calls: list[Any]
    drafts: Callable[[Any, int], list[Draft]]  # of the call at this place; raises Unfit, NotKept
    sent_ms: float | None = None
    ignored: Ignored = field(default_factory=dict)  # of the body as a whole
    site_key: str = ""  # named beside a secret key: both must be of one site


@dataclass(slots=True)
class Outcome:
    parsed: Parsed = field(default_factory=Parsed)
    accepted: int = 0  # calls
    _warnings: dict[tuple[str, str], int] = field(default_factory=dict)  # (path, why) -> index of the first call
    _untold: int = 0

    def warn(self, index: int, path: str, why: str) -> None:
        if (path, why) in self._warnings:
            return
        if len(self._warnings) < WARNINGS_MAX:
            self._warnings[path, why] = index
        else:
            self._untold += 1

    def warnings(self) -> list[Given]:
        told = [{"index": index, "field": path, "message": sentence(path, why)} for (path, why), index in self._warnings.items()]
        return [*told, {"index": 0, "field": "", "message": f"{self._untold} more warnings are not told"}] if self._untold else told


def sentence(path: str, why: str) -> str:
    if not path:
        return why
    return f"{path}: {why}" if why.startswith("it ") else f"{path} is not kept: {why}"


class Dialect(Protocol):
    types: tuple[bytes, ...]  # of content
    body_max_bytes: int
    is_debug: bool  # nothing is stored, the answer only says what would be

    def read(self, headers: dict[bytes, bytes], query: bytes, body: bytes) -> Letter:
        """Raises Refused, or Unfit: then the body as a whole is refused for that reason."""
        ...

    def answer(self, outcome: Outcome) -> tuple[int, bytes]: ...

    def error(self, refused: Refused) -> tuple[int, bytes]: ...


def decoded(body: bytes) -> Given:
    """Its depth, keys and parts are bounded: a call costs milliseconds, whatever is sent. Raises Refused."""
    if len(body) > PARTS_MAX and body.count(b",") > PARTS_MAX:
        raise Refused(413, "too_many_parts", f"The body has more than {PARTS_MAX} commas; send smaller batches")
    try:
        return json_object(body)
    except Unfit as unfit:
        if unfit.reason == "not_an_object":
            raise Refused(400, "batch_invalid", "The body is JSON, but no object {…}") from None
        raise Refused(400, "not_json", "The body is not JSON in UTF-8, or nested too deep") from None


def parameters(query: bytes) -> dict[str, str]:
    """Of a parameter that stands there twice, the first counts."""
    try:
        found = parse_qs(query.decode("latin-1"), max_num_fields=20)
    except ValueError:
        raise Refused(400, "parameter_invalid", "The address has more than 20 parameters") from None
    return {name: values[0] for name, values in found.items()}
