"""The API as a table: each operation with its scope, its parameters, its answer. Routes and OpenAPI are made from it."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from starlette.responses import Response, StreamingResponse

from profiles import answers, answers_event, cart_history, carts, carts_csv, corrections, customers, orders, persons, quality, sessions, stream
from profiles import answers_people as people
from profiles.campaigns import operations as campaigns
from profiles.comparing import COMPARE
from profiles.lists import operations as lists
from profiles.operations import Append, Call, Operation
from profiles.params import FAR_MS, FROM_THE_START, Amount, Choice, Cursor, Limit, Moment, Parameter, cursor_of
from profiles.problems import HEADERS, Problem, not_found
from profiles.rules import operations as rules
from profiles.webhooks import operations as webhooks
from tracker.store import Row

DAY_MS = 86_400_000
Found = TypeVar("Found")
VISITOR = Parameter("visitor_id", "Only of this visitor")
CUSTOMER = Parameter("customer_id", "Only of this customer")


# --- sessions ----------------------------------------------------------------------------------------------------------------


def list_sessions(call: Call) -> answers.SessionList:
    given = call.query
    wanted = sessions.Wanted(
        given["visitor_id"], given["customer_id"], given["purpose"], given["status"], given["from"], given["to"], given["cursor"], given["limit"]
    )
    rows, cursor = sessions.listed(call.deps.store, call.site, wanted, call.now_ms)
    return answers.SessionList(sessions.profiles(call.deps, call.site, rows), cursor)


def get_session(call: Call) -> answers.SessionProfile:
    return sessions.profiles(call.deps, call.site, [living_session(call)])[0]


def list_session_events(call: Call) -> answers_event.EventList:
    rows = sessions.events_of(call.deps.store, call.site, living_session(call))
    page, cursor = page_of_events(rows, call.query["cursor"], call.query["limit"])
    return answers_event.EventList([answers_event.event(row) for row in page], cursor)


def page_of_events(rows: list[Row], after: tuple[int, str], limit: int | None) -> tuple[list[Row], str | None]:
    """`rows` oldest first; all of them where nobody gave a limit."""
    rest = rows if after == FROM_THE_START else [row for row in rows if (row["at_ms"], row["event_id"]) > after]
    if limit is None or len(rest) <= limit:
        return rest, None
    return rest[:limit], cursor_of(rest[limit - 1]["at_ms"], rest[limit - 1]["event_id"])


def living_session(call: Call) -> dict[str, Any]:
    session_id = call.path["session_id"]
    row = sessions.one(call.deps.store, call.site, session_id)
    if row is None:
        raise not_found("session", session_id)
    if row["tombstone"]:
        raise Problem(410, "superseded", "This session exists no longer: its events are in another one now", superseded_by=row["superseded_by"])
    return row


def put_session_purpose(call: Call) -> answers.Purpose:
    corrections.correct(call.deps, call.site, living_session(call), corrections.label_of(call.body), call.access.key_id)
    return get_session(call).purpose


def delete_session_purpose(call: Call) -> answers.Purpose:
    corrections.correct(call.deps, call.site, living_session(call), "", call.access.key_id)
    return get_session(call).purpose


# --- carts -------------------------------------------------------------------------------------------------------------------


def list_carts(call: Call) -> Any:
    given = call.query
    wanted = carts.Wanted(
        given["state"], given["stage"], given["min_value"], given["customer_id"], given["visitor_id"], given["from"], given["to"],
        given["cursor"], given["limit"],
    )  # fmt: skip
    if carts_csv.wants_csv(call.accept):
        return csv_answer(call, wanted)
    rows, cursor = carts.listed(call.deps.store, call.site, wanted)
    return answers.CartList(carts.carts(call.deps.store, call.site, rows, call.now_ms), cursor)


def csv_answer(call: Call, wanted: carts.Wanted) -> Response:
    """All carts of the filter; `limit` is for JSON pages."""
    headers = HEADERS | {"Content-Disposition": f'attachment; filename="carts-{call.site.name}.csv"'}
    lines = carts_csv.lines(carts.pages(call.deps.store, call.site, wanted, call.now_ms))
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def get_cart(call: Call) -> answers.Cart:
    cart_id = call.path["cart_id"]
    row = carts.one(call.deps.store, call.site, cart_id)
    if row is None:
        raise not_found("cart", cart_id)
    return carts.carts(call.deps.store, call.site, [row], call.now_ms)[0]


# --- people ------------------------------------------------------------------------------------------------------------------


def get_visitor(call: Call) -> people.VisitorProfile:
    return found(customers.visitor(call.deps, call.site, call.path["visitor_id"]), "visitor", call.path["visitor_id"])


def get_customer(call: Call) -> people.CustomerProfile:
    return found(customers.customer(call.deps, call.site, call.path["customer_id"]), "customer", call.path["customer_id"])


def put_customer(call: Call) -> Append:
    row = orders.customer_update(call.body, call.site, call.path["customer_id"], f"customer_update:{uuid.uuid4()}", call.now_ms)
    return Append([row], answers.Accepted(1, []))


def delete_customer(call: Call) -> people.Erased:
    customer_id = call.path["customer_id"]
    erased = call.deps.eraser.erase(call.site, customer_id=customer_id, asked_by=call.access.key_id, known_only=True)
    return found(erased, "customer", customer_id)


def export_customer(call: Call) -> people.Export:
    return found(persons.export(call.deps, call.site, call.path["customer_id"]), "customer", call.path["customer_id"])


def found(answer: Found | None, what: str, name: str) -> Found:
    if answer is None:
        raise not_found(what, name)
    return answer


# --- orders, quality ---------------------------------------------------------------------------------------------------------


def post_orders(call: Call) -> Append:
    rows, accepted = orders.feed(call.body, call.site, call.now_ms)
    return Append(rows, accepted)


def get_quality(call: Call) -> answers.Quality:
    to_ms = call.now_ms if call.query["to"] is None else call.query["to"]
    from_ms = max(0, to_ms - DAY_MS) if call.query["from"] is None else call.query["from"]
    if not 0 < to_ms - from_ms <= 31 * DAY_MS:
        raise Problem(400, "parameter_invalid", "`from` should lie before `to`, by 31 days at most")
    return quality.quality(call.deps, call.site, from_ms, to_ms)


# --- the table ---------------------------------------------------------------------------------------------------------------

OPERATIONS = (
    Operation(
        "GET", "/v1/sessions", "read", "Sessions, newest first", list_sessions, answers.SessionList,
        (VISITOR, CUSTOMER, Choice("status", "open = active within the site's session gap; else closed", ("open", "closed")),
         Choice("purpose", "Why they came", ("information", "browsing", "purchase")),
         Moment("from", "Started at this time or later", 0), Moment("to", "Started before this time", FAR_MS), Limit(), Cursor()),
    ),
    Operation("GET", "/v1/sessions/{session_id}", "read", "One session profile", get_session, answers.SessionProfile, problems=(404, 410)),
    Operation(
        "GET", "/v1/sessions/{session_id}/events", "read", "The stored events of a session, each once, oldest first; all where `limit` is not given",
        list_session_events, answers_event.EventList, (Limit(default_entries=None), Cursor()), problems=(404, 410),
    ),
    Operation(
        "PUT", "/v1/sessions/{session_id}/purpose", "customers", "Say what a session was for, beside what the model says", put_session_purpose,
        answers.Purpose, body=(corrections.PurposeIn,), problems=(400, 404, 410, 413, 415, 503),
    ),
    Operation(
        "DELETE", "/v1/sessions/{session_id}/purpose", "customers", "Take back what was said of its purpose", delete_session_purpose,
        answers.Purpose, problems=(404, 410, 503),
    ),
    Operation(
        "GET", "/v1/carts", "read", "Carts, last touched first; as CSV with Accept: text/csv", list_carts, answers.CartList,
        (Choice("state", "Without it, carts of all states", ("open", "abandoned", "bought", "recovered", "emptied", "lost")),
         Choice("stage", "The furthest stage reached", ("cart", "checkout", "payment")),
         Amount("min_value", "Worth this much or more, in the cart's currency"),
         Moment("from", "Touched at this time or later", 0), Moment("to", "Touched before this time", FAR_MS), CUSTOMER, VISITOR, Limit(), Cursor()),
        csv=True,
    ),
    Operation("GET", "/v1/carts/{cart_id}", "read", "One cart", get_cart, answers.Cart, problems=(404,)),
    *cart_history.OPERATIONS,
    Operation("GET", "/v1/visitors/{visitor_id}", "read", "One visitor", get_visitor, people.VisitorProfile, problems=(404,)),
    Operation("GET", "/v1/customers/{customer_id}", "read", "One customer profile", get_customer, people.CustomerProfile, problems=(404,)),
    COMPARE,
    Operation(
        "PUT", "/v1/customers/{customer_id}", "customers", "What the CRM knows of a customer: attributes, consent, stage", put_customer,
        answers.Accepted, body=(orders.CustomerIn,), problems=(400, 413, 415, 503), status=202,
    ),
    Operation(
        "DELETE", "/v1/customers/{customer_id}", "customers", "Erase a customer: events, sessions, carts, profile", delete_customer, people.Erased,
        problems=(404,),
    ),
    Operation(
        "GET", "/v1/customers/{customer_id}/export", "customers", "Everything stored about a customer", export_customer, people.Export,
        problems=(404,),
    ),
    Operation(
        "POST", "/v1/orders", "orders", "The order feed of the shop's server: one order, an array of up to 500, or a watermark", post_orders,
        answers.Accepted, body=(orders.OrderIn, orders.WatermarkIn), problems=(400, 413, 415, 503), status=202,
    ),
    Operation(
        "GET", "/v1/quality", "read", "How far the figures can be trusted", get_quality, answers.Quality,
        (Moment("from", "Events that happened at this time or later; a day before `to` where not given", None),
         Moment("to", "Events that happened before this time; now where not given", None)), problems=(400,),
    ),
    *stream.OPERATIONS,
    *lists.OPERATIONS,
    *campaigns.OPERATIONS,
    *rules.OPERATIONS,
    *webhooks.OPERATIONS,
)  # fmt: skip
