"""What the API says and takes about campaigns, as types."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from profiles.answers import Time
from profiles.campaigns.model import Program, State
from profiles.campaigns.uplift import Verdict
from profiles.lists import Member


class CampaignTold(msgspec.Struct, rename={"from_": "from"}):
    """Pulls can be made while it is `running`, from `from` until before `until`."""

    campaign_id: str
    site: str
    name: str
    state: State
    from_: Time
    until: Time
    created_at: Time
    changed_by: str
    programs: list[Program]


class CampaignList(msgspec.Struct):
    data: list[CampaignTold]
    next_cursor: str | None


# --- pulls -------------------------------------------------------------------------------------------------------------------


class PullIn(msgspec.Struct, forbid_unknown_fields=True):
    """`idempotency_key`: the same key gives the same pull, however often it is asked for. `push`: tell the webhooks `list.pulled`, with the rows."""

    idempotency_key: Annotated[str, Meta(max_length=200)] = ""
    push: bool = False


class Pull(msgspec.Struct):
    """`found` in the list, of them `suppressed` with a reason; of the others `handed_out`, and `held_out` for comparison. The rest was not in the
    sample, or is a second row of one person."""

    pull_id: str
    program_id: str
    campaign_id: str
    list_id: str
    list_version: int
    pulled_at: Time
    by: str
    found: int
    suppressed: int
    handed_out: int
    held_out: int


class PullList(msgspec.Struct):
    data: list[Pull]
    next_cursor: str | None


class PullRow(msgspec.Struct):
    """`member` as the list told it when the pull was made."""

    row: int
    cell: str
    response_code: str
    member: Member


class PullRows(msgspec.Struct):
    """`pull` is the pull these rows are of."""

    pull: Pull
    data: list[PullRow]
    next_cursor: str | None


class FrozenRow(msgspec.Struct):
    """A PullRow on its way out: `member` are the very bytes that were stored."""

    row: int
    cell: str
    response_code: str
    member: msgspec.Raw


class FrozenRows(msgspec.Struct):
    pull: Pull
    data: list[FrozenRow]
    next_cursor: str | None


class Retraction(msgspec.Struct):
    """A cart that was handed out as abandoned, and was not, as is known since `at`: it had been `bought`, or `touched` again, or is part of another
    cart now (`gone`)."""

    row: int
    cart_id: str
    customer_id: str | None
    visitor_ids: list[str]
    at: Time
    why: Literal["bought", "touched", "gone"]


class Retractions(msgspec.Struct):
    pull_id: str
    data: list[Retraction]
    next_cursor: str | None


# --- responses ---------------------------------------------------------------------------------------------------------------


class ResponseIn(msgspec.Struct):
    """Somebody answered with a code: on the phone, with a voucher, by a reply card. Names the `customer_id` or the `visitor_id`."""

    response_code: str
    at: str
    customer_id: str | int | None = None
    visitor_id: str | None = None


# --- the report --------------------------------------------------------------------------------------------------------------


class Rate(msgspec.Struct):
    """`rate` null where the cell has nobody."""

    people: int
    rate: float | None


class Value(msgspec.Struct):
    """What the cell ordered in one currency; `per_person` of everybody in the cell, not only of those who ordered."""

    currency: str
    orders_of: Annotated[int, Meta(description="How many people ordered in this currency")]
    value: Decimal
    per_person: Decimal


class Uplift(msgspec.Struct):
    """The cell less the hold-out: of people a share (0.02 = 2 of 100 more), of value an amount per person. `low` to `high` holds the true difference
    in 95 of 100 cases. `needed`: so many more people, where it is too early and that can be reckoned."""

    difference: float
    low: float | None
    high: float | None
    verdict: Verdict
    needed: int | None


class ValueUplift(Uplift):
    currency: str


class AgainstHoldOut(msgspec.Struct):
    returned: Uplift
    ordered: Uplift
    value: list[ValueUplift]


class CellReport(msgspec.Struct):
    """`people` are all who were ever put into the cell, whatever became of them; `contacted` those of them who were handed out. `responded`: of them,
    those from whom the cell's code came back; `responses_of_others`: the code came from somebody who is not among them. `against_hold_out` is null
    of the hold-out itself, and where there is none."""

    cell: str
    hold_out: bool
    response_code: str | None
    people: int
    still_open: Annotated[int, Meta(description="Of them, whose `measure_days` are not over yet")]
    contacted: int
    returned: Rate
    responded: Rate
    responses_of_others: int
    ordered: Rate
    value: list[Value]
    against_hold_out: AgainstHoldOut | None
    sentence: str


class Report(msgspec.Struct):
    """Everything that happened to a program's people within `measure_days` after they were first picked."""

    program_id: str
    campaign_id: str
    name: str
    measure_days: int
    confidence: float
    cells: list[CellReport]
