"""Lists as they are kept: every version, the highest counts.

in   Definition; table `lists`
out  Definitions of a site; by an id nobody has, a 404
"""

from __future__ import annotations

import secrets
import time
from dataclasses import replace

import msgspec

from profiles.lists.answers import ListIn
from profiles.lists.definition import Definition, defined, written
from profiles.problems import not_found
from tracker.sites import Site
from tracker.store import Row, Store, load


def lists(store: Store, site: Site) -> list[Definition]:
    """By name."""
    found = [definition(row) for row in store.rows(load("profiles.lists", "lists"), site=site.name, list_id="")]
    return sorted(found, key=lambda each: (each.name.casefold(), each.list_id))


def one(store: Store, site: Site, list_id: str) -> Definition:
    """Raises Problem 404."""
    rows = store.rows(load("profiles.lists", "lists"), site=site.name, list_id=list_id) if list_id else []
    if not rows:
        raise not_found("list", list_id)
    return definition(rows[0])


def save(store: Store, site: Site, given: Definition, by: str, now_ms: int) -> Definition:
    """A new list where it has no id yet, else a new version of it. Returns when it is stored."""
    made = replace(given, list_id=given.list_id or f"list_{secrets.token_hex(8)}", version=time.time_ns() // 1000, changed_ms=now_ms, changed_by=by)
    put(store, site, made, removed=False)
    return made


def remove(store: Store, site: Site, given: Definition, by: str, now_ms: int) -> None:
    """Its versions stay: a campaign that pulled it can still tell what it asked."""
    put(store, site, replace(given, version=time.time_ns() // 1000, changed_ms=now_ms, changed_by=by), removed=True)


def put(store: Store, site: Site, made: Definition, *, removed: bool) -> None:
    row = {
        "site": site.name, "list_id": made.list_id, "version": made.version, "removed": removed, "doc": msgspec.json.encode(written(made)).decode(),
        "changed_at": made.changed_ms / 1000, "changed_by": made.changed_by,
    }  # fmt: skip
    store.insert("lists", msgspec.json.encode(row))


def definition(row: Row) -> Definition:
    made = defined(msgspec.json.decode(row["doc"], type=ListIn))
    return replace(made, list_id=row["list_id"], version=row["version"], changed_ms=row["changed_ms"], changed_by=row["changed_by"])
