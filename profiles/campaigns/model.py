"""Campaign, program, cell: what a person may say of them, and what is kept (docs/lists.md).

in   JSON from the API or a form
out  CampaignIn and what is in it, checked; Program and Cell as they are kept in `campaigns`
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from profiles.campaigns.codes import own_code
from profiles.problems import Problem
from tracker.clock import ms_of_iso

State = Literal["draft", "running", "ended"]
Keep = Literal["newest", "most_valuable"]
STATES: tuple[State, ...] = ("draft", "running", "ended")
KEEPS: tuple[Keep, ...] = ("newest", "most_valuable")
NAME_MAX, PROGRAMS_MAX, CELLS_MAX, SHARES_MAX = 100, 50, 20, 1_000_000
Whole = Annotated[int, Meta(ge=0, le=SHARES_MAX)]


class Sample(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How many of the list take part at all: this many people, or this share of them. Neither = everybody."""

    people: Annotated[int, Meta(ge=1, le=100_000_000)] | None = None
    percent: Annotated[float, Meta(gt=0, le=100)] | None = None


class CellIn(msgspec.Struct, forbid_unknown_fields=True):
    """`share` is a part of the sum of all shares: 45, 45, 10. A `hold_out` is never handed out. `response_code`: your own; else one is made."""

    name: str
    share: Whole
    hold_out: bool = False
    response_code: str | None = None


class ProgramIn(msgspec.Struct, forbid_unknown_fields=True):
    """`program_id` names one that is there. Programs with the same `salt` divide people in the same way; without one each divides anew."""

    name: str
    list_id: str
    cells: list[CellIn]
    program_id: str | None = None
    sample: Sample | None = None
    keep: Keep = "newest"
    measure_days: Annotated[int, Meta(ge=1, le=90)] = 30
    salt: str | None = None


class CampaignIn(msgspec.Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """`until` is exclusive. Programs that are left out of a change are removed."""

    name: str
    from_: str
    until: str
    state: State = "draft"
    programs: list[ProgramIn] = []


class Cell(msgspec.Struct):
    """One part of a program's people. `response_code` is null of a hold-out: nobody is given one."""

    name: str
    share: int
    hold_out: bool
    response_code: str | None


class Program(msgspec.Struct):
    """`keep`: of several rows of one person the newest or the most valuable is taken. `measure_days`: how long after the contact something counts."""

    program_id: str
    name: str
    list_id: str
    cells: list[Cell]
    sample: Sample
    keep: Keep
    measure_days: int
    salt: str

    @property
    def hold_out(self) -> Cell | None:
        return next((cell for cell in self.cells if cell.hold_out), None)

    @property
    def dividing(self) -> bytes:
        """What says who takes part and who is in which cell; it stays once something was pulled."""
        cells = [(cell.name, cell.share, cell.hold_out) for cell in self.cells]
        return msgspec.json.encode((self.list_id, cells, self.sample, self.keep, self.salt))


# --- checking ----------------------------------------------------------------------------------------------------------------


def given(body: bytes) -> CampaignIn:
    """Raises Problem: what is wrong, where, and what would do."""
    try:
        campaign = msgspec.json.decode(body, type=CampaignIn)
    except msgspec.ValidationError as error:
        raise Problem(400, "field_invalid", f"{error}. A campaign has `name`, `from`, `until`, `state` and `programs`") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "not_json", "The body is not JSON in UTF-8") from None
    check(campaign)
    return campaign


def check(campaign: CampaignIn) -> None:
    campaign.name = named(campaign.name, "name")
    if span_ms(campaign)[0] >= span_ms(campaign)[1]:
        raise invalid(f"`until` is {campaign.until!r}, which is not after `from`")
    if len(campaign.programs) > PROGRAMS_MAX:
        raise invalid(f"`programs` are {len(campaign.programs)}; a campaign has at most {PROGRAMS_MAX}")
    for program in campaign.programs:
        check_program(program)
    if repeated := twice([program.program_id for program in campaign.programs if program.program_id]):
        raise invalid(f"`programs` names {repeated!r} twice")


def span_ms(campaign: CampaignIn) -> tuple[int, int]:
    return moment_ms(campaign.from_, "from"), moment_ms(campaign.until, "until")


def moment_ms(text: str, name: str) -> int:
    try:
        at_ms = ms_of_iso(text)
    except (ValueError, OverflowError):
        raise invalid(f"`{name}` is {text[:40]!r}; write it as in: 2026-11-22T08:30:00Z") from None
    if not 0 <= at_ms < 7_258_118_400_000:
        raise invalid(f"`{name}` is {text[:40]!r}; it should lie between 1970 and 2200")
    return at_ms


def check_program(program: ProgramIn) -> None:
    program.name = named(program.name, "program.name")
    if not 1 <= len(program.cells) <= CELLS_MAX:
        raise invalid(f"`cells` of {program.name!r} are {len(program.cells)}; give 1 to {CELLS_MAX}")
    for cell in program.cells:
        cell.name = named(cell.name, "cell.name")
        cell.response_code = None if cell.response_code is None or cell.hold_out else own_code(cell.response_code)
    if repeated := twice([cell.name for cell in program.cells]):
        raise invalid(f"`cells` of {program.name!r} names {repeated!r} twice")
    if sum(cell.hold_out for cell in program.cells) > 1:
        raise invalid(f"`cells` of {program.name!r} has more than one hold-out; one is compared with all others")
    if not any(cell.share for cell in program.cells if not cell.hold_out):
        raise invalid(f"`cells` of {program.name!r} has nobody to hand out; give a cell that is no hold-out a share above 0")
    if program.sample and program.sample.people and program.sample.percent:
        raise invalid(f"`sample` of {program.name!r} names `people` and `percent`; give one of them")
    if program.salt is not None:
        program.salt = named(program.salt, "program.salt")


def named(text: str, field: str) -> str:
    text = " ".join(text.split())
    if not 0 < len(text) <= NAME_MAX or not text.isprintable():
        raise invalid(f"`{field}` is {text[:40]!r}; give 1 to {NAME_MAX} characters")
    return text


def twice(texts: Sequence[str]) -> str:
    return next((text for index, text in enumerate(texts) if text in texts[:index]), "")


def invalid(message: str) -> Problem:
    return Problem(400, "field_invalid", message)
