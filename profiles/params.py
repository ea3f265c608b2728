"""Query parameters: each declared once, for reading and for the OpenAPI document alike.

in   the query string of a request
out  values by name; a parameter that is unknown, doubled or unreadable is a 400 that names it, its value and the cure
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.datastructures import QueryParams

from profiles.problems import Problem, bad_parameter
from tracker.clock import ms_of_iso

FAR_MS = 10_413_791_999_000  # 2299-12-31, the last day the database can tell
FROM_THE_START = (FAR_MS, "")  # the cursor of a request that gave none
TEXT_MAX = 256
LEAST = "-99999999999999"  # no amount is less: Decimal(18, 4) ends there


@dataclass(frozen=True, slots=True)
class Parameter:
    """The plain one: a text."""

    name: str
    help: str

    @property
    def default(self) -> Any:
        return ""

    def read(self, text: str) -> Any:
        if not 0 < len(text) <= TEXT_MAX:
            raise bad_parameter(self.name, text, f"it should have 1 to {TEXT_MAX} characters")
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": TEXT_MAX}


@dataclass(frozen=True, slots=True)
class Choice(Parameter):
    choices: tuple[str, ...]

    def read(self, text: str) -> str:
        if text not in self.choices:
            raise bad_parameter(self.name, text, f"it should be one of: {', '.join(self.choices)}")
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.choices)}


@dataclass(frozen=True, slots=True)
class Moment(Parameter):
    """ms; the default is given, as it may lie at either end of time."""

    default_ms: int | None

    @property
    def default(self) -> int | None:
        return self.default_ms

    def read(self, text: str) -> int:
        try:
            at_ms = ms_of_iso(f"{text}T00:00:00Z" if len(text) == 10 else text.replace(" ", "+"))  # a `+` that was not escaped arrives as a space
        except (ValueError, OverflowError):
            raise bad_parameter(self.name, text, "it should be a time as in: 2026-11-22T08:30:00Z, or a day as in: 2026-11-22") from None
        return max(0, min(FAR_MS, at_ms))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


@dataclass(frozen=True, slots=True)
class Limit(Parameter):
    name: str = "limit"
    help: str = "Most entries in one answer, 1 to 500"
    default_entries: int | None = 50  # None = all

    @property
    def default(self) -> int | None:
        return self.default_entries

    def read(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 500):
            raise bad_parameter(self.name, text, "it should be a whole number from 1 to 500")
        return int(text)

    def schema(self) -> dict[str, Any]:
        default = {} if self.default_entries is None else {"default": self.default_entries}
        return {"type": "integer", "minimum": 1, "maximum": 500} | default


@dataclass(frozen=True, slots=True)
class Amount(Parameter):
    def read(self, text: str) -> str:
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal(-1)
        if not (value.is_finite() and 0 <= value < Decimal(10) ** 12):
            raise bad_parameter(self.name, text, "it should be an amount of 0 or more, as in: 49.90")
        return f"{value:.4f}"

    @property
    def default(self) -> str:
        return LEAST

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": 0}


@dataclass(frozen=True, slots=True)
class Cursor(Parameter):
    """Opaque: where the page before ended, as (time, id)."""

    name: str = "cursor"
    help: str = "`next_cursor` of the page before; opaque"

    @property
    def default(self) -> tuple[int, str]:
        return FROM_THE_START

    def read(self, text: str) -> tuple[int, str]:
        try:
            at_ms, _, key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(":")
            if not (at_ms.isascii() and at_ms.isdigit() and 0 <= int(at_ms[:16]) <= FAR_MS):
                raise ValueError(at_ms)
            return int(at_ms), key[:TEXT_MAX]
        except (ValueError, binascii.Error):
            raise bad_parameter(self.name, text, "it should be `next_cursor` of the page before, as it stands") from None


def cursor_of(at_ms: int, key: str) -> str:
    return base64.urlsafe_b64encode(f"{at_ms}:{key}".encode()).decode().rstrip("=")


def read(query: QueryParams, parameters: Sequence[Parameter]) -> dict[str, Any]:
    known = {parameter.name: parameter for parameter in parameters}
    for name, _ in query.multi_items():
        if name not in known:
            names = ", ".join(known) or "none"
            raise Problem(400, "parameter_unknown", f"There is no parameter {name[:100]!r} here; there are: {names}")
        if len(query.getlist(name)) > 1:
            raise bad_parameter(name, ", ".join(query.getlist(name)), "give it once")
    return {name: parameter.read(query[name]) if query.get(name) else parameter.default for name, parameter in known.items()}
