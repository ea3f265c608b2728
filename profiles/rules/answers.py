"""What the API says about rules, as types."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from profiles.answers import ReasonCount, Time
from profiles.campaigns.answers import CellReport
from profiles.rules.model import RuleActionIn, RuleIn, RuleOnceIn


class RuleCell(msgspec.Struct):
    """`fired`: how often something was done in this cell."""

    name: str
    share: int
    response_code: str
    fired: int


class RuleTold(msgspec.Struct):
    """What happened before `since` does not count. `held_out` and `suppressed` were met, and nothing was done."""

    rule_id: str
    site: str
    version: int
    name: str
    subject: Literal["cart", "session", "customer"]
    conditions: Any
    sentence: str
    action: RuleActionIn
    once: RuleOnceIn
    cells: list[RuleCell]
    hold_out: int
    enabled: bool
    since: Time
    changed_at: Time
    changed_by: str
    held_out: int
    suppressed: list[ReasonCount]
    last_fired_at: Time | None


class RuleList(msgspec.Struct):
    data: list[RuleTold]
    next_cursor: str | None


class RuleMatch(msgspec.Struct):
    """Whom a rule met, and when; `cell` null = held out. With `suppressed`, or held out, nothing was done."""

    match_id: str
    at: Time
    found_at: Time
    subject: Literal["cart", "session", "customer"]
    subject_id: str
    customer_id: str | None
    visitor_ids: list[str]
    cell: str | None
    response_code: str | None
    suppressed: list[str]
    done: bool
    why: list[str]


class RuleMatchList(msgspec.Struct):
    data: list[RuleMatch]
    next_cursor: str | None


class RuleCellReport(CellReport):
    """As of a program's cell; its people are all whom the rule met and who may be addressed. `fired`: how often something was done, and of the
    hold-out how often it would have been."""

    fired: int


class RuleReport(msgspec.Struct):
    """Everything that happened to the people a rule met within `measure_days` after it met them first."""

    rule_id: str
    name: str
    measure_days: int
    confidence: float
    cells: list[RuleCellReport]


class DryRunIn(RuleIn, kw_only=True):
    """A rule that need not be saved. `rule_id` of a saved one divides people as that one does."""

    rule_id: str = ""


class DryMatch(msgspec.Struct):
    """Whom the rule would have met, and when; `cell` null = held out."""

    subject_id: str
    at: Time
    customer_id: str | None
    visitor_ids: list[str]
    cell: str | None
    suppressed: list[str]
    why: list[str]


class DryRun(msgspec.Struct, rename={"from_at": "from", "to_at": "to"}):
    """How often a rule would have fired in the week up to now; nothing was written."""

    sentence: str
    from_at: Time
    to_at: Time
    looked_at: Annotated[int, Meta(description="Profiles")]
    complete: Annotated[bool, Meta(description="false: there were more than are looked at, and the latest of them were")]
    fired: int
    held_out: int
    suppressed: list[ReasonCount]
    cells: list[RuleCell]
    examples: list[DryMatch]
    caveat: Annotated[str, Meta(description="What a look back cannot see")]
