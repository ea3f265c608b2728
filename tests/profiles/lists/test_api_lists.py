"""The API of lists: save, change, count, read; as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

import msgspec
import pytest

from tests.profiles.conftest import Api
from tests.profiles.lists.world import cart
from tests.profiles.samples import ago, item, put
from tracker.store import Store

ABANDONED = {"field": "state", "operator": "is", "value": "abandoned"}
CSV = {"Accept": "text/csv"}


def given(*conditions: Any, **suppression: Any) -> dict[str, Any]:
    return {"name": "Worth a letter", "subject": "carts", "conditions": {"all": list(conditions)}, "suppression": suppression}


def saved(api: Api, body: dict[str, Any]) -> Any:
    answer = api.call("POST", "/v1/lists", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_list_is_saved_changed_and_removed(api: Api) -> None:
    first = saved(api, given(ABANDONED, min_value=[{"amount": 9.9, "currency": "EUR"}]))
    assert first["sentence"] == "the cart is abandoned"
    assert first["suppression"] == {
        "reasons": ["no_consent", "bought_same_item_30d", "quarantined", "below_value"], "contacted_days": 14,
        "min_value": [{"amount": 9.9, "currency": "EUR"}]
    }  # fmt: skip
    path = f"/v1/lists/{first['list_id']}"
    second = api.call("PUT", path, json=given() | {"name": "Everybody"}).json()
    assert (second["list_id"], second["name"], second["sentence"]) == (first["list_id"], "Everybody", "every cart")
    assert second["version"] > first["version"]
    assert api.get("/v1/lists")["data"] == [second] == [api.get(path)]
    assert api.call("DELETE", path).json() == second
    assert api.call("GET", path).status_code == 404
    assert api.call("DELETE", path).status_code == 404


def test_the_lists_of_another_site_are_not_there(api_of: Any, api: Api) -> None:
    path = f"/v1/lists/{saved(api, given())['list_id']}"
    other = api_of(msgspec.structs.replace(api.site, name=f"{api.site.name}-2"))
    assert other.get("/v1/lists")["data"] == []
    answers = [other.call("GET", path), other.call("PUT", path, json=given()), other.call("DELETE", path)]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert other.call("GET", f"{path}/members").status_code == 404


@pytest.mark.parametrize(("body", "named"), [
    (given({"field": "colour", "operator": "is", "value": "red"}), "colour"),
    (given({"field": "value", "operator": "at_least", "value": {"amount": -1, "currency": "EUR"}}), "all[0]"),
    (given(reasons=["mood"]), "mood"), (given(contacted_days=0), "contacted_days"),
    (given(min_value=[{"amount": "ten", "currency": "EUR"}]), "min_value"),
    (given(min_value=[{"amount": 1, "currency": "EUR"}, {"amount": 2, "currency": "eur"}]), "each currency once"),
    (given() | {"name": "  "}, "name"), (given() | {"subject": "robots"}, "robots"), (given() | {"color": 1}, "color"), ([], "array"),
])  # fmt: skip
def test_what_cannot_be_is_refused_by_its_name(api: Api, body: Any, named: str) -> None:
    answer = api.call("POST", "/v1/lists", json=body)
    assert answer.status_code == 400
    assert named in answer.json()["error"]["message"]


def test_a_list_is_counted_before_it_is_saved(api: Api, store: Store) -> None:
    put(store, "carts", [cart(api.site, "k-1", ago(300), marketing=False), cart(api.site, "k-2", ago(300))])
    put(store, "carts", [cart(api.site, "k-3", ago(10), state="open")])
    body = {name: value for name, value in given(ABANDONED).items() if name != "name"}
    assert api.call("POST", "/v1/lists/count", json=body).json() == {
        "found": 2, "members": 1, "suppressed": 1, "reasons": [{"reason": "no_consent", "count": 1}],
        "worth": [{"currency": "EUR", "members": 1, "value": 199.9}],
    }  # fmt: skip
    assert api.get("/v1/lists")["data"] == []


def test_pages_of_members_neither_repeat_nor_leave_out(api: Api, store: Store) -> None:
    put(store, "carts", [cart(api.site, f"k-{number:02}", ago(300), marketing=number % 3 > 0) for number in range(20)])
    path = f"/v1/lists/{saved(api, given(ABANDONED))['list_id']}/members"
    for only, many in (({}, 20), ({"only": "members"}, 13), ({"only": "suppressed"}, 7)):
        seen: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = api.get(path, limit=4, **only, **cursor)
            seen += [member["id"] for member in page["data"]]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert seen == sorted(set(seen))
        assert len(seen) == many


def test_the_csv_tells_consent_and_reasons_and_no_cell_is_a_formula(api: Api, store: Store) -> None:
    put(store, "carts", [
        cart(api.site, "k-1", ago(300), item("X1", 5, name="=1+1"), customer_id="@SUM(A1)", visitor_ids=["v-9"]),
        cart(api.site, "k-2", ago(300), item("X1", 5), marketing=False),
    ])  # fmt: skip
    path = f"/v1/lists/{saved(api, given(ABANDONED))['list_id']}/members"
    answer = api.call("GET", path, headers=CSV)
    first, second = csv.DictReader(io.StringIO(answer.content.decode(), newline=""))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert (first["customer_id"], first["value"], first["items"], first["suppressed"]) == ("'@SUM(A1)", "5", "1 x X1 =1+1", "")
    assert (second["suppressed"], second["why"], second["consent_marketing"]) == ("no_consent", "it is abandoned", "")
    assert [row["id"] for row in csv.DictReader(io.StringIO(api.call("GET", f"{path}?only=suppressed", headers=CSV).text))] == ["k-2"]


def test_lists_need_a_key_with_their_scope(api: Api) -> None:
    reader = api.deps.registry.create_key(api.site.name, ["read"])
    assert api.call("GET", "/v1/lists", key=reader).status_code == 403
    assert api.call("POST", "/v1/lists/count", key=reader, json={}).status_code == 403


@pytest.mark.parametrize("text", ["' OR 1=1 --", "\\", "\\'", "a\tb", "a'b\"c", "{site:String}", "\\0", "x\ny", "%s", "😀"])
def test_every_text_is_a_value_and_never_sql(api: Api, store: Store, text: str) -> None:
    put(store, "carts", [cart(api.site, "k-1", ago(300), item(text), categories=[text]), cart(api.site, "k-2", ago(300), item("other"))])
    asked = [{"field": name, "operator": "any_of", "value": [text, "nothing"]} for name in ("items", "categories")]
    asked.append({"field": "currency", "operator": "is_not", "value": text})
    path = f"/v1/lists/{saved(api, given(*asked, {'any': [ABANDONED]}))['list_id']}/members"
    assert [member["id"] for member in api.get(path)["data"]] == ["k-1"]
    count = api.call("POST", "/v1/lists/count", json={"conditions": {"all": asked}, "list_id": text})
    assert count.json()["found"] == 1
