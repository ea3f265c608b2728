"""A pull as somebody asks for it: from a campaign that is on, of a list as it is now, handed out by the API or by the webhooks.

in   a program's id, an idempotency key
out  the pull; messages `list.pulled` in the outbox, a hundred rows each
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import msgspec

from profiles import answers
from profiles.campaigns import handing, keeping, pulls
from profiles.campaigns.answers import Pull, PullRow
from profiles.campaigns.keeping import Campaign
from profiles.lists import members, saved
from profiles.message import Message
from profiles.problems import Problem
from tracker import outbox
from tracker.clock import iso
from tracker.sites import Site
from tracker.store import Row, Store

IN_A_MESSAGE = 100
TYPE = "list.pulled"


class PulledRows(msgspec.Struct):
    """A hundred rows of a pull at most; `is_last` where no more of it come."""

    pull: Pull
    rows: list[PullRow]
    is_last: bool


class ListPulled(Message, tag=TYPE):
    """The list of a campaign was pulled with `push`."""

    data: PulledRows


def pull(store: Store, site: Site, program_id: str, key: str, by: str, now_ms: int) -> Row:
    """With a key that was used before, the pull that was made then, whatever became of the campaign since."""
    campaign, program = keeping.program_of(store, site, program_id)
    before = pulls.by_key(store, site, program_id, key)
    if before is not None:
        return before
    check_is_on(campaign, now_ms)
    found = saved.one(store, site, program.list_id)
    order = pulls.Order(campaign.campaign_id, program, found.version, key, by, now_ms)
    return pulls.make(store, site, order, members(store, site, found, now_ms))


def check_is_on(campaign: Campaign, now_ms: int) -> None:
    if campaign.is_on(now_ms):
        return
    why = f"it runs from {iso(campaign.from_ms)} until {iso(campaign.until_ms)}" if campaign.state == "running" else f"it is {campaign.state}"
    raise Problem(409, "campaign_not_on", f"Nothing can be pulled for {campaign.name!r} now: {why}")


# --- to the webhooks ---------------------------------------------------------------------------------------------------------


def push(store: Store, site: Site, pull_row: Row, now_ms: int) -> None:
    """To be repeated: the messages of a pull are always the same."""
    outbox.put(store, messages(store, site, pull_row), now_ms)


def messages(store: Store, site: Site, pull_row: Row) -> Iterator[outbox.Message]:
    told, after = handing.pull_of(pull_row), 0
    while rows := pulls.rows(store, site, pull_row, after, IN_A_MESSAGE):
        after = rows[-1]["row"]
        yield message(site, told, pull_row["pulled_ms"], rows)


def message(site: Site, told: Pull, pulled_ms: int, rows: list[Row]) -> outbox.Message:
    frozen = cast("list[PullRow]", [handing.frozen(row) for row in rows])  # the very bytes that were stored
    people = [handing.kept(row["doc"]) for row in rows]
    body = ListPulled(iso(pulled_ms), PulledRows(told, frozen, frozen[-1].row == told.handed_out))
    return outbox.Message(
        site.name, outbox.message_id(TYPE, site.name, told.pull_id, frozen[0].row), TYPE, f"list:{told.pull_id}", frozen[0].row, pulled_ms,
        answers.encode(body), visitor_ids=tuple(sorted({visitor_id for each in people for visitor_id in each.visitor_ids})),
        customer_ids=tuple(sorted({each.customer_id for each in people if each.customer_id})),
    )  # fmt: skip
