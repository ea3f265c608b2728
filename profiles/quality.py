"""How far the figures can be trusted: what came twice, what could not be stored, what is no person; and what became of every event."""

from __future__ import annotations

from collections import Counter

from profiles.answers import Accounting, Agreement, Confusion, Quality, ReasonCount, SourceCount, Suspicious
from profiles.deps import Deps
from tracker.clock import iso
from tracker.sites import Site
from tracker.store import Store, load

BROWSERS_MOST = 50  # of one customer within SUSPECTED_MS (docs/sessions.md)
SUSPECTED_MS = 30 * 86_400_000


def quality(deps: Deps, site: Site, from_ms: int, to_ms: int) -> Quality:
    stretch = {"site": site.name, "from_ms": from_ms, "to_ms": to_ms}
    events = deps.store.rows(load("profiles", "quality_events"), **stretch)
    conflicts = deps.store.rows(load("profiles", "quality_conflicts"), **stretch)[0]["conflicts"]
    dead = deps.store.rows(load("profiles", "quality_dead"), **stretch)
    sessions = deps.store.rows(load("profiles", "quality_sessions"), **stretch)
    return Quality(
        site=site.name, from_at=iso(from_ms), to_at=iso(to_ms),
        events=[SourceCount(row["source"], row["events"], row["duplicates"]) for row in events], conflicts=conflicts,
        last_event_at=iso(max(row["last_ms"] for row in events)) if events else None,
        dead_letters=[ReasonCount(row["reason"], row["count"]) for row in dead],
        sessions=sum(row["count"] for row in sessions), quarantined=[ReasonCount(row["reason"], row["count"]) for row in sessions if row["reason"]],
        suspicious=suspicious(deps.store, site, to_ms), accounting=accounting(deps, site), purpose=agreement(deps, site),
    )  # fmt: skip


def accounting(deps: Deps, site: Site) -> Accounting:
    account = deps.accounting.read(site.name)
    name = site.name
    return Accounting(
        received=account.total("received", name), accepted=account.total("accepted", name), refused=counted(account.reasons("refused", name)),
        dropped=counted(account.reasons("dropped", name)), stored=account.total("stored", name), dead=counted(account.reasons("dead", name)),
        in_spool=account.in_spool(name), cut=account.total("cut", name),
        noted=counted(account.reasons("noted", name)),
    )  # fmt: skip


def suspicious(store: Store, site: Site, to_ms: int) -> list[Suspicious]:
    asked = {"site": site.name, "from_ms": to_ms - SUSPECTED_MS, "to_ms": to_ms, "most": BROWSERS_MOST}
    return [Suspicious(**row) for row in store.rows(load("profiles", "quality_suspicious"), **asked)]


def agreement(deps: Deps, site: Site) -> Agreement:
    """The model against the persons who corrected or confirmed it."""
    found = [Confusion(**row) for row in deps.store.rows(load("profiles", "quality_purpose"), site=site.name)]
    judged = sum(each.count for each in found)
    agreed = sum(each.count for each in found if each.label == each.corrected)
    return Agreement(judged, agreed, round(agreed / judged, 4) if judged else None, found)


def counted(reasons: Counter[str]) -> list[ReasonCount]:
    return [ReasonCount(reason, events) for reason, events in sorted(reasons.items(), key=lambda found: (-found[1], found[0]))]
