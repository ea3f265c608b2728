"""A site with abandoned carts, a list that finds them, and a campaign over it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from profiles.lists import saved
from tests.profiles.conftest import Api
from tests.profiles.lists.world import cart, wanted
from tests.profiles.samples import NOW_MS, ago, item, put

FROM, UNTIL = "2026-09-01T00:00:00Z", "2026-12-24T00:00:00Z"
CELLS = [{"name": "mail", "share": 50}, {"name": "nobody", "share": 50, "hold_out": True}]


def abandoned_carts(api: Api, count: int, *, first: int = 0, **changes: Any) -> None:
    """One each of customers c-0, c-1 …, who said they may be written to."""
    rows = [
        cart(api.site, f"k-{n:04d}", ago(300 + n), item(f"X{n}", 10 + n), customer_id=f"c-{n}", visitor_ids=[f"v-{n}"], marketing=True, **changes)
        for n in range(first, first + count)
    ]  # fmt: skip
    put(api.deps.store, "carts", rows)


def a_list(api: Api, *, reasons: Any = ()) -> str:
    made = wanted("cart", ("state", "is", "abandoned"), reasons=reasons)
    return saved.save(api.deps.store, api.site, replace(made, name="Left behind"), "test", NOW_MS).list_id


def campaign(api: Api, list_id: str = "", *, cells: Any = CELLS, state: str = "running", reasons: Any = (), **program: Any) -> Any:
    told = {"name": "First letter", "list_id": list_id or a_list(api, reasons=reasons), "cells": cells} | program
    return {"name": "Autumn", "from": FROM, "until": UNTIL, "state": state, "programs": [told]}


def made(api: Api, body: Any) -> Any:
    answer = api.call("POST", "/v1/campaigns", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def a_program(api: Api, **more: Any) -> str:
    return str(made(api, campaign(api, **more))["programs"][0]["program_id"])


def pull(api: Api, program_id: str, **body: Any) -> Any:
    answer = api.call("POST", f"/v1/programs/{program_id}/pulls", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def rows(api: Api, pulled: Any) -> list[Any]:
    """All of them, page by page."""
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.get(address(pulled), limit="3", **cursor)
        found += page["data"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


def csv(api: Api, pulled: Any) -> bytes:
    answer = api.call("GET", address(pulled), headers={"Accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    content: bytes = answer.content
    return content


def address(pulled: Any) -> str:
    return f"/v1/programs/{pulled['program_id']}/pulls/{pulled['pull_id']}"


def in_cell(api: Api, program_id: str) -> dict[str, str]:
    """customer -> cell, of everybody ever picked, the hold-out too."""
    sql = "SELECT customer_id, cell FROM pull_rows WHERE site = {site:String} AND program_id = {program_id:String}"
    return {row["customer_id"]: row["cell"] for row in api.deps.store.rows(sql, site=api.site.name, program_id=program_id)}
