"""Saved lists: whom conditions find, why, and who is left out for which reason.

in   a Definition, the store, now
out  members, in batches; how many there are

    for batch in members(store, site, definition, now_ms): batch is a list of Member, everybody found, those left out with `suppressed`
"""

from profiles.lists.answers import Counted, Member, Reason
from profiles.lists.definition import Definition, Suppression
from profiles.lists.finding import counted, members, page

__all__ = ["Counted", "Definition", "Member", "Reason", "Suppression", "counted", "members", "page"]
