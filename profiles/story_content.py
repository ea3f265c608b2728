"""Tagged content in a story: the ladder seen, touched, clicked; what was only passed by is told in one line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from profiles.story_line import Event, Line, Part
from profiles.views.words import clean, duration, listed

NOUNS = {"product": "product", "category": "category", "advertisement": "advertisement", "promotion": "promotion", "editorial": "article",
         "subscription": "subscription"}  # fmt: skip
PLURALS = {"category": "categories"}
NAMED_MAX = 5


@dataclass(slots=True)
class Watched:
    """One content on one page; its rows are cumulative, so the highest figure counts."""

    at_ms: int
    page_id: str
    kind: str
    content_id: str
    name: str = ""
    seen_ms: int = 0
    touches: int = 0
    touched_ms: int = 0
    clicks: int = 0

    def add(self, event: Event) -> None:
        self.at_ms = min(self.at_ms, event["at_ms"])
        self.name = event["name"] or self.name
        for figure in ("seen_ms", "touches", "touched_ms", "clicks"):
            setattr(self, figure, max(getattr(self, figure), event[figure]))

    @property
    def is_touched(self) -> bool:
        return bool(self.touches or self.touched_ms)

    @property
    def rung(self) -> int:
        """Of the ladder; 0 = present in the page and not even seen."""
        return 3 if self.clicks else 2 if self.is_touched else 1 if self.seen_ms else 0


def watched(events: Iterable[Event]) -> list[Watched]:
    found: dict[tuple[str, str, str], Watched] = {}
    for event in events:
        if event["type"] == "content":
            key = (event["page_id"], event["kind"], event["content_id"])
            found.setdefault(key, Watched(event["at_ms"], *key)).add(event)
    return list(found.values())


def content_line(content: Watched) -> Line:
    name = clean(content.name) or clean(content.content_id) or "without a name"
    for_long = f" for {duration(content.seen_ms)}" if content.seen_ms >= 1000 else ""
    did = f"{for_long}{', touched it' if content.is_touched else ''}{', clicked' if content.clicks else ''}"
    parts = (Part(f"Saw the {NOUNS.get(content.kind, 'content')} "), Part(name, strong=True), Part(did))
    return Line(content.at_ms, parts, rung=content.rung, of="content", figures=(content.kind, name))


def in_passing(lines: list[Line]) -> list[Line]:
    """Contents of one kind that were only seen, one after the other, are one line: what moved nobody needs no line each."""
    told: list[Line] = []
    for line in lines:
        last = told[-1] if told else None
        if last and is_passing(last) and is_passing(line) and last.figures[0] == line.figures[0]:
            told[-1] = passed(last.at_ms, line.figures[0], [*last.figures[1:], *line.figures[1:]])
        else:
            told.append(line)
    return told


def is_passing(line: Line) -> bool:
    return line.of == "content" and line.rung == 1


def passed(at_ms: int, kind: str, names: list[str]) -> Line:
    unique = list(dict.fromkeys(names))
    noun = NOUNS.get(kind, "content")
    said = f"Saw {len(unique)} {PLURALS.get(kind, noun + 's')} in passing: " if len(unique) > 1 else f"Saw the {noun} "
    return Line(at_ms, (Part(said), Part(listed(unique, NAMED_MAX), strong=True)), rung=1, of="content", figures=(kind, *names))
