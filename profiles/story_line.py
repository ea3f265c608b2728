"""The grain of a story: a Line made of Parts, and how goods are named in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from profiles.views.words import clean, quantity

Event = Mapping[str, Any]
Mark = Literal["", "cart", "end"]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence: plain, or a name (drawn strong), or a name that leads somewhere."""

    text: str
    strong: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """`of` says what kind of line it is: neighbours of one kind may be told together, from their `figures`.

    `rung` is how far up the ladder (seen, touched, clicked) the content came; 0 = no ladder is drawn.
    """

    at_ms: int
    parts: tuple[Part, ...]
    mark: Mark = ""
    why: str = ""
    rung: int = 0
    of: str = ""
    until_ms: int = 0
    figures: tuple[Any, ...] = field(default=(), compare=False)

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


def item_name(item: Mapping[str, Any]) -> str:
    return clean(item["name"], 120) or clean(item["id"], 60) or "something without a name"


def item_label(item: Mapping[str, Any]) -> str:
    number = item["quantity"]
    return f"{item_name(item)} ×{quantity(number)}" if number is not None and number != 1 else item_name(item)


def strong(names: list[str]) -> list[Part]:
    """a, b and c: each once, the names strong, the commas plain."""
    return woven([Part(name, strong=True) for name in dict.fromkeys(names)])


def woven(parts: Sequence[Part]) -> list[Part]:
    sentence: list[Part] = []
    for number, part in enumerate(parts):
        sentence += [Part(" and " if number == len(parts) - 1 else ", ")] * bool(number) + [part]
    return sentence


def props(event: Event) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(event["props"])
    except msgspec.MsgspecError:
        return {}
    return found if isinstance(found, dict) else {}
