"""Campaigns, programs and cells: what may be said, and what may no longer be changed."""

from __future__ import annotations

from typing import Any

import pytest

from profiles.campaigns.codes import ALPHABET
from tests.profiles.campaigns.world import UNTIL, a_list, abandoned_carts, campaign, made, pull
from tests.profiles.conftest import Api
from tests.profiles.samples import NOW_MS
from tracker.clock import ms_of_iso
from tracker.keys import KEY_ID_LENGTH


def put(api: Api, told: Any, **changes: Any) -> Any:
    """The campaign as it was told, sent back with changes."""
    sent = {name: told[name] for name in ("name", "from", "until", "state", "programs")} | changes
    return api.call("PUT", f"/v1/campaigns/{told['campaign_id']}", json=sent)


def test_a_campaign_is_told_as_it_was_made_with_ids_codes_and_a_salt(api: Api) -> None:
    told = made(api, campaign(api, sample={"percent": 20}))
    (program,) = told["programs"]
    assert (told["name"], told["state"], told["until"]) == ("Autumn", "running", "2026-12-24T00:00:00.000Z")
    assert (told["created_at"], told["changed_by"]) == ("2026-11-22T12:00:00.000Z", api.key[:KEY_ID_LENGTH])
    assert (program["keep"], program["measure_days"], program["sample"]) == ("newest", 30, {"percent": 20})
    code = program["cells"][0]["response_code"]
    assert len(code) == 6
    assert set(code) <= set(ALPHABET)
    assert program["salt"]
    assert api.get(f"/v1/campaigns/{told['campaign_id']}") == told
    assert api.get("/v1/campaigns")["data"] == [told]


def test_codes_are_unique_in_the_site_and_stay_with_their_cell(api: Api) -> None:
    list_id = a_list(api)
    cells = [{"name": f"cell {n}", "share": 1} for n in range(20)]
    told = [made(api, campaign(api, list_id, cells=cells, state="draft")) for _ in range(3)]
    codes = [cell["response_code"] for each in told for cell in each["programs"][0]["cells"]]
    assert len(set(codes)) == 60
    changed = put(api, told[0], programs=[told[0]["programs"][0] | {"name": "Second letter"}]).json()
    assert changed["programs"][0]["cells"] == told[0]["programs"][0]["cells"]
    assert changed["programs"][0]["name"] == "Second letter"


def test_a_code_of_ones_own_is_taken_once_and_in_capital_letters(api: Api) -> None:
    list_id = a_list(api)
    mine = [{"name": "mail", "share": 1, "response_code": " autumn-26 "}]
    told = made(api, campaign(api, list_id, cells=mine))
    assert told["programs"][0]["cells"][0]["response_code"] == "AUTUMN-26"
    again = api.call("POST", "/v1/campaigns", json=campaign(api, list_id, cells=mine))
    assert (again.status_code, again.json()["error"]["code"]) == (409, "response_code_taken")
    assert put(api, told).status_code == 200


BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "name"), ({"from": "soon"}, "from"), ({"until": "2026-08-01T00:00:00Z"}, "until"), ({"state": "over"}, "state"),
    ({"budget": 7}, "budget"), ({"programs": [{}]}, "name"),
]  # fmt: skip
BAD_PROGRAMS: list[tuple[dict[str, Any], str]] = [
    ({"cells": []}, "cells"), ({"cells": [{"name": "a", "share": 1}, {"name": "a", "share": 1}]}, "'a' twice"),
    ({"cells": [{"name": "a", "share": 0}, {"name": "b", "share": 9, "hold_out": True}]}, "nobody to hand out"),
    ({"cells": [{"name": n, "share": 1, "hold_out": n != "c"} for n in "abc"]}, "more than one hold-out"),
    ({"cells": [{"name": "a", "share": -1}]}, "share"), ({"cells": [{"name": "a", "share": 1, "response_code": "no spaces"}]}, "response_code"),
    ({"sample": {"people": 5, "percent": 5.0}}, "sample"), ({"sample": {"people": 0}}, "people"), ({"sample": {"percent": 101}}, "percent"),
    ({"keep": "oldest"}, "keep"), ({"measure_days": 0}, "measure_days"), ({"program_id": "pr_nobody"}, "pr_nobody"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "named"), BAD + [({"programs": [change]}, named) for change, named in BAD_PROGRAMS])
