"""The report of a program: each cell against the hold-out, by intention to treat.

in   report.sql, for a program or a rule
out  Report: counts, values by currency, uplifts with their intervals, a sentence per cell
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from profiles.campaigns import uplift
from profiles.campaigns.answers import AgainstHoldOut, CellReport, Rate, Report, Uplift, Value, ValueUplift
from profiles.campaigns.keeping import Campaign
from profiles.campaigns.model import Cell, Program
from profiles.campaigns.uplift import Amounts, Difference, Share
from tracker.sites import Site
from tracker.store import Row, Store, load

DAY_MS = 86_400_000
CENT = Decimal("0.01")
FAR = 10
NOBODY: Row = {
    "people": 0, "still_open": 0, "contacted": 0, "returned": 0, "responded": 0, "responses_of_others": 0, "ordered": 0,
    "currencies": [], "payers": [], "totals": [], "squares": [],
}  # fmt: skip


def report(store: Store, site: Site, campaign: Campaign, program: Program, now_ms: int) -> Report:
    cells = of_cells(store, site, program.program_id, program.cells, program.measure_days, now_ms)
    return Report(program.program_id, campaign.campaign_id, program.name, program.measure_days, uplift.CONFIDENCE, cells)


def of_cells(store: Store, site: Site, test_id: str, cells: Sequence[Cell], measure_days: int, now_ms: int) -> list[CellReport]:
    """`test_id`: the program or the rule that divides people into these cells."""
    codes = {cell.name: cell.response_code for cell in cells if cell.response_code}
    rows = store.rows(
        load("profiles.campaigns", "report"), site=site.name, test_id=test_id, now_ms=now_ms, measure_ms=measure_days * DAY_MS,
        cells=list(codes), codes=list(codes.values()),
    )  # fmt: skip
    by_cell = {row["cell"]: row for row in rows}
    held = next((by_cell.get(cell.name, NOBODY) for cell in cells if cell.hold_out), None)
    return [told(cell, by_cell.get(cell.name, NOBODY), None if cell.hold_out else held) for cell in cells]


def told(cell: Cell, row: Row, held: Row | None) -> CellReport:
    against = None if held is None else compared(row, held)
    return CellReport(
        cell.name, cell.hold_out, cell.response_code, row["people"], row["still_open"], row["contacted"], rate(row, "returned"),
        rate(row, "responded"), row["responses_of_others"], rate(row, "ordered"), values(row), against, sentence(cell, row, held, against),
    )  # fmt: skip


def rate(row: Row, name: str) -> Rate:
    return Rate(row[name], round(row[name] / row["people"], 6) if row["people"] else None)


def values(row: Row) -> list[Value]:
    def value(currency: str, payers: int, total: float) -> Value:
        return Value(currency, payers, money(total), money(total / row["people"]))

    return [value(*each) for each in zip(row["currencies"], row["payers"], row["totals"], strict=True)]


def money(amount: float) -> Decimal:
    return Decimal(amount).quantize(CENT)


# --- against the hold-out ----------------------------------------------------------------------------------------------------


def compared(row: Row, held: Row) -> AgainstHoldOut:
    returned, ordered = (uplift.of_shares(share(row, name), share(held, name)) for name in ("returned", "ordered"))
    currencies = sorted({*row["currencies"], *held["currencies"]})
    return AgainstHoldOut(Uplift(*plain(returned)), Uplift(*plain(ordered)), [worth(row, held, currency) for currency in currencies])


def share(row: Row, name: str) -> Share:
    return Share(row[name], row["people"])


def worth(row: Row, held: Row, currency: str) -> ValueUplift:
    found = uplift.of_means(amounts(row, currency), amounts(held, currency))
    return ValueUplift(*plain(found), currency=currency)


def amounts(row: Row, currency: str) -> Amounts:
    if currency not in row["currencies"]:
        return Amounts(row["people"], 0, 0, 0)
    at = row["currencies"].index(currency)
    return Amounts(row["people"], row["payers"][at], row["totals"][at], row["squares"][at])


def plain(found: Difference) -> tuple[float, float | None, float | None, uplift.Verdict, int | None]:
    low, high = (None if limit is None else round(limit, 6) for limit in (found.low, found.high))
    return round(found.difference, 6), low, high, found.verdict, found.needed


# --- in words ----------------------------------------------------------------------------------------------------------------


def sentence(cell: Cell, row: Row, held: Row | None, against: AgainstHoldOut | None) -> str:
    """What can be said of it, and what cannot yet."""
    if not row["people"]:
        return "Nobody has been picked yet."
    if cell.hold_out:
        return "Not contacted, for comparison."
    if held is None or against is None:
        return "There is no hold-out, so nobody can tell what would have been ordered anyway."
    if not held["people"]:
        return "Nobody is in the hold-out yet, so there is nothing to compare with."
    return ordered_sentence(against.ordered, row["still_open"], row["people"] + held["people"])


def ordered_sentence(found: Uplift, still_open: int, people: int) -> str:
    if found.verdict == "too_early":
        return f"Too early to tell whether it brings orders{needed_words(found.needed, people)}."
    low, high = sorted(abs(limit or 0) * 100 for limit in (found.low, found.high))
    words = f"{points(low)} to {points(high)} {found.verdict} of 100 ordered than without it"
    return f"{words}; {still_open:,} may still order." if still_open else f"{words}."


def needed_words(needed: int | None, people: int) -> str:
    """A difference that would take many times these people is none that anybody can wait for."""
    if needed is None:
        return ""
    if needed > FAR * people:
        return f": if there is a difference, it is too small to be seen among {people:,} people"
    return f": at this rate about {needed:,} more people are needed"


def points(share: float) -> str:
    return f"{share:.1f}"
