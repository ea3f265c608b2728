"""What a person says a session was for, beside what the model says.

in   a label from the API or a page; table `purpose_corrections`
out  Corrected, by session; the model's own answer is never touched

A correction is kept by the session's id. A late event may join that session with another one: then it goes along to the one that has its events.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from profiles.answers import Corrected, PurposeLabel
from profiles.deps import Deps
from profiles.person import Person
from profiles.problems import Problem
from tracker.clock import iso
from tracker.sites import Site
from tracker.store import Row, Store, load

LABELS = ("information", "browsing", "purchase")


class PurposeIn(msgspec.Struct, forbid_unknown_fields=True):
    """What a person says a session was for."""

    label: PurposeLabel


def label_of(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=PurposeIn).label
    except msgspec.ValidationError as error:
        raise Problem(400, "field_invalid", f'{error}. Send {{"label":"…"}} with one of: {", ".join(LABELS)}') from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "not_json", "The body is not JSON in UTF-8") from None


def correct(deps: Deps, site: Site, session: Row, label: str, by: str) -> None:
    """`label` '' takes back what was said. Returns when it is stored; raises StoreDown."""
    row = {"site": site.name, "visitor_id": session["visitor_id"], "session_id": session["session_id"], "label": label, "by": by}
    deps.store.insert("purpose_corrections", msgspec.json.encode(row | {"at": deps.clock.now_ms() / 1000, "version": time.time_ns() // 1000}))


def of_sessions(store: Store, site: Site, sessions: Sequence[Row]) -> dict[str, Corrected]:
    """By session id, of those that are corrected."""
    found = of_visitors(store, site, {session["visitor_id"] for session in sessions})
    wanted = {session["session_id"] for session in sessions}
    if not found:
        return {}
    elsewhere = {row["visitor_id"] for row in found if row["session_id"] not in wanted}
    successors = superseded(store, site, elsewhere) if elsewhere else {}
    latest = {living(row["session_id"], successors): row for row in found}
    return {session_id: Corrected(row["label"], row["by"], iso(row["at_ms"])) for session_id, row in latest.items() if row["label"]}


def of_visitors(store: Store, site: Site, visitor_ids: Iterable[str]) -> list[Row]:
    """Oldest first; of a session the last one counts."""
    wanted = sorted(visitor_ids)
    return store.rows(load("profiles", "corrections"), site=site.name, visitor_ids=wanted) if wanted else []


def of_person(store: Store, person: Person, session_ids: Iterable[str]) -> list[Row]:
    """Of a browser that others used too: what was said about the sessions of this person."""
    theirs = set(session_ids)
    latest = {row["session_id"]: row for row in of_visitors(store, person.site, person.everywhere)}
    return [row for row in latest.values() if row["visitor_id"] in person.visitor_ids or row["session_id"] in theirs]


def superseded(store: Store, site: Site, visitor_ids: Iterable[str]) -> dict[str, str]:
    rows = store.rows(load("profiles", "superseded"), site=site.name, visitor_ids=sorted(visitor_ids))
    return {row["session_id"]: row["superseded_by"] for row in rows}


def living(session_id: str, successors: Mapping[str, str]) -> str:
    """The session that has its events now; '' = none has."""
    passed: set[str] = set()
    while session_id in successors and session_id not in passed:
        passed.add(session_id)
        session_id = successors[session_id]
    return session_id
