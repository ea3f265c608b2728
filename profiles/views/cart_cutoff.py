"""When is a cart abandoned? How long this shop's buyers let their carts lie, and what each cut-off would have meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from starlette.responses import Response

from profiles.campaigns.uplift import Share, wilson
from profiles.views import ask
from profiles.views.guard import Call
from profiles.views.render import render, shown
from profiles.views.words import NBSP, count, duration
from tracker.store import Row

DAYS = 90
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
CHOICES_MS = (10 * MINUTE_MS, 20 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS, 8 * HOUR_MS, 12 * HOUR_MS, DAY_MS)
LONGER_MS = (3 * DAY_MS, 7 * DAY_MS)
CARTS_MIN = 30  # below that a share says little


@dataclass(frozen=True, slots=True)
class GapRow:
    """Carts that were bought after lying untouched so long at most, and no shorter than the row before says. `width` of 100."""

    label: str
    carts: str
    percent: str
    width: float
    is_waited: bool


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    label: str
    carts: int
    alone: int
    percent: str
    width: float
    why: str
    is_now: bool


@dataclass(frozen=True, slots=True)
class CutoffContext:
    answer: str = field(metadata=shown("what becomes of carts after the present cut-off, as a sentence"))
    lead: str = field(metadata=shown("of how many carts this is told, as a sentence"))
    cutoff: str = field(metadata=shown("the present cut-off"))
    carts: int = field(metadata=shown("how many carts there are to tell of"))
    is_little: bool = field(metadata=shown("whether these are too few to choose by"))
    gaps: list[GapRow] = field(metadata=shown("how long the bought ones lay untouched at the longest"))
    bought: int = field(metadata=shown("how many carts were bought without a message"))
    choices: list[ChoiceRow] = field(metadata=shown("what each cut-off would have meant"))
    waiting: str = field(metadata=shown("that some carts beyond the present cut-off lie still, as a sentence; '' = none do"))
    days: int = field(metadata=shown("how far back is looked"))


def cart_cutoff(call: Call) -> Response:
    now_ms = call.shop.cart_cutoff_s * 1000
    found = {row["cutoff_ms"]: row for row in asked(call, sorted({0, now_ms, *CHOICES_MS, *LONGER_MS}))}
    here = found.get(now_ms, {"carts": 0, "alone": 0, "waiting": 0})
    everything = found.get(0, {"carts": 0, "alone": 0})
    context = CutoffContext(
        answer=answer(here, now_ms),
        lead=f"Of {count(everything['carts'], 'cart')} opened in the last {DAYS} days, as far as their history was kept, without those of robots.",
        cutoff=duration(now_ms),
        carts=everything["carts"],
        is_little=here["carts"] < CARTS_MIN,
        gaps=gaps(list(found.values()), now_ms),
        bought=everything["alone"],
        choices=[choice(found[cutoff_ms], is_now=cutoff_ms == now_ms) for cutoff_ms in sorted({now_ms, *CHOICES_MS}) if cutoff_ms in found],
        waiting=waiting(here["waiting"], now_ms),
        days=DAYS,
    )
    return render(call, "cart_cutoff.html", context)


def asked(call: Call, cutoffs_ms: Sequence[int]) -> list[Row]:
    return ask.rows(call, "page_cart_cutoffs", from_ms=call.now_ms - DAYS * DAY_MS, now_ms=call.now_ms, cutoffs_ms=list(cutoffs_ms))


def answer(here: Row, now_ms: int) -> str:
    lay = f"lay untouched for {duration(now_ms)}"
    if not here["carts"]:
        return f"No cart {lay} yet"
    return f"{percent(here['alone'], here['carts'])} of the carts that {lay} were bought later without any message"


def waiting(carts: int, now_ms: int) -> str:
    verb = "lies" if carts == 1 else "lie"
    return f"{count(carts, 'cart')} beyond {duration(now_ms)} {verb} still and may be bought yet: the shares can only grow." if carts else ""


def gaps(found: list[Row], now_ms: int) -> list[GapRow]:
    """From one length to the next; carts of the longer ones are among those of the shorter."""
    bought = found[0]["alone"] if found else 0
    last = {"cutoff_ms": 0, "alone": 0}
    steps = [(row, after, row["alone"] - after["alone"]) for row, after in pairwise([*found, last])]
    most = max((carts for _, _, carts in steps), default=0)
    return [
        GapRow(
            label(row["cutoff_ms"], after["cutoff_ms"]), count(carts, "cart"), percent(carts, bought), width(carts, most), row["cutoff_ms"] >= now_ms
        )
        for row, after, carts in steps
    ]


def label(from_ms: int, to_ms: int) -> str:
    if not from_ms:
        return f"less than {duration(to_ms)}"
    return f"{duration(from_ms)} to {duration(to_ms)}" if to_ms else f"{duration(from_ms)} or longer"


def choice(row: Row, *, is_now: bool) -> ChoiceRow:
    carts, alone = row["carts"], row["alone"]
    return ChoiceRow(duration(row["cutoff_ms"]), carts, alone, percent(alone, carts), width(alone, carts), choice_why(row), is_now)


def choice_why(row: Row) -> str:
    """How sure the share is, and what became of the others."""
    if not row["carts"]:
        return ""
    low, high = wilson(Share(row["alone"], row["carts"]))
    said = [f"most likely {100 * low:.0f} to {100 * high:.0f}{NBSP}%"]
    said += [f"{row['by_message']:,} bought after a message"] if row["by_message"] else []
    said += [f"{count(row['waiting'], 'lies', 'lie')} still"] if row["waiting"] else []
    return " · ".join(said)


def width(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}{NBSP}%" if whole else "–"
