"""The report of a program or a rule as a page shows it: a row per cell, its uplift drawn as an interval on one scale for all cells.

in   the cells of a Report (profiles/campaigns), or of a RuleReport (profiles/rules)
out  CellShown; figures as text, places on the scale as numbers from 0 to 100
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from profiles.campaigns.answers import CellReport, Rate, Uplift
from profiles.rules.answers import RuleCellReport
from profiles.views.words import clean, count, money, sums

LEAST = 0.01  # the scale shows at least a person of a hundred to either side


@dataclass(frozen=True, slots=True)
class Drawn:
    """Where on the scale the interval begins, how long it is, where the figure and where nothing lies."""

    low: float
    width: float
    middle: float
    zero: float
    words: str


@dataclass(frozen=True, slots=True)
class CellShown:
    """`done`: of a rule, how often; '' of a program."""

    name: str
    code: str
    hold_out: bool
    people: str
    people_why: str
    returned: str
    responded: str
    responded_why: str
    ordered: str
    value: str
    value_why: str
    drawn: Drawn | None
    is_certain: bool
    sentence: str
    done: str


def shown_cells(cells: Sequence[CellReport]) -> list[CellShown]:
    reach = scale([cell.against_hold_out.ordered for cell in cells if cell.against_hold_out])
    return [cell_shown(cell, reach) for cell in cells]


def scale(found: Sequence[Uplift]) -> float:
    """How far the scale goes to either side of nothing: as far as the longest interval."""
    return max([LEAST, *(abs(limit) for each in found for limit in (each.low, each.high) if limit is not None)])


def cell_shown(cell: CellReport, reach: float) -> CellShown:
    against = cell.against_hold_out.ordered if cell.against_hold_out else None
    is_nobody = not cell.people
    return CellShown(
        name=clean(cell.cell, 100), code=clean(cell.response_code or "", 40), hold_out=cell.hold_out, people=f"{cell.people:,}",
        people_why=people_why(cell), returned=share(cell.returned), responded="" if cell.hold_out else share(cell.responded),
        responded_why=f"and {count(cell.responses_of_others, 'other person', 'other people')}" if cell.responses_of_others else "",
        ordered=share(cell.ordered), value=sums((each.value, each.currency) for each in cell.value), value_why=value_why(cell),
        drawn=None if is_nobody or against is None else drawn(against, reach), is_certain=bool(against and against.verdict != "too_early"),
        sentence=cell.sentence, done=f"{cell.fired:,}" if isinstance(cell, RuleCellReport) else "",
    )  # fmt: skip


def people_why(cell: CellReport) -> str:
    if cell.hold_out or not cell.people:
        return "not contacted" if cell.people else ""
    return f"{cell.still_open:,} may still order" if cell.still_open else "all their days are over"


def value_why(cell: CellReport) -> str:
    each = [money(value.per_person, value.currency) for value in cell.value if value.value]
    return f"{' and '.join(each)} per person" if each else ""


def share(found: Rate) -> str:
    """12 (3.4 %)"""
    return f"{found.people:,} ({found.rate * 100:.1f} %)" if found.people and found.rate is not None else "none"


def drawn(found: Uplift, reach: float) -> Drawn | None:
    if found.low is None or found.high is None:
        return None
    low, middle, high = (place(each, reach) for each in (found.low, found.difference, found.high))
    return Drawn(low, round(max(0.5, high - low), 2), middle, place(0, reach), interval(found))


def place(difference: float, reach: float) -> float:
    return round(50 + 48 * difference / reach, 2)


def interval(found: Uplift) -> str:
    """+3.1 of 100 people; between -0.4 and +6.6"""
    at = [signed(each or 0) for each in (found.difference, found.low, found.high)]
    return f"{at[0]} of 100 people; between {at[1]} and {at[2]}"


def signed(share: float) -> str:
    figure = f"{share * 100:+.1f}"
    return "0" if float(figure) == 0 else figure.replace("-", "−")
