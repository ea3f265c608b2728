"""CSV: records that may span lines, read through a map (csv_map.py).

One bad record is one refusal: a quotation mark that is never closed costs its own line, not the rest of the file.
"""

from __future__ import annotations

import csv
import math
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tracker.clock import ms_of_iso
from tracker.errors import BadSetting
from tracker.event import Unfit
from tracker.vocabularies.csv_map import NO_ORDER_ID, NUMBERS, PASSED_OVER, Map
from tracker.vocabularies.draft import Draft, Record, utf8

SPAN_MAX_LINES = 100
SPAN_MAX_BYTES = 256 * 1024
WITH_ITEMS = frozenset({"product_view", "cart_add", "cart_remove", "checkout", "order", "refund", "order_cancelled"})
WITH_ORDER = frozenset({"order", "refund", "order_cancelled"})


class Csv:
    def __init__(self, made: Map, map_path: Path) -> None:
        self.map, self.map_path = made, map_path
        self.width = 0
        self.time_ms = clock_of(made)

    # --- records ---

    def records(self, lines: Iterator[Record]) -> Iterator[Record]:
        """The header is read here and not passed on."""
        records = self._split(lines)
        header = next((record for record in records if record.raw.strip()), None)
        if header is None:
            return
        if header.fault:
            raise BadSetting(f"The first line of the file should name its columns, and cannot be read: {header.fault}")
        self._bind(header.fields)
        yield from records

    def _split(self, lines: Iterator[Record]) -> Iterator[Record]:
        source = PushBack(lines)
        for line in source:
            if line.fault or b'"' not in line.raw:
                yield self._plain(line)
                continue
            span, fields = self._quoted(line, source)
            if fields is None:
                source.give_back(span[1:])
                yield line._replace(fault=Unfit("csv_unreadable", "A quotation mark in this line is never closed, or stands in the wrong place"))
                continue
            yield Record(line.number, span[-1].after, b"\n".join(part.raw for part in span), fields)

    def _plain(self, line: Record) -> Record:
        if line.fault:
            return line
        try:
            return line._replace(fields=tuple(utf8(line.raw, self.map.file.encoding).split(self.map.file.delimiter)))
        except Unfit as unfit:
            return line._replace(fault=unfit)

    def _quoted(self, line: Record, source: Iterator[Record]) -> tuple[list[Record], tuple[str, ...] | None]:
        """The lines of one record and its fields; None = no record can be made that begins here."""
        span, size = [line], len(line.raw)
        while True:
            if b'"' in span[-1].raw:
                fields, more = self._parsed(span)
                if not more:
                    return span, fields
            following = next(source, None)
            if following is None:
                return span, None
            span.append(following)
            size += len(following.raw)
            if following.fault or len(span) > SPAN_MAX_LINES or size > SPAN_MAX_BYTES:
                return span, None

    def _parsed(self, span: list[Record]) -> tuple[tuple[str, ...] | None, bool]:
        """(fields or None, whether another line could complete it)."""
        try:
            text = utf8(b"\n".join(part.raw for part in span), self.map.file.encoding)
            made = list(csv.reader([text], delimiter=self.map.file.delimiter, strict=True))
        except Unfit:
            return None, False
        except csv.Error as error:
            return None, "unexpected end of data" in str(error)
        return tuple(made[0]), False

    # --- columns ---

    def _bind(self, header: tuple[str, ...]) -> None:
        names = [name.strip() for name in header]
        for key, column in self.map.columns().items():
            if names.count(column) != 1:
                how = "is there more than once" if column in names else "is not there"
                raise BadSetting(f"The map {self.map_path}: {key} is {column!r}, but that column {how}. The file's columns are: {', '.join(names)}.")
        at = {key: names.index(column) for key, column in self.map.columns().items()}
        self.width = len(names)
        self.at_time, self.at_visitor, self.at_type = at["time.column"], at["visitor.column"], at.get("type.column")
        self.at_order, self.at_customer, self.at_event = at.get("order.id"), at.get("customer.column"), at.get("event.column")
        self.item = tuple((key[5:], column, key[5:] in NUMBERS) for key, column in at.items() if key.startswith("item."))
        self.at_item = at.get("item.id")
        self.fields = tuple((key[7:], column, key[7:] in NUMBERS) for key, column in at.items() if key.startswith("fields."))

    def draft(self, record: Record) -> Draft | None:
        row = record.fields
        if len(row) != self.width:
            raise Unfit("columns_mismatch", f"The line has {len(row)} columns, the header {self.width}")
        kind = self._type(row)
        if kind == PASSED_OVER:
            return None
        event: dict[str, Any] = {"type": kind, "at": self.time_ms(row[self.at_time]), "visitor": row[self.at_visitor]}
        event.update(self.map.constants)
        if self.at_event is not None:
            event["id"] = row[self.at_event]
        if kind == "custom" and self.at_type is not None:
            event["name"] = row[self.at_type]
        for name, column, is_number in self.fields:
            if row[column]:
                event[name] = self._number(name, row[column]) if is_number else row[column]
        if kind in WITH_ITEMS and self.at_item is not None and row[self.at_item]:
            event["items"] = [self._item(row)]
        if kind in WITH_ORDER and self.at_order is not None:
            event["order_id"] = row[self.at_order]
        customer_id = row[self.at_customer] if self.at_customer is not None else ""
        if kind == "identify":
            event["customer_id"] = customer_id
        return Draft(event, customer_id=customer_id, order_from_id=self.map.order is not None and self.map.order.id == NO_ORDER_ID)

    def _type(self, row: tuple[str, ...]) -> str:
        if self.at_type is None:
            return self.map.type.always
        kind = self.map.type.values.get(row[self.at_type].strip())
        if kind is None:
            raise Unfit("type_unknown", f"`{self.map.type.column}` is {row[self.at_type][:40]!r}; the map knows {', '.join(self.map.type.values)}")
        return kind

    def _item(self, row: tuple[str, ...]) -> dict[str, Any]:
        item: dict[str, Any] = dict(self.map.constants)
        for name, column, is_number in self.item:
            if row[column]:
                item[name] = self._number(name, row[column]) if is_number else row[column]
        return item

    def _number(self, name: str, text: str) -> float:
        plain = text.strip()
        if self.map.file.decimal == ",":
            plain = plain.replace(".", "").replace(",", ".")
        try:
            value = float(plain)
            if "_" in plain or not math.isfinite(value):
                raise ValueError
            return value
        except ValueError:
            raise Unfit("value_invalid", f"`{name}` is {text[:40]!r}; that is no number") from None


class PushBack:
    """Lines that can be given back; unlike a generator it goes on after its end when some were."""

    def __init__(self, lines: Iterator[Record]) -> None:
        self._lines, self._waiting = lines, deque[Record]()

    def give_back(self, lines: list[Record]) -> None:
        self._waiting.extendleft(reversed(lines))

    def __iter__(self) -> PushBack:
        return self

    def __next__(self) -> Record:
        return self._waiting.popleft() if self._waiting else next(self._lines)


def clock_of(made: Map) -> Any:
    """text -> ms; sorted files repeat their times, so they are remembered."""
    form, zone = made.time.format, ZoneInfo(made.time.zone)

    @lru_cache(maxsize=4096)
    def time_ms(text: str) -> int:
        try:
            if form in ("ms", "s"):
                return int(float(text) * (1000 if form == "s" else 1))
            at = datetime.fromisoformat(text.strip()) if form == "iso" else datetime.strptime(text.strip(), form)
            return ms_of_iso((at if at.tzinfo else at.replace(tzinfo=zone)).isoformat())
        except (ValueError, OverflowError):
            raise Unfit("time_invalid", f"`{made.time.column}` is {text[:40]!r}; the map says it is {form}") from None

    return time_ms
