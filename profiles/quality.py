"""How far the figures can be trusted: what came twice, what could not be stored, what is no person."""

from __future__ import annotations

from profiles.answers import Quality, ReasonCount, SourceCount
from tracker.clock import iso
from tracker.sites import Site
from tracker.store import Store, load


def quality(store: Store, site: Site, from_ms: int, to_ms: int) -> Quality:
    stretch = {"site": site.name, "from_ms": from_ms, "to_ms": to_ms}
    events = store.rows(load("profiles", "quality_events"), **stretch)
    dead = store.rows(load("profiles", "quality_dead"), **stretch)
    sessions = store.rows(load("profiles", "quality_sessions"), **stretch)
    return Quality(
        site=site.name, from_at=iso(from_ms), to_at=iso(to_ms),
        events=[SourceCount(row["source"], row["events"], row["duplicates"]) for row in events],
        last_event_at=iso(max(row["last_ms"] for row in events)) if events else None,
        dead_letters=[ReasonCount(row["reason"], row["count"]) for row in dead],
        sessions=sum(row["count"] for row in sessions), quarantined=[ReasonCount(row["reason"], row["count"]) for row in sessions if row["reason"]],
    )  # fmt: skip
