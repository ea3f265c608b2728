"""Campaigns as they are kept: read, made, changed. Every change is a new version; what was pulled from cannot be divided anew.

in   CampaignIn (model.py); table `campaigns`
out  Campaign
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

import msgspec

from profiles.campaigns import codes, model
from profiles.campaigns.model import CampaignIn, Cell, Program, ProgramIn, Sample, State, span_ms
from profiles.campaigns.pulls import pulled_programs
from profiles.lists import saved
from profiles.problems import Problem, not_found
from tracker.sites import Site
from tracker.store import Row, Store, load

read_programs = msgspec.json.Decoder(list[Program]).decode


@dataclass(frozen=True, slots=True)
class Campaign:
    campaign_id: str
    name: str
    state: State
    from_ms: int
    until_ms: int
    created_ms: int
    by: str
    programs: list[Program]

    def is_on(self, now_ms: int) -> bool:
        return self.state == "running" and self.from_ms <= now_ms < self.until_ms


# --- reading -----------------------------------------------------------------------------------------------------------------


def all_of(store: Store, site: Site) -> list[Campaign]:
    """The newest first."""
    return [campaign_of(row) for row in store.rows(load("profiles.campaigns", "campaigns"), site=site.name)]


def one(store: Store, site: Site, campaign_id: str) -> Campaign:
    found = next((campaign for campaign in all_of(store, site) if campaign.campaign_id == campaign_id), None)
    if found is None:
        raise not_found("campaign", campaign_id)
    return found


def program_of(store: Store, site: Site, program_id: str) -> tuple[Campaign, Program]:
    for campaign in all_of(store, site):
        for program in campaign.programs:
            if program.program_id == program_id:
                return campaign, program
    raise not_found("program", program_id)


def campaign_of(row: Row) -> Campaign:
    return Campaign(
        row["campaign_id"], row["name"], row["state"], row["from_ms"], row["until_ms"], row["created_ms"], row["by"], read_programs(row["programs"])
    )


# --- changing ----------------------------------------------------------------------------------------------------------------


def make(store: Store, site: Site, given: CampaignIn, by: str, now_ms: int) -> Campaign:
    return keep(store, site, new_id("ca"), given, [], now_ms, by, now_ms)


def change(store: Store, site: Site, campaign_id: str, given: CampaignIn, by: str, now_ms: int) -> Campaign:
    """Raises Problem 404, or 409 where a state goes back or people would come into other cells than they were pulled for."""
    old = one(store, site, campaign_id)
    if model.STATES.index(given.state) < model.STATES.index(old.state):
        raise Problem(409, "state_goes_back", f"The campaign is {old.state}; it cannot become {given.state} again. Make a new one")
    pulled = pulled_programs(store, site, [program.program_id for program in old.programs])
    stay = {program.program_id for program in given.programs}
    for program in old.programs:
        if program.program_id in pulled and program.program_id not in stay:
            raise Problem(409, "program_pulled", f"{program.name!r} was pulled: it cannot be removed. End the campaign instead")
    return keep(store, site, campaign_id, given, old.programs, old.created_ms, by, now_ms, pulled)


def keep(
    store: Store, site: Site, campaign_id: str, given: CampaignIn, old: list[Program], created_ms: int, by: str, now_ms: int,
    pulled: frozenset[str] = frozenset(),
) -> Campaign:  # fmt: skip
    before = {program.program_id: program for program in old}
    programs = [program_from(each, before) for each in given.programs]
    for list_id in {program.list_id for program in programs} - {program.list_id for program in old}:
        saved.one(store, site, list_id)
    for program in programs:
        if program.program_id in pulled and program.dividing != before[program.program_id].dividing:
            what = "its list, cells, shares, sample and salt stay as they are"
            raise Problem(409, "program_pulled", f"{program.name!r} was pulled: {what}. Make a new program instead")
    for program, told in zip(programs, given.programs, strict=True):
        give_codes(store, site, program, told, before.get(program.program_id), now_ms)
    campaign = Campaign(campaign_id, given.name, given.state, *span_ms(given), created_ms, by, programs)
    store.insert("campaigns", row_of(site, campaign))
    return campaign


def program_from(given: ProgramIn, before: dict[str, Program]) -> Program:
    """Without response codes yet."""
    if given.program_id and given.program_id not in before:
        raise model.invalid(f"`program_id` is {given.program_id[:40]!r}: this campaign has no such program. Leave it out for a new one")
    program_id = given.program_id or new_id("pr")
    salt = given.salt or (before[program_id].salt if program_id in before else secrets.token_hex(8))
    cells = [Cell(cell.name, cell.share, cell.hold_out, None) for cell in given.cells]
    return Program(program_id, given.name, given.list_id, cells, given.sample or Sample(), given.keep, given.measure_days, salt)


def give_codes(store: Store, site: Site, program: Program, given: ProgramIn, old: Program | None, now_ms: int) -> None:
    """A cell keeps its code as long as it keeps its name."""
    had = {cell.name: cell.response_code for cell in old.cells} if old else {}
    for cell, told in zip(program.cells, given.cells, strict=True):
        if not cell.hold_out:
            wanted = told.response_code or had.get(cell.name) or ""
            cell.response_code = codes.issue(store, site.name, "cell", program.program_id, cell.name, now_ms, wanted)


def row_of(site: Site, campaign: Campaign) -> bytes:
    return msgspec.json.encode({
        "site": site.name, "campaign_id": campaign.campaign_id, "name": campaign.name, "state": campaign.state, "from_at": campaign.from_ms / 1000,
        "until_at": campaign.until_ms / 1000, "created_at": campaign.created_ms / 1000, "by": campaign.by,
        "programs": msgspec.json.encode(campaign.programs).decode(), "version": time.time_ns() // 1000,
    })  # fmt: skip


def new_id(prefix: str) -> str:
    """ca_…, pr_…, pl_…"""
    return f"{prefix}_{secrets.token_hex(8)}"
