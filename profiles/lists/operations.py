"""The API of lists as a table, as in profiles/api.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from starlette.responses import StreamingResponse

from profiles.carts_csv import wants_csv
from profiles.conditions import sentence
from profiles.lists import definition, finding, removing, rows_csv, saved
from profiles.lists.answers import Counted, CountIn, ListIn, Member, MemberList, SavedList, SavedLists
from profiles.lists.definition import Definition
from profiles.operations import Call, Operation
from profiles.params import FROM_THE_START, Choice, Cursor, Limit, cursor_of
from profiles.problems import HEADERS
from tracker.clock import iso

CHANGES = (400, 404, 413, 415, 503)


def list_lists(call: Call) -> SavedLists:
    return SavedLists([told(call, each) for each in saved.lists(call.deps.store, call.site)], None)


def get_list(call: Call) -> SavedList:
    return told(call, living(call))


def post_list(call: Call) -> SavedList:
    return told(call, saved.save(call.deps.store, call.site, definition.read(call.body), call.access.key_id, call.now_ms))


def put_list(call: Call) -> SavedList:
    given = replace(definition.read(call.body), list_id=living(call).list_id)
    return told(call, saved.save(call.deps.store, call.site, given, call.access.key_id, call.now_ms))


def delete_list(call: Call) -> SavedList:
    gone = living(call)
    removing.remove(call.deps.store, call.site, gone, call.access.key_id, call.now_ms)
    return told(call, gone)


def living(call: Call) -> Definition:
    return saved.one(call.deps.store, call.site, call.path["list_id"])


def told(call: Call, made: Definition) -> SavedList:
    given = definition.written(made)
    return SavedList(
        made.list_id, call.site.name, made.version, made.name, given.subject, given.conditions, given.suppression, sentence(made.conditions),
        iso(made.changed_ms), made.changed_by,
    )  # fmt: skip


def count_list(call: Call) -> Counted:
    return finding.counted(call.deps.store, call.site, definition.read_count(call.body), call.now_ms)


def list_members(call: Call) -> MemberList | StreamingResponse:
    wanted, store, only = living(call), call.deps.store, call.query["only"]
    if wants_csv(call.accept):
        headers = HEADERS | {"Content-Disposition": f'attachment; filename="{wanted.list_id}.csv"'}
        batches = picked(finding.members(store, call.site, wanted, call.now_ms), only)
        return StreamingResponse(rows_csv.lines(batches), media_type="text/csv; charset=utf-8", headers=headers)
    cursor, limit = call.query["cursor"], call.query["limit"]
    after = "" if cursor == FROM_THE_START else cursor[1]
    found, last = finding.page(store, call.site, wanted, call.now_ms, after=after, limit=limit, only=only)
    return MemberList(found, None if last is None else cursor_of(0, last))


def picked(batches: Iterator[list[Member]], only: str) -> Iterator[list[Member]]:
    return ([member for member in batch if finding.is_wanted(member, only)] for batch in batches)


ONLY = Choice("only", "Those handed out, or those left out; without it everybody found", ("members", "suppressed"))
OPERATIONS = (
    Operation("GET", "/v1/lists", "lists", "Saved lists, by name", list_lists, SavedLists),
    Operation("POST", "/v1/lists", "lists", "Save a new list", post_list, SavedList, body=(ListIn,), problems=CHANGES),
    Operation(
        "POST", "/v1/lists/count", "lists", "How many a list would find, without saving it", count_list, Counted, body=(CountIn,), problems=CHANGES,
    ),
    Operation("GET", "/v1/lists/{list_id}", "lists", "One list", get_list, SavedList, problems=(404,)),
    Operation("PUT", "/v1/lists/{list_id}", "lists", "Change a list: all of it is sent", put_list, SavedList, body=(ListIn,), problems=CHANGES),
    Operation("DELETE", "/v1/lists/{list_id}", "lists", "Remove a list; its versions are kept", delete_list, SavedList, problems=(404, 409, 503)),
    Operation(
        "GET", "/v1/lists/{list_id}/members", "lists", "Whom a list finds now, with why, and with the reasons to leave somebody out; as CSV with "
        "Accept: text/csv", list_members, MemberList, (ONLY, Limit(), Cursor()), problems=(404,), csv=True,
    ),
)  # fmt: skip
