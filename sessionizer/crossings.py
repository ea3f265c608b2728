"""An event counts once by its id, under whichever visitor it came: which copies do not count (docs/decisions/0010-event-ids.md).

in   table event_ids, filled by every insert into events
out  table crossed: the copies that lost; and the days and owners for whom that changed
Within one visitor and type, copies are told apart where they are read (heard.sql, model.each_once).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import msgspec

from sessionizer.arrivals import Touched, parameter
from sessionizer.build import Builder
from tracker.store import Row, load

EPOCH_MS = 0


class Crossings:
    def __init__(self, builder: Builder) -> None:
        self.store, self.command = builder.store, builder.command

    def of_tick(self, touched: Mapping[str, Touched], since_ms: int, until_ms: int) -> dict[str, Touched]:
        """What arrived between the two moments, and those whose copy counted until then: they are touched as well.

        Found from the stored events alone, so a tick that is done again finds the same.
        """
        found: dict[str, list[Row]] = defaultdict(list)
        window = {"since": parameter(since_ms), "until": parameter(until_ms)}
        for row in self.store.rows(load("sessionizer", "crossing"), sites=sorted(touched), **window):
            found[row["site"]].append({"id": row["id"], "days": [str(day) for day in row["days"]]})
        more = dict(touched)
        for site, ids in found.items():
            self.clear()
            self.store.insert("crossing", b"\n".join(msgspec.json.encode(row) for row in ids))
            self.meet(site, since_ms)
            self.touch(more.setdefault(site, Touched()))
            self.clear()
        return more

    def of_site(self, site: str) -> None:
        """All of a site anew: what a rebuild begins with."""
        self.clear()
        self.command("crossing_of_site", site=site)
        self.meet(site, EPOCH_MS)
        self.command("uncross", site=site)
        self.clear()

    def meet(self, site: str, since_ms: int) -> None:
        where = self.store.one(load("sessionizer", "crossing_days"))
        if where and where["ids"]:
            self.command("parties", site=site, days=where["days"], since=parameter(since_ms))
            self.command("cross", site=site)

    def touch(self, touched: Touched) -> None:
        for row in self.store.rows(load("sessionizer", "party_days")):
            touched.owners.add(row["owner"])
            if row["visitor_id"]:
                touched.days[row["visitor_id"]].update(row["days"])

    def clear(self) -> None:
        self.command("clear_crossing")
        self.command("clear_parties")
