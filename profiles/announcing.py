"""Telling other systems of sessions that closed and of customers whose stage changed (docs/decisions/0022-stream.md).

in   the moments of a site (profiles/stream.py), the clock; sites with a webhook that takes such messages
out  rows of `messages`: session.closed for each version of a closed session, customer.lifecycle_changed where the stage is another than told last
Ids are made of what is told, so whatever is done again after a crash, or by two processes, is the same message.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from profiles import lifecycle, sessions, stream
from profiles.answers import Lifecycle, SessionProfile, encode
from profiles.channels import Position
from profiles.deps import Deps
from profiles.message import Message
from tracker import outbox
from tracker.clock import iso, ms_of_iso
from tracker.outbox import message_id, put, seconds
from tracker.sites import Site
from tracker.store import Row, load

CLOSED, STAGE = "session.closed", "customer.lifecycle_changed"
NEWS_MS = 7 * 86_400_000  # what happened longer ago is not told any more
FOREVER_MS = 4_102_444_800_000  # 2100-01-01
LOOK_S, PACE_S = 1.0, 0.1
PAGES = 5  # of one site, before the others are looked after
NOTED_MS = 10_000  # how often it is written down how far we came
AT_ONCE = 500  # customers
AGAIN_MS = 86_400_000  # where the rhythm of the site counts, which moves with every order
BACK_MS = 60_000  # a clock put back by less is set right, as clocks are all the time
SHARE = 50  # looking for customers who are due takes a fiftieth of the time at most


class StageChanged(msgspec.Struct):
    """`version` counts what was noted of this customer: the highest one holds. `previous` is null where none was told before."""

    customer_id: str
    version: int
    lifecycle: Lifecycle
    previous: str | None


class SessionClosed(Message, tag=CLOSED):
    """A visit is over; told again under a higher `version` where something came late."""

    data: SessionProfile


class LifecycleChanged(Message, tag=STAGE):
    """A customer came to another stage than was told last."""

    data: StageChanged


@dataclass
class Progress:
    """How far we came with one site."""

    closed: Position  # of sessions; written down
    version: int  # of what is written down
    noted_ms: int
    customers: Position  # of changed customers
    gone_through: str | None = ""  # customers are all looked at once from the first id on; None = done
    due_at: float = 0.0  # when to ask again who is due, by the monotonic clock


@dataclass
class Announcer:
    deps: Deps
    progress: dict[str, Progress] = field(default_factory=dict)
    latest_ms: int = 0

    def look(self) -> float:
        """Tells what there is to tell. Returns how many seconds to wait before the next look: with many sites a tenth of the time is spent on it."""
        began, wanted = time.monotonic(), self.wanted()
        self.heed_the_clock()
        until_ms = stream.settled_ms(self.deps)
        more = False
        for name, site in self.deps.registry.sites().items():
            since_ms = wanted.get((name, CLOSED), FOREVER_MS)
            if name not in self.progress:
                self.progress[name] = self.begun(site, min(since_ms, until_ms), until_ms)
            mine = self.progress[name]
            if (name, CLOSED) in wanted:
                more |= self.sessions(site, mine, until_ms)
            else:
                mine.closed = Position(until_ms)
            if (name, STAGE) in wanted:
                more |= self.stages(site, mine, until_ms)
            else:
                mine.customers, mine.gone_through = Position(until_ms), ""
        return PACE_S if more else max(LOOK_S, 9 * (time.monotonic() - began))

    def heed_the_clock(self) -> None:
        """What was told by a clock that was ahead may hold no more, and nothing but the clock says so: everybody is looked at again."""
        now_ms = self.deps.clock.now_ms()
        if now_ms < self.latest_ms - BACK_MS:
            for mine in self.progress.values():
                mine.gone_through = ""
        self.latest_ms = now_ms

    def wanted(self) -> dict[tuple[str, str], int]:
        """(site, type) -> since when a webhook takes it."""
        rows = self.deps.store.rows(load("profiles", "wanted_types"), types=[CLOSED, STAGE])
        return {(row["site"], row["type"]): row["since_ms"] for row in rows}

    def begun(self, site: Site, since_ms: int, until_ms: int) -> Progress:
        """Where we were when this process was started; before the first time, where the first webhook was made."""
        row = self.deps.store.one(load("profiles", "announced"), name=f"announced:{site.name}")
        at_ms = max(row["at_ms"] if row else since_ms, since_ms, until_ms - NEWS_MS)
        return Progress(Position(at_ms), row["version"] if row else 0, until_ms, Position(until_ms))

    # --- sessions that closed ------------------------------------------------------------------------------------------------

    def sessions(self, site: Site, mine: Progress, until_ms: int) -> bool:
        """True where there is more."""
        for _ in range(PAGES):
            with self.deps.eraser.one:  # nobody is erased between reading and telling
                found, full = stream.moments(self.deps.store, site, mine.closed, until_ms, ("closed", "session"))
                now_ms = self.deps.clock.now_ms()
                put(self.deps.store, self.closed(site, found, now_ms), now_ms)
            mine.closed = found[-1].position if full else max(mine.closed, Position(until_ms))
            if not full:
                break
        self.note(site, mine, until_ms)
        return full

    def closed(self, site: Site, found: Sequence[stream.Moment], now_ms: int) -> list[outbox.Message]:
        rows = stream.latest_sessions(self.deps.store, site, found)
        told = [row for row in rows if is_news(row, site, now_ms)]
        return [session_closed(site, row, profile) for row, profile in zip(told, sessions.profiles(self.deps, site, told), strict=True)]

    def note(self, site: Site, mine: Progress, until_ms: int) -> None:
        """After a crash at most so much is done again, with the same ids."""
        if until_ms - mine.noted_ms < NOTED_MS:
            return
        mine.version, mine.noted_ms = mine.version + 1, until_ms
        row = {"name": f"announced:{site.name}", "at": seconds(mine.closed.at_ms), "version": mine.version}
        self.deps.store.insert("watermarks", msgspec.json.encode(row))

    # --- customers whose stage changed ---------------------------------------------------------------------------------------

    def stages(self, site: Site, mine: Progress, until_ms: int) -> bool:
        """Those that changed, those that the clock may have changed, and once all. True where there is more."""
        found, full = stream.moments(self.deps.store, site, mine.customers, until_ms, ("customer",), AT_ONCE)
        self.compare(site, [each.position.id for each in found])
        mine.customers = found[-1].position if full else max(mine.customers, Position(until_ms))
        more = self.due(site, mine)
        if mine.gone_through is not None:
            rows = self.deps.store.rows(load("profiles", "customers_after"), site=site.name, after=mine.gone_through, limit=AT_ONCE)
            self.compare(site, [row["customer_id"] for row in rows])
            mine.gone_through = rows[-1]["customer_id"] if rows else None
        return full or more or mine.gone_through is not None

    def due(self, site: Site, mine: Progress) -> bool:
        began = time.monotonic()
        if began < mine.due_at:
            return False
        rows = self.deps.store.rows(load("profiles", "stages_due"), site=site.name, now_ms=self.deps.clock.now_ms(), limit=AT_ONCE)
        mine.due_at = began + max(LOOK_S, SHARE * (time.monotonic() - began))
        self.compare(site, [row["customer_id"] for row in rows])
        return False

    def compare(self, site: Site, customer_ids: Iterable[str]) -> None:
        """Tells of those whose stage is another than told last, and notes when to look again."""
        wanted = sorted(set(customer_ids))
        if not wanted:
            return
        with self.deps.eraser.one:
            lives = sessions.lives(self.deps.store, site, wanted)
            rows = self.deps.store.rows(load("profiles", "stages_told"), site=site.name, customer_ids=wanted)
            before, rhythm, now_ms = {row["customer_id"]: row for row in rows}, self.deps.rhythms.of(site.name), self.deps.clock.now_ms()
            messages, notes = [], []
            for customer_id in wanted:
                message, note = compared(site, customer_id, lives.get(customer_id), before.get(customer_id), rhythm, now_ms)
                messages += [message] if message else []
                notes += [note] if note else []
            put(self.deps.store, messages, now_ms)
            self.deps.store.insert("stages_told", b"\n".join(line(site, note) for note in notes))


# --- pure --------------------------------------------------------------------------------------------------------------------


def is_news(row: Row, site: Site, now_ms: int) -> bool:
    closed = sessions.status(row, site, now_ms) == "closed"
    return closed and not row["tombstone"] and not row["quarantine_reason"] and closed_ms(row, site) >= now_ms - NEWS_MS


def closed_ms(row: Row, site: Site) -> int:
    return int(row["ended_ms"]) + site.session_gap_s * 1000


def session_closed(site: Site, row: Row, profile: SessionProfile) -> outbox.Message:
    at_ms = max(closed_ms(row, site), row["built_ms"])  # a late event changes it later
    return outbox.Message(
        site.name, message_id(site.name, CLOSED, row["session_id"], row["version"]), CLOSED, f"session:{row['session_id']}", row["version"], at_ms,
        encode(SessionClosed(iso(at_ms), profile)), visitor_ids=(row["visitor_id"],),
        customer_ids=(row["customer_id"],) if row["customer_id"] else (),
    )  # fmt: skip


def compared(
    site: Site, customer_id: str, life: lifecycle.Life | None, before: Row | None, rhythm: lifecycle.Rhythm, now_ms: int
) -> tuple[outbox.Message | None, Row | None]:
    """The message, where the stage is another than told last; the note, where there is something to note."""
    if life is None:  # no more a customer
        return None, again(before, FOREVER_MS, now_ms) if before else None
    stage, next_ms = lifecycle.lifecycle(life, rhythm, now_ms), looks_again_ms(life, rhythm, now_ms)
    if before and before["stage"] == stage.stage:
        return None, again(before, next_ms, now_ms)
    since_ms, version = ms_of_iso(stage.since), before["version"] + 1 if before else 1
    told = bool(before and before["told"]) or since_ms >= now_ms - NEWS_MS
    note = {"customer_id": customer_id, "stage": stage.stage, "told": told, "next_ms": next_ms, "version": version}
    previous = before["stage"] if before else None
    return stage_changed(site, customer_id, stage, previous, version, since_ms) if told else None, note


def again(before: Row, next_ms: int, now_ms: int) -> Row | None:
    """The same stage, and another time to look again where that has come or lies too late."""
    if now_ms < before["next_ms"] <= next_ms:
        return None
    return before | {"version": before["version"] + 1, "next_ms": next_ms}


def stage_changed(site: Site, customer_id: str, stage: Lifecycle, previous: str | None, version: int, since_ms: int) -> outbox.Message:
    data = StageChanged(customer_id, version, stage, previous)
    return outbox.Message(
        site.name, message_id(site.name, STAGE, customer_id, version, stage.stage), STAGE, f"customer:{customer_id}", version, since_ms,
        encode(LifecycleChanged(iso(since_ms), data)), visitor_ids=(), customer_ids=(customer_id,),
    )  # fmt: skip


def looks_again_ms(life: lifecycle.Life, rhythm: lifecycle.Rhythm, now_ms: int) -> int:
    """When the clock may change the stage next; FOREVER_MS where only an event can."""
    if not life.orders_ms or (life.crm_stage and life.crm_ms <= now_ms):
        return FOREVER_MS
    story = lifecycle.pages(life, rhythm)
    current = lifecycle.chapter_at(story, now_ms)
    changes = [page.at_ms for page in story if page.at_ms > now_ms and page.stage != current.stage]
    waits = [] if current.rhythm.whose == "own" else [now_ms + AGAIN_MS]
    return min([FOREVER_MS, *changes, *waits])


def line(site: Site, note: dict[str, Any]) -> bytes:
    fields = {name: note[name] for name in ("customer_id", "stage", "told", "version")}
    return msgspec.json.encode(fields | {"site": site.name, "next_at": seconds(note["next_ms"])})
