"""Taking a list away; not while a campaign takes its people from it."""

from __future__ import annotations

from profiles.campaigns import keeping
from profiles.lists import saved
from profiles.lists.definition import Definition
from profiles.problems import Problem
from tracker.sites import Site
from tracker.store import Store


def remove(store: Store, site: Site, given: Definition, by: str, now_ms: int) -> None:
    """Raises Problem 409 where a campaign that has not ended has this list."""
    for campaign in keeping.all_of(store, site):
        if campaign.state != "ended" and any(program.list_id == given.list_id for program in campaign.programs):
            what = f"The campaign {campaign.name!r} takes its people from {given.name!r}. End it, or give its program another list first"
            raise Problem(409, "list_in_use", what)
    saved.remove(store, site, given, by, now_ms)
