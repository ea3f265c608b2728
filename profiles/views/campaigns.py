"""The campaigns of a site, and a new one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from profiles.campaigns import keeping, model, pulls
from profiles.campaigns.keeping import Campaign
from profiles.problems import Problem
from profiles.views.changing import may_change, who_changes
from profiles.views.guard import Call
from profiles.views.render import render, segment, shown
from profiles.views.words import count, day_start_ms, listed, local, next_day_ms
from tracker.clock import iso

MONTH = timedelta(days=30)
STANDINGS = {"draft": "draft", "running": "running", "ended": "ended", "waiting": "begins later", "over": "is over"}


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A row of the list. `kind` is the look of its standing."""

    campaign_id: str
    name: str
    standing: str
    kind: str
    days: str
    programs: str
    handed: str


@dataclass(frozen=True, slots=True)
class CampaignsContext:
    answer: str = field(metadata=shown("how many campaigns there are and how many run, as a sentence"))
    campaigns: list[CampaignLine] = field(metadata=shown("all campaigns, the newest first"))
    may_change: bool = field(metadata=shown("whether this log-in may make campaigns"))
    from_day: str = field(metadata=shown("the first day of a new campaign, as proposed"))
    until_day: str = field(metadata=shown("the last day of a new campaign, as proposed"))


def campaigns(call: Call) -> Response:
    found = keeping.all_of(call.deps.store, call.shop)
    handed: dict[str, int] = {}
    for pull in pulls.of_programs(call.deps.store, call.shop, [program.program_id for each in found for program in each.programs]):
        handed[pull["campaign_id"]] = handed.get(pull["campaign_id"], 0) + pull["handed_out"]
    today = local(call.now_ms, call.shop.timezone).date()
    context = CampaignsContext(
        answer=answer(found, call.now_ms), campaigns=[line(call, each, handed.get(each.campaign_id, 0)) for each in found],
        may_change=may_change(call), from_day=today.isoformat(), until_day=(today + MONTH).isoformat(),
    )  # fmt: skip
    return render(call, "campaigns.html", context)


def answer(found: list[Campaign], now_ms: int) -> str:
    if not found:
        return "No campaign yet"
    running = sum(campaign.is_on(now_ms) for campaign in found)
    return f"{count(len(found), 'campaign')}, {running or 'none'} running now"


def line(call: Call, campaign: Campaign, handed: int) -> CampaignLine:
    said = standing(campaign, call.now_ms)
    names = listed([program.name for program in campaign.programs], 3)
    kind = "on" if said == "running" else ""
    return CampaignLine(campaign.campaign_id, campaign.name, STANDINGS[said], kind, days(call, campaign), names, f"{handed:,}" if handed else "")


def standing(campaign: Campaign, now_ms: int) -> str:
    """draft, ended; of one that was started: waiting, running, over."""
    if campaign.state != "running" or campaign.is_on(now_ms):
        return campaign.state
    return "waiting" if now_ms < campaign.from_ms else "over"


def days(call: Call, campaign: Campaign) -> str:
    first, last = (local(at_ms, call.shop.timezone).date() for at_ms in (campaign.from_ms, campaign.until_ms - 1))
    said_first = f"{first.day} {first:%B}" if first.year == last.year else f"{first.day} {first:%B %Y}"
    said_last = f"{last.day} {last:%B %Y}"
    return said_last if first == last else f"{said_first} to {said_last}"


# --- changing ----------------------------------------------------------------------------------------------------------------


def make(call: Call) -> Response:
    by = who_changes(call)
    try:
        given = model.CampaignIn(call.form.get("name", ""), *span(call))
        model.check(given)
        made = keeping.make(call.deps.store, call.shop, given, by, call.now_ms)
    except Problem as problem:
        raise said(problem) from None
    return RedirectResponse(f"/campaigns/{segment(made.campaign_id)}", status_code=303)


def span(call: Call) -> tuple[str, str]:
    """Both days are in it, in the site's time zone."""
    try:
        first, last = (date.fromisoformat(call.form.get(name, "")) for name in ("from", "until"))
        return iso(day_start_ms(first, call.shop.timezone)), iso(next_day_ms(last, call.shop.timezone))
    except (ValueError, OverflowError):
        raise HTTPException(400, "A campaign needs a first and a last day; choose both, please.") from None


def said(problem: Problem) -> HTTPException:
    return HTTPException(problem.status, problem.message)