def test_what_is_no_campaign_is_refused_by_name(api: Api, change: dict[str, Any], named: str) -> None:
    body = campaign(api)
    if "programs" in change and change["programs"] != [{}]:
        change = {"programs": [body["programs"][0] | change["programs"][0]]}
    answer = api.call("POST", "/v1/campaigns", json=body | change)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "field_invalid")
    assert named in answer.json()["error"]["message"]
    assert api.get("/v1/campaigns")["data"] == []


def test_a_list_that_is_not_there_and_a_strange_campaign_are_not_found(api: Api, api_of: Any) -> None:
    assert api.call("POST", "/v1/campaigns", json=campaign(api, "list_none")).status_code == 404
    told = made(api, campaign(api))
    program_id = told["programs"][0]["program_id"]
    other = api_of(type(api.site)(name=f"{api.site.name}-b", site_key="pk_b", origins=("https://b.example",)))
    for path in (f"/v1/campaigns/{told['campaign_id']}", f"/v1/programs/{program_id}/pulls", f"/v1/programs/{program_id}/report"):
        assert other.call("GET", path).status_code == 404
    assert other.call("POST", f"/v1/programs/{program_id}/pulls", json={}).status_code == 404
    reader = api.deps.registry.create_key(api.site.name, ["read", "orders"])
    assert api.call("POST", f"/v1/programs/{program_id}/pulls", key=reader, json={}).status_code == 403
    assert api.call("GET", f"/v1/programs/{program_id}/pulls/pl_none").status_code == 404


@pytest.mark.parametrize(("change", "at"), [({"state": "draft"}, ""), ({"state": "ended"}, ""), ({}, UNTIL), ({}, "2026-08-31T23:59:59Z")])
def test_nothing_is_pulled_for_a_campaign_that_is_not_on(api: Api, change: dict[str, Any], at: str) -> None:
    program_id = made(api, campaign(api) | change)["programs"][0]["program_id"]
    api.clock.at_ms = ms_of_iso(at) if at else NOW_MS
    answer = api.call("POST", f"/v1/programs/{program_id}/pulls", json={})
    api.clock.at_ms = NOW_MS
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "campaign_not_on")


def test_a_draft_may_change_and_what_was_pulled_may_not_be_divided_anew(api: Api) -> None:
    abandoned_carts(api, 5)
    told = made(api, campaign(api, state="draft"))
    (program,) = told["programs"]
    more = [*program["cells"], {"name": "third", "share": 5}]
    told = put(api, told, state="running", programs=[program | {"cells": more}]).json()
    (program,) = told["programs"]
    assert [cell["name"] for cell in program["cells"]] == ["mail", "nobody", "third"]
    pull(api, program["program_id"])
    shares = [cell | {"share": 7} for cell in program["cells"]]
    for programs in ([], [program | {"cells": shares}], [program | {"salt": "other"}], [program | {"keep": "most_valuable"}]):
        refused = put(api, told, programs=programs)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "program_pulled")
    assert put(api, told, name="Late autumn", programs=[program | {"measure_days": 14}]).status_code == 200
    ended = put(api, told, state="ended")
    assert ended.status_code == 200
    assert put(api, ended.json(), state="running").json()["error"]["code"] == "state_goes_back"


def test_a_list_is_not_removed_while_a_campaign_takes_its_people_from_it(api: Api) -> None:
    path = f"/v1/lists/{a_list(api)}"
    running = made(api, campaign(api, path.rpartition("/")[2]))
    refused = api.call("DELETE", path)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "list_in_use")
    assert "'Autumn'" in refused.json()["error"]["message"]
    ended = api.call("PUT", f"/v1/campaigns/{running['campaign_id']}", json=campaign(api, path.rpartition("/")[2], state="ended"))
    assert ended.status_code == 200, ended.text
    assert api.call("DELETE", path).status_code == 200
