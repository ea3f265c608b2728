"""A campaign on a real server, where several processes of the profiles may make the same pull at a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from profiles.campaigns import handing, keeping, pulls, report
from profiles.campaigns.model import CampaignIn, CellIn, ProgramIn
from profiles.erasing import Eraser
from profiles.lists import members, saved
from tests.faults.far import Far
from tests.profiles.lists.world import cart, wanted
from tests.profiles.samples import NOW_MS, FixedClock, ago, put
from tracker.sites import Site

SITE = Site(name="shop", site_key="pk_shop", origins=("https://shop.example",))


def test_two_processes_that_make_the_same_pull_make_one_and_an_erased_person_leaves_it(far: Far, tmp_path: Path) -> None:
    store = far.store
    put(store, "carts", [cart(SITE, f"k-{n}", ago(300 + n), customer_id=f"c-{n}", visitor_ids=[f"v-{n}"], marketing=True) for n in range(20)])
    found = saved.save(store, SITE, replace(wanted("cart", ("state", "is", "abandoned")), name="Left behind"), "test", NOW_MS)
    cells = [CellIn("letter", 60), CellIn("nobody", 40, hold_out=True)]
    given = CampaignIn("Autumn", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "running", [ProgramIn("First", found.list_id, cells, salt="s")])
    campaign = keeping.make(store, SITE, given, "test", NOW_MS)
    (program,) = campaign.programs
    order = pulls.Order(campaign.campaign_id, program, found.version, "k", "test", NOW_MS)
    pull_id = pulls.id_of(SITE, program.program_id, "k")
    # past the lock that keeps two threads of one process apart
    first, second = (pulls.freeze(store, SITE, order, pull_id, members(store, SITE, found, NOW_MS)) for _ in range(2))
    assert first == second
    assert len(pulls.of_programs(store, SITE, [program.program_id])) == 1
    handed = pulls.rows(store, SITE, first, 0, 100)
    assert (len(handed), first["handed_out"] + first["held_out"]) == (first["handed_out"], 20)
    assert len(b"".join(handing.csv_lines(store, SITE, first)).splitlines()) == first["handed_out"] + 1
    told = {cell.cell: cell for cell in report.report(store, SITE, campaign, program, NOW_MS + 1).cells}
    assert (told["letter"].people, told["nobody"].people) == (first["handed_out"], first["held_out"])
    assert handing.retractions(store, SITE, first).data == []
    gone = handing.kept(handed[0]["doc"]).customer_id or ""
    Eraser(store, FixedClock(), tmp_path).erase(SITE, customer_id=gone, asked_by="test")
    assert [row["row"] for row in pulls.rows(store, SITE, first, 0, 100)] == [row["row"] for row in handed[1:]]
