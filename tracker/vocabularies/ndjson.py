"""The product's own format: NDJSON, a line = an event of tracker/wire.py plus "visitor" and, if known, "page"."""

from __future__ import annotations

from collections.abc import Iterator

from tracker.vocabularies.draft import Draft, Record, json_object, time_ms


class Tracker:
    def records(self, lines: Iterator[Record]) -> Iterator[Record]:
        return lines

    def draft(self, record: Record) -> Draft | None:
        event = json_object(record.raw)
        if "at" in event:
            event["at"] = time_ms(event["at"])
        return Draft(event)
