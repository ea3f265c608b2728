"""What holds for every route: parameters, errors, headers, the OpenAPI document, what watches the process."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from starlette.routing import Route

from profiles import openapi
from profiles.api import OPERATIONS
from tests.profiles.conftest import DOCUMENT, Api
from tests.profiles.samples import ago, event, put, session
from tracker.store import Store


@pytest.mark.parametrize(("query", "name"), [
    ("limit=0", "limit"), ("limit=501", "limit"), ("limit=many", "limit"), ("limit=1&limit=2", "limit"), ("status=both", "status"),
    ("purpose=fun", "purpose"),
    ("from=yesterday", "from"), ("to=2026-11-22T10:00:00", "to"), ("cursor=abc", "cursor"), ("cursor=%FF", "cursor"),
    ("visitor_id=" + "x" * 257, "visitor_id"), ("statuss=open", "statuss"), ("limit=\u0661", "limit"), ("from=99999-01-01T00:00:00Z", "from"),
])  # fmt: skip
def test_a_bad_parameter_is_named_with_its_cure(api: Api, query: str, name: str) -> None:
    answer = api.call("GET", f"/v1/sessions?{query}")
    assert answer.status_code == 400
    assert name in answer.json()["error"]["message"]


def test_an_offset_and_a_bare_day_are_times_too(api: Api, store: Store) -> None:
    put(store, "sessions", [session(api.site, "v-1", "s-1", ago(60))])
    assert len(api.get("/v1/sessions?from=2026-11-22T12:00:00%2B01:00&to=2026-11-23")["data"]) == 1
    assert len(api.get("/v1/sessions?from=2026-11-22T12:00:00+01:00")["data"]) == 1


@pytest.mark.parametrize("text", ["'; DROP TABLE sessions; --", "\\' OR 1=1 --", "a\tb\nc", "{x:String}", "%s", "\u0000", "\\N", "NULL", "\u2028"])
def test_a_parameter_is_a_value_and_never_a_piece_of_sql(api: Api, store: Store, text: str) -> None:
    put(store, "sessions", [session(api.site, text, "s-1", ago(60)), session(api.site, "v-2", "s-2", ago(60))])
    told = api.call("GET", "/v1/sessions", params={"visitor_id": text}).json()
    assert [each["visitor"]["visitor_id"] for each in told["data"]] == [text]


@pytest.mark.parametrize(("method", "path", "status"), [
    ("HEAD", "/v1/sessions", 405), ("OPTIONS", "/v1/sessions", 405), ("POST", "/v1/sessions", 405), ("TRACE", "/v1/carts", 405),
    ("GET", "/v1/orders", 405), ("POST", "/v1/openapi.json", 405),
    ("GET", "/v1/nothing", 404), ("GET", "/nothing", 404), ("GET", "/v1/schemas/nothing.json", 404),
])  # fmt: skip
def test_what_is_not_answered_says_so_in_json(api: Api, method: str, path: str, status: int) -> None:
    answer = api.call(method, path)
    assert answer.status_code == status
    if method != "HEAD":
        assert set(answer.json()["error"]) == {"code", "message"}


def test_every_answer_keeps_out_of_caches_and_frames(api: Api) -> None:
    for path in ("/v1/sessions", "/v1/sessions/none", "/nothing", "/v1/openapi.json", "/v1/carts?limit=0", "/metrics"):
        headers = api.call("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_the_openapi_document_has_every_route_and_method(api: Api) -> None:
    routes = {(route.path, method.lower()) for route in api.client.app.routes if isinstance(route, Route) for method in route.methods or ()}
    served = {(path, method) for path, method in routes if not path.startswith("/internal/") and method != "head"}
    told = {(path, method) for path, item in api.get("/v1/openapi.json")["paths"].items() for method in item}
    assert served == told


def test_the_openapi_document_is_sound(api: Api) -> None:
    document = api.get("/v1/openapi.json")
    references = strings(document, "$ref")
    assert document["openapi"] == "3.1.0"
    assert {reference.rsplit("/", 1)[1] for reference in references} <= set(document["components"]["schemas"])
    ids = [operation["operationId"] for item in document["paths"].values() for operation in item.values() if "operationId" in operation]
    assert len(ids) == len(set(ids)) == len(OPERATIONS)


def strings(node: Any, name: str) -> list[str]:
    if isinstance(node, dict):
        own = [node[name]] if isinstance(node.get(name), str) else []
        return own + [found for value in node.values() for found in strings(value, name)]
    return [found for value in node for found in strings(value, name)] if isinstance(node, list) else []


@pytest.mark.parametrize("name", openapi.SCHEMAS)
def test_the_schemas_are_json_schema_and_fit_what_openapi_says(api: Api, name: str) -> None:
    schema = api.client.request("GET", f"/v1/schemas/{name}.json").json()
    jsonschema.Draft202012Validator.check_schema(schema)
    titles = [reference.rsplit("/", 1)[1] for reference in strings(schema.get("anyOf", [schema]), "$ref")]
    told = DOCUMENT["components"]["schemas"]
    assert titles
    assert [list(schema["$defs"][title]["properties"]) for title in titles] == [list(told[title]["properties"]) for title in titles]


def test_a_session_fits_the_schema_that_is_served_for_it(api: Api, store: Store) -> None:
    put(store, "sessions", [session(api.site, "v-1", "s-1", ago(60))])
    schema = api.client.request("GET", "/v1/schemas/session.json").json()
    jsonschema.Draft202012Validator(schema).validate(api.get("/v1/sessions/s-1"))
    broken = api.get("/v1/sessions/s-1") | {"duration_s": "600"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(broken)


def test_the_process_says_how_it_is(api: Api) -> None:
    assert api.client.request("GET", "/healthz").json() == {"status": "ok"}
    assert api.client.request("GET", "/readyz").json()["ready"] is True
    api.get("/v1/sessions")
    text = api.client.request("GET", "/metrics").text
    assert 'tracker_api_requests_total{method="GET",route="/v1/sessions",status="200"} 1.0' in text
    assert "tracker_ready 1.0" in text


def test_quality_tells_what_came_twice_and_what_was_no_person(api: Api, store: Store) -> None:
    put(store, "events", [event(api.site, "v-1", f"e-{number % 3}", "page_view", ago(60)) for number in range(5)])
    put(store, "sessions", [session(api.site, "v-1", "s-1", ago(60)), session(api.site, "v-2", "s-2", ago(60), quarantine_reason="webdriver")])
    put(store, "dead_letters", [{"site": api.site.name, "at": ago(60) / 1000, "reason": "bad_row", "message": "", "segment": "", "line": ""}])
    told = api.get("/v1/quality")
    assert told["events"] == [{"source": "tag", "events": 3, "duplicates": 2}]
    assert (told["sessions"], told["quarantined"]) == (2, [{"reason": "webdriver", "count": 1}])
    assert told["dead_letters"] == [{"reason": "bad_row", "count": 1}]
    assert api.call("GET", "/v1/quality?from=2020-01-01").status_code == 400
