"""One campaign: its programs and cells, what was pulled, what it brought; and what a person does with it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response, StreamingResponse

from profiles.campaigns import handing, keeping, model, pulling, pulls, report
from profiles.campaigns.keeping import Campaign
from profiles.campaigns.model import CampaignIn, CellIn, Program, ProgramIn, Sample
from profiles.lists import Definition, saved
from profiles.problems import Problem
from profiles.views.campaign_cells import CellShown, shown_cells
from profiles.views.campaigns import STANDINGS, days, said, standing
from profiles.views.changing import may_change, who_changes
from profiles.views.guard import Call
from profiles.views.render import render, segment, shown
from profiles.views.words import clean, count, listed
from tracker.clock import iso
from tracker.store import Row

HOLD_OUTS = tuple((str(share), f"{share} of 100 people") for share in (10, 5, 20, 33, 50))
NO_HOLD_OUT = ("0", "nobody")
KEEPS = (("newest", "the newest"), ("most_valuable", "the most valuable"))
CELLS = 3
HOLD_OUT_NAME = "hold-out"
TAKEN_MAX = 10


@dataclass(frozen=True, slots=True)
class PullShown:
    pull_id: str
    pulled_ms: int
    found: str
    handed: str
    left_out: str
    csv_href: str
    taken_back: list[str]  # carts, of the newest pull only: the one about to be sent
    taken_words: str


@dataclass(frozen=True, slots=True)
class ProgramShown:
    """`key` makes two clicks on Pull one pull."""

    program_id: str
    name: str
    list_id: str
    list_name: str
    rules: str
    cells: list[CellShown]
    pulls: list[PullShown]
    key: str


@dataclass(frozen=True, slots=True)
class CampaignContext:
    campaign_id: str = field(metadata=shown("the campaign's id"))
    name: str = field(metadata=shown("its name"))
    standing: str = field(metadata=shown("draft, running, begins later, is over or ended"))
    days: str = field(metadata=shown("its first and last day, in words"))
    lead: str = field(metadata=shown("what can be done next, as a sentence"))
    programs: list[ProgramShown] = field(metadata=shown("its programs, with cells, report and pulls"))
    lists: list[tuple[str, str]] = field(metadata=shown("lists a program may take: id and name"))
    hold_outs: tuple[tuple[str, str], ...] = field(metadata=shown("choices of how many are held out"))
    keeps: tuple[tuple[str, str], ...] = field(metadata=shown("choices of which of a person's carts is kept"))
    next_state: str = field(metadata=shown("the state a button leads to: running, ended or ''"))
    is_on: bool = field(metadata=shown("whether something can be pulled now"))
    may_change: bool = field(metadata=shown("whether this log-in may change it and pull"))


def campaign(call: Call) -> Response:
    found = found_by(call)
    names = {each.list_id: each for each in saved.lists(call.deps.store, call.shop)}
    said_pulls = pulls.of_programs(call.deps.store, call.shop, [program.program_id for program in found.programs])
    context = CampaignContext(
        campaign_id=found.campaign_id, name=clean(found.name, 100), standing=STANDINGS[standing(found, call.now_ms)], days=days(call, found),
        lead=lead(found, call.now_ms), programs=[program(call, found, each, names, said_pulls) for each in found.programs],
        lists=[(each.list_id, clean(each.name, 80)) for each in names.values()], hold_outs=(*HOLD_OUTS, NO_HOLD_OUT), keeps=KEEPS,
        next_state={"draft": "running", "running": "ended"}.get(found.state, "") if found.programs else "", is_on=found.is_on(call.now_ms),
        may_change=may_change(call),
    )  # fmt: skip
    return render(call, "campaign.html", context)


def found_by(call: Call) -> Campaign:
    try:
        return keeping.one(call.deps.store, call.shop, call.request.path_params["campaign_id"])
    except Problem:
        raise HTTPException(404, "This campaign does not exist, or it belongs to another site.") from None


def lead(found: Campaign, now_ms: int) -> str:
    if not found.programs:
        return "Add a program: whom it is for, and how they are divided."
    return {
        "draft": "Nothing is sent and nothing can be pulled before it is started.",
        "waiting": "It is started; lists can be pulled from its first day on.",
        "running": "Pull a list when you are about to send: whoever has bought meanwhile is not in it.",
        "over": "Its last day is over; nothing more can be pulled.",
        "ended": "It has ended; nothing more can be pulled. Late orders still mend the figures.",
    }[standing(found, now_ms)]


def program(call: Call, found: Campaign, each: Program, names: Mapping[str, Definition], said_pulls: list[Row]) -> ProgramShown:
    told = report.report(call.deps.store, call.shop, found, each, call.now_ms)
    name = clean(names[each.list_id].name, 80) if each.list_id in names else "a list that was removed"
    its_pulls = [row for row in said_pulls if row["program_id"] == each.program_id]
    taken = [row.cart_id for row in handing.retractions(call.deps.store, call.shop, its_pulls[0]).data] if its_pulls else []
    made = [pull_shown(found, row, [] if number else taken) for number, row in enumerate(its_pulls)]
    return ProgramShown(each.program_id, clean(each.name, 100), each.list_id, name, rules(each), shown_cells(told.cells), made, secrets.token_hex(8))


def rules(each: Program) -> str:
    """500 people at most, one row per person (the newest). What happens within 30 days of the first pull counts."""
    people, percent = each.sample.people, each.sample.percent
    size = f"{people:,} people at most" if people else f"{percent:g} of 100 people" if percent else "Everybody on the list"
    span = count(each.measure_days, "day")
    return f"{size}, one row per person ({dict(KEEPS)[each.keep]}). What happens within {span} of the first pull counts."


def pull_shown(found: Campaign, row: Row, taken: list[str]) -> PullShown:
    left = [count(row["suppressed"], "row") + " suppressed" if row["suppressed"] else "", f"{row['held_out']:,} held out" if row["held_out"] else ""]
    href = f"/campaigns/{segment(found.campaign_id)}/pulls/{segment(row['program_id'])}/{segment(row['pull_id'])}.csv"
    said_left = listed([each for each in left if each])
    words = f"{count(len(taken), 'cart')} of this pull, as a late order or log-in tells, should not be written to" if taken else ""
    return PullShown(row["pull_id"], row["pulled_ms"], f"{row['found']:,}", f"{row['handed_out']:,}", said_left, href, taken[:TAKEN_MAX], words)


# --- what a person does ----------------------------------------------------------------------------------------------


def add_program(call: Call) -> Response:
    by, found = who_changes(call), found_by(call)
    return changed(call, found, by, [*map(sent_back, found.programs), program_in(call.form)])


def set_state(call: Call) -> Response:
    by, found = who_changes(call), found_by(call)
    state = next((state for state in model.STATES if state == call.form.get("state")), None)
    if state is None:
        raise HTTPException(400, "A campaign is a draft, running or ended; choose one of them, please.")
    return changed(call, found, by, [*map(sent_back, found.programs)], state)


def changed(call: Call, found: Campaign, by: str, programs: list[ProgramIn], state: model.State | None = None) -> Response:
    try:
        given = CampaignIn(found.name, iso(found.from_ms), iso(found.until_ms), state or found.state, programs)
        model.check(given)
        keeping.change(call.deps.store, call.shop, found.campaign_id, given, by, call.now_ms)
    except Problem as problem:
        raise said(problem) from None
    return RedirectResponse(f"/campaigns/{segment(found.campaign_id)}", status_code=303)


def sent_back(each: Program) -> ProgramIn:
    cells = [CellIn(cell.name, cell.share, cell.hold_out, cell.response_code) for cell in each.cells]
    return ProgramIn(each.name, each.list_id, cells, each.program_id, each.sample, each.keep, each.measure_days, each.salt)


def program_in(form: Mapping[str, str]) -> ProgramIn:
    """The cells share equally what the hold-out leaves."""
    names = [" ".join(form.get(f"cell_{number}", "").split()) for number in range(1, CELLS + 1)]
    names = [name for name in names if name]
    held = form.get("hold_out", "")
    if held not in dict((*HOLD_OUTS, NO_HOLD_OUT)) or not names:
        raise HTTPException(400, "A program needs at least one cell with a name, and a share that is held out; choose both, please.")
    cells = [CellIn(name, 100 - int(held)) for name in names]
    cells += [CellIn(HOLD_OUT_NAME, int(held) * len(names), hold_out=True)] if held != "0" else []
    keep: model.Keep = "most_valuable" if form.get("keep") == "most_valuable" else "newest"
    return ProgramIn(form.get("name", ""), form.get("list_id", ""), cells, sample=sample(form.get("people", "")), keep=keep)


def sample(text: str) -> Sample | None:
    digits = text.replace(",", "").replace(".", "").replace(" ", "").strip()
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits[:12]) <= 100_000_000):
        raise HTTPException(400, f"“{clean(text, 20)}” is no number of people; leave it empty for everybody, please.")
    return Sample(people=int(digits))


def pull(call: Call) -> Response:
    by, found = who_changes(call), found_by(call)
    program_id = call.form.get("program_id", "")
    if program_id not in {each.program_id for each in found.programs}:
        raise HTTPException(404, "This campaign has no such program.")
    try:
        pulling.pull(call.deps.store, call.shop, program_id, call.form.get("key", "")[:100], by, call.now_ms)
    except Problem as problem:
        raise said(problem) from None
    return RedirectResponse(f"/campaigns/{segment(found.campaign_id)}#{segment(program_id)}", status_code=303)


def pull_csv(call: Call) -> Response:
    who_changes(call)
    path = call.request.path_params
    try:
        row = pulls.one(call.deps.store, call.shop, path["program_id"], path["pull_id"])
    except Problem:
        raise HTTPException(404, "This pull does not exist, or it belongs to another site.") from None
    headers = {"Content-Disposition": f'attachment; filename="{row["pull_id"]}.csv"'}
    return StreamingResponse(handing.csv_lines(call.deps.store, call.shop, row), media_type="text/csv; charset=utf-8", headers=headers)
