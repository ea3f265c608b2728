"""Records become rows, rows become chunks, a chunk goes to the sink under a token that names it for ever.

Where a chunk ends depends on the records since its start only, and a restart begins at a chunk's start:
so a chunk that is sent twice is the same chunk, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tracker.event import Receipt, Unfit
from tracker.imports.ids import derived
from tracker.imports.progress import Progress
from tracker.sites import Site
from tracker.vocabularies.draft import Draft, Format, Record, row, visitor

Sink = Callable[[list[bytes], str], None]

ROWS_MAX = 5_000
ROWS_OF_RECORD_MAX = 2  # the event, and the identify it implies
RECORDS_MAX = 20_000  # progress is kept even where nothing is taken
BYTES_MAX = 4 * 1024 * 1024
DAYS_MAX = 500  # a day is a partition of `events`, and an insert may touch only so many
DAY_S = 86_400


class Chunks:
    def __init__(self, site: Site, reader: Format, sink: Sink, state: Progress, token: str, save: Callable[[], None]) -> None:
        self.receipt = Receipt(site=site, received_ms=state.started_at_ms, source="import", own_time=True)
        self.reader, self.sink, self.state, self.token, self.save = reader, sink, state, token, save
        self._json = msgspec.json.Encoder()
        self._empty()

    def _empty(self) -> None:
        self.lines: list[bytes] = []
        self.records = self.bytes = 0
        self.days: set[int] = set()
        self.customers: dict[str, str] = {}  # visitor -> the customer said last, within this chunk

    @property
    def full(self) -> bool:
        return (
            len(self.lines) > ROWS_MAX - ROWS_OF_RECORD_MAX or self.records >= RECORDS_MAX
            or self.bytes >= BYTES_MAX or len(self.days) >= DAYS_MAX
        )  # fmt: skip

    def take(self, record: Record, event_id: str) -> None:
        """One record to its rows, or to a refusal."""
        self.records += 1
        if not record.raw.strip():
            return
        self.state.lines += 1
        try:
            if record.fault:
                raise record.fault
            draft = self.reader.draft(record)
            if draft is None:
                self.state.skipped += 1
                return
            self._event(draft, event_id)
        except Unfit as unfit:
            self.state.refuse(record.number, unfit.reason, str(unfit))

    def _event(self, draft: Draft, event_id: str) -> None:
        event = draft.event
        if event.get("id") in (None, ""):
            event["id"] = event_id
        if draft.order_from_id and event["type"] == "order":
            event["order_id"] = event["id"]
        self.receipt.ip, self.receipt.ua, self.receipt.cookieless = draft.ip, draft.ua, draft.cookieless
        self._add(event)
        if draft.customer_id or event["type"] in ("identify", "logout"):
            self._bind(draft)

    def _bind(self, draft: Draft) -> None:
        """The customer a line names beside its event: said once per visitor and chunk, and when it changes."""
        event = draft.event
        customer_id = str(event["customer_id"]) if event["type"] == "identify" else draft.customer_id
        who = visitor(event["visitor"])
        if event["type"] == "logout":
            self.customers.pop(who, None)
        if not customer_id or self.customers.get(who) == customer_id:
            return
        self.customers[who] = customer_id
        if event["type"] != "identify":
            identify = {"type": "identify", "at": event["at"], "visitor": who, "customer_id": customer_id, "id": derived(event["id"], "identify")}
            self._add(identify)

    def _add(self, event: dict[str, object]) -> None:
        made = row(event, self.receipt)
        line = self._json.encode(made)
        self.lines.append(line)
        self.bytes += len(line)
        self.days.add(int(made.at // DAY_S))

    def flush(self, after: int) -> None:
        """The chunk to the sink, then the progress to the disk: dying in between sends the same chunk again."""
        if self.lines:
            self.sink(self.lines, f"import-{self.token}-{self.state.after}")
        self.state.events += len(self.lines)
        self.state.chunks += 1
        self.state.after = after
        self.save()
        self._empty()
